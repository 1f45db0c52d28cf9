"""What an after-call card sees while it works: the call, connections, the appointment as it is now, shared limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.aftercall.plan import Plan
from engine.aftercall.texts import fill
from engine.aftercall.turns import take_turn
from engine.aftercall.writer import Writer
from engine.recording_links import RecordingLinks, Side
from engine.sdk import (
    AppointmentPart,
    CallResult,
    Connection,
    ConnectionMissing,
    NoWriter,
    RateLimit,
    Recording,
    WrittenText,
)
from engine.store import Database, appointments


class StepContext:
    """`AfterCallContext` over the stored call. `folder`: for messages without a mail server. `links`: to
    recordings; without them other systems get none. `writer`: of texts, if there is one."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        result: CallResult,
        key: str,
        connections: Mapping[str, Connection],
        clock: Callable[[], datetime],
        folder: Path,
        links: RecordingLinks | None,
        writer: Writer | None,
    ) -> None:
        self._database = database
        self._writer = writer
        self._links = links
        self._plan = plan
        self._connections = connections
        self._clock = clock
        self.result = result
        self.key = key
        self.outbox_folder = str(folder)

    @property
    def now(self) -> datetime:
        return self._clock()

    def connection(self, name: str) -> Connection:
        try:
            return self._connections[name]
        except KeyError:
            raise ConnectionMissing(
                f"No connection is called '{name}'. Add it on the page Connections, or with `leadline connect add`."
            ) from None

    def recording(self) -> Recording | None:
        kept = self.result.recording
        if kept.path is None or not Path(kept.path).is_file():
            return None
        if self._links is None:
            return Recording(kept.path, kept.seconds)
        # Real time, not the call's business time: the link has to work in the world outside.
        now, call = datetime.now(UTC), self.result.call
        caller: Side = "assistant" if call.direction == "outbound" else "lead"
        link, turned = (self._links.link(call.id, left, now) for left in ("lead", caller))
        return Recording(kept.path, kept.seconds, link, turned)

    async def write(self, instructions: str, text: str) -> WrittenText:
        if self._writer is None:
            raise NoWriter("No model is there to write it.")
        plan = self._plan
        return await self._writer.write(plan.flow_id, plan.flow_version, self._connections, instructions, text)

    def fill(self, template: str) -> str:
        plan = self._plan
        return fill(template, self.result, plan.seller, plan.assistant, plan.seller_phone)

    async def appointment(self) -> AppointmentPart | None:
        booked = self.result.appointment
        if booked is None:
            return None
        async with self._database.read() as tx:
            row = await appointments.any_with_id(tx, booked.id)
        if row is None:  # a calendar elsewhere of which we keep no row
            return booked
        zone = ZoneInfo(row.booking.zone)
        return booked.model_copy(
            update={
                "status": "cancelled" if row.cancelled else row.booking.status,
                "start": row.booking.opening.start.astimezone(zone),
                "end": row.booking.opening.end.astimezone(zone),
                "time_zone": row.booking.zone,
                "address": row.details.address or booked.address,
                "staff": row.booking.staff,
                "link": row.booking.link,
                "booked_at": row.booked_at,
                "changes": row.changes,
                "call_id": row.key.partition(":")[0],
            }
        )

    async def take_turn(self, limit: RateLimit) -> None:
        await take_turn(self._database, limit, self._clock)

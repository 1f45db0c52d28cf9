"""What an after-call card sees while it works: the call, connections, the appointment as it is now, shared limits, and
what it must ask before it writes to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.aftercall.plan import Plan
from engine.aftercall.texting import may_text
from engine.aftercall.texts import fill
from engine.aftercall.turns import take_turn
from engine.aftercall.writer import Writer
from engine.opt_out_links import OptOutLinks
from engine.recording_links import RecordingLinks, Side
from engine.sdk import (
    AppointmentPart,
    CallResult,
    Connection,
    ConnectionMissing,
    MayText,
    NoWriter,
    RateLimit,
    Recording,
    Transient,
    WrittenText,
)
from engine.store import Database, appointments, steps


class StepContext:
    """`AfterCallContext` over the stored call. `standing`: the appointment as it is now. `owner`: who has the step.
    `folder`: for messages without a mail server. `links`: to recordings; without them other systems get none. `writer`:
    of texts, if there is one. `opt_outs`: links by which the lead opts out."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        result: CallResult,
        standing: AppointmentPart | None,
        step_id: str,
        owner: str,
        connections: Mapping[str, Connection],
        clock: Callable[[], datetime],
        folder: Path,
        links: RecordingLinks | None,
        writer: Writer | None,
        opt_outs: OptOutLinks | None = None,
    ) -> None:
        self._database = database
        self._writer = writer
        self._links = links
        self._opt_outs = opt_outs
        self._plan = plan
        self._standing = standing
        self._step_id = step_id
        self._owner = owner
        self._connections = connections
        self._clock = clock
        self.result = result
        self.key = f"{result.call.id}:{step_id}"
        self.outbox_folder = str(folder)
        self.zone = plan.zone

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
        now = self.result.model_copy(update={"appointment": self._standing})
        link = self._opt_outs.link(self.result.lead.id) if self._opt_outs is not None else ""
        return fill(template, now, plan.seller, plan.assistant, plan.seller_phone, link)

    async def appointment(self) -> AppointmentPart | None:
        return self._standing

    async def may_text(self, phone: str) -> MayText:
        return await may_text(self._database, phone, self.result.lead.id, self.zone)

    async def begin_once(self) -> bool:
        async with self._database.begin() as tx:
            first = await steps.begin_once(tx, self.result.call.id, self._step_id, self._owner)
        if first is None:
            raise Transient("Another worker has this card now.")
        return first

    async def nothing_happened(self) -> None:
        async with self._database.begin() as tx:
            await steps.nothing_happened(tx, self.result.call.id, self._step_id, self._owner)

    async def take_turn(self, limit: RateLimit) -> None:
        await take_turn(self._database, limit, self._clock)


async def standing_of(database: Database, result: CallResult) -> AppointmentPart | None:
    """The call's appointment as it is now; None if the call booked none. Raises `DatabaseDown`."""
    booked = result.appointment
    if booked is None:
        return None
    async with database.read() as tx:
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

"""A process that calls leads and holds the calls, to be killed: `python -m tests.chaos.callers <order>`.

What the web server does with a call, without the web: it is placed, claimed, talked, booked, finished. Several of these
may run side by side, and each finishes what another one left when it died.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from engine.call import heart
from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.call.live import CallOrder
from engine.call.switchboard import House, Switchboard
from engine.dialogue.offline import OfflineModel
from engine.sdk.registry import discover
from engine.store import Database, DatabaseDown, calls, flows, leads
from engine.store.base import new_id
from engine.store.calls import NewCall
from engine.store.connections import open_vault
from engine.store.flows import Version
from engine.telephony.client import PlaceCall, PlacedCall
from engine.telephony.line_tokens import LineTokens
from engine.telephony.media import MediaPeer
from engine.telephony.ncco import Ncco
from engine.with_parent import end_with_parent
from tests.chaos.installation import Order
from tests.chaos.talking import TextHolding
from tests.support import call_fakes
from tests.support.api import QuickTts

OURS = "+14155550100"
SILENT_S, OVER_S = 6.0, 3.0
"""Nobody waits on a line for these calls to come back, so a dead process is believed dead sooner than the minute that a
carrier's tries take."""


class NobodysCarrier:
    async def create_call(self, order: PlaceCall) -> PlacedCall:
        raise NotImplementedError

    async def transfer(self, uuid: str, ncco: Ncco, *, region_url: str | None = None) -> None:
        raise NotImplementedError

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None:
        """There is nothing on the line."""


class Callers:
    def __init__(self, order: Order, database: Database, switchboard: Switchboard, version: Version) -> None:
        self._order, self._database, self._switchboard, self._version = order, database, switchboard, version
        self._room = asyncio.Semaphore(order.at_once)
        self._dice = random.Random(order.seed)

    async def call_everybody(self) -> None:
        """Everybody once. A database that is away is waited for."""
        async with self._database.read() as tx:
            waiting = list(await leads.recent(tx, limit=100_000))
        self._dice.shuffle(waiting)
        async with asyncio.TaskGroup() as group:
            for lead in waiting:
                await self._room.acquire()
                group.create_task(self._call(lead.id)).add_done_callback(lambda _: self._room.release())

    async def _call(self, lead_id: str) -> None:
        while True:
            try:
                order = await self._claim(lead_id)
            except DatabaseDown:
                await asyncio.sleep(0.5)
                continue
            if order is not None:
                await self._hold(order)
            return

    async def _claim(self, lead_id: str) -> CallOrder | None:
        """As the dialer does it; None if this lead has been called."""
        now = self._switchboard_now()
        async with self._database.begin() as tx:
            lead = await leads.read(tx, lead_id)
            assert lead is not None
            order = CallOrder(
                call_id=new_id("call"), flow_id=self._version.flow_id, flow_version=self._version.version,
                flow_text=self._version.text, lead=lead.for_call(1), attempt=1, from_number=OURS, placed_at=now,
            )  # fmt: skip
            wanted = NewCall(
                order.call_id, order.flow_id, order.flow_version, lead.id, person=lead.first_name,
                from_number=OURS, to_number=order.lead.phone, holder=self._switchboard.holder,
            )  # fmt: skip
            try:
                await calls.place(tx, wanted, now)
            except calls.AlreadyPlaced:
                return None
        return order

    async def _hold(self, order: CallOrder) -> None:
        """If the database fails on the way, the call is left to whoever finds it abandoned, like that of a killed
        process."""
        try:
            live = await self._switchboard.prepare(order)
            claimed = await self._switchboard.claim_line(order.call_id, 1)
        except DatabaseDown:
            return
        if claimed is not None:
            await self._switchboard.answer(live, 1, cast(MediaPeer, None))
            await asyncio.wait_for(live.finished.wait(), 600)

    @staticmethod
    def _switchboard_now() -> datetime:
        return datetime.now(UTC)


async def main(order: Order) -> None:
    settings = order.settings()
    heart.SILENT_S, heart.OVER_S = SILENT_S, OVER_S  # type: ignore[misc]
    database = Database(settings.database_address)
    fakes = call_fakes.Engines(call_fakes.FakeStt({}), tts=QuickTts(second_per_letter=0.0005))
    engines = Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))
    house = House(settings.public_url, Path(order.folder) / "recordings", max_calls=10 * order.at_once)
    switchboard = Switchboard(
        database, discover(), engines, house, settings.clock, NobodysCarrier(), LineTokens(order.secret_key),
        lambda: open_vault(order.secret_key, settings.data_dir),
    )  # fmt: skip
    private = cast(Any, switchboard)
    holding = TextHolding(private._carrier_side, house.folder)
    holding.turn_s, holding.dice = order.turn_s, random.Random(order.seed)
    private._holding = private._claims._holding = holding
    await switchboard.bring_in()
    looking_after = asyncio.create_task(switchboard.look_after())
    async with database.read() as tx:
        version = (await flows.overview(tx))[0]
        published = await flows.read_version(tx, version.flow_id)
    assert published is not None
    print("ready", flush=True)
    await Callers(order, database, switchboard, published).call_everybody()
    await looking_after  # until it is stopped or killed: the calls of others that died are finished here


if __name__ == "__main__":
    end_with_parent()
    try:
        asyncio.run(main(Order.read(sys.argv[1])))
    except DatabaseDown as down:  # as the web server does
        sys.stderr.write(f"{down}\n")
        sys.exit(2)

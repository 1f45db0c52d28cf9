"""An opt-out that comes when the carrier has been asked already: the call that it makes all the same is hung up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from sqlalchemy import select

from engine.api.opting_out import silence
from engine.api.services import Services
from engine.dialing import Dialled
from engine.store import Database, opt_outs
from engine.store.calls import CallRow
from engine.store.opt_outs import OptedOut
from tests.dialing.test_dialer import PHONE, Desk, desk


@dataclass
class Late:
    """The next request is carried out a second late."""

    kind: str = "delay"
    seconds: float = 1.0
    error: str = ""
    message: str = ""
    struck: bool = False

    def strike(self) -> Late | None:
        first, self.struck = not self.struck, True
        return self if first else None


async def wish(here: Desk) -> OptedOut:
    async with here.database.begin() as tx:
        return await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", here.clock.now(), door="text")


async def test_a_call_that_the_carrier_takes_after_the_opt_out_is_hung_up_at_once(
    database: Database, tmp_path: Path
) -> None:
    async with desk(database, tmp_path) as here:
        here.network.rest_faults = Late()
        dialling = asyncio.create_task(here.dialers[0].call_lead(await here.lead()))
        async with asyncio.timeout(20):
            while True:
                async with database.read() as tx:
                    rows = (await tx.execute(select(CallRow.requested_at))).scalars().all()
                if any(rows):
                    break
                await asyncio.sleep(0.02)
        assert here.network.calls == []
        done = await wish(here)
        assert [call.carrier_uuid for call in done.ringing] == [None]
        assert isinstance(await dialling, Dialled)
        async with asyncio.timeout(20):
            assert await here.network.calls[0].ended() == "cancelled"
        assert await here.states() == [("failed", "do_not_call")]


async def test_a_ringing_call_of_another_process_is_hung_up_from_here(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        assert isinstance(await here.dialers[0].call_lead(await here.lead()), Dialled)
        done = await wish(here)
        ours = SimpleNamespace(switchboard=here.boards[1], carrier=here.clients[1])
        await silence(cast(Services, ours), done.ringing)
        async with asyncio.timeout(20):
            assert await here.network.calls[0].ended() == "cancelled"

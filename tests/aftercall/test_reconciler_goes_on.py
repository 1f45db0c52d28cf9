"""Whoever brings lost calls back goes on, whatever one of them is like."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from engine.aftercall.reconciler import Reconciler
from engine.aftercall.runs import PrefectRuns, told
from engine.store import Database, outbox
from engine.store.outbox import Entry
from tests.support.aftercall import NOON, Clock, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import types_doing


class Stumbling:
    """A dashboard of which one run cannot be corrected."""

    pool = ""

    def __init__(self) -> None:
        self.asked = 0
        self.twice = asyncio.Event()

    async def correct(self, entry: Entry) -> None:
        self.asked += 1
        if self.asked > 1:
            self.twice.set()
        raise ValueError("not thought of")


async def test_lost_calls_are_brought_back_also_after_a_failure_nobody_thought_of(
    database: Database, tmp_path: Path
) -> None:
    """The task ended for good, and no call whose worker was killed was ever taken up again."""
    clock, runs = Clock(), Stumbling()
    for call_id in ("call_31", "call_32"):
        await hang_up(database, flow(("a",), (card("a"),)), result(call_id), NOON)
    async with database.begin() as tx:
        entry = await outbox.take(tx, "call_31", "w", "run-1", NOON, NOON + timedelta(seconds=45))
        assert entry is not None
        await outbox.finish(tx, entry.id, "w", "failed", "It failed.", NOON)
    clock.pass_(60)
    reconciler = Reconciler(
        lane(database, types_doing(), tmp_path, clock=clock), cast(PrefectRuns, runs), lambda: None, 0.01
    )
    work = asyncio.create_task(reconciler.run())
    try:
        async with asyncio.timeout(60):
            await runs.twice.wait()
            async with database.begin() as tx:
                now = clock()
                await outbox.take(tx, "call_32", "killed", None, now, now - timedelta(seconds=1))
            while True:
                async with database.read() as tx:
                    lost = await outbox.find(tx, "call_32")
                if lost is not None and lost.state == "pending" and lost.attempt:
                    break
                await asyncio.sleep(0.02)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_stored_result_that_cannot_be_read_stops_nobody(database: Database) -> None:
    await hang_up(database, flow(("a",), (card("a"),)), result(), NOON)
    async with database.read() as tx:
        entry = await outbox.find(tx, "call_31")
    assert entry is not None
    assert told(replace(entry, result={"call": "of an older kind"}, problem="Dana is not known there.")) == ""

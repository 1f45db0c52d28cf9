"""The journal loses nothing while the process lives, and waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine.call.journal import Entry, Journal
from tests.support.virtual_time import in_virtual_time


class Memory:
    """A sink that keeps entries, and can be out of order."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.times: list[float] = []
        self.broken = False

    async def append(self, call_id: str, entries: Sequence[Entry]) -> None:
        if self.broken:
            raise OSError("the database is away")
        self.entries += entries
        self.times.append(asyncio.get_running_loop().time())


@in_virtual_time
async def test_entries_are_written_in_order_at_most_250_ms_behind() -> None:
    sink = Memory()
    journal = Journal("call-1", sink)
    task = asyncio.create_task(journal.run())
    noted = asyncio.get_running_loop().time()
    for i in range(10):
        journal.note("agent_said", float(i), text=str(i))
    await asyncio.sleep(0.3)
    assert sink.times[0] - noted <= 0.25 + 1e-6
    assert [entry.number for entry in sink.entries] == list(range(1, 11))
    task.cancel()


@in_virtual_time
async def test_a_sink_that_is_away_for_a_minute_loses_nothing_and_gets_nothing_twice() -> None:
    sink = Memory()
    sink.broken = True
    journal = Journal("call-1", sink)
    task = asyncio.create_task(journal.run())
    for i in range(1200):
        journal.note("tick", float(i))
        await asyncio.sleep(0.05)
    sink.broken = False
    await asyncio.sleep(6.0)
    assert [entry.number for entry in sink.entries] == list(range(1, 1201))
    assert journal.sink_failures > 1
    task.cancel()


@in_virtual_time
async def test_close_writes_the_rest_or_says_that_it_could_not() -> None:
    sink = Memory()
    journal = Journal("call-1", sink)
    journal.note("hung_up", 1.0)
    assert await journal.close()
    sink.broken = True
    journal.note("late", 2.0)
    assert not await journal.close(patience_s=2.0)
    assert journal.unwritten == 1


@in_virtual_time
async def test_a_live_page_sees_entries_at_once_and_a_slow_one_misses_the_oldest() -> None:
    journal = Journal("call-1", Memory())
    with journal.subscribed() as fast, journal.subscribed(size=3) as slow:
        for i in range(5):
            journal.note("tick", float(i))
        await journal.close()
        assert [entry.number async for entry in fast] == [1, 2, 3, 4, 5]
        assert [entry.number async for entry in slow] == [3, 4, 5]
        assert (fast.missed, slow.missed) == (0, 2)

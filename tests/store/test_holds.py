"""Of two processes that want one call, one gets it; the other can do nothing more to it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.call.journal import Entry
from engine.call.preparation import StoreSink
from engine.store import Database, calls, holds, journal
from engine.store.calls import NewCall

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=100)


async def placed(database: Database, call_id: str = "call_1", holder: str | None = "one") -> None:
    async with database.begin() as tx:
        await calls.place(tx, NewCall(call_id, "flow", 1, holder=holder), NOW)


async def take(database: Database, holder: str, line: int, call_id: str = "call_1") -> holds.Taken | None:
    async with database.begin() as tx:
        return await holds.take_line(tx, call_id, holder, line, NOW, NOW)


async def test_a_line_is_taken_once_and_only_upwards(database: Database) -> None:
    await placed(database)
    first = await take(database, "one", 1)
    assert first is not None
    assert first.first
    assert await take(database, "two", 1) is None
    second = await take(database, "two", 3)
    assert second is not None
    assert (second.first, second.before, second.answered_at) == (False, "one", NOW)
    assert await take(database, "one", 2) is None
    assert await take(database, "one", 3) is None


async def test_of_many_who_want_a_line_one_gets_it(database: Database) -> None:
    await placed(database)
    takers = [take(database, f"process {number}", 1) for number in range(8)]
    assert sum(taken is not None for taken in await asyncio.gather(*takers)) == 1


async def test_nobody_takes_a_call_that_is_over(database: Database) -> None:
    await placed(database)
    async with database.begin() as tx:
        await calls.failed(tx, "call_1", NOW, "busy")
    assert await take(database, "one", 1) is None
    assert await take(database, "one", 1, "call_x") is None


async def test_a_process_that_was_only_slow_writes_nothing_any_more(database: Database) -> None:
    await placed(database)
    slow, fresh = StoreSink(database, "one"), StoreSink(database, "two", stored=1)
    await take(database, "one", 1)
    await slow.append("call_1", [Entry(1, "line_opened", 0.0, {})])
    await take(database, "two", 2)
    with pytest.raises(holds.NotHolder):
        await slow.append("call_1", [Entry(2, "caller_said", 1.0, {"text": "late"})])
    await fresh.append("call_1", [Entry(1, "taken_over", 2.0, {})])
    async with database.read() as tx:
        assert [entry.kind for entry in await journal.read(tx, "call_1")] == ["line_opened", "taken_over"]
        assert await journal.verify(tx, "call_1") is None


async def test_a_beat_tells_which_calls_are_still_ours_and_which_are_over(database: Database) -> None:
    for number in (1, 2, 3):
        await placed(database, f"call_{number}")
    await take(database, "two", 1, "call_2")
    async with database.begin() as tx:
        await holds.over(tx, "call_3", NOW)
        held = await holds.beat(tx, "one", ["call_1", "call_2", "call_3"], LATER)
    assert held == {"call_1": holds.Held(0, False), "call_3": holds.Held(0, True)}


async def test_a_call_that_nobody_holds_belongs_to_the_process_that_has_it(database: Database) -> None:
    await placed(database, holder=None)
    async with database.begin() as tx:
        assert await holds.beat(tx, "one", ["call_1"], LATER) == {"call_1": holds.Held(0, False)}
        assert await holds.beat(tx, "two", ["call_1"], LATER) == {}


async def test_a_call_of_a_dead_process_is_finished_by_one_of_those_who_notice(database: Database) -> None:
    await placed(database, "call_1")
    await placed(database, "call_2")
    real = datetime.now(UTC)
    async with database.begin() as tx:
        await holds.beat(tx, "one", ["call_1"], real - timedelta(minutes=5))
        await holds.beat(tx, "one", ["call_2"], real)
    silent = real - timedelta(minutes=1)
    async with database.read() as tx:
        assert await holds.abandoned(tx, silent, silent, NOW - timedelta(days=1)) == ["call_1"]

    async def finish(holder: str) -> bool:
        async with database.begin() as tx:
            return await holds.take_abandoned(tx, "call_1", holder, silent, real)

    assert sum(await asyncio.gather(*(finish(f"process {number}") for number in range(5)))) == 1


async def test_a_call_that_rings_goes_to_the_process_that_was_asked_and_one_that_is_talked_on_does_not(
    database: Database,
) -> None:
    await placed(database)
    async with database.begin() as tx:
        assert await holds.keep(tx, "call_1", "two", NOW)
    await take(database, "two", 1)
    async with database.begin() as tx:
        assert not await holds.keep(tx, "call_1", "three", NOW)

"""Limits of services, shared by all workers: never more than allowed in any window; first come, first served."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from engine.aftercall.turns import next_turn, take_turn
from engine.sdk import RateLimit, Transient
from engine.store import Database, rate_turns
from tests.support.aftercall import NOON, Clock

TEN = RateLimit("hubspot:main", 10, 5.0)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def turns(limit: RateLimit, asked_s: Sequence[float]) -> list[datetime]:
    taken: list[datetime] = []
    given = []
    for each in asked_s:
        at = next_turn(taken, limit, after(each))
        taken = [*taken, at][-limit.count :]
        given.append(at)
    return given


def test_a_limit_that_is_not_used_up_costs_no_waiting() -> None:
    assert turns(TEN, [0.0] * 10) == [NOON] * 10


def test_the_turn_after_the_last_one_allowed_comes_when_the_window_is_over() -> None:
    assert turns(TEN, [0.0] * 11)[-1] == after(5)
    assert turns(TEN, [0.0] * 21)[-1] == after(10)


def test_no_window_ever_holds_more_than_the_limit_however_the_requests_come() -> None:
    asked = sorted([0.1 * each for each in range(80)] + [3.0] * 25 + [7.9] * 10)
    given = turns(TEN, asked)
    for first, beyond in zip(given, given[TEN.count :], strict=False):
        assert (beyond - first).total_seconds() >= TEN.per_s
    assert all(at >= after(each) for at, each in zip(given, asked, strict=True))


def test_who_asks_first_is_served_first() -> None:
    given = turns(TEN, [0.01 * each for each in range(100)])
    assert all(one <= other for one, other in pairwise(given))


async def test_workers_of_several_processes_share_one_limit(sqlite_or_postgresql: str) -> None:
    """Every `Database` stands for a process of its own."""
    limit = RateLimit("svc", 5, 0.4)
    places = [Database(sqlite_or_postgresql) for _ in range(3)]
    got: list[float] = []
    loop = asyncio.get_running_loop()
    began, start = loop.time(), NOON

    def clock() -> datetime:
        return start + timedelta(seconds=loop.time() - began)

    async def one(place: Database) -> None:
        await take_turn(place, limit, clock, longest_s=60)
        got.append(loop.time())

    try:
        await asyncio.gather(*(one(places[each % 3]) for each in range(16)))
        async with places[0].begin() as tx:
            taken = await rate_turns.lock(tx, "svc")
    finally:
        await asyncio.gather(*(place.close() for place in places))
    assert len(got) == 16
    assert loop.time() - began >= 3 * 0.4 - 0.05  # 5 at once, then three more windows
    assert len(taken) <= limit.count


async def test_limits_with_other_names_are_their_own(database: Database) -> None:
    clock = Clock()
    for each in range(3):
        await take_turn(database, RateLimit(f"svc-{each}", 1, 60), clock, longest_s=0)


async def test_a_turn_that_would_take_too_long_is_not_kept_waiting_for_nor_used_up(database: Database) -> None:
    clock, limit = Clock(), RateLimit("svc", 1, 60)
    await take_turn(database, limit, clock)
    for _ in range(3):
        with pytest.raises(Transient) as refused:
            await take_turn(database, limit, clock)
        assert refused.value.retry_after_s is not None
        assert 60 <= refused.value.retry_after_s <= 120
    clock.pass_(60)
    await take_turn(database, limit, clock)


async def test_limits_that_nobody_uses_any_more_are_struck_out(database: Database) -> None:
    clock = Clock()
    await take_turn(database, RateLimit("old", 1, 60), clock)
    clock.pass_(2 * 86400)
    await take_turn(database, RateLimit("new", 1, 60), clock)
    async with database.begin() as tx:
        assert (await rate_turns.lock(tx, "old"), len(await rate_turns.lock(tx, "new"))) == ([], 1)

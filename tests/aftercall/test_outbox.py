"""The outbox and its ledger: nothing is lost, nothing is done twice. On SQLite and on PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest

from engine.aftercall.facts import holds_for
from engine.aftercall.plan import plan_after_call
from engine.store import Database, outbox, steps
from tests.support.aftercall import NOON, card, flow, hang_up, new_entry, result

HOME = flow(("a",), (card("a"),))


async def claim(database: Database, seconds: float = 0, limit: int = 10) -> list[outbox.Entry]:
    now = NOON + timedelta(seconds=seconds)
    async with database.begin() as tx:
        return list(await outbox.claim(tx, now, now + timedelta(seconds=30), limit))


async def take(database: Database, owner: str, seconds: float = 0, lease_s: float = 45) -> outbox.Entry | None:
    now = NOON + timedelta(seconds=seconds)
    async with database.begin() as tx:
        return await outbox.take(tx, "call_31", owner, "run-1", now, now + timedelta(seconds=lease_s))


async def claim_step(database: Database, owner: str, seconds: float = 0) -> steps.StepClaim:
    now = NOON + timedelta(seconds=seconds)
    async with database.begin() as tx:
        return await steps.claim(tx, "call_31", "a", owner, now, now + timedelta(seconds=70))


async def test_a_call_and_its_row_are_committed_together_or_not_at_all(database: Database) -> None:
    plan = plan_after_call(HOME, holds_for(HOME, result()))

    async def interrupted() -> None:
        async with database.begin() as tx:
            await outbox.add(tx, new_entry(plan, result()), NOON)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await interrupted()
    assert await claim(database) == []


async def test_the_same_call_finished_twice_is_one_row(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    await hang_up(database, HOME, result(), NOON)
    assert len(await claim(database)) == 1


async def test_what_comes_back_is_what_went_in(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    [entry] = await claim(database)
    assert entry.result == result().model_dump(mode="json", by_alias=True)
    assert (entry.added_at, entry.gen, entry.attempt, entry.state) == (NOON, 1, 0, "pending")


async def test_two_dispatchers_never_get_the_same_row(database: Database) -> None:
    for each in range(6):
        await hang_up(database, HOME, result(f"call_{each}"), NOON)
    got = await asyncio.gather(*(claim(database, limit=2) for _ in range(4)))
    ids = [entry.id for part in got for entry in part]
    assert len(ids) == len(set(ids))
    rest = [entry.id for entry in await claim(database)]
    assert len(set(ids) | set(rest)) == 6


async def test_a_claim_whose_dispatcher_died_runs_out(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    assert await claim(database)
    assert not await claim(database, 29)
    assert await claim(database, 31)


async def test_a_row_put_back_returns_at_its_time(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    [entry] = await claim(database)
    async with database.begin() as tx:
        await outbox.put_back(tx, entry.id, NOON + timedelta(seconds=60), "Prefect is away")
    assert not await claim(database, 59)
    [again] = await claim(database, 61)
    assert again.problem == "Prefect is away"


async def test_a_run_that_prefect_lost_gets_a_new_generation(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    [entry] = await claim(database)
    async with database.begin() as tx:
        await outbox.put_back(tx, entry.id, NOON, "gone", new_run=True)
    [again] = await claim(database, 1)
    assert (again.gen, again.flow_run_id) == (2, None)
    async with database.begin() as tx:
        assert not await outbox.dispatched(tx, entry.id, entry.gen, "old", NOON)


async def test_there_is_one_executor_at_a_time(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    takers = await asyncio.gather(*(take(database, f"worker-{each}") for each in range(5)))
    assert len([entry for entry in takers if entry]) == 1


async def test_an_executor_that_fell_silent_is_followed_by_another_and_fenced_off(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    first = await take(database, "first")
    assert first
    assert await take(database, "second", 44) is None
    second = await take(database, "second", 46)
    assert second
    assert second.attempt == 2
    async with database.begin() as tx:
        assert not await outbox.renew(tx, first.id, "first", NOON + timedelta(hours=1))
        assert not await outbox.finish(tx, first.id, "first", "done", "", NOON)
        assert await outbox.renew(tx, first.id, "second", NOON + timedelta(hours=1))


async def test_a_lost_row_comes_back_and_a_living_one_does_not(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    await take(database, "worker")
    async with database.begin() as tx:
        assert not await outbox.lost(tx, NOON + timedelta(seconds=44))
        [lost] = await outbox.lost(tx, NOON + timedelta(seconds=46))
        assert await outbox.revive(tx, lost, NOON + timedelta(seconds=46))
        assert not await outbox.revive(tx, lost, NOON + timedelta(seconds=46))
    [again] = await claim(database, 47)
    assert again.flow_run_id == "run-1"


async def test_a_worker_that_woke_up_in_time_keeps_its_row(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    entry = await take(database, "worker")
    assert entry
    late = NOON + timedelta(seconds=46)
    async with database.begin() as tx:
        [lost] = await outbox.lost(tx, late)
        await outbox.renew(tx, entry.id, "worker", late + timedelta(seconds=45))
        assert not await outbox.revive(tx, lost, late)


async def test_a_done_step_never_runs_again(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    await take(database, "first")
    assert (await claim_step(database, "first")).mine
    async with database.begin() as tx:
        assert await steps.done(tx, "call_31", "a", "first", "crm-7", "Sent.", {"to": "crm"}, NOON)
    await take(database, "second", 50)
    again = await claim_step(database, "second", 50)
    assert not again.mine
    assert (again.record.state, again.record.external_id, again.record.sent) == ("done", "crm-7", {"to": "crm"})


async def test_a_step_belongs_to_the_owner_of_the_row_only(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    await take(database, "first")
    assert not (await claim_step(database, "stranger")).mine


async def test_a_step_left_in_the_middle_is_taken_over_when_its_lease_is_over(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    await take(database, "first")
    assert (await claim_step(database, "first")).mine
    await take(database, "second", 46, lease_s=600)
    assert not (await claim_step(database, "second", 69)).mine
    over = await claim_step(database, "second", 71)
    assert over.mine
    assert over.record.attempt == 2
    async with database.begin() as tx:  # the first one wakes up: too late
        assert not await steps.done(tx, "call_31", "a", "first", "", "Sent.", None, NOON)


async def test_personal_data_is_forgotten_once_the_row_is_closed(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    entry = await take(database, "first")
    assert entry
    async with database.begin() as tx:
        assert not await outbox.forget(tx, "call_31")
        await outbox.finish(tx, entry.id, "first", "done", "", NOON)
        assert await outbox.forget(tx, "call_31")
        found = await outbox.find(tx, "call_31")
    assert found
    assert found.result is None


async def test_only_finished_rows_with_a_run_are_compared_with_the_dashboard(database: Database) -> None:
    await hang_up(database, HOME, result(), NOON)
    entry = await take(database, "first")
    assert entry
    async with database.begin() as tx:
        assert not await outbox.unshown(tx, NOON + timedelta(hours=1))
        await outbox.finish(tx, entry.id, "first", "done", "", NOON)
        assert await outbox.unshown(tx, NOON + timedelta(seconds=1))
        await outbox.shown(tx, entry.id)
        assert not await outbox.unshown(tx, NOON + timedelta(seconds=1))

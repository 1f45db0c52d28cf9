"""Calls whose executor fell silent, brought back by their runs where a work pool has them. No Prefect server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.client.schemas.objects import State
from prefect.states import Crashed, Pending, Running, Scheduled

from engine.aftercall.reconciler import Reconciler
from engine.aftercall.runs import PrefectRuns, RunGone
from engine.aftercall.verdict import Terms
from engine.store import Database, outbox
from engine.store.outbox import Entry
from tests.support.aftercall import NOON, Clock, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import types_doing, works

RUN = "0e7b7e3c-2f6e-4a43-8f43-0d8b9a4f5d11"
TERMS = Terms(lease_s=45, pending_s=90, try_again_s=(30, 60))


class Known(PrefectRuns):
    """What Prefect knows of one run: its state, or None for a run that is gone."""

    def __init__(self, state: State[None] | None, pool: str = "calls") -> None:
        self.pool = pool  # type: ignore[misc]  # final for everybody else
        self._state = state
        self.moved = 0

    async def state(self, flow_run_id: str) -> State[None] | None:
        if self._state is None:
            raise RunGone(flow_run_id)
        return self._state

    async def set_back(self, flow_run_id: str) -> None:
        assert flow_run_id == RUN
        self.moved += 1


async def lost_call(database: Database, *, taken: bool = True, attempts: int = 1) -> None:
    """A call in work whose lease is over at NOON + 100 s."""
    await hang_up(database, flow(("a",), (card("a", "works"),)), result(), NOON)
    async with database.begin() as tx:
        [entry] = await outbox.claim(tx, NOON, NOON + timedelta(seconds=30), 1)
        await outbox.dispatched(tx, entry.id, entry.gen, RUN, NOON + timedelta(seconds=90))
        for each in range(attempts if taken else 0):
            if each:
                await outbox.later(tx, entry.id, f"worker-{each - 1}", NOON, "Busy.")
            await outbox.take(tx, "call_31", f"worker-{each}", RUN, NOON, NOON + timedelta(seconds=45))


async def reconciled(database: Database, runs: Known, folder: Path) -> Entry:
    work = lane(database, types_doing(works=works), folder, clock=Clock(NOON + timedelta(seconds=100)), terms=TERMS)
    await Reconciler(work, runs, lambda: None).bring_back_lost()
    async with database.read() as tx:
        entry = await outbox.find(tx, "call_31")
    assert entry
    return entry


@pytest.mark.parametrize("state", [Running(), Pending(), Crashed(message="Killed.")], ids=lambda state: str(state.name))
async def test_a_run_that_hangs_is_set_back_to_waiting_and_the_row_waits_for_a_worker(
    database: Database, tmp_path: Path, state: State[None]
) -> None:
    await lost_call(database)
    runs = Known(state)
    entry = await reconciled(database, runs, tmp_path)
    assert runs.moved == 1
    assert (entry.state, entry.owner, entry.flow_run_id, entry.gen) == ("dispatched", None, RUN, 1)
    assert entry.lease_until == NOON + timedelta(seconds=190)


async def test_a_run_that_waits_for_a_free_worker_is_given_more_time(database: Database, tmp_path: Path) -> None:
    await lost_call(database, taken=False)
    runs = Known(Scheduled())
    entry = await reconciled(database, runs, tmp_path)
    assert runs.moved == 0
    assert (entry.state, entry.attempt, entry.lease_until) == ("dispatched", 0, NOON + timedelta(seconds=190))


@pytest.mark.parametrize("state", [Pending(), Running()], ids=["picked up", "begun"])
async def test_a_run_that_a_worker_picked_up_a_moment_ago_is_given_time_to_take_the_call(
    database: Database, tmp_path: Path, state: State[None]
) -> None:
    await lost_call(database, taken=False)
    # States are as old as the collecting of all tests.
    runs = Known(state.model_copy(update={"timestamp": datetime.now(UTC)}))
    entry = await reconciled(database, runs, tmp_path)
    assert (runs.moved, entry.state, entry.lease_until) == (0, "dispatched", NOON + timedelta(seconds=190))


@pytest.mark.parametrize("state", [Pending(), Running(), Crashed(message="Killed.")], ids=lambda state: str(state.name))
async def test_a_run_that_nobody_took_in_time_is_set_back(
    database: Database, tmp_path: Path, state: State[None]
) -> None:
    await lost_call(database, taken=False)
    runs = Known(state.model_copy(update={"timestamp": datetime.now(UTC) - timedelta(seconds=91)}))
    await reconciled(database, runs, tmp_path)
    assert runs.moved == 1


async def test_for_a_run_that_prefect_no_longer_knows_a_new_one_is_made(database: Database, tmp_path: Path) -> None:
    await lost_call(database)
    entry = await reconciled(database, Known(None), tmp_path)
    assert (entry.state, entry.flow_run_id, entry.gen) == ("pending", None, 2)


async def test_without_a_pool_the_row_goes_back_to_the_dispatchers_with_its_run(
    database: Database, tmp_path: Path
) -> None:
    await lost_call(database)
    runs = Known(Running(), pool="")
    entry = await reconciled(database, runs, tmp_path)
    assert runs.moved == 0
    assert (entry.state, entry.flow_run_id, entry.gen) == ("pending", RUN, 1)


async def test_a_call_whose_workers_were_lost_too_often_is_given_up(database: Database, tmp_path: Path) -> None:
    await lost_call(database, attempts=3)
    entry = await reconciled(database, Known(Running()), tmp_path)
    assert (entry.state, entry.problem) == ("dead", "Given up: its worker was lost 3 times.")


async def test_an_executor_that_renewed_its_lease_in_time_is_left_alone(database: Database, tmp_path: Path) -> None:
    await lost_call(database)
    async with database.begin() as tx:
        entry = await outbox.find(tx, "call_31")
        assert entry
        assert await outbox.renew(tx, entry.id, "worker-0", NOON + timedelta(seconds=140))
    runs = Known(Running())
    entry = await reconciled(database, runs, tmp_path)
    assert (runs.moved, entry.owner) == (0, "worker-0")

"""Later attempts, call backs and quiet-hour releases as scheduled runs of a real Prefect server: one run a plan,
whoever dies; nothing of the lead but ids; and nobody is forgotten where Prefect is away."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Crashed

from engine.aftercall.calls_due import CallsDue
from engine.aftercall.due_runs import DueRuns
from engine.aftercall.executor import Executor
from engine.dialing.first_due import first_due
from engine.sdk import Json
from engine.store import leads, scheduled_calls
from engine.store.scheduled_calls import GRACE, ScheduledCall
from tests.support.aftercall_desk import Desk, planned, until

pytestmark = pytest.mark.slow


async def row(desk: Desk, plan: ScheduledCall) -> ScheduledCall:
    async with desk.database.read() as tx:
        found = await scheduled_calls.read(tx, plan.id)
    assert found is not None
    return found


async def run_of(desk: Desk, plan: ScheduledCall) -> Json:
    return await desk.ask(f"/flow_runs/{(await row(desk, plan)).flow_run_id}")


async def shown_as(desk: Desk, plan: ScheduledCall, state: str) -> Json:
    async def there() -> Json:
        run = await run_of(desk, plan)
        return run if run["state"]["type"] == state else None

    return await until(there)


async def runs_named(desk: Desk, lead_id: str) -> list[Json]:
    found: list[Json] = await desk.search("/flow_runs/filter", flow_runs={"tags": {"all_": [f"lead:{lead_id}"]}})
    return found


async def test_a_plan_is_a_scheduled_run_that_brings_the_lead_to_the_dialer_when_its_time_comes(desk: Desk) -> None:
    at = datetime.now(UTC) + timedelta(seconds=6)
    lead_id, plan = await planned(desk.database, at)
    async with get_client() as client:
        work = CallsDue(desk.worker.lane, DueRuns(client), Executor(desk.worker.lane))
        assert await work.hand() == 1
        run = await run_of(desk, plan)
        assert run["name"] == f"call due: attempt 1 of {lead_id}"
        assert run["state"]["type"] == "SCHEDULED"
        assert datetime.fromisoformat(run["expected_start_time"]) - at < timedelta(seconds=2)
        assert {"campaign:cmp_home", "due:retry", f"lead:{lead_id}"} == set(run["tags"])
        assert run["idempotency_key"] == plan.id
        for personal in ("Dana", "Reyes", "5552671", "94107"):
            assert personal not in json.dumps(run)
        async with desk.database.read() as tx:
            assert await first_due(tx, at, 100) == [], "not before its run"
        assert await work.fire() == 0
        await asyncio.sleep((at - datetime.now(UTC)).total_seconds() + 0.05)
        assert await work.fire() == 1
    run = await shown_as(desk, plan, "COMPLETED")
    assert run["state"]["message"] == "The lead was handed to the dialer."
    assert (await row(desk, plan)).state == "released"
    async with desk.database.read() as tx:
        assert [each.id for each in await first_due(tx, datetime.now(UTC), 100)] == [lead_id]


async def test_a_planner_killed_after_it_made_the_run_leaves_one_run(desk: Desk) -> None:
    lead_id, plan = await planned(desk.database, datetime.now(UTC) + timedelta(hours=2), "callback")
    async with get_client() as client:
        runs = DueRuns(client)
        orphan = await runs.make(plan, plan.due_at, 1, None)  # and it died before it could write that down
        assert await CallsDue(desk.worker.lane, runs, None).hand() == 1
    assert (await row(desk, plan)).flow_run_id == orphan
    assert len(await runs_named(desk, lead_id)) == 1


async def test_a_plan_that_is_called_off_ends_its_run_as_cancelled_in_words(desk: Desk) -> None:
    lead_id, first = await planned(desk.database, datetime.now(UTC) + timedelta(hours=2))
    async with get_client() as client:
        work = CallsDue(desk.worker.lane, DueRuns(client), None)
        await work.hand()
        async with desk.database.begin() as tx:  # an opt-out, a booking, a call that came in
            await leads.plan_call(tx, lead_id, None)
        assert await work.tidy() == 1
        assert await work.tidy() == 0
    run = await shown_as(desk, first, "CANCELLED")
    assert "called off" in run["state"]["message"]


async def test_a_run_that_was_started_by_hand_too_early_calls_nobody_too_early(desk: Desk) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    lead_id, plan = await planned(desk.database, at)
    async with desk.database.begin() as tx:
        assert await scheduled_calls.release(tx, plan.id) == "released"
        assert await first_due(tx, datetime.now(UTC), 100) == []
        assert [each.id for each in await first_due(tx, at, 100)] == [lead_id]


async def test_where_prefect_is_away_the_dialer_goes_by_the_row_and_the_late_run_calls_nobody(desk: Desk) -> None:
    at = datetime.now(UTC) + timedelta(seconds=6)
    lead_id, plan = await planned(desk.database, at)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        async with get_client() as client:
            work = CallsDue(desk.worker.lane, DueRuns(client), Executor(desk.worker.lane))
            await work._once(work.hand)
    assert (await row(desk, plan)).state == "planned"
    async with desk.database.begin() as tx:
        assert [each.id for each in await first_due(tx, at + GRACE, 100)] == [lead_id]
        await scheduled_calls.claimed(tx, lead_id)
        assert await scheduled_calls.release(tx, plan.id) == "done"


async def test_a_run_that_prefect_has_lost_still_brings_its_lead(desk: Desk) -> None:
    lead_id, plan = await planned(desk.database, datetime.now(UTC) + timedelta(seconds=5, milliseconds=500))
    async with get_client() as client:
        work = CallsDue(desk.worker.lane, DueRuns(client), Executor(desk.worker.lane))
        await work.hand()
        run_id = (await row(desk, plan)).flow_run_id
        await client.request("DELETE", f"/flow_runs/{run_id}")
        await asyncio.sleep((plan.due_at - datetime.now(UTC)).total_seconds() + 0.05)
        assert await work.fire() == 1
    async with desk.database.read() as tx:
        assert [each.id for each in await first_due(tx, datetime.now(UTC), 100)] == [lead_id]


async def test_a_run_whose_worker_was_killed_at_the_end_is_put_right(desk: Desk) -> None:
    _, plan = await planned(desk.database, datetime.now(UTC) + timedelta(hours=2))
    async with get_client() as client:
        work = CallsDue(desk.worker.lane, DueRuns(client), None)
        await work.hand()
        async with desk.database.begin() as tx:
            await scheduled_calls.release(tx, plan.id)
        run_id = UUID(str((await row(desk, plan)).flow_run_id))
        await client.set_flow_run_state(run_id, Crashed(message="Killed."), force=True)
        async with desk.database.read() as tx:
            assert await scheduled_calls.unshown(tx, datetime.now(UTC)) == [], "its worker may still tell its end"
            [late] = await scheduled_calls.unshown(tx, plan.due_at)
        await work._end(late)
    await shown_as(desk, plan, "COMPLETED")


async def test_the_worker_of_the_lane_also_brings_calls_that_are_due(desk: Desk) -> None:
    _, plan = await planned(desk.database, datetime.now(UTC) + timedelta(seconds=5, milliseconds=500))
    task = asyncio.create_task(desk.worker.run())
    try:
        await until(lambda: handed(desk, plan), within_s=40)
        await shown_as(desk, plan, "COMPLETED")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await row(desk, plan)).state == "released"


async def handed(desk: Desk, plan: ScheduledCall) -> bool:
    return (await row(desk, plan)).flow_run_id is not None

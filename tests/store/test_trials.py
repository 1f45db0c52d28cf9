"""Calls that try out a draft keep the draft with them, and count for nothing; runs of scenarios are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from engine.sdk import Lead
from engine.store import Database, attempts, calls, retention, scenario_runs, trials
from engine.store.calls import CallFilter, NewCall
from engine.store.flows import FlowDamaged, checksum
from engine.store.scenario_runs import ScenarioRun
from engine.store.trials import Trial

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
PHONE = "+14155550123"
LEAD = Lead("lead_t", "Dana", "", PHONE, source="test call", form={"service": "Roof"}, received_at=NOW)
TRIAL = Trial(12, '{"id": "home"}', LEAD, frozenset({"calendar", "transfer"}), "Pat")


async def place(database: Database, id: str, at: datetime = NOW, *, test: bool = True) -> None:
    async with database.begin() as tx:
        await calls.place(tx, NewCall(id, "home", 0 if test else 7, to_number=PHONE, test=test), at)
        if test:
            await trials.add(tx, id, TRIAL)


async def test_a_trial_is_read_as_it_was_kept(database: Database) -> None:
    await place(database, "call_1")
    async with database.read() as tx:
        assert await trials.read(tx, "call_1") == TRIAL
        assert await trials.read(tx, "call_2") is None


async def test_a_draft_that_was_changed_behind_our_back_is_noticed(database: Database) -> None:
    await place(database, "call_1")
    async with database.begin() as tx:
        await tx.execute(text("UPDATE trial SET text = '{}'"))
        with pytest.raises(FlowDamaged, match="call_1"):
            await trials.read(tx, "call_1")


async def test_test_calls_are_in_no_list_unless_they_are_asked_for(database: Database) -> None:
    await place(database, "call_real", test=False)
    await place(database, "call_test")
    async with database.read() as tx:
        assert [each.id for each in await calls.recent(tx)] == ["call_real"]
        assert [each.id for each in await calls.recent(tx, CallFilter(test=True))] == ["call_test"]
        both = await calls.recent(tx, CallFilter(test=None))
        assert {each.id: each.test for each in both} == {"call_real": False, "call_test": True}


async def test_test_calls_count_for_no_limit_but_their_own(database: Database) -> None:
    await place(database, "call_real", test=False)
    for number in range(3):
        await place(database, f"call_{number}", NOW + timedelta(minutes=number))
    async with database.read() as tx:
        assert await attempts.dialled(tx, PHONE, NOW) == [NOW]
        assert await trials.placed(tx, NOW + timedelta(seconds=1), PHONE) == [
            NOW + timedelta(minutes=1),
            NOW + timedelta(minutes=2),
        ]
        assert len(await trials.placed(tx, NOW)) == 3
        assert await trials.placed(tx, NOW, "+14155550999") == []


async def test_forgetting_a_test_call_forgets_whom_it_called(database: Database) -> None:
    await place(database, "call_1")
    async with database.begin() as tx:
        await retention.forget_call(tx, "call_1", "asked for it", NOW)
        assert await trials.read(tx, "call_1") is None
        record = await calls.read(tx, "call_1")
    assert record is not None
    assert record.test
    assert (record.person, record.to_number) == ("", "")


def run(id: str, revision: int, minute: int = 0) -> ScenarioRun:
    at = NOW + timedelta(minutes=minute)
    return ScenarioRun(id, "home", revision, checksum("{}"), "running", "Pat", at, at, 2, "", [])


async def test_a_scenario_run_grows_until_it_is_over(database: Database) -> None:
    async with database.begin() as tx:
        await scenario_runs.add(tx, run("run_1", 3))
        await scenario_runs.write(tx, "run_1", [{"scenario": "hs01"}], NOW + timedelta(seconds=1))
        half = await scenario_runs.read(tx, "run_1")
        await scenario_runs.write(tx, "run_1", [{"scenario": "hs01"}, {"scenario": "hs02"}], NOW, "finished")
        await scenario_runs.write(tx, "run_1", [], NOW, "failed", "a straggler")
        whole = await scenario_runs.read(tx, "run_1")
        assert await scenario_runs.read(tx, "run_2") is None
    assert half is not None
    assert (half.state, half.rows, half.touched_at) == ("running", [{"scenario": "hs01"}], NOW + timedelta(seconds=1))
    assert whole is not None
    assert (whole.state, len(whole.rows), whole.problem) == ("finished", 2, "")


async def test_the_newest_run_of_a_revision_is_found_and_old_ones_go(database: Database) -> None:
    async with database.begin() as tx:
        for number in range(scenario_runs.KEPT + 5):
            await scenario_runs.add(tx, run(f"run_{number:02}", revision=number // 2, minute=number))
        newest = await scenario_runs.latest(tx, "home")
        of_five = await scenario_runs.latest(tx, "home", revision=5)
        assert await scenario_runs.latest(tx, "home", revision=99) is None
        assert await scenario_runs.latest(tx, "another") is None
        assert await scenario_runs.read(tx, "run_04") is None
        assert await scenario_runs.read(tx, "run_05") is not None
    assert newest is not None
    assert newest.id == "run_24"
    assert of_five is not None
    assert of_five.id == "run_11"

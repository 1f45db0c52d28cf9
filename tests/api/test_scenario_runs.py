"""The callers of a flow call its draft in a process of their own; a broken draft shows who fails, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.store import scenario_runs
from engine.store.scenario_runs import ScenarioRun
from tests.api.test_resources import assert_plain
from tests.api.test_test_calls import FLOW, edit
from tests.support.api import Leadline, leadline


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def start(house: Leadline, **order: object) -> dict[str, object]:
    answer = await house.client.post(f"/flows/{FLOW}/scenario-runs", json={"by": "Pat", **order})
    assert answer.status_code == 202, answer.text
    run: dict[str, object] = answer.json()
    return run


async def finished(house: Leadline, run: dict[str, object]) -> dict[str, object]:
    async with asyncio.timeout(90):
        while True:
            seen: dict[str, object] = (await house.client.get(f"/scenario-runs/{run['id']}")).json()
            if seen["state"] != "running":
                return seen
            await asyncio.sleep(0.1)


def rows(run: dict[str, object]) -> dict[str, dict[str, object]]:
    found = run["rows"]
    assert isinstance(found, list)
    return {row["scenario"]: row for row in found}


async def test_all_callers_of_a_shipped_flow_pass_and_the_result_is_kept(house: Leadline) -> None:
    run = await start(house)
    assert (run["state"], run["started_by"]) == ("running", "Pat")
    again = await start(house)
    assert again["id"] == run["id"]  # pressed twice: one run
    seen = await finished(house, run)
    assert seen["problem"] == ""
    assert (seen["state"], seen["failed"], seen["passed"]) == ("finished", 0, seen["wanted"])
    assert len(rows(seen)) == seen["done"] == 28
    straight = rows(seen)["hs01_straight"]
    assert (straight["outcome"], straight["expected"], straight["failures"]) == ("booked", "booked", [])
    assert straight["transcript"]
    assert straight["wants"] == "have the roof fixed tomorrow"
    latest = (await house.client.get(f"/flows/{FLOW}/scenario-runs/latest")).json()
    assert latest["id"] == run["id"]
    assert latest["current"] is True
    await edit(house, name="Changed since")
    assert (await house.client.get(f"/flows/{FLOW}/scenario-runs/latest")).json()["current"] is False
    assert_plain(await house.client.get(f"/flows/{FLOW}/scenario-runs/latest?revision=2"), 404)


async def test_a_broken_draft_shows_which_callers_fail_and_why(house: Leadline) -> None:
    flow = (await house.client.get(f"/flows/{FLOW}/versions/1")).json()
    flow["edges"] = [edge for edge in flow["edges"] if edge["from"]["node"] != "qualify"]
    await edit(house, edges=flow["edges"])
    seen = await finished(house, await start(house, only=["hs01_straight", "hs16_do_not_call"]))
    assert (seen["state"], seen["passed"], seen["failed"]) == ("finished", 1, 1)
    row = rows(seen)["hs01_straight"]
    assert row["state"] == "failed"
    failures = row["failures"]
    assert isinstance(failures, list)
    assert any("no way on" in each["text"] for each in failures)
    assert {each["about"] for each in failures} >= {"disposition", "the call failed"}
    assert row["transcript"]
    assert rows(seen)["hs16_do_not_call"]["state"] == "passed"


async def test_callers_that_do_not_fit_are_listed_with_the_reason(house: Leadline) -> None:
    flow = (await house.client.get(f"/flows/{FLOW}/versions/1")).json()
    flow["lists"]["service_area"].remove("94110")
    await edit(house, lists=flow["lists"])
    seen = await finished(house, await start(house, only=["hs01_straight"]))
    row = rows(seen)["hs01_straight"]
    assert (row["state"], seen["left_out"], seen["wanted"]) == ("left_out", 1, 0)
    assert "94110" in str(row["why"])


async def test_a_run_can_be_stopped_and_what_is_not_there_is_told(house: Leadline) -> None:
    run = await start(house)
    assert (await house.client.delete(f"/scenario-runs/{run['id']}")).status_code == 204
    seen = (await house.client.get(f"/scenario-runs/{run['id']}")).json()
    assert (seen["state"], seen["problem"]) == ("failed", "The run was stopped.")
    assert_plain(await house.client.get("/scenario-runs/run_x"), 404)
    assert_plain(await house.client.post("/flows/nowhere/scenario-runs", json={}), 404)
    assert_plain(await house.client.post(f"/flows/{FLOW}/scenario-runs", json={"revision": 99}), 409)
    assert_plain(await house.client.get("/flows/nowhere/scenario-runs/latest"), 404)
    assert assert_plain(await house.client.post(f"/flows/{FLOW}/scenario-runs", json={"only": "all"}), 422)["problems"]


async def test_a_run_whose_server_died_is_over(house: Leadline) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    left = ScenarioRun("run_left", FLOW, 1, "x" * 64, "running", "Pat", long_ago, long_ago, 25, "", ())
    async with house.services.database.begin() as tx:
        await scenario_runs.add(tx, left)
    seen = (await house.client.get("/scenario-runs/run_left")).json()
    assert seen["state"] == "failed"
    assert "stopped during this run" in seen["problem"]

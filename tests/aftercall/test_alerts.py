"""Operators are told by Prefect itself, once for a call whose after-call work failed, without anything personal."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Crashed, Running

from engine.aftercall.again import Wish
from engine.aftercall.alerts import FAILED, LEFT, arrange_alerts
from engine.aftercall.replay import replay
from engine.aftercall.runs import PrefectRuns
from engine.sdk import AfterCallContext, Json, NotYet, StepOutcome
from engine.sdk.registry import NodeTypes, discover
from engine.store import outbox
from tests.support.aftercall import card, flow
from tests.support.aftercall_cards import card_type
from tests.support.aftercall_desk import Desk, at_work, hang_up_now, until
from tests.support.http import Door

pytestmark = pytest.mark.slow

PAGE = "https://leadline.example/call?call="


async def arrange(address: str, times: int = 1, left_s: float = 900) -> None:
    async with get_client() as client:
        for _ in range(times):
            await arrange_alerts(client, address, PAGE, left_s)


async def alerts(office: Door, count: int) -> list[Json]:
    async def come() -> list[Json] | None:
        return [json.loads(each.body) for each in office.requests] if len(office.requests) >= count else None

    return await until(come, 90)


async def test_a_failed_call_is_told_once_with_links_and_nothing_personal_and_a_good_one_is_not(desk: Desk) -> None:
    async with Door([]) as office:
        await arrange(office.url)
        try:
            desk.crm.refuse_next(400)
            async with at_work(desk.worker):
                await hang_up_now(desk, flow(("tell",), (card("tell"),)), "call_bad")
                bad = await desk.ends("call_bad", "failed")
                await hang_up_now(desk, flow(("tell",), (card("tell"),)), "call_good")
                good = await desk.ends("call_good")
                await desk.run(good, "COMPLETED")
                [alert] = await alerts(office, 1)
                assert alert["call_id"] == "call_bad"
                assert alert["call_url"] == PAGE + "call_bad"
                assert bad.flow_run_id is not None
                assert bad.flow_run_id in alert["run_url"]
                assert "Card tell: The receiver refused the data" in alert["text"]
                for personal in ("Dana", "Reyes", "4155550123", "dana.reyes", "94107"):
                    assert personal not in json.dumps(alert)
                # Somebody has it done again in vain: that is news again.
                desk.crm.refuse_next(400)
                async with desk.database.begin() as tx:
                    await replay(tx, "call_bad", Wish(), "Ana", desk.worker.lane.clock())
                desk.worker.poke()
                assert [each["call_id"] for each in await alerts(office, 2)] == ["call_bad", "call_bad"]
        finally:
            await arrange("")


async def test_a_failure_is_told_at_once_though_another_card_waits_for_days_and_not_again_at_the_end(
    desk: Desk,
) -> None:
    moment = desk.worker.lane.clock() + timedelta(days=2)

    async def reminds(ctx: AfterCallContext) -> StepOutcome:
        if ctx.now < moment:
            raise NotYet("Waits until the day before.", moment)
        return StepOutcome("Reminded.")

    types = discover()
    desk.worker.lane.types = NodeTypes({**types.by_type, "reminds": card_type("reminds", reminds)})
    async with Door([]) as office:
        await arrange(office.url)
        try:
            desk.crm.refuse_next(400)
            async with at_work(desk.worker):
                await hang_up_now(desk, flow(("tell", "remind"), (card("tell"), card("remind", "reminds"))))
                entry = await desk.waits("call_31")
                waiting = await desk.run(entry, "SCHEDULED")
                [alert] = await alerts(office, 1)
                assert (alert["call_id"], alert["state"]) == ("call_31", "FailedAndWaits")
                assert waiting["state"]["name"] == "FailedAndWaits"
                desk.worker.lane.clock = lambda: datetime.now(UTC) + timedelta(days=2)
                desk.worker.poke()
                ended = await desk.run(await desk.ends("call_31", "failed"), "FAILED")
                assert ended["state"]["name"] == "FailedBefore"
                # A later failure of another call shows that nothing more of this one was under way.
                desk.crm.refuse_next(400)
                await hang_up_now(desk, flow(("tell",), (card("tell"),)), "call_later")
                assert [each["call_id"] for each in await alerts(office, 2)] == ["call_31", "call_later"]
        finally:
            await arrange("")


async def test_a_crashed_run_is_told_of_only_if_nobody_takes_it_up_in_time(desk: Desk) -> None:
    now = desk.worker.lane.clock()
    for call_id in ("call_left", "call_taken_up"):
        await hang_up_now(desk, flow(("tell",), (card("tell"),)), call_id)
    async with desk.database.begin() as tx:
        entries = await outbox.claim(tx, desk.worker.lane.clock(), now + timedelta(seconds=30), 10)
    async with Door([]) as office, PrefectRuns.connect() as runs, get_client() as client:
        await arrange(office.url, left_s=10)
        try:
            for entry in entries:
                run = await runs.ready(entry)
                again: list[State[None]] = [Running()] if entry.call_id == "call_taken_up" else []
                for state in (Running(), Crashed(message="Killed."), *again):
                    await client.set_flow_run_state(run.id, state, force=True)
            [alert] = await alerts(office, 1)
        finally:
            await arrange("")
    assert (alert["call_id"], alert["state"]) == ("call_left", "Crashed")
    assert alert["text"].startswith("After-call work was left lying: Home: booked (call_left).")


async def test_automations_are_made_once_however_often_workers_start_and_go_with_the_address(desk: Desk) -> None:
    async def known() -> dict[str, int]:
        async with get_client() as client:
            return {name: len(await client.read_automations_by_name(name)) for name in (FAILED, LEFT)}

    await arrange("http://127.0.0.1:9/alerts", times=3)
    assert await known() == {FAILED: 1, LEFT: 1}
    await arrange("")
    assert await known() == {FAILED: 0, LEFT: 0}

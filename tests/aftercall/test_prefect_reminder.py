"""A reminder in Prefect's dashboard: the run stands there Scheduled for its moment, and is the same run afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.sdk import CallResult
from tests.support.aftercall import arrow, card, flow, hang_up, result
from tests.support.aftercall_desk import Desk, at_work

pytestmark = pytest.mark.slow


def booked(start: datetime, ended: datetime) -> CallResult:
    document = result().model_dump(mode="json", by_alias=True)
    document["occurred_at"] = ended.isoformat()
    document["appointment"] = {
        "id": "apt_19", "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(),
        "time_zone": "America/Los_Angeles", "calendar": "main",
    }  # fmt: skip
    return CallResult.model_validate(document)


async def test_a_reminder_stands_in_the_dashboard_scheduled_for_its_moment_and_then_goes_out(desk: Desk) -> None:
    drawn = flow(
        ("invite", "wait"),
        (
            card("invite", "invitation"),
            card("wait", "wait", amount=1, unit="hours"),
            card("remind", "email", to="{email}", subject="See you: {appointment_day}"),
        ),
        (arrow("wait", "remind"),),
    )
    now = datetime.now(UTC)
    start = now + timedelta(hours=1, seconds=20)
    async with at_work(desk.worker):
        await hang_up(desk.database, drawn, booked(start, now), now)
        waiting = await desk.waits("call_31")
        run = await desk.run(waiting, "SCHEDULED")
        assert waiting.next_at == start - timedelta(hours=1)
        told = datetime.fromisoformat(run["next_scheduled_start_time"].replace("Z", "+00:00"))
        assert abs(told - waiting.next_at) < timedelta(seconds=2)
        assert "Waits until" in run["state"]["message"]
        tasks = await desk.tasks(waiting, 3)
        assert {name: task["state"]["name"] for name, task in tasks.items()} == {
            "Card invite": "Completed", "Card wait": "Waiting", "Card remind": "Waits",
        }  # fmt: skip
        assert len(list(desk.folder.glob("*.eml"))) == 1
        done = await desk.ends("call_31", within_s=60)
    assert done.flow_run_id == waiting.flow_run_id
    assert len(list(desk.folder.glob("*.eml"))) == 2

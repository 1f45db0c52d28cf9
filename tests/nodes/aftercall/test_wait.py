"""The card Wait: what it waits for, how it follows an appointment that moves, when there is nothing to wait for."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from engine.sdk import NotYet
from nodes.aftercall.wait import Wait, WaitSettings
from tests.nodes.aftercall.conftest import Bench
from tests.nodes.aftercall.test_invitation import PACIFIC, START, appointment, booked
from tests.support.aftercall import NOON


def wait(**settings: object) -> Wait:
    return Wait(WaitSettings.model_validate(settings))


async def waits_until(bench: Bench, card: Wait) -> datetime:
    with pytest.raises(NotYet) as waiting:
        await card.run(bench)
    return waiting.value.at


async def test_it_waits_until_a_day_before_the_appointment_by_its_own_clock(bench: Bench) -> None:
    with pytest.raises(
        NotYet, match=r"Waits until Tuesday, December 1, 14:00 \(America/Los_Angeles\), before"
    ) as until:
        await wait().run(booked(bench))
    assert until.value.at == datetime(2026, 12, 1, 14, tzinfo=PACIFIC)


async def test_when_the_time_has_come_the_lane_goes_on(bench: Bench) -> None:
    booked(bench).now = START - timedelta(days=1)
    outcome = await wait().run(bench)
    assert (outcome.note, outcome.go_on) == ("It is time.", True)


async def test_a_moved_appointment_is_waited_for_at_its_new_time(bench: Bench) -> None:
    booked(bench, start=START + timedelta(days=2), end=START + timedelta(days=2, hours=1), changes=1)
    bench.now = START - timedelta(days=1)  # the old moment
    assert await waits_until(bench, wait()) == START + timedelta(days=1)


async def test_a_cancelled_appointment_ends_the_wait_and_what_comes_behind_is_not_needed(bench: Bench) -> None:
    outcome = await wait().run(booked(bench, status="cancelled", changes=1))
    assert (outcome.note, outcome.go_on) == ("Not needed: the appointment was cancelled.", False)


async def test_an_appointment_that_a_later_call_moved_is_that_calls_business(bench: Bench) -> None:
    """Its own lane reminds: two calls about one appointment would remind twice."""
    outcome = await wait().run(booked(bench, call_id="call_32", changes=1))
    assert not outcome.go_on
    assert "a later call has moved the appointment" in outcome.note


async def test_without_an_appointment_nothing_is_waited_for(bench: Bench) -> None:
    assert not (await wait().run(bench)).go_on


@pytest.mark.parametrize(("late", "goes_on"), [("skip", False), ("go_on", True)])
async def test_an_appointment_sooner_than_the_reminder_is_skipped_or_told_at_once(
    bench: Bench, late: str, goes_on: bool
) -> None:
    soon = NOON + timedelta(hours=3)
    booked(bench, start=soon, end=soon + timedelta(hours=1))
    assert (await wait(late=late).run(bench)).go_on is goes_on


async def test_a_reminder_that_comes_late_because_the_worker_was_away_is_still_sent(bench: Bench) -> None:
    booked(bench).now = START - timedelta(hours=5)
    assert (await wait().run(bench)).go_on


async def test_nobody_is_reminded_of_an_appointment_that_has_begun(bench: Bench) -> None:
    booked(bench).now = START
    outcome = await wait(late="go_on").run(bench)
    assert (outcome.note, outcome.go_on) == ("Not needed: the appointment has begun.", False)


async def test_nobody_is_reminded_of_a_wish_that_was_never_confirmed(bench: Bench) -> None:
    booked(bench, status="requested").now = START - timedelta(hours=5)
    assert (await wait().run(bench)).note == "Not needed: nobody has confirmed the appointment."


async def test_some_time_after_the_appointment(bench: Bench) -> None:
    card = wait(until="after_appointment", amount=2, unit="hours")
    assert await waits_until(booked(bench), card) == START + timedelta(hours=3)


async def test_some_time_after_the_call(bench: Bench) -> None:
    assert await waits_until(bench, wait(until="after_call", amount=30, unit="minutes")) == NOON + timedelta(minutes=30)
    bench.now = NOON + timedelta(minutes=30)
    assert (await wait(until="after_call", amount=30, unit="minutes").run(bench)).go_on


async def test_the_next_working_morning_in_the_businesss_zone(bench: Bench) -> None:
    """The call ended at four in the morning there."""
    at = await waits_until(bench, wait(until="hours"))
    assert at == datetime(2026, 11, 24, 9, tzinfo=PACIFIC)
    bench.now = at
    assert (await wait(until="hours").run(bench)).go_on


def test_hours_that_nobody_understands_are_refused_when_they_are_entered() -> None:
    with pytest.raises(ValidationError, match="is not understood"):
        wait(hours=["mornings"])


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "Waits until 1 day before the appointment"),
        ({"amount": 3, "unit": "hours"}, "Waits until 3 hours before the appointment"),
        ({"until": "after_call", "amount": 30, "unit": "minutes"}, "Waits until 30 minutes after the call"),
        ({"until": "hours"}, "Waits for Mon-Fri 09:00-17:00"),
    ],
)
def test_the_canvas_tells_what_it_waits_for(settings: dict[str, object], line: str) -> None:
    assert wait(**settings).describe(None) == line  # type: ignore[arg-type]


async def test_the_appointment_of_the_result_alone_does_not_decide(bench: Bench) -> None:
    bench.result = bench.result.model_copy(update={"appointment": appointment()})
    assert not (await wait().run(bench)).go_on

"""When a lead is called next, for every disposition there is; and that another hour is one in the person's own zone,
also over a switch of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaigns.attempts import ENDS, NOT_PLACED_AGAIN, NOT_REACHED, ONCE_MORE, NextAttempt, Tried, next_attempt
from engine.campaigns.model import AttemptPlan, Step

PACIFIC = "America/Los_Angeles"
NOON = datetime(2026, 11, 24, 12, 10, tzinfo=ZoneInfo(PACIFIC))  # a Tuesday
PLAN = AttemptPlan()


def after(*tried: Tried, plan: AttemptPlan = PLAN, zone: str = PACIFIC, now: datetime | None = None) -> NextAttempt:
    return next_attempt(plan, tried, zone, now or tried[-1].at + timedelta(seconds=40))


def local(found: NextAttempt, zone: str = PACIFIC) -> str:
    assert found.at is not None
    return f"{found.at.astimezone(ZoneInfo(zone)):%a %H:%M}"


@pytest.mark.parametrize("disposition", sorted(NOT_REACHED))
def test_who_was_not_reached_is_tried_again_two_hours_later(disposition: str) -> None:
    assert after(Tried(NOON, disposition)).at == NOON + timedelta(hours=2)


@pytest.mark.parametrize("disposition", sorted({*ENDS, "their_own_word", "callback_agreed_by_hand"}))
def test_a_talk_ends_the_plan_whatever_came_of_it(disposition: str) -> None:
    found = after(Tried(NOON - timedelta(hours=3), "no_answer"), Tried(NOON, disposition))
    assert found.at is None
    assert found.why


@pytest.mark.parametrize("disposition", sorted(ONCE_MORE))
def test_one_more_try_is_made_once(disposition: str) -> None:
    first = Tried(NOON, disposition)
    again = after(first)
    assert again.at is not None
    assert after(first, Tried(again.at, disposition)).at is None
    assert after(first, Tried(again.at, "no_answer")).at is not None, "the plan goes on if nobody was there"


@pytest.mark.parametrize("disposition", ["minor_answered", "third_party_answered"])
def test_somebody_else_on_the_phone_means_another_part_of_the_day(disposition: str) -> None:
    assert local(after(Tried(NOON, disposition))) == "Tue 17:10"
    assert local(after(Tried(NOON.replace(hour=18), disposition))) == "Wed 09:40"


def test_who_hung_up_is_left_alone_where_the_campaign_says_so() -> None:
    assert after(Tried(NOON, "incomplete_hangup"), plan=AttemptPlan(retry_cut_off=False)).at is None


def test_six_attempts_are_made_each_at_another_hour_than_the_one_before() -> None:
    tried = [Tried(NOON, "no_answer")]
    while (found := after(*tried)).at is not None:
        tried.append(Tried(found.at, "no_answer"))
    when = [f"{each.at.astimezone(ZoneInfo(PACIFIC)):%a %d %H:%M}" for each in tried]
    # Midday was tried twice on the first day: morning and evening come first, then each part in its turn.
    assert when == ["Tue 24 12:10", "Tue 24 14:10", "Wed 25 17:10", "Fri 27 09:40", "Sun 29 17:10", "Wed 02 09:40"]
    assert "all 6 attempts" in found.why


def test_the_lifetime_ends_a_plan_with_more_steps() -> None:
    tried = [Tried(NOON + timedelta(days=number), "busy") for number in range(3)]
    assert after(*tried, plan=AttemptPlan(lifetime=3)).at is None
    assert after(*tried, plan=AttemptPlan(lifetime=4)).at is not None


def test_a_step_at_a_given_time_is_meant_in_the_persons_zone() -> None:
    plan = AttemptPlan(steps=(Step(day=1, at="18:30"),))
    assert local(after(Tried(NOON, "no_answer"), plan=plan)) == "Wed 18:30"
    assert local(after(Tried(NOON, "no_answer"), plan=plan, zone="America/New_York"), "America/New_York") == "Wed 18:30"


@pytest.mark.parametrize(
    ("first", "at", "expected"),
    [
        ("2027-03-13 12:00", "09:30", "2027-03-14T09:30:00-07:00"),  # the night the clocks go forward
        ("2027-03-13 12:00", "02:30", "2027-03-14T03:30:00-07:00"),  # an hour that is left out
        ("2026-10-31 12:00", "09:30", "2026-11-01T09:30:00-08:00"),  # the night they go back
    ],
)
def test_the_clock_on_the_wall_counts_when_clocks_are_changed(first: str, at: str, expected: str) -> None:
    plan = AttemptPlan(steps=(Step(day=1, at=at),))
    found = after(Tried(datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(PACIFIC)), "no_answer"), plan=plan)
    assert found.at is not None
    assert found.at.astimezone(ZoneInfo(PACIFIC)).isoformat() == expected


def test_a_plan_whose_moment_has_passed_goes_on_now() -> None:
    late = NOON + timedelta(days=20)  # nothing ran for weeks
    assert after(Tried(NOON, "no_answer"), now=late).at == late


def test_an_agreed_time_is_kept_and_is_known_as_agreed() -> None:
    at = NOON + timedelta(days=1, hours=3)
    found = after(Tried(NOON, "callback_scheduled", callback=at))
    assert (found.at, found.agreed) == (at, True)


def test_a_callback_by_a_colleague_is_not_made_by_us() -> None:
    found = after(Tried(NOON, "callback_scheduled", callback=NOON + timedelta(hours=3), callback_by="human"))
    assert (found.at, found.agreed) == (None, False)


def test_a_callback_nobody_picked_up_begins_the_plan_anew() -> None:
    agreed = NOON + timedelta(days=1)
    tried = [Tried(NOON, "callback_scheduled", callback=agreed), Tried(agreed, "no_answer")]
    found = after(*tried)
    assert found.at == agreed + timedelta(hours=2)
    assert not found.agreed


def test_what_could_not_be_placed_uses_up_no_attempt_but_is_not_tried_for_ever() -> None:
    rang = Tried(NOON, "no_answer")
    tried = [rang]
    for pause in NOT_PLACED_AGAIN:
        tried.append(Tried(NOON + timedelta(hours=2), "failed", asked=False))
        now = tried[-1].at + timedelta(seconds=5)
        assert after(*tried, now=now).at == now + pause
    tried.append(Tried(NOON + timedelta(hours=9), "failed", asked=False))
    assert after(*tried).at is None
    # One that was placed at last counts as the second attempt, whatever could not be placed before.
    assert local(after(rang, *tried[1:3], Tried(NOON + timedelta(hours=3), "no_answer"))) == "Wed 17:10"


dispositions = st.sampled_from(sorted({*NOT_REACHED, *ONCE_MORE}))


@given(
    st.lists(st.tuples(dispositions, st.booleans()), min_size=1, max_size=8),
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from([PACIFIC, "America/New_York", "Pacific/Honolulu", "America/Phoenix"]),
)
def test_the_next_attempt_is_never_in_the_past_and_never_too_soon(
    outcomes: list[tuple[str, bool]], minutes: int, zone: str
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    tried: list[Tried] = []
    for disposition, asked in outcomes:
        tried.append(Tried(at, disposition, asked))
        now = at + timedelta(seconds=30)
        found = next_attempt(PLAN, tried, zone, now)
        assert found.why
        if found.at is None:
            break
        assert found.at >= now
        if asked:
            assert found.at - at >= timedelta(minutes=PLAN.min_gap_min)
        at = found.at
    assert sum(each.asked for each in tried) <= PLAN.lifetime

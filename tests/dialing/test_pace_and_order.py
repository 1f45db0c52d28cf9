"""The carrier's pace, its circuit breaker, who is called first and from which number: all without clock or database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.campaigns.model import Limits
from engine.dialing.breaker import LASTING_REST_S, LONGEST_REST_S, REST_S, TRIAL_S, CarrierBreaker
from engine.dialing.pace import calls_a_second, next_turn
from engine.dialing.ranking import DueLead, Standing, caller_number, order

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def turns(count: int, a_second: float, taken: list[datetime] | None = None) -> list[float]:
    """Seconds at which `count` calls may be asked for that are all due now."""
    given_out = list(taken or [])
    for _ in range(count):
        given_out.append(next_turn(given_out, NOW, a_second))
    return [round((each - NOW).total_seconds(), 2) for each in given_out[len(taken or []) :]]


def test_three_leads_at_once_are_called_within_a_second() -> None:
    assert turns(3, 1.5) == [0.0, 0.33, 0.67]


def test_a_long_burst_leaves_room_for_those_who_answer() -> None:
    assert turns(50, 1.5)[-1] == 32.33
    assert turns(50, 3.0)[-1] == 16.33, "nobody answers: the carrier's own pace"


def test_how_many_answer_is_believed_from_twenty_calls_on() -> None:
    assert calls_a_second(0, 0) == 1.5
    assert calls_a_second(19, 0) == 1.5
    assert calls_a_second(20, 0) == 3.0
    assert calls_a_second(100, 50) == 2.0
    assert calls_a_second(100, 100) == 1.5


@given(
    st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40),
    st.sampled_from([1.5, 1.7, 2.0, 2.5, 3.0]),
)
def test_whoever_asks_when_no_second_has_more_than_three_calls(pauses: list[float], a_second: float) -> None:
    taken: list[datetime] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        taken.append(next_turn(taken, now, a_second))
        assert taken[-1] >= now
    for each in taken:
        # Moments are kept in microseconds: a third of a second is not.
        assert sum(each <= other < each + timedelta(seconds=0.999) for other in taken) <= 3


# The breaker.


def test_five_failures_in_a_row_hold_all_calls_back_and_one_that_is_taken_lets_them_go() -> None:
    breaker = CarrierBreaker()
    for _ in range(4):
        breaker.failed(0.0, "503")
    assert breaker.room(0.0) is None
    breaker.worked()
    for _ in range(4):
        breaker.failed(1.0, "503")
    assert breaker.room(1.0) is None, "not in a row"
    breaker.failed(1.0, "503")
    assert breaker.room(1.0) == 0
    assert "503" in breaker.why
    assert breaker.room(1.0 + REST_S) == 1, "one call on trial"
    breaker.begun(1.0 + REST_S)
    assert breaker.room(2.0 + REST_S) == 0
    breaker.worked()
    assert breaker.room(2.0 + REST_S) is None
    assert breaker.why == ""


def test_a_failed_trial_doubles_the_rest_up_to_four_minutes() -> None:
    breaker, now, rests = CarrierBreaker(), 0.0, []
    for _ in range(5):
        breaker.failed(now, "503")
    while len(rests) < 6:
        began = now
        while breaker.room(now) == 0:
            now += 1.0
        rests.append(now - began)
        breaker.begun(now)
        breaker.failed(now, "503")
    assert rests == [REST_S, 30.0, 60.0, 120.0, LONGEST_REST_S, LONGEST_REST_S]


def test_a_wrong_key_holds_calls_back_at_once_and_longer() -> None:
    breaker = CarrierBreaker()
    breaker.failed(0.0, "401", lasting=True)
    assert breaker.room(LASTING_REST_S - 1) == 0
    assert breaker.room(LASTING_REST_S) == 1


def test_a_few_requests_too_many_are_no_storm_and_ten_in_a_row_are() -> None:
    breaker = CarrierBreaker()
    for _ in range(9):
        breaker.failed(0.0, "429", busy=True)
    assert breaker.room(0.0) is None
    breaker.failed(0.0, "429", busy=True)
    assert breaker.room(0.0) == 0


def test_a_trial_whose_process_lost_it_is_followed_by_another() -> None:
    breaker = CarrierBreaker()
    breaker.failed(0.0, "401", lasting=True)
    breaker.begun(LASTING_REST_S)
    assert breaker.room(LASTING_REST_S + TRIAL_S) == 0
    assert breaker.room(LASTING_REST_S + TRIAL_S + 1) == 1


def test_what_was_under_way_when_the_rest_began_does_not_make_it_longer() -> None:
    breaker = CarrierBreaker()
    for _ in range(12):
        breaker.failed(0.0, "503")
    assert breaker.room(REST_S) == 1
    assert breaker.opened == 1


# Who is first.


def lead(id_: str, waited_s: float = 0.0, campaign: str | None = None, *, fresh: bool = True) -> DueLead:
    return DueLead(id_, campaign, NOW - timedelta(seconds=waited_s), fresh)


def first(due: list[DueLead], **campaigns: Standing) -> list[str]:
    return [each.id for each in order(due, campaigns, NOW)]


def test_somebody_who_has_just_sent_a_form_goes_before_further_attempts() -> None:
    due = [lead("retry", 600, fresh=False), lead("fresh", 0)]
    assert first(due) == ["fresh", "retry"]
    assert first([lead("old retry", 1900, fresh=False), lead("fresh", 0)]) == ["old retry", "fresh"]


def test_a_campaign_of_higher_priority_goes_first_but_nobody_waits_for_ever() -> None:
    high, low = Standing(9, Limits()), Standing(0, Limits())
    due = [lead("low", 500, "low"), lead("high", 0, "high")]
    assert first(due, high=high, low=low) == ["high", "low"]
    assert first([lead("low", 541, "low"), lead("high", 0, "high")], high=high, low=low) == ["low", "high"]


def test_no_more_is_begun_of_a_campaign_than_it_allows() -> None:
    due = [lead(f"lead {number}", 100 - number, "one") for number in range(5)] + [lead("other", 0)]
    assert first(due, one=Standing(5, Limits(at_once=3), under_way=1)) == ["lead 0", "lead 1", "other"]
    assert first(due, one=Standing(5, Limits(per_minute=4), begun=3)) == ["lead 0", "other"]
    assert first(due, one=Standing(5, Limits(at_once=1), under_way=3)) == ["other"]


def test_numbers_are_used_in_turn_and_a_person_keeps_theirs() -> None:
    numbers = ["+14155550100", "+14155550101", "+14155550102"]
    used = {"+14155550100": 4, "+14155550101": 2}
    assert caller_number(numbers, used, None, None) == "+14155550102"
    assert caller_number(numbers, used, "+14155550100", None) == "+14155550100"
    assert caller_number(numbers, used, "+14155550100", 4) == "+14155550102", "it has made its calls for the day"
    assert caller_number(numbers, used, "+18005550199", None) == "+14155550102", "no longer one of the campaign's"
    assert caller_number(numbers, dict.fromkeys(numbers, 3), None, 3) is None

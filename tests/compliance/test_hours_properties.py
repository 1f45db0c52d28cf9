"""No clock, zone or switch of the clocks ever allows a call outside the window of a place where the person may be.

The oracle reads the table itself, as text, and asks each place by the minute; it shares no code with what it judges.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import holidays
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.compliance import Case, ConsentFact, Place, Terms, may_call

PHONE = "+14155552671"
TABLE = json.loads(resources.files("engine.compliance").joinpath("states.json").read_text("utf-8"))
STATES = TABLE["states"]
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=14)

SWITCH_DAYS = ("2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07", "2028-02-29", "2026-12-31", "2026-03-29")
CAMPAIGN = {"weekday": ((time(10), time(13)), (time(15), time(22))), "saturday": ((time(6), time(12)),), "sunday": ()}


def oracle(moment: datetime, places: tuple[Place, ...], terms: Terms) -> bool:
    """Whether the minute is allowed in every place, by the letter of the table."""
    if not places:
        return _allowed(moment, "America/New_York", TABLE["unknown"], set(STATES), terms)
    some_state = any(place.state for place in places)
    for place in places:
        if place.state:
            row, days = STATES[place.state], {place.state}
        elif some_state:
            row, days = TABLE["default"], {""}
        else:
            continue
        if not _allowed(moment, place.zone, row, days, terms):
            return False
    if not some_state:
        return all(
            _allowed(moment, place.zone, row, set(STATES), terms) for place in places for row in STATES.values()
        ) and all(_allowed(moment, place.zone, TABLE["unknown"] | {"weekday": ["08:00", "21:00"]}, set(STATES), terms)
                  for place in places)  # fmt: skip
    return True


def _allowed(moment: datetime, zone: str, row: dict[str, object], holidays_of: set[str], terms: Terms) -> bool:
    wall = moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")
    name, day, clock = wall.split()
    key = {"Sat": "saturday", "Sun": "sunday"}.get(name, "weekday")
    spans = [row[key]]
    if any(day in _days(state, int(day[:4])) for state in holidays_of):
        if row["holidays"] == "none" or terms.holidays == "none":
            return False
        spans += [row["holidays"]] if isinstance(row["holidays"], list) else []
    if any(span is None for span in spans):
        return False
    latest = _minus(min(str(span[1]) for span in spans), terms.margin_min)  # type: ignore[index]
    if not max(str(span[0]) for span in spans) <= clock < latest:  # type: ignore[index]
        return False
    if terms.windows is None or key not in terms.windows:
        return True
    own = [(f"{start:%H:%M}", _minus(f"{end:%H:%M}", terms.margin_min)) for start, end in terms.windows[key]]
    return any(start <= clock < end for start, end in own)


def _minus(clock: str, minutes: int) -> str:
    left = int(clock[:2]) * 60 + int(clock[3:]) - minutes
    return f"{left // 60:02}:{left % 60:02}"


@cache
def _days(state: str, year: int) -> set[str]:
    return {day.isoformat() for day in holidays.country_holidays("US", subdiv=state or None, years=[year])}


def case_of(now: datetime, places: tuple[Place, ...], terms: Terms) -> Case:
    consent = ConsentFact("written", PHONE, given_at=datetime(2026, 1, 1, tzinfo=UTC), text="An AI may call me.")
    return Case(now, PHONE, consents=(consent,), places=places, terms=terms)


@st.composite
def places_st(draw: st.DrawFn) -> tuple[Place, ...]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        state = draw(st.sampled_from([*STATES, "", "ME", "HI", "AK", "SD", "RI"]))
        zones = STATES[state]["zones"] if state else ["America/Chicago", "Pacific/Honolulu", "America/New_York"]
        found.append(Place(draw(st.sampled_from(zones)), state))
    return tuple(dict.fromkeys(found))


@st.composite
def moments_st(draw: st.DrawFn) -> datetime:
    """Anywhere in three years, more often near a switch of the clocks, and often at the edge of a window."""
    any_day = st.dates(date(2026, 1, 1), date(2028, 12, 31)).map(date.isoformat)
    day = draw(st.one_of(st.sampled_from(SWITCH_DAYS), any_day))
    zone = draw(st.sampled_from(["America/New_York", "America/Phoenix", "Pacific/Honolulu", "America/Adak"]))
    edge = draw(st.sampled_from(["00:00", "01:59", "07:59", "08:59", "12:00", "16:54", "19:54", "20:54", "23:59"]))
    base = datetime.fromisoformat(f"{day}T{edge}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return base + timedelta(seconds=draw(st.one_of(st.integers(-90, 90), st.integers(-86_400, 86_400))))


terms_st = st.builds(
    Terms,
    margin_min=st.sampled_from([0, 5, 60]),
    windows=st.sampled_from([None, CAMPAIGN, {"weekday": ((time(9), time(17)),)}]),
    holidays=st.sampled_from(["as_usual", "none"]),
    consent_max_age_days=st.just(1825),
    duties_met=st.just(frozenset({"registration"})),
)


@settings(max_examples=400, deadline=None)
@given(moments_st(), places_st(), terms_st)
def test_no_moment_is_allowed_outside_the_window_of_any_place(
    now: datetime, places: tuple[Place, ...], terms: Terms
) -> None:
    decision = may_call(case_of(now, places, terms))
    assert decision.answer == ("yes" if oracle(now, places, terms) else "later")


@settings(max_examples=150, deadline=None)
@given(moments_st(), places_st(), terms_st)
@example(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), (Place("America/New_York", "OH"),), Terms(consent_max_age_days=1825))
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), (Place("America/New_York", "OH"), Place("Pacific/Honolulu", "HI")),
         Terms(consent_max_age_days=1825))  # fmt: skip
def test_a_call_that_waits_is_made_at_the_first_moment_at_which_every_rule_holds(
    now: datetime, places: tuple[Place, ...], terms: Terms
) -> None:
    case = case_of(now, places, terms)
    decision = may_call(case)
    assume(decision.answer == "later")
    allowed: Callable[[datetime], bool] = lambda moment: oracle(moment, places, terms)  # noqa: E731
    minute = now.replace(second=0, microsecond=0) + MINUTE
    if decision.at is None:
        assert not any(allowed(minute + step * MINUTE) for step in range(0, 14 * 24 * 60 - 1, 5))
        return
    assert may_call(replace(case, now=decision.at)).answer == "yes"
    assert allowed(decision.at)
    # By the minute for a day before it, by five minutes before that: nothing was passed over.
    while minute < decision.at:
        assert not allowed(minute)
        minute += MINUTE if decision.at - minute <= timedelta(days=1) else 5 * MINUTE


@settings(max_examples=200, deadline=None)
@given(
    moments_st(),
    places_st(),
    terms_st,
    st.lists(st.integers(0, 3 * 24 * 60), max_size=7),
    st.dictionaries(st.sampled_from(["LA", "FL", "ME", "TX"]), st.integers(-600, 20_000), max_size=2),
    st.booleans(),
)
def test_the_moment_that_is_promised_is_kept_whatever_else_makes_it_wait(
    now: datetime, places: tuple[Place, ...], terms: Terms, ago: list[int], stopped: dict[str, int], agreed: bool
) -> None:
    case = replace(
        case_of(now, places, terms),
        attempts=sorted(now - timedelta(minutes=each) for each in ago),
        suspended={state: now + timedelta(minutes=each) for state, each in stopped.items()},
        agreed=agreed,
    )
    decision = may_call(case)
    if decision.answer == "yes":
        assert oracle(now, places, terms)
        assert sum(each <= 24 * 60 for each in ago) < 3
        assert not any(each > 0 and state in {place.state for place in places} for state, each in stopped.items())
    if decision.at is not None:
        assert decision.answer == "later"
        assert now < decision.at <= now + HORIZON
        then = may_call(replace(case, now=decision.at))
        assert then.answer == "yes"
        just_before = may_call(replace(case, now=decision.at - timedelta(seconds=1)))
        assert just_before.answer == "later"
    elif decision.answer == "later":
        assert decision.no_moment.endswith(".")

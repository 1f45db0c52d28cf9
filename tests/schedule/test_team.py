"""Several people share a calendar: an opening is there if one of them is free, and one of them gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schedule import Span, Staff, Taken, Team, WorkingHours, cut, is_free, within_hours
from engine.schedule.openings import on_day
from engine.schedule.team import AreaProblem, choose, openings, read_area
from engine.sdk import BookingRules, Opening

PACIFIC = ZoneInfo("America/Los_Angeles")
TUESDAY = datetime(2026, 9, 15, 8, 0, tzinfo=PACIFIC)
OFFICE = WorkingHours.read({"tuesday": ["09:00-12:00"], "wednesday": ["09:00-12:00"]}, {"2026-09-22": []})
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=0, horizon_days=1)
ANA, BEN = Staff("Ana"), Staff("Ben")
BOTH = Team(PACIFIC, OFFICE, (ANA, BEN), step_min=60)


def at(hour: int, days: int = 0, length: int = 60) -> Opening:
    start = TUESDAY.replace(hour=hour) + timedelta(days=days)
    return Opening(start, start + timedelta(minutes=length))


def busy(staff: str, hour: int, days: int = 0) -> Taken:
    return Taken(at(hour, days).start, at(hour, days).end, 30, staff=staff)


def starts(team: Team, *taken: Taken, rules: BookingRules = RULES, now: datetime = TUESDAY) -> list[str]:
    return [f"{opening.start:%a %H:%M}" for opening in openings(team, taken, rules, now)]


def chosen(team: Team, opening: Opening, *taken: Taken, rules: BookingRules = RULES, preferred: str = "") -> str | None:
    member = choose(team, opening, rules, taken, TUESDAY, preferred=preferred)
    return None if member is None else member.name


def test_an_opening_is_there_as_long_as_somebody_is_free() -> None:
    assert starts(BOTH, busy("Ana", 10)) == ["Tue 09:00", "Tue 10:00", "Tue 11:00"]
    assert starts(BOTH, busy("Ana", 10), busy("Ben", 11)) == ["Tue 09:00"]


def test_a_buffer_keeps_one_persons_appointments_apart_and_nobody_elses() -> None:
    assert chosen(BOTH, at(9), busy("Ana", 10)) == "Ben"
    assert chosen(BOTH, at(9), busy("Ana", 10), busy("Ben", 10)) is None


def test_who_has_the_fewest_appointments_that_day_gets_it_then_who_stands_first() -> None:
    long_day = replace(BOTH, hours=WorkingHours.read({"tuesday": ["08:00-20:00"]}))
    assert chosen(long_day, at(16)) == "Ana"
    assert chosen(long_day, at(16), busy("Ana", 9)) == "Ben"
    assert chosen(long_day, at(16), busy("Ana", 9), busy("Ben", 10)) == "Ana"
    assert chosen(long_day, at(16), busy("Ana", 9, days=1)) == "Ana"


def test_whoever_was_preferred_gets_it_if_free() -> None:
    assert chosen(BOTH, at(9), preferred="Ben") == "Ben"
    assert chosen(BOTH, at(9), busy("Ben", 9), preferred="Ben") == "Ana"


def test_own_hours_go_before_the_calendars_and_own_days_before_both() -> None:
    early = replace(ANA, weekly={1: (Span(420, 540),)}, special={date(2026, 9, 16): (Span(780, 840),)})
    team = replace(BOTH, staff=(early,))
    day_before = TUESDAY - timedelta(days=1)
    assert starts(team, rules=replace(RULES, horizon_days=3), now=day_before) == ["Tue 07:00", "Tue 08:00", "Wed 13:00"]
    assert early.hours(OFFICE).on(date(2026, 9, 22)) == ()  # closed for everybody
    off = replace(ANA, special={date(2026, 9, 15): ()})
    assert starts(replace(team, staff=(off,))) == []


def test_who_does_not_go_there_is_left_out() -> None:
    north, south = replace(ANA, areas=("941*", "94014")), replace(BEN, areas=("94080",))
    team = replace(BOTH, staff=(north, south))
    for place, names in (
        ("94110", {"Ana"}), ("94110-1234", {"Ana"}), ("94014", {"Ana"}), ("94080-1", {"Ben"}), (" 94080 ", {"Ben"}),
        ("94017", set()), ("94", set()), ("", {"Ana", "Ben"}),
    ):  # fmt: skip
        assert {each.name for each in team.serving(place)} == names, place
    assert starts(team, rules=replace(RULES, place="94017")) == []
    assert starts(team, busy("Ben", 10), rules=replace(RULES, place="94080")) == []
    assert chosen(team, at(9), rules=replace(RULES, place="94080")) == "Ben"


def test_places_are_compared_without_spaces_and_capitals() -> None:
    assert Staff("Ana", areas=(read_area("sw1a*"),)).serves("SW1A 1AA")


@pytest.mark.parametrize("text", ["", "*", "94102-94105", "941?", "94110 or 94112"])
def test_an_area_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(AreaProblem, match=r"Write a ZIP code like 94110, or 941\*"):
        read_area(text)


def test_a_day_may_be_full_for_one_and_for_all() -> None:
    one_each = replace(BOTH, staff=(replace(ANA, max_per_day=1), BEN))
    assert chosen(one_each, at(11), busy("Ana", 9), busy("Ben", 9), busy("Ben", 9)) == "Ben"
    assert chosen(replace(BOTH, max_per_day=2), at(11), busy("Ana", 9), busy("Ben", 9)) is None
    assert starts(replace(BOTH, max_per_day=2), busy("Ana", 9), busy("Ben", 9)) == []
    assert starts(replace(BOTH, max_per_day=2), busy("Ana", 9)) != []


def test_appointments_of_nobody_in_the_list_take_everybodys_time_but_nobodys_share() -> None:
    assert starts(BOTH, busy("Cy", 10)) == []
    capped = replace(BOTH, staff=(replace(ANA, max_per_day=1),), hours=WorkingHours.read({"tuesday": ["08:00-20:00"]}))
    assert chosen(capped, at(16), busy("Cy", 10)) == "Ana"
    assert chosen(capped, at(16), busy("Ana", 10)) is None


def test_blocked_time_of_one_leaves_the_others_free() -> None:
    training = Taken(at(9).start, at(11).end, appointment=False, staff="Ana")
    everybody = replace(training, staff="")
    assert chosen(BOTH, at(9), training) == "Ben"
    assert chosen(BOTH, at(9), everybody) is None


def test_times_of_several_are_offered_once_and_in_order() -> None:
    quarter = replace(BEN, weekly={1: (Span(555, 720),)})
    assert starts(replace(BOTH, staff=(quarter, ANA))) == [
        "Tue 09:00", "Tue 09:15", "Tue 10:00", "Tue 10:15", "Tue 11:00",
    ]  # fmt: skip


# For any zone, any day the clock changes, any staff.

ZONES = (
    "America/Los_Angeles", "America/St_Johns", "Europe/Berlin", "Europe/London", "Australia/Lord_Howe",
    "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "UTC",
)  # fmt: skip
NAMES = ("Ana", "Ben", "Cy")
zones = st.sampled_from(ZONES).map(ZoneInfo)


def switches(zone: ZoneInfo) -> list[datetime]:
    """Noons of days in 2026 on which the wall clock jumps; any day where there are none."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(365)]
    found = [
        noon
        for noon in noons
        if noon.astimezone(zone).utcoffset() != (noon + timedelta(days=1)).astimezone(zone).utcoffset()
    ]
    return found or noons[:1]


spans = st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(
    lambda pair: (Span(min(pair) * 15, max(pair) * 15),)
)
weeks = st.dictionaries(st.integers(0, 6), spans, min_size=3)
members = st.builds(
    Staff,
    name=st.just(""),
    weekly=st.none() | weeks,
    areas=st.sampled_from(((), ("941*",), ("94110",), ("95*",))),
    max_per_day=st.sampled_from((None, None, 1, 2)),
)


@st.composite
def teams(draw: st.DrawFn) -> tuple[Team, datetime]:
    zone = draw(zones)
    crew = tuple(replace(draw(members), name=name) for name in NAMES[: draw(st.integers(0, 3))])
    now = draw(st.sampled_from(switches(zone))) - timedelta(minutes=draw(st.integers(0, 2000)))
    cap = draw(st.sampled_from((None, None, 1, 3)))
    return Team(zone, WorkingHours(draw(weeks)), crew, 15, cap), now


@st.composite
def taken_times(draw: st.DrawFn, now: datetime) -> list[Taken]:
    return [
        Taken(
            start := now + timedelta(minutes=15 * draw(st.integers(-40, 250))),
            start + timedelta(minutes=draw(st.sampled_from((15, 60, 400)))),
            draw(st.sampled_from((0, 30))),
            draw(st.booleans()),
            draw(st.sampled_from((*NAMES, "", "Gone"))),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]


rule_sets = st.builds(
    BookingRules,
    length_min=st.sampled_from((15, 45, 60)),
    buffer_min=st.sampled_from((0, 30)),
    notice_min=st.sampled_from((0, 120)),
    horizon_days=st.just(2),
    place=st.sampled_from(("", "94110", "95014")),
)


@settings(max_examples=200)
@given(st.data(), teams(), rule_sets)
def test_an_opening_is_offered_exactly_if_somebody_can_take_it_by_the_wall_clock(
    data: st.DataObject, drawn: tuple[Team, datetime], rules: BookingRules
) -> None:
    team, now = drawn
    taken = data.draw(taken_times(now))
    found = openings(team, taken, rules, now)
    begins = [opening.start.astimezone(UTC) for opening in found]
    assert begins == sorted(set(begins))  # none twice, not even in the hour that comes twice
    for opening in found:
        member = choose(team, opening, rules, taken, now - timedelta(seconds=1))
        assert member is not None
        assert member.serves(rules.place)
        assert within_hours(opening.start, opening.end, member.hours(team.hours), team.zone)
        wall = {span for day in (-1, 0, 1) for span in member.hours(team.hours).on(_day(opening.start, team, day))}
        minute = opening.start.hour * 60 + opening.start.minute
        assert any(span.start <= minute < span.end for span in wall)
    # The other way round: every quarter of an hour that somebody could take is offered.
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + timedelta(minutes=15)
    while quarter <= now + timedelta(days=rules.horizon_days):
        end = quarter + timedelta(minutes=rules.length_min)
        late_enough = quarter >= now + timedelta(minutes=rules.notice_min)
        if late_enough and choose(team, Opening(quarter, end), rules, taken, now) is not None:
            assert quarter in begins
        quarter += timedelta(minutes=15)


def _day(moment: datetime, team: Team, days: int) -> date:
    return moment.astimezone(team.zone).date() + timedelta(days=days)


@settings(max_examples=100)
@given(st.data(), teams(), rule_sets)
def test_however_many_book_nobody_is_in_two_places_and_no_cap_is_passed(
    data: st.DataObject, drawn: tuple[Team, datetime], rules: BookingRules
) -> None:
    team, now = drawn
    taken = data.draw(taken_times(now))
    before = len(taken)
    for _ in range(8):
        found = openings(team, taken, rules, now)
        if not found:
            break
        opening = data.draw(st.sampled_from(found))
        member = choose(team, opening, rules, taken, now - timedelta(seconds=1))
        assert member is not None
        own = [one for one in taken if one.staff in (member.name, "", "Gone")]
        assert is_free(opening.start, opening.end, rules.buffer_min, own if team.staff else taken)
        taken.append(Taken(opening.start, opening.end, rules.buffer_min, staff=member.name))
    for booked in taken[before:]:
        day = booked.start.astimezone(team.zone).date()
        if team.max_per_day is not None:
            assert on_day(day, taken, team.zone) <= team.max_per_day
        for member in team.staff:
            if member.name == booked.staff and member.max_per_day is not None:
                theirs = [one for one in taken if one.staff == member.name]
                assert on_day(day, theirs, team.zone) <= member.max_per_day


@settings(max_examples=100)
@given(st.data(), teams(), rule_sets)
def test_a_calendar_without_staff_is_cut_as_ever(
    data: st.DataObject, drawn: tuple[Team, datetime], rules: BookingRules
) -> None:
    team, now = replace(drawn[0], staff=()), drawn[1]
    taken = data.draw(taken_times(now))
    plain = cut(team.hours, team.zone, taken, rules, now, step_min=15, max_per_day=team.max_per_day)
    assert openings(team, taken, rules, now) == plain

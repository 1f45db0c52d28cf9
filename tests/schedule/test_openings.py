"""Openings are cut by the wall clock of the calendar's zone, and only where nothing stands in the way."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schedule import HoursProblem, Span, Taken, WorkingHours, cut, is_free, within_hours
from engine.sdk import BookingRules

PACIFIC = ZoneInfo("America/Los_Angeles")
TUESDAY = datetime(2026, 9, 15, 8, 0, tzinfo=PACIFIC)
OFFICE = WorkingHours.read({"tuesday": ["09:00-12:00", "13:00-17:00"], "wednesday": ["09:00-12:00"]})
AN_HOUR = BookingRules(length_min=60, buffer_min=30, notice_min=120, horizon_days=1)


def starts(*taken: Taken, rules: BookingRules = AN_HOUR, now: datetime = TUESDAY, cap: int | None = None) -> list[str]:
    openings = cut(OFFICE, PACIFIC, taken, rules, now, step_min=60, max_per_day=cap)
    return [f"{opening.start:%a %H:%M}" for opening in openings]


def test_openings_lie_in_working_hours_after_the_notice_and_before_the_horizon() -> None:
    assert starts() == ["Tue 10:00", "Tue 11:00", "Tue 13:00", "Tue 14:00", "Tue 15:00", "Tue 16:00"]
    assert starts(now=TUESDAY + timedelta(hours=2))[-1] == "Wed 10:00"


def test_an_appointment_keeps_its_buffer_on_both_sides() -> None:
    at_two = Taken(TUESDAY.replace(hour=14), TUESDAY.replace(hour=15), buffer_min=30)
    assert starts(at_two) == ["Tue 10:00", "Tue 11:00", "Tue 16:00"]


def test_the_larger_of_two_buffers_holds() -> None:
    at_two = Taken(TUESDAY.replace(hour=14), TUESDAY.replace(hour=15), buffer_min=90)
    assert starts(at_two) == ["Tue 10:00", "Tue 11:00"]


def test_blocked_time_needs_no_buffer() -> None:
    lunch = Taken(TUESDAY.replace(hour=14), TUESDAY.replace(hour=15), appointment=False)
    assert starts(lunch) == ["Tue 10:00", "Tue 11:00", "Tue 13:00", "Tue 15:00", "Tue 16:00"]


def test_a_day_with_all_its_appointments_has_no_openings() -> None:
    early = Taken(TUESDAY.replace(hour=9), TUESDAY.replace(hour=10))
    assert starts(early, cap=1, now=TUESDAY + timedelta(hours=1)) == ["Wed 09:00"]


def test_special_days_replace_the_week() -> None:
    hours = WorkingHours.read({"tuesday": ["09:00-17:00"]}, {"2026-09-15": [], "2026-09-16": ["10:00-11:00"]})
    found = cut(hours, PACIFIC, [], BookingRules(notice_min=0, horizon_days=3), TUESDAY)
    assert [f"{opening.start:%a %H:%M}" for opening in found] == ["Wed 10:00"]


@pytest.mark.parametrize("text", ["9-17", "17:00-09:00", "09:00-25:00", "09:75-10:00", ""])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(HoursProblem):
        Span.read(text)


def test_problems_with_hours_say_how_to_write_them() -> None:
    with pytest.raises(HoursProblem, match="Write monday"):
        WorkingHours.read({"Montag": []})
    with pytest.raises(HoursProblem, match="2026-12-24"):
        WorkingHours.read({}, {"24.12.": []})
    with pytest.raises(HoursProblem, match="overlap"):
        WorkingHours.read({"monday": ["09:00-12:00", "11:00-13:00"]})


SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)  # the clock changes at 2 a.m.
ALL_DAY = WorkingHours({day: (Span(0, 1440),) for day in range(7)})


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 9, 15), 24)])
def test_a_day_has_as_many_hours_as_it_really_has(day: date, hours: int) -> None:
    ((opens, closes),) = ALL_DAY.moments(day, PACIFIC)
    assert closes - opens == timedelta(hours=hours)


def test_office_hours_stay_at_the_same_wall_clock_when_the_clock_changes() -> None:
    nine_to_ten = WorkingHours({day: (Span(540, 600),) for day in range(7)})
    rules = BookingRules(notice_min=0, horizon_days=3)
    found = cut(nine_to_ten, PACIFIC, [], rules, datetime(2026, 10, 31, 0, 0, tzinfo=PACIFIC))
    assert [opening.start.strftime("%d %H:%M %Z") for opening in found] == [
        "31 09:00 PDT",
        "01 09:00 PST",
        "02 09:00 PST",
    ]


def test_the_hour_that_comes_twice_gives_two_openings_and_both_can_be_taken() -> None:
    night = WorkingHours({6: (Span(60, 120),)})
    rules = BookingRules(length_min=60, buffer_min=0, notice_min=0, horizon_days=2)
    now = datetime(2026, 10, 31, 12, tzinfo=PACIFIC)
    first, second = cut(night, PACIFIC, [], rules, now, step_min=60)
    assert (first.start.strftime("%H:%M %Z"), second.start.strftime("%H:%M %Z")) == ("01:00 PDT", "01:00 PST")
    assert cut(night, PACIFIC, [Taken(first.start, first.end)], rules, now, step_min=60) == [second]


def spoken(day: date, span: Span, zone: ZoneInfo = PACIFIC) -> list[str]:
    return [
        f"{start.astimezone(zone):%H:%M %Z} to {end.astimezone(zone):%H:%M %Z}"
        for start, end in WorkingHours({day.weekday(): (span,)}).moments(day, zone)
    ]


def test_work_that_ends_when_an_hour_comes_twice_ends_the_first_time() -> None:
    assert spoken(AUTUMN, Span(0, 60)) == ["00:00 PDT to 01:00 PDT"]
    assert spoken(AUTUMN, Span(0, 90)) == ["00:00 PDT to 01:30 PDT", "01:00 PST to 01:30 PST"]
    assert spoken(date(2026, 4, 4), Span(0, 1380), ZoneInfo("America/Santiago")) == ["00:00 -03 to 23:00 -03"]


def test_work_that_begins_in_the_hour_that_is_left_out_begins_after_it() -> None:
    assert spoken(SPRING, Span(150, 240)) == ["03:00 PDT to 04:00 PDT"]
    assert spoken(SPRING, Span(120, 180)) == []


moments = st.integers(0, 365 * 1440).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
zones = st.sampled_from(["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
spans = st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True).map(sorted)
weeks = st.dictionaries(st.integers(0, 6), spans.map(lambda pair: (Span(pair[0] * 15, pair[1] * 15),)), min_size=1)
rule_sets = st.builds(
    BookingRules,
    length_min=st.sampled_from([15, 30, 60, 90]),
    buffer_min=st.sampled_from([0, 15, 60]),
    notice_min=st.integers(0, 3000),
    horizon_days=st.integers(0, 10),
)


@st.composite
def busy_times(draw: st.DrawFn, now: datetime) -> list[Taken]:
    return [
        Taken(
            start,
            start + timedelta(minutes=draw(st.integers(1, 600))),
            draw(st.sampled_from([0, 30])),
            draw(st.booleans()),
        )
        for start in (now + timedelta(minutes=draw(st.integers(-600, 14400))) for _ in range(draw(st.integers(0, 5))))
    ]


@settings(max_examples=150)
@given(st.data(), moments, zones, weeks, rule_sets)
def test_every_opening_can_be_had_and_none_is_forgotten(
    data: st.DataObject, now: datetime, zone: str, week: dict[int, tuple[Span, ...]], rules: BookingRules
) -> None:
    place, hours = ZoneInfo(zone), WorkingHours(week)
    taken = data.draw(busy_times(now))
    found = cut(hours, place, taken, rules, now, step_min=15)
    begins = [opening.start.astimezone(UTC) for opening in found]
    assert begins == sorted(set(begins))
    for opening in found:
        start, end = opening.start.astimezone(UTC), opening.end.astimezone(UTC)
        assert end - start == timedelta(minutes=rules.length_min)
        assert now + timedelta(minutes=rules.notice_min) <= start <= now + timedelta(days=rules.horizon_days)
        assert within_hours(start, end, hours, place)
        assert is_free(start, end, rules.buffer_min, taken)
    # The other way round, by brute force: every quarter of an hour that fits is offered (all these zones
    # lie on quarters).
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    while quarter <= now + timedelta(days=rules.horizon_days):
        end = quarter + timedelta(minutes=rules.length_min)
        if (
            quarter >= now + timedelta(minutes=rules.notice_min)
            and within_hours(quarter, end, hours, place)
            and is_free(quarter, end, rules.buffer_min, taken)
        ):
            assert quarter in begins
        quarter += timedelta(minutes=15)


@given(
    moments, st.integers(1, 300), st.integers(-600, 600), st.integers(1, 300), st.integers(0, 60), st.integers(0, 60)
)
def test_who_may_have_a_time_does_not_depend_on_who_came_first(
    start: datetime, length: int, shift: int, other_length: int, buffer: int, other_buffer: int
) -> None:
    end, other = start + timedelta(minutes=length), start + timedelta(minutes=shift)
    other_end = other + timedelta(minutes=other_length)
    assert is_free(start, end, buffer, [Taken(other, other_end, other_buffer)]) == is_free(
        other, other_end, other_buffer, [Taken(start, end, buffer)]
    )

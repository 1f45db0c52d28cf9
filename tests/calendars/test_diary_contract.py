"""What every diary keeps to: Google Calendar (its emulator), Radicale and Xandikos (the real servers), and the one in
memory that other tests use in their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.opening import open_diary
from engine.schedule.diary import BusyTime, Diary, DiaryEntry, DiaryGone
from engine.sdk import BookingDetails, CalendarDown, Connection, Opening
from tests.emulators.faults import Fault
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.support.caldav_servers import CalDavServer, SpoilingProxy, spoiled
from tests.support.memory_diary import MemoryDiary

pytestmark = pytest.mark.usefixtures("patient")

ZONE = "America/Los_Angeles"
HOUR = timedelta(hours=1)
TEN = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo(ZONE))
DETAILS = BookingDetails("Roof estimate", "Dana Reyes", "+14155550123", address="1200 18th St, San Francisco")


@dataclass
class Kept:
    """A diary, and what its keeper can do behind its back. `count`: entries that stand, ours and others'. `lose`: the
    next answer is lost after the work was done. `enter`: somebody enters something. `delete`: the diary is gone."""

    diary: Diary
    count: Callable[[], int]
    lose: Callable[[], None]
    enter: Callable[[datetime, datetime], None]
    delete: Callable[[], None]
    down: Callable[[], None]


@pytest.fixture(params=["google", "radicale", "xandikos", "memory"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    with ExitStack() as stack:
        match request.param:
            case "memory":
                yield _memory()
            case "google":
                async with GoogleCalendarEmulator() as google:
                    yield await _google(google)
            case name:
                yield await stack.enter_context(_caldav(request.getfixturevalue(name)))


def _memory() -> Kept:
    diary = MemoryDiary()
    return Kept(
        diary,
        lambda: len(diary.entries) + len(diary.others),
        lambda: setattr(diary, "lose", 1),
        lambda start, end: diary.others.append((start, end)),
        lambda: setattr(diary, "gone", True),
        lambda: setattr(diary, "down", True),
    )


async def _google(google: GoogleCalendarEmulator) -> Kept:
    settings = {"key_file": google.key_file, "calendar": google.calendar.id, "endpoint": google.address}
    diary = await open_diary(Connection("g", "google_calendar", settings), "")
    return Kept(
        diary,
        lambda: len(google.events()),
        lambda: google.faults.set(Fault("cut", times=1)),
        lambda start, end: _no(
            google.entered(start={"dateTime": start.isoformat()}, end={"dateTime": end.isoformat()})
        ),
        lambda: _no(google.service.calendars.pop(google.calendar.id)),
        lambda: google.faults.set(Fault("refuse", error="503")),
    )


@contextmanager
def _caldav(server: CalDavServer) -> Iterator[object]:
    with spoiled(server) as proxy:
        yield _over(server, proxy)


async def _over(server: CalDavServer, proxy: SpoilingProxy) -> Kept:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    await diary.busy(TEN, TEN + HOUR)  # the calendar is found
    numbers = iter(range(100))
    writes = frozenset({"PUT", "DELETE"})

    def lose() -> None:
        proxy.only = writes
        proxy.faults.set(Fault("cut", times=1))

    def down() -> None:
        proxy.only = frozenset()
        proxy.faults.set(Fault("refuse", error="503"))

    def enter(start: datetime, end: datetime) -> None:
        span = (f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}", f"DTEND:{end.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        assert server.put(calendar, f"person-{next(numbers)}", *span).status_code == 201

    return Kept(
        diary,
        lambda: len(server.entries(calendar)),
        lose,
        enter,
        lambda: _no(server.request("DELETE", calendar)),
        down,
    )


def _no(_: object) -> None:
    return None


def entry(key: str = "call_31:visit", start: datetime = TEN, end: datetime | None = None) -> DiaryEntry:
    return DiaryEntry(key, Opening(start, end or start + HOUR), ZONE, DETAILS)


def same(one: Opening, other: Opening) -> bool:
    """The same time: compared in UTC, as two 1:30s of one night look alike."""
    return [one.start.astimezone(UTC), one.end.astimezone(UTC)] == [
        other.start.astimezone(UTC),
        other.end.astimezone(UTC),
    ]


def local(month: int, day: int, hour: int, minute: int, fold: int = 0, year: int = 2026, zone: str = ZONE) -> datetime:
    return datetime(year, month, day, hour, minute, fold=fold, tzinfo=ZoneInfo(zone))


async def test_an_entry_written_twice_is_one_entry(kept: Kept) -> None:
    first = await kept.diary.write(entry())
    second = await kept.diary.write(entry())
    assert (first.id, kept.count()) == (second.id, 1)
    assert same(first.opening, entry().opening)


async def test_an_entry_written_by_many_at_once_is_one_entry(kept: Kept) -> None:
    written = await asyncio.gather(*(kept.diary.write(entry()) for _ in range(6)))
    assert len({each.id for each in written}) == 1
    assert kept.count() == 1


async def test_a_move_keeps_the_key_and_frees_the_old_time(kept: Kept) -> None:
    first = await kept.diary.write(entry())
    later = TEN + timedelta(days=2)
    moved = await kept.diary.write(entry(start=later))
    assert moved.id == first.id
    assert same(moved.opening, entry(start=later).opening)
    found = await kept.diary.find("call_31:visit")
    assert found is not None and same(found.opening, entry(start=later).opening)
    assert await kept.diary.busy(TEN - HOUR, TEN + timedelta(days=3)) == [
        BusyTime(later.astimezone(UTC), (later + HOUR).astimezone(UTC), "call_31:visit")
    ]


async def test_entries_of_other_keys_stand_beside_each_other_even_at_one_time(kept: Kept) -> None:
    await kept.diary.write(entry("one"))
    await kept.diary.write(entry("two"))
    assert kept.count() == 2
    assert [each.ours for each in await kept.diary.busy(TEN, TEN + HOUR)] == ["one", "two"]


async def test_what_is_not_there_is_not_found_and_not_missed(kept: Kept) -> None:
    assert await kept.diary.find("never") is None
    await kept.diary.remove("never")


async def test_an_entry_that_was_removed_can_be_written_again(kept: Kept) -> None:
    for _ in range(2):
        await kept.diary.write(entry())
        assert kept.count() == 1
        await kept.diary.remove("call_31:visit")
        assert kept.count() == 0
        assert await kept.diary.find("call_31:visit") is None
    assert await kept.diary.busy(TEN, TEN + HOUR) == []


async def test_a_lost_answer_leaves_one_entry_and_the_key_finds_it(kept: Kept) -> None:
    kept.lose()
    try:
        await kept.diary.write(entry())
    except CalendarDown:
        assert await kept.diary.find("call_31:visit") is not None
        await kept.diary.write(entry())
    assert kept.count() == 1


async def test_a_lost_answer_to_a_move_leaves_one_entry_at_the_new_time(kept: Kept) -> None:
    await kept.diary.write(entry())
    kept.lose()
    later = entry(start=TEN + timedelta(hours=3))
    try:
        await kept.diary.write(later)
    except CalendarDown:
        await kept.diary.write(later)
    found = await kept.diary.find("call_31:visit")
    assert found is not None and same(found.opening, later.opening)
    assert kept.count() == 1


async def test_a_lost_answer_to_a_removal_leaves_nothing(kept: Kept) -> None:
    await kept.diary.write(entry())
    kept.lose()
    try:
        await kept.diary.remove("call_31:visit")
    except CalendarDown:
        await kept.diary.remove("call_31:visit")
    assert kept.count() == 0


async def test_time_of_others_is_seen_and_told_from_ours_also_where_it_overlaps(kept: Kept) -> None:
    await kept.diary.write(entry())
    kept.enter(TEN + HOUR / 2, TEN + 2 * HOUR)
    found = await kept.diary.busy(TEN - HOUR, TEN + 5 * HOUR)
    assert found == [
        BusyTime(TEN.astimezone(UTC), (TEN + HOUR).astimezone(UTC), "call_31:visit"),
        BusyTime((TEN + HOUR / 2).astimezone(UTC), (TEN + 2 * HOUR).astimezone(UTC)),
    ]


async def test_overlapping_times_of_others_are_one(kept: Kept) -> None:
    kept.enter(TEN, TEN + HOUR)
    kept.enter(TEN, TEN + HOUR / 2)
    kept.enter(TEN + HOUR / 2, TEN + 2 * HOUR)
    found = await kept.diary.busy(TEN - HOUR, TEN + 5 * HOUR)
    assert found == [BusyTime(TEN.astimezone(UTC), (TEN + 2 * HOUR).astimezone(UTC))]


async def test_an_empty_or_turned_range_is_free(kept: Kept) -> None:
    kept.enter(TEN, TEN + HOUR)
    assert await kept.diary.busy(TEN, TEN) == []
    assert await kept.diary.busy(TEN + HOUR, TEN) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # The clock goes back at two: of the two half past ones, the second.
        (local(11, 1, 1, 30, fold=1), local(11, 1, 2, 30)),
        # It goes forward at two.
        (local(3, 14, 1, 30, year=2027), local(3, 14, 3, 30, year=2027)),
        # Another zone than the calendar's, across midnight of UTC.
        (local(11, 24, 23, 30, zone="Europe/Rome"), local(11, 25, 0, 30, zone="Europe/Rome")),
    ],
    ids=["autumn", "spring", "abroad"],
)
async def test_days_when_the_clock_changes_and_other_zones_shift_nothing(
    kept: Kept, start: datetime, end: datetime
) -> None:
    await kept.diary.write(entry(start=start, end=end))
    found = await kept.diary.find("call_31:visit")
    assert found is not None and same(found.opening, Opening(start, end))
    [taken] = await kept.diary.busy(start.astimezone(UTC) - 5 * HOUR, end.astimezone(UTC) + 5 * HOUR)
    assert same(Opening(taken.start, taken.end), Opening(start, end))


async def test_moving_between_the_two_hours_of_an_autumn_night_is_a_move(kept: Kept) -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(ZONE))
    second = first.replace(fold=1)
    await kept.diary.write(DiaryEntry("k", Opening(first, _later(first)), ZONE, DETAILS))
    await kept.diary.write(DiaryEntry("k", Opening(second, _later(second)), ZONE, DETAILS))
    found = await kept.diary.find("k")
    assert found is not None
    assert found.opening.start.astimezone(UTC) == second.astimezone(UTC)


def _later(at: datetime) -> datetime:
    """Half an hour of time later."""
    return (at.astimezone(UTC) + HOUR / 2).astimezone(ZoneInfo(ZONE))


async def test_a_deleted_calendar_says_so_and_is_never_free(kept: Kept) -> None:
    await kept.diary.write(entry())
    kept.delete()
    for question in (
        lambda: kept.diary.busy(TEN, TEN + HOUR),
        lambda: kept.diary.write(entry("another")),
        lambda: kept.diary.find("call_31:visit"),
        lambda: kept.diary.remove("call_31:visit"),
    ):
        with pytest.raises(DiaryGone):
            await question()


@pytest.mark.usefixtures("hurried")
async def test_a_service_that_is_down_is_never_free(kept: Kept) -> None:
    kept.down()
    with pytest.raises(CalendarDown):
        await kept.diary.busy(TEN, TEN + HOUR)

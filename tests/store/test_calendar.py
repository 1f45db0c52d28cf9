"""What every calendar promises a booking node: one contract for the one in memory, the built-in one and linked ones."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.linked import LinkedCalendar
from engine.schedule import MemoryCalendar, WorkingHours
from engine.sdk import Attendee, BookingDetails, BookingRules, CalendarDown, Hold, Opening, OpeningTaken
from engine.store import Database, appointments
from engine.store.appointments import CalendarMissing, CalendarSetup
from engine.store.calendar import BuiltInCalendar
from tests.support.database import empty_database
from tests.support.faulty_diary import FaultyService

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)
RULES = BookingRules(length_min=60, buffer_min=30, notice_min=120, horizon_days=14)
DANA = BookingDetails(title="Estimate", name="Dana Reyes", phone="+14155550123")
SETUP = CalendarSetup(
    "main",
    ZONE.key,
    WorkingHours.read({"tuesday": ["13:00-17:00"], "wednesday": ["09:00-12:00"]}, {"2026-09-22": [], "2026-09-23": []}),
    step_min=60,
)
ALL = ["Tue 13:00", "Tue 14:00", "Tue 15:00", "Tue 16:00", "Wed 09:00", "Wed 10:00", "Wed 11:00"]


class Linked(LinkedCalendar):
    """Kept at a service in memory too; staff block time in Leadline."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "main", ZONE.key, "office", FaultyService().open)
        self._ours = BuiltInCalendar(database, "main", ZONE.key)

    async def block(self, start: datetime, end: datetime, reason: str) -> None:
        await self._ours.block(start, end, reason)


AnyCalendar = MemoryCalendar | BuiltInCalendar | Linked


@pytest.fixture(params=["memory", "sqlite", "postgresql", "linked"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "memory":
        yield "memory"
        return
    kind = "sqlite" if request.param == "linked" else request.param
    with empty_database(kind, request) as url:
        yield url


@pytest.fixture
async def calendar(place: str, request: pytest.FixtureRequest) -> AsyncIterator[AnyCalendar]:
    if place == "memory":
        tuesday = [NOW.replace(hour=hour, minute=0) for hour in (13, 14, 15, 16)]
        wednesday = [NOW.replace(hour=hour, minute=0) + timedelta(days=1) for hour in (9, 10, 11)]
        yield MemoryCalendar([*tuesday, *wednesday])
        return
    opened = Database(place)
    built_in = await set_up(opened)
    yield Linked(opened) if request.node.callspec.params["place"] == "linked" else built_in
    await opened.close()


@pytest.fixture
async def built_in(database: Database) -> BuiltInCalendar:
    return await set_up(database)


async def set_up(database: Database) -> BuiltInCalendar:
    async with database.begin() as tx:
        await appointments.save_setup(tx, SETUP)
    return await BuiltInCalendar.open(database, "main")


async def offered(calendar: AnyCalendar, now: datetime = NOW) -> list[str]:
    return [f"{opening.start:%a %H:%M}" for opening in await calendar.openings(RULES, now)]


def at(text: str) -> Opening:
    day, hour = text.split()
    start = NOW.replace(hour=int(hour[:2]), minute=0) + timedelta(days={"Tue": 0, "Wed": 1}[day])
    return Opening(start, start + timedelta(hours=1))


async def hold(calendar: AnyCalendar, text: str, key: str, now: datetime = NOW) -> Hold:
    return await calendar.hold(at(text), RULES, key, now)


async def book(calendar: AnyCalendar, text: str, key: str, now: datetime = NOW) -> str:
    return (await calendar.confirm(await hold(calendar, text, key, now), key, DANA, now)).id


async def test_openings_are_in_the_calendars_zone_soonest_first(calendar: AnyCalendar) -> None:
    assert calendar.zone == "America/Los_Angeles"
    assert await offered(calendar) == ALL
    assert await offered(calendar, NOW.astimezone(ZoneInfo("Europe/Berlin"))) == ALL


async def test_notice_is_kept(calendar: AnyCalendar) -> None:
    assert (await offered(calendar, NOW + timedelta(hours=1)))[0] == "Tue 14:00"


async def test_held_opening_is_not_offered_to_others_for_about_ninety_seconds(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    assert held.expires_at == NOW + timedelta(seconds=90)
    with pytest.raises(OpeningTaken):
        await hold(calendar, "Tue 14:00", "call_2")
    assert "Tue 14:00" not in await offered(calendar)
    later = NOW + timedelta(seconds=91)
    assert "Tue 14:00" in await offered(calendar, later)
    await hold(calendar, "Tue 14:00", "call_2", later)


async def test_holding_another_opening_lets_the_first_go(calendar: AnyCalendar) -> None:
    first = await hold(calendar, "Tue 14:00", "call_1")
    await hold(calendar, "Wed 10:00", "call_1")
    await hold(calendar, "Tue 14:00", "call_2")
    with pytest.raises(OpeningTaken):
        await calendar.confirm(first, "call_1", DANA, NOW)


async def test_released_opening_is_free_at_once(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    await calendar.release(held)
    await calendar.release(held)
    assert await offered(calendar) == ALL
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1", DANA, NOW)


async def test_booked_opening_is_gone_with_its_buffer(calendar: AnyCalendar) -> None:
    await book(calendar, "Tue 14:00", "call_1")
    assert await offered(calendar) == ["Tue 16:00", "Wed 09:00", "Wed 10:00", "Wed 11:00"]
    with pytest.raises(OpeningTaken):
        await hold(calendar, "Tue 15:00", "call_2")


async def test_booking_says_what_was_booked(calendar: AnyCalendar) -> None:
    booking = await calendar.confirm(await hold(calendar, "Wed 09:00", "call_1"), "call_1", DANA, NOW)
    assert (booking.opening, booking.zone) == (at("Wed 09:00"), "America/Los_Angeles")
    assert booking.opening.start.isoformat() == "2026-09-16T09:00:00-07:00"


async def test_a_double_yes_gives_one_booking(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    first = await calendar.confirm(held, "call_1", DANA, NOW)
    again = await calendar.confirm(held, "call_1", DANA, NOW + timedelta(minutes=10))
    assert again == first


async def test_another_time_moves_the_booking(calendar: AnyCalendar) -> None:
    first = await book(calendar, "Tue 14:00", "call_1")
    assert await book(calendar, "Wed 10:00", "call_1") == first
    assert await offered(calendar) == ["Tue 13:00", "Tue 14:00", "Tue 15:00", "Tue 16:00"]


async def test_who_is_known_by_nothing_is_told_of_nobodys_appointment(calendar: AnyCalendar) -> None:
    booked = await book(calendar, "Tue 14:00", "call_1")
    assert [each.id for each in await calendar.upcoming(Attendee(DANA.phone), NOW)] == [booked]
    assert list(await calendar.upcoming(Attendee(), NOW)) == []


async def test_every_change_of_an_appointment_is_counted_once(database: Database) -> None:
    calendar = await set_up(database)

    async def standing() -> tuple[datetime, int]:
        async with database.read() as tx:
            [one] = await appointments.appointments(tx, "main", NOW, cancelled=True)
        return one.booked_at, one.changes

    booking = await book(calendar, "Tue 14:00", "call_1")
    assert await standing() == (NOW, 0)
    later = NOW + timedelta(minutes=1)
    for _ in range(2):
        assert await book(calendar, "Wed 10:00", "call_1", later) == booking
    assert await standing() == (NOW, 1)
    for _ in range(2):
        await calendar.cancel(booking)
    assert await standing() == (NOW, 2)


async def test_ones_own_booking_does_not_stand_in_the_way_of_moving_it_by_an_hour(calendar: AnyCalendar) -> None:
    first = await book(calendar, "Tue 14:00", "call_1")
    assert await book(calendar, "Tue 15:00", "call_1") == first


async def test_a_late_yes_is_good_as_long_as_nobody_else_has_the_time(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    assert await calendar.confirm(held, "call_1", DANA, NOW + timedelta(minutes=5))


async def test_a_late_yes_after_somebody_else_booked_is_told_so(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    await book(calendar, "Tue 14:00", "call_2", NOW + timedelta(minutes=2))
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1", DANA, NOW + timedelta(minutes=3))


async def test_staff_who_block_the_time_win_over_a_hold(calendar: AnyCalendar) -> None:
    held = await hold(calendar, "Tue 14:00", "call_1")
    await calendar.block(at("Tue 14:00").start, at("Tue 14:00").end, "van in the garage")
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1", DANA, NOW)
    await calendar.release(held)
    assert await offered(calendar) == ["Tue 13:00", "Tue 15:00", "Tue 16:00", "Wed 09:00", "Wed 10:00", "Wed 11:00"]


async def test_a_failed_move_leaves_the_old_booking_standing(calendar: AnyCalendar) -> None:
    first = await book(calendar, "Tue 13:00", "call_1")
    held = await hold(calendar, "Wed 10:00", "call_1")
    await calendar.block(at("Wed 10:00").start, at("Wed 10:00").end, "training")
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1", DANA, NOW)
    again = await hold(calendar, "Tue 13:00", "call_1")
    assert (await calendar.confirm(again, "call_1", DANA, NOW)).id == first
    assert "Tue 13:00" not in await offered(calendar)


async def test_cancelled_booking_frees_the_time_and_may_be_made_anew(calendar: AnyCalendar) -> None:
    first = await book(calendar, "Tue 14:00", "call_1")
    await calendar.cancel(first)
    await calendar.cancel(first)
    await calendar.cancel("unknown")
    assert await offered(calendar) == ALL
    assert await book(calendar, "Tue 14:00", "call_1") != first


async def test_times_the_calendar_never_offered_cannot_be_held(calendar: AnyCalendar) -> None:
    for strange in (
        Opening(NOW.replace(hour=3), NOW.replace(hour=4)),
        Opening(NOW - timedelta(days=7), NOW - timedelta(days=7, hours=-1)),
    ):
        with pytest.raises(OpeningTaken):
            await calendar.hold(strange, RULES, "call_1", NOW)


# What only the one in memory does: faults to order.


async def test_ordered_conflict_lets_a_stranger_be_quicker() -> None:
    two, ten = at("Tue 14:00").start, at("Wed 10:00").start
    calendar = MemoryCalendar([two, ten], conflicts={two: 1})
    held = await hold(calendar, "Tue 14:00", "call_1")
    with pytest.raises(OpeningTaken):
        await calendar.confirm(held, "call_1", DANA, NOW)
    assert await offered(calendar) == ["Wed 10:00"]
    await book(calendar, "Wed 10:00", "call_1")
    assert [booking.opening.start for booking in calendar.bookings] == [ten]
    assert calendar.details(calendar.bookings[0].id) == DANA


async def test_ordered_outage_lasts_as_many_requests_as_ordered() -> None:
    calendar = MemoryCalendar([at("Tue 14:00").start], down=2)
    for _ in range(2):
        with pytest.raises(CalendarDown):
            await calendar.openings(RULES, NOW)
    assert await offered(calendar) == ["Tue 14:00"]


# What only the built-in one does.


async def test_what_staff_sees_is_what_was_booked(built_in: BuiltInCalendar, database: Database) -> None:
    id = await book(built_in, "Tue 14:00", "call_1")
    await built_in.cancel(await book(built_in, "Wed 09:00", "call_2"))
    async with database.read() as tx:
        (entry,) = await appointments.appointments(tx, "main", NOW)
        everything = await appointments.appointments(tx, "main", NOW, cancelled=True)
    assert (entry.booking.id, entry.details, entry.booking.opening) == (id, DANA, at("Tue 14:00"))
    assert [one.cancelled for one in everything] == [False, True]


async def test_unblocked_time_is_offered_again(built_in: BuiltInCalendar) -> None:
    block = await built_in.block(at("Tue 13:00").start, at("Wed 11:00").end, "trade fair")
    assert await offered(built_in) == []
    await built_in.unblock(block.id)
    assert await offered(built_in) == ALL


async def test_a_full_day_takes_no_more_than_its_appointments(built_in: BuiltInCalendar, database: Database) -> None:
    held = await hold(built_in, "Tue 16:00", "call_1")
    async with database.begin() as tx:
        await appointments.save_setup(tx, replace(SETUP, max_per_day=1))
    assert await offered(built_in) == ["Wed 09:00", "Wed 10:00", "Wed 11:00"]
    with pytest.raises(OpeningTaken):
        await hold(built_in, "Tue 13:00", "call_2")
    await built_in.confirm(held, "call_1", DANA, NOW)


async def test_unknown_calendar_is_named(database: Database) -> None:
    with pytest.raises(CalendarMissing, match=r"'garage'.*in the flow"):
        await BuiltInCalendar.open(database, "garage")


async def test_calendar_whose_database_is_gone_is_down(tmp_path: Path) -> None:
    gone = Database("postgresql://leadline:very-secret@127.0.0.1:1/none")
    with pytest.raises(CalendarDown) as down:
        await BuiltInCalendar(gone, "main", ZONE.key).openings(RULES, NOW)
    assert "very-secret" not in str(down.value)
    await gone.close()

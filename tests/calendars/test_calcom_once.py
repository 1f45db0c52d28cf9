"""Cal.com and everything that can break: never two bookings for one key, and none that nobody knows of."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.calendars.calcom_keeper import CalComKeeper
from engine.sdk import Attendee, Booking, CalendarDown, OpeningTaken
from engine.store import Database, appointments, connections, linked_appointments, remote_bookings
from engine.store.connections import Vault
from tests.calendars.calcom_house import DANA, NOW, RULES, TUE_2, WED_9, WED_10, House, at, connection
from tests.emulators.calcom import CalComEmulator
from tests.emulators.faults import Fault

KEY = "call_1:appointment"
BOOK, MOVE, CANCEL, LIST = "POST /v2/bookings", "POST /v2/bookings/", "POST /v2/bookings/", "GET /v2/bookings"
AFTER_THE_WRITE = [
    Fault("cut", times=1),
    Fault("corrupt", times=1),
    Fault("refuse", error="502 after the write", times=1),
    Fault("stall", seconds=30, times=1),
]
BEFORE_THE_WRITE = [Fault("refuse", error="500", times=1), Fault("refuse", error="502", times=1)]


def name_of(fault: Fault) -> str:
    return fault.error if fault.kind == "refuse" else fault.kind


@pytest.fixture
async def cal() -> AsyncIterator[CalComEmulator]:
    async with CalComEmulator(clock=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
async def house(database: Database, cal: CalComEmulator, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("engine.calendars.calcom_client.WRITE_S", 1.5)  # a stalled answer is waited for so long
    return await House.open(database, cal)


async def until(happened: Callable[[], object]) -> None:
    """Wait for something that the emulator's thread does."""
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110 - it happens in another thread
            await asyncio.sleep(0.01)


async def stored(house: House) -> list[Booking]:
    async with house.database.read() as tx:
        return [each.booking for each in await appointments.appointments(tx, "main", NOW)]


def later() -> datetime:
    """Real time by which whoever asked has given up."""
    return datetime.now(UTC) + remote_bookings.ANSWERED_WITHIN


async def waiting(house: House) -> int:
    async with house.database.read() as tx:
        known = await remote_bookings.of_person(tx, "main", Attendee(DANA.phone), NOW)
    return len([each for each in known if not each.remote_id])


@pytest.mark.parametrize("fault", AFTER_THE_WRITE + BEFORE_THE_WRITE, ids=name_of)
async def test_an_answer_that_is_lost_gives_one_booking_and_tells_it(house: House, fault: Fault) -> None:
    hold = await house.hold()
    house.cal.faults_on = BOOK
    house.cal.faults.set(fault)
    booking = await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert house.cal.faults.hits == 1
    assert booking.opening.start == TUE_2
    assert [each.start for each in house.cal.standing] == [TUE_2]
    assert house.posts == (1 if fault in AFTER_THE_WRITE else 2)
    assert [each.id for each in await stored(house)] == [booking.id]


async def test_our_own_earlier_request_is_not_taken_for_a_stranger(house: House) -> None:
    hold = await house.hold()
    house.cal.faults_on = BOOK
    house.cal.faults.set(Fault("cut", times=1))
    house.cal.tells_where_it_went = False
    first = asyncio.create_task(house.calendar.confirm(hold, KEY, DANA, NOW))
    second = asyncio.create_task(house.again().confirm(hold, KEY, DANA, NOW))
    told = await asyncio.gather(first, second)
    assert len({each.id for each in told}) == 1
    assert len(house.cal.standing) == 1


async def test_while_nobody_can_look_nothing_is_said_to_be_gone_or_booked(house: House) -> None:
    """The write came through, its answer did not, and Cal.com is away then."""
    hold = await house.hold()
    house.cal.faults_on = ""
    house.cal.faults.set(Fault("cut"))
    with pytest.raises(CalendarDown):
        await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert len(house.cal.standing) == 1
    assert await stored(house) == []
    assert await waiting(house) == 1
    house.cal.faults.clear()
    booking = await house.again().confirm(hold, KEY, DANA, NOW)
    assert house.posts == 1
    assert [each.id for each in await stored(house)] == [booking.id]


async def test_an_answer_that_cannot_be_read_is_no_sign_that_nothing_was_booked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await house.hold()
    with monkeypatch.context() as spoilt:
        spoilt.setattr(house.cal, "_view", lambda booked: {"id": booked.id})
        with pytest.raises(CalendarDown):
            await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert await waiting(house) == 1
    await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert (house.posts, len(house.cal.standing)) == (1, 1)


async def test_a_request_that_was_refused_leaves_nothing(house: House) -> None:
    hold = await house.hold()
    house.cal.faults_on = BOOK
    for error in ("401", "404", "FIELD"):
        house.cal.faults.set(Fault("refuse", error=error))
        with pytest.raises(CalendarDown):
            await house.calendar.confirm(hold, KEY, DANA, NOW)
        assert await waiting(house) == 0


REQUESTS_OF_A_CONFIRM = ["POST /v2/bookings", "DELETE /v2/slots/reservations/"]


@pytest.mark.parametrize("request_line", REQUESTS_OF_A_CONFIRM)
async def test_a_process_that_dies_at_any_request_is_followed_by_one_that_finds_the_booking(
    house: House, request_line: str
) -> None:
    hold = await house.hold()
    house.cal.faults_on = request_line
    house.cal.faults.set(Fault("stall", seconds=30, times=1))
    dying = asyncio.create_task(house.calendar.confirm(hold, KEY, DANA, NOW))
    await until(lambda: house.cal.faults.hits)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    house.cal.faults.clear()
    booking = await house.again().confirm(hold, KEY, DANA, NOW)
    assert booking.opening.start == TUE_2
    assert house.posts == 1
    assert [each.id for each in await stored(house)] == [booking.id]


async def test_a_process_that_dies_before_the_request_leaves_the_next_one_to_book(house: House) -> None:
    hold = await house.hold()
    async with house.database.begin() as tx:
        await remote_bookings.ask(tx, "main", KEY, "", hold.opening, "America/Los_Angeles", DANA, NOW)
    booking = await house.again().confirm(hold, KEY, DANA, NOW)
    assert len(house.cal.standing) == 1
    assert [each.id for each in await stored(house)] == [booking.id]


async def test_the_database_goes_away_between_the_booking_and_our_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await house.hold()

    async def away(*_: object) -> Booking:
        raise CalendarDown("The database does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr("engine.calendars.calcom.remote_bookings.answered", away)
        with pytest.raises(CalendarDown):
            await house.calendar.confirm(hold, KEY, DANA, NOW)
    await house.again().confirm(hold, KEY, DANA, NOW)
    assert house.posts == 1
    assert len(await stored(house)) == 1


CHILD = """
import asyncio, sys
from engine.calendars.calcom import CalComCalendar
from engine.sdk import Connection
from engine.store import Database
from tests.calendars.calcom_house import DANA, NOW, RULES, TUE_2, at

async def main(url, endpoint):
    settings = {"token": "cal_test_1", "event_type": "10", "endpoint": endpoint}
    calendar = await CalComCalendar.open(Database(url), "main", Connection("calcom", "calcom", settings), {})
    hold = await calendar.hold(at(TUE_2), RULES, "call_1:appointment", NOW)
    await calendar.confirm(hold, "call_1:appointment", DANA, NOW)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_kill_minus_nine_between_the_booking_and_our_row(house: House, sqlite_or_postgresql: str) -> None:
    house.cal.faults_on = BOOK
    house.cal.faults.set(Fault("stall", seconds=60, times=1))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, sqlite_or_postgresql, house.cal.address, cwd=Path(__file__).parents[2]
    )
    try:
        await until(lambda: house.cal.standing or child.returncode is not None)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
    house.cal.faults.clear()
    hold = await house.hold()
    booking = await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert house.posts == 1
    assert [each.id for each in await stored(house)] == [booking.id]


async def test_a_request_of_a_dead_process_that_comes_through_late_makes_no_second_booking(house: House) -> None:
    house.cal.store.event_types[10].hosts = ("Robin Host", "Kim Host")  # so that Cal.com itself would take both
    hold = await house.hold()
    house.cal.faults_on = BOOK
    house.cal.faults.set(Fault("delay", seconds=1.0, times=1))
    dying = asyncio.create_task(house.calendar.confirm(hold, KEY, DANA, NOW))
    await until(lambda: house.cal.faults.hits)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    booking = await house.again().confirm(hold, KEY, DANA, NOW)
    await until(lambda: len(house.cal.store.bookings) == 2)
    # Nobody can know of it at that moment; the next look does.
    [told] = await house.calendar.upcoming(Attendee(DANA.phone, DANA.email), NOW)
    assert told.id == booking.id
    assert len(house.cal.standing) == 1


@pytest.mark.parametrize("fault", AFTER_THE_WRITE + BEFORE_THE_WRITE, ids=name_of)
async def test_a_move_whose_answer_is_lost_is_one_move(house: House, fault: Fault) -> None:
    first = await house.book(TUE_2)
    hold = await house.hold(WED_9)
    house.cal.faults_on = MOVE
    house.cal.faults.set(fault)
    moved = await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert house.cal.faults.hits == 1
    assert (moved.id, moved.opening.start) == (first, WED_9)
    assert [each.start for each in house.cal.standing] == [WED_9]


async def test_a_move_of_a_process_that_died_is_found(house: House) -> None:
    first = await house.book(TUE_2)
    hold = await house.hold(WED_9)
    house.cal.faults_on = MOVE
    house.cal.faults.set(Fault("stall", seconds=30, times=1))
    dying = asyncio.create_task(house.calendar.confirm(hold, KEY, DANA, NOW))
    await until(lambda: house.cal.faults.hits)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    house.cal.faults.clear()
    moved = await house.again().confirm(hold, KEY, DANA, NOW)
    assert (moved.id, moved.opening.start) == (first, WED_9)
    assert [each.start for each in house.cal.standing] == [WED_9]
    assert len(house.cal.store.bookings) == 2


@pytest.mark.parametrize("fault", AFTER_THE_WRITE, ids=name_of)
async def test_a_cancellation_whose_answer_is_lost_is_one(house: House, fault: Fault) -> None:
    first = await house.book(TUE_2)
    house.cal.faults_on = CANCEL
    house.cal.faults.set(fault)
    await house.calendar.cancel(first)
    assert house.cal.standing == []
    assert await stored(house) == []


async def test_of_twenty_callers_after_one_time_one_gets_it(house: House) -> None:
    holds = {f"call_{number}:appointment": number for number in range(20)}

    async def one(key: str, number: int) -> str:
        calendar = house.again()
        who = replace(DANA, phone=f"+1415555{number:04}", email=f"lead{number}@example.com")
        try:
            hold = await calendar.hold(at(TUE_2), RULES, key, NOW)
            return (await calendar.confirm(hold, key, who, NOW)).id
        except OpeningTaken:
            return ""

    told = await asyncio.gather(*(one(key, number) for key, number in holds.items()))
    assert len([each for each in told if each]) == 1
    assert len(house.cal.standing) == 1


async def test_what_nobody_had_an_answer_to_is_settled(house: House) -> None:
    hold = await house.hold()
    house.cal.faults.set(Fault("cut"))
    with pytest.raises(CalendarDown):
        await house.calendar.confirm(hold, KEY, DANA, NOW)
    house.cal.faults.clear()
    async with house.database.begin() as tx:
        await remote_bookings.ask(tx, "main", "call_2:appointment", "", at(WED_9), "America/Los_Angeles", DANA, NOW)
    await house.calendar.settle(datetime.now(UTC))
    assert await waiting(house) == 2  # they may still be under way
    await house.calendar.settle(later())
    assert await waiting(house) == 0
    assert [each.opening.start for each in await stored(house)] == [TUE_2]


async def test_the_keeper_settles_calendars_at_cal_com_and_bears_with_one_that_is_away(house: House) -> None:
    vault = Vault(Vault.new_key())
    async with house.database.begin() as tx:
        await connections.save(tx, vault, connection(house.cal), NOW)
    hold = await house.hold()
    house.cal.faults.set(Fault("cut"))
    with pytest.raises(CalendarDown):
        await house.calendar.confirm(hold, KEY, DANA, NOW)
    keeper = CalComKeeper(house.database, lambda: vault)
    await keeper.sweep(later())
    assert await waiting(house) == 1
    house.cal.faults.clear()
    await keeper.sweep(later() + remote_bookings.ANSWERED_WITHIN)
    assert await waiting(house) == 0
    assert [each.opening.start for each in await stored(house)] == [TUE_2]


async def test_what_people_change_at_cal_com_is_known_after_a_while(house: House) -> None:
    moved, cancelled = await house.book(TUE_2), await house.book(WED_9, "call_2:appointment")
    house.cal._move(house.cal.standing[0], {"start": WED_10.astimezone(UTC).isoformat()})
    house.cal.booking_at(WED_9).status = "cancelled"
    await house.calendar.settle(datetime.now(UTC))
    assert {each.id for each in await stored(house)} == {moved, cancelled}  # not looked at so soon
    await house.calendar.settle(datetime.now(UTC) + remote_bookings.LOOKED_AT_AGAIN)
    async with house.database.read() as tx:
        [stands] = await appointments.appointments(tx, "main", NOW)
    assert (stands.booking.id, stands.booking.opening.start, stands.changes) == (moved, WED_10, 1)


async def test_of_several_keepers_one_looks_at_each_appointment(house: House) -> None:
    await house.book()
    then = datetime.now(UTC) + remote_bookings.LOOKED_AT_AGAIN
    house.cal.served.clear()
    await asyncio.gather(*(house.again().settle(then) for _ in range(4)))
    assert len(house.cal.served) == 1


async def test_what_is_asked_for_again_is_not_taken_for_given_up(house: House) -> None:
    async with house.database.begin() as tx:
        await remote_bookings.ask(tx, "main", KEY, "", at(TUE_2), "America/Los_Angeles", DANA, NOW)
        by_then = later()
        assert await remote_bookings.calendars_due(tx, by_then) == ["main"]
        await remote_bookings.ask(tx, "main", KEY, "", at(TUE_2), "America/Los_Angeles", DANA, NOW)
        assert await remote_bookings.calendars_due(tx, by_then) == []
        assert await linked_appointments.unfinished(tx, later()) == []  # the other keeper leaves it alone


async def test_too_many_requests_are_waited_for_as_long_as_a_caller_would(house: House) -> None:
    house.cal.faults.set(Fault("rate_limit", seconds=1, times=1))
    assert len(await house.offered()) == 4
    house.cal.faults.set(Fault("rate_limit", seconds=60))
    with pytest.raises(CalendarDown, match="too many requests"):
        await house.offered()
    assert house.cal.faults.hits == 2


async def test_a_booking_that_met_the_limit_is_booked_once(house: House) -> None:
    hold = await house.hold()
    house.cal.faults_on = BOOK
    house.cal.faults.set(Fault("rate_limit", seconds=1, times=1))
    await house.calendar.confirm(hold, KEY, DANA, NOW)
    assert (house.posts, len(house.cal.standing)) == (2, 1)


async def test_a_calendar_that_never_answers_is_given_up_in_time(database: Database, cal: CalComEmulator) -> None:
    house = await House.open(database, cal, question_s=1.0)
    cal.faults.set(Fault("stall", seconds=30))
    began = asyncio.get_running_loop().time()
    with pytest.raises(CalendarDown):
        await house.offered()
    assert asyncio.get_running_loop().time() - began < 15


async def test_a_service_that_is_not_there_is_down(database: Database) -> None:
    async with CalComEmulator(clock=lambda: NOW) as cal:
        house = await House.open(database, cal)
    with pytest.raises(CalendarDown, match="could not be reached"):
        await house.offered()
    with pytest.raises(CalendarDown, match="could not be reached"):
        await house.hold()


async def test_a_wrong_key_is_told_without_the_key(database: Database, cal: CalComEmulator) -> None:
    house = await House.open(database, cal, {"token": "cal_secret_9"})
    with pytest.raises(CalendarDown, match="does not accept the API key") as told:
        await house.offered()
    assert "cal_secret_9" not in str(told.value)


async def test_a_deleted_event_type_is_told_in_words(house: House) -> None:
    house.cal.store.event_types.clear()
    with pytest.raises(CalendarDown, match="Event type with id 10 not found"):
        await house.offered()


async def test_the_form_of_another_version_is_told_in_words(database: Database, cal: CalComEmulator) -> None:
    house = await House.open(database, cal, {"slots_version": "2024-04-15", "bookings_version": "2024-04-15"})
    with pytest.raises(CalendarDown, match="the version that the connection asks for"):
        await house.offered()
    with pytest.raises(CalendarDown):
        await house.book()
    assert cal.standing == []

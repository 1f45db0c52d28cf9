"""What a dead process left half-done: taken back if nobody was told of it, completed if a call has told it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.calendars.keeper import Keeper, what_next
from engine.calendars.writing import OURS_FOR, SOON
from engine.schedule.diary import Diary
from engine.sdk import CalendarDown, CallResult, Hold
from engine.sdk.result import AppointmentPart, CallPart, LeadPart, OutcomePart
from engine.store import Database, calls, linked_appointments
from engine.store.calls import NewCall
from engine.store.linked_appointments import Linked, Place, State
from tests.support.faulty_diary import FaultyService, no_trouble
from tests.support.linked_house import DANA, NOW, SETUP, TEAM, LinkedHouse, at, fails

CALL = "call_1"
KEY = "call_1:appointment"


@pytest.fixture
async def house(database: Database) -> LinkedHouse:
    built = LinkedHouse(database, FaultyService())
    await built.set_up(SETUP)
    async with database.begin() as tx:
        await calls.place(
            tx, NewCall(CALL, "home_services", 7, None, attempt=1, person="", to_number=""), datetime.now(UTC)
        )
    return built


async def half_done(house: LinkedHouse, hour: int = 10, diary: str = "shared") -> Hold:
    """The answer to a write was lost."""
    held = await house.hold(hour, KEY)
    house.service[diary].trouble = fails("write", "answer lost")
    with pytest.raises(CalendarDown):
        await house.process.confirm(held, KEY, DANA, NOW)
    house.service[diary].trouble = no_trouble
    return held


async def mine(house: LinkedHouse) -> Linked:
    async with house.database.read() as tx:
        found = await linked_appointments.standing(tx, "main", KEY, "")
    assert found is not None
    return found


async def call_ends(house: LinkedHouse, booking_id: str = "", hour: int = 10) -> None:
    start, end = at(hour).start, at(hour).end
    part = AppointmentPart(id=booking_id, start=start, end=end, time_zone="America/Los_Angeles", calendar="main")
    result = CallResult(
        event_id="evt_1",
        occurred_at=NOW,
        flow_id="home_services",
        flow_version=7,
        flow_name="Home services",
        lead=LeadPart(id="lead_1", first_name="Dana", last_name="Reyes", phone="+14155550123", source="website"),
        call=CallPart(id=CALL, started_at=NOW),
        outcome=OutcomePart(disposition="booked", qualified=True),
        appointment=part if booking_id else None,
    )
    async with house.database.begin() as tx:
        assert await calls.finish(tx, result)


async def test_while_the_call_goes_on_its_booking_is_left_to_it(house: LinkedHouse) -> None:
    held = await half_done(house)
    await house.sweep()
    assert house.written() == [10]
    assert (await house.start().confirm(held, KEY, DANA, NOW)).opening == at(10)
    await house.sweep()
    assert await house.standing() == [(10, "", "written")]


async def test_a_call_that_ended_without_a_word_of_it_leaves_no_booking(house: LinkedHouse) -> None:
    await half_done(house)
    await call_ends(house)
    await house.sweep()
    assert (house.written(), await house.standing(), await house.unfinished()) == ([], [], 0)


async def test_a_booking_that_the_call_told_is_completed_even_over_a_stranger(house: LinkedHouse) -> None:
    await half_done(house)
    await call_ends(house, (await mine(house)).id)
    diary = house.service["shared"]
    diary.entries.clear()
    diary.stranger(at(10))
    await house.sweep()
    assert (house.written(), await house.standing(), await house.unfinished()) == ([10], [(10, "", "written")], 0)


async def test_a_move_that_the_call_told_is_completed(house: LinkedHouse) -> None:
    await house.set_up(TEAM)
    booked = await house.book(10, KEY)
    house.service["ana"].stranger(at(14))
    await half_done(house, 14, "ben")
    await call_ends(house, booked.id, 14)
    await house.sweep()
    assert await house.standing() == [(14, "Ben", "written")]
    assert (house.written("ana"), house.written("ben"), await house.unfinished()) == ([], [14], 0)


async def test_a_move_of_which_the_call_told_the_old_time_only_is_taken_back(house: LinkedHouse) -> None:
    booked = await house.book(10, KEY)
    await half_done(house, 14)
    await call_ends(house, booked.id, 10)
    await house.sweep()
    assert (house.written(), await house.standing()) == ([10], [(10, "", "written")])


async def test_nothing_is_touched_before_whoever_works_at_it_must_be_through(house: LinkedHouse) -> None:
    await half_done(house)
    await call_ends(house)
    keeper = Keeper(house.database, house.service.open)
    assert await keeper.sweep(house.now) == 0
    assert house.written() == [10]
    assert await keeper.sweep(house.now + SOON) == 1
    assert house.written() == []


async def test_a_service_that_is_still_away_is_asked_again_later(house: LinkedHouse) -> None:
    await half_done(house)
    await call_ends(house)
    house.service["shared"].trouble = fails("remove", "down", times=2)
    keeper = Keeper(house.database, house.service.open)
    swept = [await keeper.sweep(house.now + SOON + timedelta(minutes=minute)) for minute in range(5)]
    assert (sum(swept), house.written(), await house.unfinished()) == (1, [], 0)


async def test_what_nobody_thought_of_ends_no_keeper(house: LinkedHouse) -> None:
    """It ended for good, and appointments that were half-done stayed so until the next start."""
    await half_done(house)
    await call_ends(house)
    asked: list[Place] = []

    async def opened(place: Place) -> Diary:
        asked.append(place)
        if len(asked) == 1:
            raise KeyError("not thought of")
        return await house.service.open(place)

    keeper = Keeper(house.database, opened)
    assert await keeper.sweep(house.now + OURS_FOR) == 0
    assert await keeper.sweep(house.now + OURS_FOR * 3) == 1
    assert (house.written(), await house.unfinished()) == ([], 0)


async def test_a_deleted_diary_ends_what_stood_in_it(house: LinkedHouse) -> None:
    await half_done(house)
    await call_ends(house)
    keeper = Keeper(house.database, house.service.open)
    house.service["shared"].trouble = fails("remove", "gone", times=99)
    assert await keeper.sweep(house.now + OURS_FOR) == 1
    assert await house.unfinished() == 0


@pytest.mark.parametrize(("state", "step"), [("removing", "take out"), ("returning", "put back"), ("leaving", "clear")])
async def test_what_is_decided_is_done_though_the_call_goes_on(house: LinkedHouse, state: State, step: str) -> None:
    await half_done(house)
    linked = await mine(house)
    assert what_next(linked, under_way=True, told=None) == "wait"
    decided = Linked(linked.appointment, "main", state, linked.place, None, None, linked.due_at)
    assert what_next(decided, under_way=True, told=None) == step

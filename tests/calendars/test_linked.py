"""A calendar that another service keeps too: whatever fails on the way, our rows and its entries end up the same.

Nobody is in two places, and nobody is told of an appointment that does not stand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.calendars.keeper import Keeper
from engine.calendars.writing import OURS_FOR
from engine.sdk import Attendee, BookingDetails, CalendarDown, Hold, Opening, OpeningTaken
from engine.store import Database, linked_appointments
from tests.support.faulty_diary import Fault, FaultyService, Killed, Question, no_trouble
from tests.support.linked_house import DANA, NOW, RULES, SETUP, TEAM, ZONE, LinkedHouse, at, fails


@pytest.fixture
async def house(database: Database) -> LinkedHouse:
    built = LinkedHouse(database, FaultyService())
    await built.set_up(SETUP)
    return built


async def test_a_booking_stands_in_our_calendar_and_in_the_diary(house: LinkedHouse) -> None:
    booking = await house.book(10, "call_1")
    assert await house.standing() == [(10, "", "written")]
    (entry,) = house.service["shared"].entries.values()
    assert (entry.key, entry.opening, entry.zone, entry.details, entry.invite) == (
        booking.id, at(10), ZONE.key, DANA, False,
    )  # fmt: skip
    assert booking.link == f"https://meet.example/{booking.id}"
    assert await house.start().upcoming(Attendee(phone=DANA.phone), NOW) == [booking]


async def test_the_service_invites_if_the_calendar_says_so(house: LinkedHouse) -> None:
    await house.set_up(replace(SETUP, options={"diary": "shared", "invite": True}))
    await house.book(10, "call_1")
    assert [entry.invite for entry in house.service["shared"].entries.values()] == [True]


async def test_what_strangers_have_in_the_diary_is_not_offered_and_keeps_its_distance(house: LinkedHouse) -> None:
    house.service["shared"].stranger(at(12))
    assert await house.offered() == [9, 10, 14, 15, 16]
    with pytest.raises(OpeningTaken):
        await house.hold(12, "call_1")


@pytest.mark.parametrize("tells", [True, False])
async def test_our_own_entries_are_counted_once_whether_the_service_tells_them_apart_or_not(
    house: LinkedHouse, tells: bool
) -> None:
    house.service["shared"].tells = tells
    first = await house.book(12, "call_1")
    assert await house.offered() == [9, 10, 14, 15, 16]
    moved = await house.book(13, "call_1")
    assert (moved.id, house.written()) == (first.id, [13])


async def test_an_entry_that_staff_have_moved_takes_the_time_it_stands_at(house: LinkedHouse) -> None:
    booking = await house.book(10, "call_1")
    diary = house.service["shared"]
    diary.entries[booking.id] = replace(diary.entries[booking.id], opening=at(15))
    assert await house.offered() == [12, 13]


async def test_a_turn_asks_the_diary_once_and_a_hold_asks_anew(house: LinkedHouse) -> None:
    calendar = house.process
    await calendar.openings(RULES, NOW)
    await calendar.openings(RULES, NOW + timedelta(seconds=3), "call_1")
    assert house.service["shared"].asked == ["busy"]
    house.service["shared"].stranger(at(10))
    with pytest.raises(OpeningTaken):
        await calendar.hold(at(10), RULES, "call_1", NOW + timedelta(seconds=4))
    await calendar.openings(RULES, NOW + timedelta(seconds=9))
    assert house.service["shared"].asked == ["busy"] * 3


async def test_each_of_the_staff_has_a_diary_and_whoever_is_free_gets_it(house: LinkedHouse) -> None:
    await house.set_up(TEAM)
    house.service["ana"].stranger(at(10))
    assert (await house.book(10, "call_1")).staff == "Ben"
    assert (house.written("ana"), house.written("ben")) == ([], [10])
    with pytest.raises(OpeningTaken):
        await house.hold(10, "call_2")


async def test_a_stranger_who_came_since_the_hold_sends_the_booking_to_a_colleague(house: LinkedHouse) -> None:
    await house.set_up(TEAM)
    held = await house.hold(10, "call_1")
    house.service["ana"].stranger(at(10))
    assert (await house.process.confirm(held, "call_1", DANA, NOW)).staff == "Ben"
    assert (house.written("ana"), house.written("ben")) == ([], [10])
    assert await house.standing() == [(10, "Ben", "written")]


@pytest.mark.parametrize("when", ["before the first look", "between look and write"])
async def test_a_stranger_who_is_quicker_keeps_the_time_and_nothing_of_ours_stays(
    house: LinkedHouse, when: str
) -> None:
    held = await house.hold(10, "call_1")
    diary = house.service["shared"]

    async def trouble(question: Question) -> Fault:
        if question == ("busy" if when.startswith("before") else "write"):
            diary.stranger(Opening(at(10).start, at(11).end))
            diary.trouble = no_trouble
        return ""

    diary.trouble = trouble
    with pytest.raises(OpeningTaken):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert house.written() == []
    assert await house.standing() == []
    assert await house.unfinished() == 0


async def test_an_entry_beside_a_quicker_stranger_that_cannot_be_taken_out_now_goes_later(house: LinkedHouse) -> None:
    held = await house.hold(10, "call_1")
    diary = house.service["shared"]

    async def trouble(question: Question) -> Fault:
        if question == "write":
            diary.stranger(Opening(at(10).start, at(11).end))
        return "down" if question == "remove" else ""

    diary.trouble = trouble
    with pytest.raises(OpeningTaken):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert (house.written(), await house.standing()) == ([10], [])
    await house.sweep()
    assert (house.written(), await house.unfinished()) == ([], 0)


@pytest.mark.parametrize("diaries", ["one", "two"])
async def test_a_move_to_a_time_that_a_stranger_takes_leaves_the_old_time_standing(
    house: LinkedHouse, diaries: str
) -> None:
    await house.set_up(TEAM if diaries == "two" else SETUP)
    first = await house.book(10, "call_1")
    if diaries == "two":
        house.service["ana"].stranger(at(14))
    held = await house.hold(14, "call_1")
    target = house.service["ben" if diaries == "two" else "shared"]

    async def trouble(question: Question) -> Fault:
        if question == "write":
            target.stranger(Opening(at(14).start, at(15).end))
            target.trouble = no_trouble
        return ""

    target.trouble = trouble
    with pytest.raises(OpeningTaken):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert (await house.standing())[0][:1] == (10,)
    assert house.written("ana" if diaries == "two" else "shared") == [10]
    assert house.written("ben") == []
    assert await house.unfinished() == 0
    assert (await house.book(10, "call_1")).id == first.id


async def test_a_move_to_a_colleague_takes_the_entry_out_of_the_first_ones_diary(house: LinkedHouse) -> None:
    await house.set_up(TEAM)
    first = await house.book(10, "call_1")
    house.service["ana"].stranger(at(14))
    moved = await house.book(14, "call_2", moves=first.id)
    assert (moved.id, moved.staff) == (first.id, "Ben")
    assert (house.written("ana"), house.written("ben")) == ([], [14])
    assert await house.standing() == [(14, "Ben", "written")]
    again = await house.process.confirm(Hold("hold_x", at(14), NOW), "call_2", DANA, NOW, moves=first.id)
    assert again == moved


async def test_what_the_entry_says_stays_where_a_move_does_not_say_otherwise(house: LinkedHouse) -> None:
    first = await house.book(10, "call_1")
    held = await house.hold(14, "call_2")
    await house.process.confirm(held, "call_2", BookingDetails("Moved"), NOW, moves=first.id)
    written = house.service["shared"].entries[first.id].details
    assert written == replace(DANA, title="Moved") and written.name


async def test_a_cancelled_appointment_is_gone_from_both(house: LinkedHouse) -> None:
    booking = await house.book(10, "call_1")
    await house.process.cancel(booking.id)
    await house.process.cancel(booking.id)
    await house.process.cancel("unknown")
    assert (house.written(), await house.standing(), await house.unfinished()) == ([], [], 0)
    assert await house.offered() == [9, 10, 11, 12, 13, 14, 15, 16]


async def test_an_entry_that_cannot_be_taken_out_now_is_taken_out_as_soon_as_the_service_answers(
    house: LinkedHouse,
) -> None:
    booking = await house.book(10, "call_1")
    house.service["shared"].trouble = fails("remove", "down")
    await house.process.cancel(booking.id)
    assert (await house.standing(), house.written()) == ([], [10])
    assert await house.start().upcoming(Attendee(phone=DANA.phone), NOW) == []
    await house.sweep()
    assert (house.written(), await house.unfinished()) == ([], 0)


# A lost answer, a dead process, a service that is away.

AMBIGUOUS: Sequence[tuple[Question, Fault, int]] = (
    ("write", "answer lost", 1),
    ("write", "killed after", 1),
    ("write", "killed before", 1),
    ("busy", "down", 2),
    ("busy", "killed after", 2),
)


@pytest.mark.parametrize(("question", "fault", "first"), AMBIGUOUS)
async def test_a_booking_that_got_no_answer_is_found_when_it_is_asked_for_again(
    house: LinkedHouse, question: Question, fault: Fault, first: int
) -> None:
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails(question, fault, first=first)
    with pytest.raises((CalendarDown, Killed)):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert await house.standing() == []  # nobody may be told of it yet
    assert await house.offered() == [12, 13, 14, 15, 16]
    booking = await house.start().confirm(held, "call_1", DANA, NOW)
    assert (house.written(), house.service["shared"].written) == ([10], 1)
    assert await house.standing() == [(10, "", "written")]
    assert list(house.service["shared"].entries) == [booking.id]


@pytest.mark.parametrize(("question", "fault", "first"), AMBIGUOUS)
async def test_a_half_done_booking_that_nobody_was_told_of_is_taken_back(
    house: LinkedHouse, question: Question, fault: Fault, first: int
) -> None:
    """Hung up in the middle, or the process died: nobody asks again."""
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails(question, fault, first=first)
    with pytest.raises((CalendarDown, Killed)):
        await house.process.confirm(held, "call_1", DANA, NOW)
    await house.sweep()
    assert (house.written(), await house.standing(), await house.unfinished()) == ([], [], 0)
    await house.process.release(held)
    assert await house.offered() == [9, 10, 11, 12, 13, 14, 15, 16]


@pytest.mark.parametrize(("question", "fault", "first"), AMBIGUOUS)
async def test_a_half_done_move_leaves_the_old_time_and_frees_the_new_one(
    house: LinkedHouse, question: Question, fault: Fault, first: int
) -> None:
    await house.book(10, "call_1")
    held = await house.hold(14, "call_1")
    house.service["shared"].trouble = fails(question, fault, first=first)
    with pytest.raises((CalendarDown, Killed)):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert (await house.standing())[0][:2] == (10, "")
    assert await house.offered() == [12, 16]  # both times are kept until it is settled
    await house.process.release(held)
    await house.sweep()
    assert (house.written(), await house.standing()) == ([10], [(10, "", "written")])
    assert await house.offered() == [12, 13, 14, 15, 16]


@pytest.mark.parametrize(("question", "fault", "first"), AMBIGUOUS)
async def test_a_half_done_move_goes_on_when_it_is_asked_for_again(
    house: LinkedHouse, question: Question, fault: Fault, first: int
) -> None:
    await house.book(10, "call_1")
    held = await house.hold(14, "call_1")
    house.service["shared"].trouble = fails(question, fault, first=first)
    with pytest.raises((CalendarDown, Killed)):
        await house.process.confirm(held, "call_1", DANA, NOW)
    moved = await house.start().confirm(held, "call_1", DANA, NOW)
    assert moved.opening == at(14)
    assert (house.written(), await house.standing()) == ([14], [(14, "", "written")])


async def test_another_time_after_a_lost_answer_leaves_nothing_at_the_first(house: LinkedHouse) -> None:
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails("write", "answer lost")
    with pytest.raises(CalendarDown):
        await house.process.confirm(held, "call_1", DANA, NOW)
    await house.book(14, "call_1")
    assert (house.written(), await house.standing()) == ([14], [(14, "", "written")])
    await house.sweep()
    assert (house.written(), await house.unfinished()) == ([14], 0)


async def test_back_to_the_old_time_after_a_lost_answer_puts_the_entry_back(house: LinkedHouse) -> None:
    first = await house.book(10, "call_1")
    held = await house.hold(14, "call_1")
    house.service["shared"].trouble = fails("write", "answer lost")
    with pytest.raises(CalendarDown):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert house.written() == [14]
    assert (await house.book(10, "call_1")).id == first.id
    assert (house.written(), await house.standing()) == ([10], [(10, "", "written")])


async def test_a_service_that_is_away_before_anything_was_written_leaves_nothing_behind(house: LinkedHouse) -> None:
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails("busy", "down")
    with pytest.raises(CalendarDown):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert (house.written(), await house.unfinished()) == ([], 0)


async def test_a_cancelled_booking_that_somebody_is_still_writing_does_not_come_back(house: LinkedHouse) -> None:
    """The entry arrives after the cancelling: whoever wrote it takes it out again."""
    held = await house.hold(10, "call_1")
    diary = house.service["shared"]
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def trouble(question: Question) -> Fault:
        if question == "write":
            arrived.set()
            await go_on.wait()
        return ""

    diary.trouble = trouble
    slow = asyncio.create_task(house.process.confirm(held, "call_1", DANA, NOW))
    await arrived.wait()
    async with house.database.read() as tx:
        mine = await linked_appointments.standing(tx, "main", "call_1", "")
    assert mine is not None
    await house.start().cancel(mine.id)
    go_on.set()
    with pytest.raises(CalendarDown):
        await slow
    assert (house.written(), await house.standing()) == ([], [])
    await house.sweep()
    assert (house.written(), await house.unfinished()) == ([], 0)


async def test_of_two_keepers_one_takes_a_half_done_booking_on(house: LinkedHouse) -> None:
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails("write", "answer lost")
    with pytest.raises(CalendarDown):
        await house.process.confirm(held, "call_1", DANA, NOW)
    house.now += OURS_FOR
    keepers = [Keeper(house.database, house.service.open) for _ in range(4)]
    done = await asyncio.gather(*(keeper.sweep(house.now) for keeper in keepers))
    assert sorted(done) == [0, 0, 0, 1]
    assert house.service["shared"].asked.count("remove") == 1


# Diaries that are gone or away.


async def test_a_colleague_whose_diary_was_deleted_is_left_out_and_the_others_go_on(house: LinkedHouse) -> None:
    await house.set_up(TEAM)
    house.service["ana"].trouble = fails("busy", "gone", times=99)
    assert await house.offered() == [9, 10, 11, 12, 13, 14, 15, 16]
    assert (await house.book(10, "call_1")).staff == "Ben"
    with pytest.raises(OpeningTaken):
        await house.hold(10, "call_2")


async def test_a_calendar_whose_every_diary_is_away_is_down_and_says_why(house: LinkedHouse) -> None:
    house.service["shared"].trouble = fails("busy", "gone", times=99)
    with pytest.raises(CalendarDown, match="was deleted"):
        await house.offered()
    with pytest.raises(CalendarDown, match="was deleted"):
        await house.hold(10, "call_1")


async def test_a_diary_that_is_deleted_between_hold_and_yes_leaves_no_appointment(house: LinkedHouse) -> None:
    held = await house.hold(10, "call_1")
    house.service["shared"].trouble = fails("write", "gone", times=99)
    with pytest.raises(CalendarDown, match="was deleted"):
        await house.process.confirm(held, "call_1", DANA, NOW)
    assert (await house.standing(), await house.unfinished()) == ([], 0)


async def test_a_day_when_somebody_is_away_is_not_offered(house: LinkedHouse) -> None:
    away = replace(TEAM.staff[0], special={date(2026, 9, 15): ()})
    await house.set_up(replace(TEAM, staff=(away,)))
    assert await house.offered() == []
    assert house.service["ana"].asked == ["busy"]

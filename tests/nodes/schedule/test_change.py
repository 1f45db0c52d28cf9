"""Moving and cancelling: only the caller's own appointment, and never a word that the calendar has not said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.schedule import MemoryCalendar
from engine.sdk import Booking, BookingDetails, BookingRules, Hold, Question
from engine.sdk.testbench import NOON, Bench, card
from nodes.schedule.asked import asked_for
from nodes.schedule.change import Change
from tests.support.book_card import asked, calendar_of, said

CHANGE = card(Change)
RULES = BookingRules(60, 0)
MINE, STRANGER = "+14155550123", "+14155550199"


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=UTC)


WED_14, THU_10, FRI_15, MON_9 = at(16, 14), at(17, 10), at(18, 15), at(21, 9)
FREE = (WED_14, THU_10, FRI_15, MON_9)
NAMED = {"wednesday": WED_14, "thursday": THU_10, "friday": FRI_15, "monday": MON_9}
WHEN = "Thursday, September 17 at 10 a.m."


async def book(calendar: MemoryCalendar, start: datetime, phone: str, key: str = "") -> Booking:
    opening = next(each for each in await calendar.openings(RULES, NOON) if each.start == start)
    key = key or f"earlier_call:{start:%d}"
    details = BookingDetails(f"Roof for {phone}", "Dana", phone, "dana@example.com", "1200 18th Street", "a big dog")
    return await calendar.confirm(await calendar.hold(opening, RULES, key, NOON), key, details, NOON)


async def a_bench(*starts: datetime, phone: str = MINE, calendar: MemoryCalendar | None = None) -> Bench:
    calendar = calendar or MemoryCalendar(FREE, zone="UTC")
    for start in starts:
        await book(calendar, start, phone)
    bench = Bench(calendars={"main": calendar}, wishes=dict(NAMED))
    bench.facts["topic"] = "a visit"
    return bench


def standing(bench: Bench) -> list[datetime]:
    return [each.opening.start for each in calendar_of(bench).bookings]


async def test_who_has_no_appointment_hears_so_and_nothing_of_others():
    bench = await a_bench(THU_10, phone=STRANGER)
    step = await bench.enter(CHANGE)
    assert step.exit == "none" and said(step) == "I don't see an appointment under this number."


async def test_who_hides_the_number_has_no_appointment():
    bench = await a_bench(THU_10, phone="")
    bench.lead = replace(bench.lead, phone="")
    assert (await bench.enter(CHANGE)).exit == "none"


async def test_an_appointment_under_the_same_address_but_another_number_is_not_told():
    bench = await a_bench(THU_10, phone=STRANGER)
    assert bench.lead.email == "dana@example.com"
    assert (await bench.enter(CHANGE)).exit == "none"


async def test_an_appointment_that_is_over_is_not_found():
    bench = await a_bench(WED_14)
    bench.now = WED_14 + timedelta(hours=3)
    assert (await bench.enter(CHANGE)).exit == "none"


async def test_the_appointment_is_said_and_the_caller_asked_what_is_wanted():
    bench = await a_bench(THU_10)
    step = await bench.enter(CHANGE)
    assert asked(step) == f"You have an appointment {WHEN}. Does that still work, or shall I move or cancel it?"
    assert step.question == Question(asked(step), "change_appointment")


@pytest.mark.parametrize(("words", "answer"), [("Yes.", "yes"), ("That still works.", None), ("Keep it.", None)])
async def test_who_keeps_the_appointment_keeps_it(words: str, answer: str | None):
    bench = await a_bench(THU_10)
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, words, answer=answer)
    assert step.exit == "kept" and said(step) == "All right, nothing changes."
    assert standing(bench) == [THU_10] and bench.booked == bench.cancelled == []


async def test_moving_offers_times_reads_back_and_keeps_the_old_time_until_the_new_is_sure():
    bench = await a_bench(THU_10)
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "I'd like to move it")
    assert asked(step).startswith("I have Wednesday at 2 p.m., Friday at 3 p.m., or Monday at 9 a.m.. ")
    step = await bench.hear(CHANGE, "Friday")
    assert asked(step) == "So I'll move it to Friday, September 18 at 3 p.m.. Is that right?"
    assert standing(bench) == [THU_10]
    step = await bench.hear(CHANGE, "yes", answer="yes")
    assert step.exit == "moved" and said(step) == "Done, your appointment is now Friday, September 18 at 3 p.m.."
    assert standing(bench) == [FRI_15] == [each.opening.start for each in bench.booked]
    assert [(each.name, each.details.get("result")) for each in bench.actions] == [
        ("find_appointment", None),
        ("check_availability", None),
        ("move_appointment", "booked"),
    ]


async def test_what_the_entry_says_stays_when_it_moves():
    bench = await a_bench(THU_10)
    bench.last_words = "move it to Friday"
    await bench.enter(CHANGE)
    await bench.hear(CHANGE, "yes", answer="yes")
    details = calendar_of(bench).details(bench.booked[0].id)
    assert (details.name, details.address, details.notes) == ("Dana", "1200 18th Street", "a big dog")


@pytest.mark.parametrize(
    "words",
    [
        "Can you move my Thursday appointment to Friday?",
        "I need to reschedule to Friday",
    ],
)
async def test_who_says_at_once_what_they_want_is_not_asked(words: str):
    bench = await a_bench(THU_10)
    bench.last_words = words
    step = await bench.enter(CHANGE)
    assert asked(step) == "So I'll move it to Friday, September 18 at 3 p.m.. Is that right?"


async def test_the_day_of_the_appointment_is_no_wish_for_the_new_time():
    bench = await a_bench(THU_10)
    bench.last_words = "I'd like to reschedule my Thursday appointment"
    assert asked(await bench.enter(CHANGE)).startswith("I have Wednesday at 2 p.m., Friday at 3 p.m., ")


async def test_another_time_after_a_no_is_a_wish_to_move():
    bench = await a_bench(THU_10)
    await bench.enter(CHANGE)
    assert "move it to Friday" in asked(await bench.hear(CHANGE, "No, Friday would be better", answer="no"))


async def test_a_plain_no_is_asked_about():
    bench = await a_bench(THU_10)
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "No", answer="no")
    assert asked(step) == "Shall I move it to another time, or cancel it?"
    assert asked(await bench.hear(CHANGE, "move it")).startswith("I have Wednesday")


async def test_cancelling_is_read_back_first():
    bench = await a_bench(THU_10)
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "Cancel it, please")
    assert asked(step) == f"So I'll cancel your appointment {WHEN}. Is that right?"
    assert standing(bench) == [THU_10]
    step = await bench.hear(CHANGE, "yes", answer="yes")
    assert step.exit == "cancelled" and said(step) == f"Your appointment {WHEN} is cancelled."
    assert standing(bench) == [] and [each.opening.start for each in bench.cancelled] == [THU_10]


async def test_who_does_not_want_to_cancel_after_all_may_have_another_time():
    bench = await a_bench(THU_10)
    bench.last_words = "I want to cancel"
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "No", answer="no")
    assert asked(step) == "All right. Would you like another time instead?"
    assert asked(await bench.hear(CHANGE, "yes", answer="yes")).startswith("I have Wednesday")


async def test_no_to_both_leaves_everything_as_it_is():
    bench = await a_bench(THU_10)
    bench.last_words = "I want to cancel"
    await bench.enter(CHANGE)
    await bench.hear(CHANGE, "No", answer="no")
    assert (await bench.hear(CHANGE, "no", answer="no")).exit == "kept"
    assert standing(bench) == [THU_10]


@pytest.mark.parametrize("words", ["Actually, can we do Friday instead?", "No, move it to Friday"])
async def test_a_change_of_mind_at_the_cancellation_moves_the_appointment(words: str):
    bench = await a_bench(THU_10)
    bench.last_words = "cancel my appointment"
    await bench.enter(CHANGE)
    assert "move it to Friday" in asked(await bench.hear(CHANGE, words))
    await bench.hear(CHANGE, "yes", answer="yes")
    assert standing(bench) == [FRI_15]


async def test_of_several_the_caller_says_which():
    bench = await a_bench(THU_10, MON_9)
    step = await bench.enter(CHANGE)
    assert asked(step) == "I see appointments Thursday at 10 a.m. or Monday at 9 a.m.. Which one is it about?"
    step = await bench.hear(CHANGE, "the Monday one")
    assert "Monday, September 21 at 9 a.m." in asked(step)
    await bench.hear(CHANGE, "cancel it")
    await bench.hear(CHANGE, "yes", answer="yes")
    assert standing(bench) == [THU_10]


async def test_what_was_wanted_is_not_asked_again_when_it_was_not_clear_of_which():
    bench = await a_bench(THU_10, MON_9)
    bench.last_words = "I need to cancel an appointment"
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "Thursday")
    assert asked(step) == f"So I'll cancel your appointment {WHEN}. Is that right?"


async def test_who_names_one_of_several_at_once_is_not_asked_which():
    bench = await a_bench(THU_10, MON_9)
    bench.last_words = "move my Thursday appointment to Friday"
    assert "move it to Friday" in asked(await bench.enter(CHANGE))
    await bench.hear(CHANGE, "yes", answer="yes")
    assert standing(bench) == [FRI_15, MON_9]


async def test_who_never_says_what_is_wanted_keeps_everything():
    bench = await a_bench(THU_10)
    step = await bench.enter(CHANGE)
    for _ in range(9):
        if step.exit:
            break
        step = await bench.hear(CHANGE, "hm")
    assert step.exit == "kept" and standing(bench) == [THU_10]


async def test_when_no_other_time_fits_the_old_one_stays_and_the_wish_is_kept():
    change = card(Change, max_offers=1, wish_slot="time_wish")
    bench = await a_bench(THU_10)
    bench.slots["time_wish"] = None
    bench.wishes["after four"] = (at(17, 16), at(18, 16))
    bench.last_words = "move it to after four"
    await bench.enter(change)
    step = await bench.hear(change, "no", answer="no")
    assert step.exit == "kept" and said(step).startswith("I'm sorry, I have no other times right now. ")
    assert standing(bench) == [THU_10] and bench.slots["time_wish"] == "move it to after four"


async def test_a_time_that_was_taken_meanwhile_leaves_the_old_one_standing():
    calendar = MemoryCalendar(FREE, zone="UTC", conflicts={FRI_15: 1})
    bench = await a_bench(THU_10, calendar=calendar)
    bench.last_words = "move it to Friday"
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "yes", answer="yes")
    assert said(step) == "I'm sorry, that one was just taken." and standing(bench) == [THU_10]


@pytest.mark.parametrize("down_at", ["find", "look", "move", "cancel"])
async def test_a_calendar_that_is_down_promises_a_person_and_changes_nothing(down_at: str):
    change = card(Change, wish_slot="time_wish")
    bench = await a_bench(THU_10)
    bench.slots["time_wish"] = None
    calendar = calendar_of(bench)
    if down_at == "find":
        calendar.go_down(9)
        bench.last_words = "cancel my appointment"
    step = await bench.enter(change)
    if down_at == "look":
        calendar.go_down(9)
        step = await bench.hear(change, "move it to Friday")
    if down_at in ("move", "cancel"):
        await bench.hear(change, "move it to Friday" if down_at == "move" else "cancel it")
        calendar.go_down(9)
        step = await bench.hear(change, "yes", answer="yes")
    assert step.exit == "failed" and "A colleague will take care of it" in said(step)
    assert standing(bench) == [THU_10] and bench.booked == bench.cancelled == []
    assert {
        "find": "cancel my appointment",
        "look": "Friday",
        "move": "move it to Friday; Friday, September 18 at 3 p.m.",
        "cancel": f"cancel {WHEN}",
    }[down_at] == bench.slots["time_wish"]


async def test_a_cancellation_that_came_too_late_is_not_said_but_stands_in_the_record():
    bench = await a_bench(THU_10)
    bench.last_words = "cancel my appointment"
    await bench.enter(CHANGE)
    bench.pace = "too_slow"
    step = await bench.hear(CHANGE, "yes", answer="yes")
    assert step.exit == "failed" and "is cancelled" not in said(step)
    assert bench.flags == ["cancelled_late"] and len(bench.cancelled) == 1


async def test_who_hangs_up_before_the_yes_keeps_the_old_time_and_holds_no_other():
    bench = await a_bench(THU_10)
    bench.last_words = "move it to Friday"
    await bench.enter(CHANGE)
    await bench.hang_up(CHANGE)
    assert standing(bench) == [THU_10]
    assert FRI_15 in [each.start for each in await calendar_of(bench).openings(RULES, NOON)]


class Asking(MemoryCalendar):
    """Somebody of the business must agree."""

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        booking = await super().confirm(hold, key, details, now, moves)
        return replace(booking, status="requested") if moves else booking


async def test_a_move_that_somebody_must_agree_to_is_not_called_done():
    bench = await a_bench(THU_10, calendar=Asking(FREE, zone="UTC"))
    bench.last_words = "move it to Friday"
    await bench.enter(CHANGE)
    step = await bench.hear(CHANGE, "yes", answer="yes")
    assert step.exit == "moved" and "A colleague will confirm it" in said(step) and "Done" not in said(step)


async def test_the_new_time_goes_where_the_flow_keeps_it():
    change = card(Change, slot="appointment")
    bench = await a_bench(THU_10)
    bench.slots["appointment"] = None
    bench.last_words = "move it to Friday"
    await bench.enter(change)
    await bench.hear(change, "yes", answer="yes")
    assert bench.slots["appointment"] == FRI_15.isoformat()


async def test_a_move_keeps_the_length_of_the_appointment():
    class Asked(MemoryCalendar):
        lengths: list[int] = []  # noqa: RUF012

        async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence:
            self.lengths.append(rules.length_min)
            return await super().openings(rules, now, key)

    bench = await a_bench(THU_10, calendar=Asked(FREE, timedelta(minutes=45), zone="UTC"))
    Asked.lengths.clear()
    bench.last_words = "move it"
    await bench.enter(CHANGE)
    assert Asked.lengths == [45]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("I need to reschedule.", "move"),
        ("Can we change it to Friday?", "move"),
        ("Could I move my appointment?", "move"),
        ("Something came up, I can't make it.", "move"),
        ("Do you have another time?", "move"),
        ("That doesn't work for me any more.", "move"),
        ("Cancel Monday, can we do Friday instead?", "move"),
        ("Please cancel it.", "cancel"),
        ("I'd like to cancel my appointment", "cancel"),
        ("We don't need it any more, someone else fixed it.", "cancel"),
        ("Call it off.", "cancel"),
        ("Don't cancel it.", "keep"),
        ("No, don't move it, leave it.", "keep"),
        ("Never mind.", "keep"),
        ("It's fine as it is.", "keep"),
        ("Yes, that works.", "keep"),
        ("I'll be there.", "keep"),
        ("What's the cancellation fee?", ""),
        ("Can you leave me a message?", ""),
        ("Who is this?", ""),
        ("hm", ""),
    ],
)
def test_what_is_wanted_of_an_appointment(words: str, wanted: str):
    assert asked_for(words) == wanted

"""Booking while the caller talks on and calendars dawdle. Seconds are virtual."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from engine.call.acts import Close, Say
from engine.flow import shipped
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from tests.support.slow_calendar import NEVER, SlowCalendar
from tests.support.talk import FREE, Talk
from tests.support.virtual_time import in_virtual_time

UP_TO_THE_OFFER = ("Yes.", "My roof leaks, our house, 94110, this week.")


async def _chosen(calendar: SlowCalendar) -> Talk:
    """A talk in which Thursday at ten only needs a yes."""
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.")
    assert talk.asked == "confirm_booking"
    return talk


@in_virtual_time
async def test_barge_in_during_booking_gives_one_booking_and_tells_it() -> None:
    calendar = SlowCalendar()
    talk = await _chosen(calendar)
    calendar.delay = 2.0
    acts = talk.conversation.heard("Yes.", talk.now)
    filler = await anext(acts)
    assert isinstance(filler, Say)
    assert filler.kind == "filler"
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    assert calendar.bookings == []
    reply = await talk.say("Hello? Did that work?")
    assert "You're booked for Thursday, September 17th, at 10 a.m." in reply
    assert calendar.confirms == 1
    assert len(calendar.bookings) == 1


@in_virtual_time
async def test_a_booking_finished_behind_the_callers_words_is_told_too() -> None:
    calendar = SlowCalendar()
    talk = await _chosen(calendar)
    calendar.delay = 2.0
    acts = talk.conversation.heard("Yes.", talk.now)
    await anext(acts)
    await acts.aclose()  # type: ignore[attr-defined]  # as above
    await asyncio.sleep(5)
    assert "You're booked" in await talk.say("Sorry, I dropped the phone.")
    assert (calendar.confirms, len(calendar.bookings)) == (1, 1)


@in_virtual_time
async def test_a_second_yes_books_nothing_more() -> None:
    calendar = SlowCalendar()
    talk = await _chosen(calendar)
    await talk.say("Yes.", "Yes, yes.", "Yes!")
    assert (calendar.confirms, len(calendar.bookings)) == (1, 1)


@in_virtual_time
async def test_filler_when_calendar_is_slow_and_none_when_it_is_quick() -> None:
    quick, slow = SlowCalendar(0.5), SlowCalendar(1.5)
    for calendar, fillers in ((quick, []), (slow, ["One moment, I'm checking the calendar."])):
        talk = Talk(calendar=calendar)
        await talk.answer()
        began = asyncio.get_running_loop().time()
        await talk.say(*UP_TO_THE_OFFER)
        assert asyncio.get_running_loop().time() - began == calendar.delay
        assert [act.text for act in talk.acts if isinstance(act, Say) and act.kind == "filler"] == fillers
        assert talk.asked == "offer_times"


@in_virtual_time
async def test_calendar_that_never_answers_ends_in_callback() -> None:
    talk = Talk(calendar=SlowCalendar(NEVER))
    await talk.answer()
    began = asyncio.get_running_loop().time()
    reply = await talk.say(*UP_TO_THE_OFFER)
    assert asyncio.get_running_loop().time() - began <= 8.0
    assert "I can't reach our calendar right now" in reply
    assert talk.asked == "callback_time"
    await talk.say("Today at five thirty.", "Yes.")
    assert talk.closed == Close("callback_scheduled")
    assert talk.conversation.outcome.callback is not None


@in_virtual_time
async def test_a_calendar_that_stops_answering_at_the_yes_promises_nothing() -> None:
    calendar = SlowCalendar()
    talk = await _chosen(calendar)
    calendar.delay = NEVER
    reply = await talk.say("Yes.")
    assert "You're booked" not in reply
    assert "colleague" in reply
    assert talk.conversation.outcome.appointment is None


@in_virtual_time
async def test_a_call_that_ends_between_the_yes_and_the_calendars_answer_has_the_booking_in_its_record() -> None:
    calendar = SlowCalendar()
    talk = await _chosen(calendar)
    calendar.delay = 2.0
    acts = talk.conversation.heard("Yes.", talk.now)
    await anext(acts)
    await acts.aclose()  # type: ignore[attr-defined]  # as above
    talk.conversation.hung_up("caller", talk.now)
    await talk.conversation.settle(12.0)
    outcome = talk.conversation.outcome
    assert [each.opening.start for each in calendar.bookings] == [FREE[1]]
    assert outcome.appointment is not None and outcome.appointment.opening.start == FREE[1]
    assert outcome.disposition == "booked" and "booking_not_told" in outcome.flags
    assert outcome.appointment.id == calendar.bookings[0].id


async def test_none_of_the_times_works_brings_others() -> None:
    talk = Talk()
    await talk.answer()
    first = await talk.say(*UP_TO_THE_OFFER)
    second = await talk.say("None of those work.")
    assert "tomorrow at 2 p.m." in first
    assert "tomorrow" not in second
    assert "Monday, September 21st" in second or "Monday at 9 a.m." in second


async def test_a_wish_for_a_time_is_no_question_for_the_knowledge() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say(*UP_TO_THE_OFFER, "What about Monday?")
    assert reply.startswith("So: roof repair at your home in 94110, Monday, September 21st, at 9 a.m.")


async def test_the_time_is_told_again_to_who_asks() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.", "Yes.", "1200 18th Street.", "No email.")
    reply = await talk.say("What time was it again?")
    assert reply == "It's Thursday, September 17th, at 10 a.m. Is there anything else?"
    await talk.say("No, thanks.")
    assert talk.closed == Close("booked")


async def test_who_will_not_give_the_address_stays_booked_and_is_let_go() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.", "Yes.", "No.", "No.", "No email.", "No.")
    assert talk.closed == Close("booked")


async def test_a_sentence_that_ends_with_a_clock_time_has_one_full_stop() -> None:
    data = json.loads(shipped.load("home_services").original)
    for card in data["nodes"]:
        if card["id"] == "book":
            card["settings"]["booked"] = "You're booked for {when}."
    talk = Talk(flow=Flow.model_validate(data))
    await talk.answer()
    reply = await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.", "Yes.")
    assert "10 a.m. What's the street" in reply


async def test_the_booking_belongs_to_the_call() -> None:
    talk = Talk()
    other = Talk(calendar=talk.calendar, lead=replace(talk.lead, id="lead_9", first_name="Eve"))
    for each in (talk, other):
        await each.answer()
        await each.say(*UP_TO_THE_OFFER)
    await talk.say("Thursday at ten.", "Yes.")
    assert isinstance(talk.calendar, MemoryCalendar)
    assert [booking.opening.start for booking in talk.calendar.bookings] == [FREE[1]]


async def test_changing_the_time_takes_nothing_else_back() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "House.", "1200 18th Street.", "Roof repair, yes, my house, 94103, this week.")
    reply = await talk.say("Oh no, tomorrow I'm at the dentist. Can we do Thursday at ten instead?")
    assert "at your home in 94103, Thursday" in reply
    assert talk.conversation.book["zip"].value == "94103"


async def test_what_is_not_known_is_left_out_and_never_spoken_as_a_placeholder() -> None:
    data = json.loads(shipped.load("home_services").original)
    for card in data["nodes"]:
        if card["id"] == "book":
            card["settings"]["summary"] = "So: a visit at {slot:address} for {slot:email}, {when}. Shall I book that?"
    talk = Talk(flow=Flow.model_validate(data))
    await talk.answer()
    reply = await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.")
    assert reply == "So: a visit, Thursday, September 17th, at 10 a.m. Shall I book that?"

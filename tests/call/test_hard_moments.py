"""Hard moments of booking, in whole talks: what the caller hears, what the calendar has, what the record says. Seconds
are virtual. The table that they prove stands in docs/calls.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine.call.acts import Close, Say
from engine.call.record import CallFacts, build_result
from engine.flow import shipped
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Booking, BookingDetails, BookingRules, CalendarDown, CallResult, Hold, Opening, OpeningTaken
from tests.support.slow_calendar import NEVER, SlowCalendar
from tests.support.talk import FREE, START, ZONE, Talk
from tests.support.virtual_time import in_virtual_time

UP_TO_THE_OFFER = ("Yes.", "My roof leaks, our house, 94110, this week.")
FILLER, STILL = "One moment, I'm checking the calendar.", "Still checking. Thanks for your patience."
THURSDAY = FREE[1]


async def at_the_offer(calendar: MemoryCalendar, flow: Flow | None = None, *lines: str) -> Talk:
    talk = Talk(calendar=calendar) if flow is None else Talk(calendar=calendar, flow=flow)
    await talk.answer()
    await talk.say(*(lines or UP_TO_THE_OFFER))
    assert talk.asked == "offer_times"
    return talk


async def at_the_read_back(calendar: MemoryCalendar, flow: Flow | None = None) -> Talk:
    talk = await at_the_offer(calendar, flow)
    await talk.say("Thursday at ten.")
    assert talk.asked == "confirm_booking"
    return talk


def fillers(talk: Talk) -> list[str]:
    return [act.text for act in talk.acts if isinstance(act, Say) and act.kind == "filler"]


def result_of(talk: Talk) -> CallResult:
    conversation = talk.conversation
    facts = CallFacts("call_1", "evt_1", 1, 1, "+14155550100", START, START + timedelta(minutes=3), answered_at=START)
    return build_result(facts, talk.flow, talk.lead, conversation.outcome, conversation.book, conversation.standing())


async def hang_up(talk: Talk) -> CallResult:
    talk.conversation.hung_up("caller", talk.now)
    await talk.conversation.settle(12.0)
    return result_of(talk)


def held(calendar: MemoryCalendar) -> Sequence[str]:
    return calendar.holds


# Slow.


@in_virtual_time
async def test_a_calendar_that_takes_three_seconds_costs_one_word_and_one_that_takes_six_two() -> None:
    for delay, words in ((0.5, []), (3.0, [FILLER]), (6.0, [FILLER, STILL])):
        calendar = SlowCalendar(openings=delay)
        talk = Talk(calendar=calendar)
        await talk.answer()
        await talk.say(*UP_TO_THE_OFFER)
        assert fillers(talk) == words
        assert talk.asked == "offer_times"


@in_virtual_time
async def test_all_that_a_turn_waits_for_is_one_wait_with_one_limit() -> None:
    """A change of mind lets one time go, looks again and holds another: three requests, one silence."""
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    calendar.delay = 2.0
    began = asyncio.get_running_loop().time()
    reply = await talk.say("Actually, Friday at three.")
    assert asyncio.get_running_loop().time() - began == 6.0
    assert fillers(talk) == [FILLER, STILL] and "Friday, September 18th, at 3 p.m." in reply
    calendar.delay = 4.0
    began = asyncio.get_running_loop().time()
    assert "can't reach our calendar" in await talk.say("Actually, Thursday at ten.")
    assert asyncio.get_running_loop().time() - began == 8.0


@in_virtual_time
async def test_a_yes_waits_for_one_request_only() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    calendar.requests.clear()
    calendar.delay = 3.0
    began = asyncio.get_running_loop().time()
    assert "You're booked" in await talk.say("Yes.")
    assert calendar.requests == ["confirm"] and asyncio.get_running_loop().time() - began == 3.0


# Taken, down, twice.


@in_virtual_time
async def test_a_time_that_was_taken_meanwhile_is_said_and_others_are_offered() -> None:
    calendar = MemoryCalendar(FREE, conflicts={THURSDAY: 1})
    talk = await at_the_read_back(calendar)
    reply = await talk.say("Yes.")
    assert reply.startswith("That one was just taken, I'm sorry.") and "Thursday" not in reply.partition("sorry.")[2]
    assert calendar.bookings == []
    assert "You're booked" in await talk.say("Friday at three.", "Yes.")
    assert [each.opening.start for each in calendar.bookings] == [FREE[2]]


@in_virtual_time
async def test_a_booking_that_lands_after_we_gave_up_waiting_stands_in_the_record() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    calendar.of["confirm"] = 10.0
    reply = await talk.say("Yes.")
    assert "You're booked" not in reply and "colleague" in reply
    assert talk.conversation.outcome.appointment is None and calendar.bookings == []
    await asyncio.sleep(5)  # the talk goes on meanwhile
    result = await hang_up(talk)
    assert result.appointment is not None and result.appointment.start == THURSDAY
    assert [each.id for each in calendar.bookings] == [result.appointment.id]
    assert "booked_late" in result.outcome.flags


@in_virtual_time
async def test_a_booking_that_lands_after_the_record_was_made_is_taken_out_again() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    calendar.of["confirm"] = 60.0
    await talk.say("Yes.")
    result = await hang_up(talk)
    assert result.appointment is None and result.outcome.disposition != "booked"
    await asyncio.sleep(90)
    assert calendar.confirms == 1 and calendar.bookings == []
    assert calendar.requests[-1] == "cancel"


class Stubborn(SlowCalendar):
    """Does not answer the first two cancellations."""

    async def cancel(self, booking_id: str) -> None:
        if self.requests.count("cancel") < 2:
            self.requests.append("cancel")
            raise CalendarDown("no answer")
        await super().cancel(booking_id)


@in_virtual_time
async def test_what_cannot_be_undone_at_once_is_tried_again() -> None:
    calendar = Stubborn()
    talk = await at_the_read_back(calendar)
    calendar.of["confirm"] = 60.0
    await talk.say("Yes.")
    await hang_up(talk)
    await asyncio.sleep(90)
    assert calendar.bookings == [] and calendar.requests.count("cancel") == 3


@pytest.mark.parametrize("yeses", [("Yes.", "Yes, yes.", "Yes!"), ("Yes, yes, yes.",), ("Yes.", "Book it.")])
@in_virtual_time
async def test_however_often_yes_is_said_one_appointment_stands(yeses: tuple[str, ...]) -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    await talk.say(*yeses)
    assert (calendar.confirms, len(calendar.bookings)) == (1, 1)


# Changed mind.


@in_virtual_time
async def test_a_change_of_mind_after_booking_moves_the_appointment() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    await talk.say("Yes.")
    booked = calendar.bookings[0].id
    reply = await talk.say("Oh no, actually, can we do Friday at three instead?")
    assert "Friday, September 18th, at 3 p.m. Shall I book that?" in reply
    assert [each.opening.start for each in calendar.bookings] == [THURSDAY], "the old time stands until the new is sure"
    assert "You're booked for Friday" in await talk.say("Yes.")
    assert [(each.id, each.opening.start) for each in calendar.bookings] == [(booked, FREE[2])]
    result = await hang_up(talk)
    assert result.appointment is not None and result.appointment.start == FREE[2]


@in_virtual_time
async def test_a_change_of_mind_that_comes_to_nothing_leaves_the_booking_and_says_so() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    await talk.say("Yes.")
    await talk.say("Oh no, actually, can we do Friday at three instead?")
    reply = await talk.say("No, leave it as it is.")
    assert "Your appointment Thursday, September 17th, at 10 a.m. stands." in reply
    assert [each.opening.start for each in calendar.bookings] == [THURSDAY]
    assert calendar.holds == []


# Hung up.


@in_virtual_time
async def test_who_hangs_up_between_hold_and_yes_leaves_nothing_held() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    assert len(held(calendar)) == 1
    result = await hang_up(talk)
    assert held(calendar) == [] and calendar.bookings == [] and result.appointment is None


@in_virtual_time
async def test_who_hangs_up_while_a_time_is_being_held_leaves_nothing_held() -> None:
    calendar = SlowCalendar()
    talk = await at_the_offer(calendar)
    calendar.of["hold"] = 3.0
    acts = talk.conversation.heard("Thursday at ten.", talk.now)
    await anext(acts)
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    result = await hang_up(talk)
    assert held(calendar) == [] and calendar.bookings == [] and result.appointment is None


@in_virtual_time
async def test_who_asks_for_a_person_at_the_read_back_leaves_nothing_held() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    await talk.say("Can I talk to a real person please?")
    await asyncio.sleep(0.1)
    assert held(calendar) == [] and calendar.bookings == []


@in_virtual_time
async def test_a_calendar_that_does_not_let_go_does_not_keep_the_record_waiting() -> None:
    calendar = SlowCalendar()
    talk = await at_the_read_back(calendar)
    calendar.of["release"] = NEVER
    began = asyncio.get_running_loop().time()
    await hang_up(talk)
    assert asyncio.get_running_loop().time() - began <= 3.0


# Asked for, not sure.


class Agreeing(MemoryCalendar):
    """Somebody of the business must agree to each booking."""

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        return replace(await super().confirm(hold, key, details, now, moves), status="requested")


@in_virtual_time
async def test_a_request_is_told_as_one_and_the_record_calls_nobody_booked() -> None:
    talk = await at_the_read_back(Agreeing(FREE))
    reply = await talk.say("Yes.")
    assert "I've asked for Thursday, September 17th, at 10 a.m. A colleague will confirm it with you." in reply
    await talk.say("1200 18th Street.", "No email.", "No, that's all.")
    assert talk.closed == Close("qualified_no_booking", "to_be_confirmed")
    result = await hang_up(talk)
    assert result.appointment is not None and result.appointment.status == "requested"
    assert "somebody must still agree" in result.summary


@in_virtual_time
async def test_who_hangs_up_after_a_request_is_not_counted_as_booked() -> None:
    talk = await at_the_read_back(Agreeing(FREE))
    await talk.say("Yes.")
    assert (await hang_up(talk)).outcome.disposition == "qualified_no_booking"


# Wishes, as callers say them.


IN_NO_HURRY = ("Yes.", "My roof leaks, our house, 94110, within ten days.")
"""Who needs it this week has wished for this week."""


def wide() -> MemoryCalendar:
    days = (datetime(2026, 9, day, tzinfo=ZONE) for day in (16, 17, 18, 19, 21, 22))
    return MemoryCalendar([day.replace(hour=hour) for day in days for hour in (9, 14, 17)])


@in_virtual_time
async def test_any_day_after_four_holds_when_the_first_offers_are_refused() -> None:
    talk = await at_the_offer(wide(), None, *IN_NO_HURRY)
    reply = await talk.say("Any day after four works.")
    assert "I have tomorrow at 5 p.m., Thursday at 5 p.m., or Friday at 5 p.m." in reply
    reply = await talk.say("None of those, sorry.")
    assert "Saturday at 5 p.m., Monday at 5 p.m., or Tuesday, September 22nd at 5 p.m." in reply
    reply = await talk.say("Not Monday.")
    assert "Monday" not in reply and "5 p.m." in reply


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("Mornings only, please.", "tomorrow at 9 a.m., Thursday at 9 a.m., or Friday at 9 a.m."),
        ("What about the weekend?", "Saturday at 9 a.m., Saturday at 2 p.m., or Saturday at 5 p.m."),
        ("Next week would be better.", "Monday at 9 a.m., Monday at 2 p.m., or Tuesday, September 22nd at 9 a.m."),
        ("Anything later?", "Friday at 2 p.m., Saturday at 9 a.m., or Monday at 9 a.m."),
        ("I'm at work until four.", "tomorrow at 5 p.m., Thursday at 5 p.m., or Friday at 5 p.m."),
    ],
)
@in_virtual_time
async def test_a_wish_is_answered_with_times_that_fit_it(said: str, offered: str) -> None:
    talk = await at_the_offer(wide(), None, *IN_NO_HURRY)
    reply = await talk.say(said)
    assert reply.startswith(f"I have {offered} "), reply
    assert talk.asked == "offer_times"


@in_virtual_time
async def test_what_was_wished_for_is_written_down_for_the_colleague_who_calls() -> None:
    data = json.loads(shipped.load("home_services").original)
    data["slots"].append({"id": "time_wish", "label": "Wished time", "type": "text", "need": "if_offered", "ask": []})
    next(card for card in data["nodes"] if card["id"] == "book")["settings"]["wish_slot"] = "time_wish"
    calendar = wide()
    talk = await at_the_offer(calendar, Flow.model_validate(data))
    await talk.say("Any day after four.")
    calendar.go_down(9)
    reply = await talk.say("Thursday at five.")
    assert "can't reach our calendar" in reply
    answers = {each.slot: each for each in (await hang_up(talk)).answers}
    assert "Any day after four." in str(answers["time_wish"].value) and answers["time_wish"].source == "rule"


# Words about time reach the caller on the right clock.


@in_virtual_time
async def test_a_lead_in_another_zone_hears_which_clock_is_meant_and_is_understood_by_it() -> None:
    talk = Talk(lead=replace(Talk().lead, zone="America/New_York"))
    await talk.answer()
    assert "tomorrow at 2 p.m. Pacific, Thursday at 10 a.m." in await talk.say(*UP_TO_THE_OFFER)
    assert "Thursday, September 17th, at 10 a.m. Pacific. Shall I book" in await talk.say("Thursday at ten.")
    assert "You're booked for Thursday, September 17th, at 10 a.m. Pacific." in await talk.say("Yes.")


@in_virtual_time
async def test_a_meeting_by_phone_is_told_and_understood_on_the_callers_own_clock() -> None:
    data = json.loads(shipped.load("home_services").original)
    next(card for card in data["nodes"] if card["id"] == "book")["settings"]["told_in"] = "caller"
    calendar = MemoryCalendar(FREE)
    talk = Talk(flow=Flow.model_validate(data), calendar=calendar, lead=replace(Talk().lead, zone="America/New_York"))
    await talk.answer()
    assert "tomorrow at 5 p.m. Eastern" in await talk.say(*UP_TO_THE_OFFER)
    assert "1 p.m. Eastern" in await talk.say("Thursday at one.")  # ten in the morning in Los Angeles
    await talk.say("Yes.")
    assert [each.opening.start for each in calendar.bookings] == [THURSDAY]
    reply = await talk.say("What time was it again?")
    assert "Thursday, September 17th, at 1 p.m." in reply


class Quick(MemoryCalendar):
    """A stranger is quicker at the hold, once."""

    strangers = 1

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        if self.strangers:
            self.strangers -= 1
            raise OpeningTaken("gone")
        return await super().hold(opening, rules, key, now)


@in_virtual_time
async def test_turns_of_booking_are_short_and_ask_one_thing() -> None:
    talk = await at_the_offer(Quick(FREE))
    replies = [
        await talk.say(line)
        for line in ("Thursday at ten.", "Anything sooner?", "Friday at three.", "No, Monday.", "Yes.")
    ]
    for reply in replies[:-1]:
        assert len(reply.split()) < 30, reply
        assert reply.count("?") == 1, reply

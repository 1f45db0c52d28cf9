"""Moving and cancelling in whole talks: a reminder that we make, and a caller who rings us up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from engine.call.acts import Close
from engine.call.conversation import FlowConversation
from engine.call.record import CallFacts, build_result
from engine.call.scene import CallTalk
from engine.flow import shipped
from engine.flow.check import check
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from engine.sdk import BookingDetails, BookingRules, CallResult
from tests.support.slow_calendar import SlowCalendar
from tests.support.talk import DANA, FREE, NODES, START, Talk
from tests.support.virtual_time import in_virtual_time

WEDNESDAY, THURSDAY, FRIDAY, MONDAY = FREE
DISCLOSED = (
    "This is {assistant}, an AI assistant of {seller}. To stop these calls, say stop calling. This call is recorded."
)
ENDS = {
    "moved": ("booked", "Thanks. Goodbye."),
    "cancelled": ("not_interested", "Thanks for letting us know. Goodbye."),
    "kept": ("already_served", "Great, see you then. Goodbye."),
    "none": ("already_served", "Sorry about that. Goodbye."),
    "failed": ("callback_scheduled", "Goodbye."),
}


def a_flow(opening: str, then: Literal["go_on", "listen"], **settings: str) -> Flow:
    """Says who calls, then deals with the appointment."""
    data = json.loads(shipped.load("home_services").original)
    data |= {"slots": [], "criteria": [], "reflexes": [], "knowledge": [], "after_call": None, "start_inbound": None}
    data["slots"] = [{"id": "time_wish", "label": "Wished time", "type": "text", "need": "if_offered", "ask": []}]
    line = {"text": f"{DISCLOSED} {opening}", "then": then, "discloses": ["identity", "ai", "recording", "opt_out"]}
    change = {**settings, "wish_slot": "time_wish"}
    nodes = [
        {"id": "opening", "type": "fixed_line", "v": 1, "name": "Opening", "settings": line},
        {"id": "change", "type": "change_appointment", "v": 1, "name": "Change", "settings": change},
    ]
    edges = [{"id": "to_change", "from": {"node": "opening", "exit": "next"}, "to": "change", "kind": "otherwise"}]
    for exit, (disposition, say) in ENDS.items():
        end = {
            "id": f"end_{exit}",
            "type": "end",
            "v": 1,
            "name": exit,
            "settings": {"disposition": disposition, "say": say},
        }
        nodes.append(end)
        way = {"id": f"to_{exit}", "from": {"node": "change", "exit": exit}, "to": end["id"], "kind": "otherwise"}
        edges.append(way)
    return Flow.model_validate({**data, "start": "opening", "nodes": nodes, "edges": edges, "after_call": []})


ASK = "You have a visit {when}. Does that still work, or shall I move or cancel it?"
REMINDER = a_flow("I'm calling about your visit.", "go_on", ask=ASK)
RUNG_UP = a_flow("What can I do for you?", "listen")


async def book(calendar: MemoryCalendar, start: datetime, phone: str = DANA.phone, key: str = "") -> str:
    opening = next(each for each in await calendar.openings(BookingRules(), START) if each.start == start)
    key = key or f"call_0:{start:%d}"
    details = BookingDetails("Roof", "Dana", phone, "", "1200 18th Street")
    return (await calendar.confirm(await calendar.hold(opening, BookingRules(), key, START), key, details, START)).id


async def a_reminder(*starts: datetime, calendar: MemoryCalendar | None = None) -> Talk:
    calendar = calendar or MemoryCalendar(FREE)
    for start in starts:
        await book(calendar, start)
    talk = Talk(flow=REMINDER, calendar=calendar)
    await talk.answer()
    return talk


async def a_caller(*starts: datetime, phone: str = DANA.phone) -> Talk:
    calendar = MemoryCalendar(FREE)
    for start in starts:
        await book(calendar, start)
    talk = Talk(flow=RUNG_UP, calendar=calendar, lead=replace(DANA, phone=phone))
    about = CallTalk("call_1", RUNG_UP, talk.lead, lambda at: START + timedelta(seconds=at), inbound=True)
    talk.conversation = FlowConversation(about, NODES, talk.model, talk.outside, talk.notes)
    await talk.take(talk.conversation.answered("", talk.now))
    return talk


async def result_of(talk: Talk) -> CallResult:
    if talk.closed is None:
        talk.conversation.hung_up("caller", talk.now)
    await talk.conversation.settle(12.0)
    facts = CallFacts("call_1", "evt_1", 1, 1, "+14155550100", START, START + timedelta(minutes=3), answered_at=START)
    conversation = talk.conversation
    return build_result(facts, talk.flow, talk.lead, conversation.outcome, conversation.book, conversation.standing())


def standing(talk: Talk) -> list[datetime]:
    assert isinstance(talk.calendar, MemoryCalendar)
    return [each.opening.start for each in talk.calendar.bookings]


def test_the_check_finds_nothing_wrong_with_the_card() -> None:
    for flow in (REMINDER, RUNG_UP):
        assert [each.sentence for each in check(flow, NODES) if each.address.id == "change"] == []


async def test_a_reminder_says_the_time_and_a_yes_keeps_it() -> None:
    talk = await a_reminder(THURSDAY)
    said = talk.conversation.outcome.transcript[-1].text
    assert "You have a visit Thursday, September 17th, at 10 a.m. Does that still work" in said
    await talk.say("Yes, that still works.")
    assert talk.closed == Close("already_served") and standing(talk) == [THURSDAY]
    assert (await result_of(talk)).appointment is None, "nothing was booked or changed in this call"


async def test_a_reminder_moves_the_visit_and_the_record_tells_the_new_time() -> None:
    talk = await a_reminder(THURSDAY)
    assert "I have tomorrow at 2 p.m., Friday at 3 p.m." in await talk.say(
        "No, I can't make it. Do you have another time?"
    )
    assert "So I'll move it to Friday, September 18th, at 3 p.m. Is that right?" in await talk.say("Friday.")
    assert standing(talk) == [THURSDAY]
    assert "your appointment is now Friday, September 18th, at 3 p.m." in await talk.say("Yes.")
    result = await result_of(talk)
    assert talk.closed == Close("booked") and standing(talk) == [FRIDAY]
    assert result.appointment is not None
    assert (result.appointment.status, result.appointment.start) == ("confirmed", FRIDAY)


async def test_a_wish_is_understood_when_moving_as_when_booking() -> None:
    talk = await a_reminder(THURSDAY)
    assert "Monday, September 21st, at 9 a.m." in await talk.say("No. Could we do it next week instead?")


async def test_the_words_cancel_it_cancel_the_visit_and_are_no_wish_to_hear_no_more_of_us() -> None:
    talk = await a_reminder(THURSDAY)
    reply = await talk.say("Cancel it, please.")
    assert "So I'll cancel your appointment Thursday, September 17th, at 10 a.m. Is that right?" in reply
    reply = await talk.say("Yes.")
    assert "is cancelled" in reply and standing(talk) == []
    result = await result_of(talk)
    assert result.appointment is not None and result.appointment.status == "cancelled"
    assert result.outcome.disposition == "not_interested" and not result.opted_out
    assert "was cancelled" in result.summary


async def test_stop_calling_me_is_still_heard_at_a_reminder() -> None:
    talk = await a_reminder(THURSDAY)
    await talk.say("Stop calling me.")
    assert standing(talk) == [THURSDAY], "an existing booking stays unless they want it cancelled"


async def test_who_hangs_up_in_the_middle_of_moving_keeps_the_old_time() -> None:
    talk = await a_reminder(THURSDAY)
    await talk.say("Move it to Friday, please.")
    result = await result_of(talk)
    assert isinstance(talk.calendar, MemoryCalendar)
    assert standing(talk) == [THURSDAY] and talk.calendar.holds == []
    assert result.appointment is None and result.outcome.disposition == "incomplete_hangup"


@in_virtual_time
async def test_who_hangs_up_between_the_yes_and_the_answer_has_moved_and_the_record_knows_it() -> None:
    calendar = SlowCalendar()
    talk = await a_reminder(THURSDAY, calendar=calendar)
    await talk.say("Move it to Friday, please.")
    calendar.of["confirm"] = 3.0
    acts = talk.conversation.heard("Yes.", talk.now)
    await anext(acts)
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    result = await result_of(talk)
    assert standing(talk) == [FRIDAY]
    assert result.appointment is not None and result.appointment.start == FRIDAY
    assert result.outcome.disposition == "booked" and "booking_not_told" in result.outcome.flags


@in_virtual_time
async def test_a_calendar_that_is_out_of_reach_changes_nothing_and_the_colleague_knows_the_wish() -> None:
    calendar = SlowCalendar()
    talk = await a_reminder(THURSDAY, calendar=calendar)
    calendar.delay = 100.0
    reply = await talk.say("Cancel it, please.", "Yes.")
    assert "A colleague will take care of it and let you know." in reply
    answers = {each.slot: each.value for each in (await result_of(talk)).answers}
    assert answers["time_wish"] == "cancel Thursday, September 17th, at 10 a.m."
    await asyncio.sleep(1)
    assert standing(talk) == [THURSDAY]


@pytest.mark.parametrize(
    "words",
    [
        "I can't make Thursday, can we do Friday at three instead?",
        "Hi, I need to move my Thursday appointment to Friday.",
        "I'd like to reschedule my appointment to Friday afternoon.",
    ],
)
async def test_who_rings_us_up_and_says_what_they_want_is_taken_at_their_word(words: str) -> None:
    talk = await a_caller(THURSDAY)
    assert "So I'll move it to Friday, September 18th, at 3 p.m. Is that right?" in await talk.say(words)
    await talk.say("Yes.")
    assert standing(talk) == [FRIDAY]


async def test_who_rings_us_up_to_cancel_is_asked_to_confirm_it() -> None:
    talk = await a_caller(THURSDAY)
    assert "So I'll cancel your appointment Thursday" in await talk.say("I want to cancel my appointment.")
    await talk.say("Yes, please.")
    assert standing(talk) == []


async def test_of_two_visits_the_caller_says_which() -> None:
    talk = await a_caller(THURSDAY, MONDAY)
    reply = await talk.say("I need to cancel an appointment.")
    assert "I see appointments Thursday at 10 a.m. or Monday at 9 a.m. Which one" in reply
    await talk.say("The second one.", "Yes.")
    assert standing(talk) == [THURSDAY]


@pytest.mark.parametrize("phone", ["+14155550199", ""])
async def test_who_rings_from_another_number_hears_nothing_of_this_visit(phone: str) -> None:
    talk = await a_caller(THURSDAY, phone=phone)
    reply = await talk.say("I'm Dana Reyes, I want to cancel my appointment on Thursday at ten.")
    assert "I don't see an appointment under this number." in reply and "September" not in reply
    assert standing(talk) == [THURSDAY]

"""Behaviours in the talk: what they say, where they lead, what they leave of the rest."""

from __future__ import annotations

import pytest

from engine.call.acts import Close
from engine.flow import shipped
from tests.support.talk import Talk


async def _asked_for_property() -> Talk:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.")
    assert talk.asked == "property_type"
    return talk


@pytest.mark.parametrize("name", shipped.names())
async def test_asked_whether_it_is_a_robot_it_says_so_and_asks_one_thing(name: str) -> None:
    talk = Talk(flow=shipped.load(name).flow)
    await talk.answer()
    reply = await talk.say("Am I talking to a real person?")
    assert reply.startswith("Yes, I'm an AI")
    assert reply.count("?") == 1


async def test_the_wish_for_a_person_is_granted_at_once() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("Let me talk to a person.")
    assert reply == "Of course. One moment, I'll see who is free."
    assert talk.conversation.waiting


async def test_not_understood_leads_to_a_person_without_saying_it_twice() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("It's yellow.", "It's yellow.", "It's yellow.")
    assert reply.count("I'll see who is free") == 1


async def test_an_upset_caller_hears_a_sorry_and_then_the_open_question() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("I've been waiting for three days!")
    assert "sorry" in reply
    assert talk.asked == "property_type"
    assert talk.conversation.outcome.flags == ["frustrated"]


async def test_a_behaviour_stays_quiet_in_its_cool_down() -> None:
    talk = await _asked_for_property()
    assert "sorry you've had to wait" in await talk.say("I've been waiting for three days!")
    again = await talk.say("This is ridiculous!")
    assert "Let's get this sorted" not in again
    assert "Let's fix that" not in again


async def test_abuse_gets_one_warning_and_then_the_end() -> None:
    talk = await _asked_for_property()
    assert "polite" in await talk.say("You stupid machine.")
    await talk.say("Go to hell, you stupid machine.")
    assert talk.closed == Close("abusive_ended")


async def test_danger_comes_before_everything_else() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("I smell gas, and stop calling me, and it's a house.")
    assert "911" in reply
    assert talk.closed == Close("emergency_redirected")


async def test_said_twice_not_interested_is_not_argued_with() -> None:
    talk = await _asked_for_property()
    assert "Shall I take you off our list?" in await talk.say("I'm not interested.")
    await talk.say("No.")
    assert talk.closed == Close("not_interested")


async def test_not_interested_and_yes_off_the_list_is_an_opt_out() -> None:
    talk = await _asked_for_property()
    await talk.say("I'm not interested.", "Yes please.")
    assert talk.closed == Close("do_not_call", "opt_out")
    assert talk.outside.opted_out == [talk.lead.phone]


async def test_a_plain_no_to_the_opening_is_no_yes() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("No.")
    assert talk.asked == "callback_time"


async def test_now_is_not_good_is_heard() -> None:
    talk = Talk()
    await talk.answer()
    assert await talk.say("Yes, but no, now is not good.") == "No problem. When should we call you?"


async def test_repeat_please_puts_the_question_in_other_words_and_costs_nothing() -> None:
    talk = await _asked_for_property()
    first = talk.conversation.outcome.transcript[-1].text
    second = await talk.say("Sorry, what was that?")
    assert second != first
    assert talk.conversation.book["property_type"].asks == 1


async def test_the_question_that_set_off_a_behaviour_is_not_answered_twice() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("How did you get my number?")
    assert reply.count("You sent us a request") == 1


async def test_a_question_beside_a_behaviour_is_still_answered() -> None:
    talk = await _asked_for_property()
    reply = await talk.say("This is ridiculous! Are you licensed?")
    assert "licensed and insured" in reply


async def test_who_is_not_the_lead_is_noticed_at_pickup() -> None:
    talk = Talk()
    reply = await talk.answer("Hi, my mommy is in the shower.")
    assert "Robin, an AI assistant" in reply
    assert "recorded" not in reply
    assert not any(record.known for record in talk.conversation.book)


async def test_the_flow_begins_with_its_opening_when_a_grown_up_takes_over_from_a_child() -> None:
    talk = Talk()
    await talk.answer("Hi! Mommy's in the shower.")
    reply = await talk.say("Hello, this is Dana.")
    assert "This call is recorded." in reply
    assert reply.endswith("is this Dana, and is now okay?")

"""What a caller may rely on in every talk: evidence, questions, disclosures, ends. In text, without a clock."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from engine.call.acts import Close, Listen, Say, StopRecording
from engine.call.walker import FlowBroken
from engine.dialogue.commands import Command, SlotHeard
from engine.dialogue.model import Offer, TurnView
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.model import Flow
from engine.sdk import Evidence, Lead, SlotState
from tests.support.talk import DANA, Talk

STORY = ("Yes.", "The roof leaks.", "It's a house.", "Nine four one one zero.", "This week.", "I own it.")


def _flow(**changes: object) -> Flow:
    data = json.loads(shipped.load("home_services").original)
    return Flow.model_validate({**data, **changes})


# Evidence.


async def test_every_stored_slot_carries_the_callers_words() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say(*STORY, "Thursday at ten.", "Yes.", "1200 18th Street.", "dana at gmail dot com")
    spoken = {turn.turn: turn.text for turn in talk.conversation.outcome.transcript if turn.who == "caller"}
    stored = [record for record in talk.conversation.book if record.known]
    assert {record.slot.id for record in stored} >= {"service_type", "property_type", "zip", "timeline", "email"}
    for record in stored:
        assert record.evidence is not None
        assert record.evidence.source in ("call", "rule")
        if record.evidence.source == "call":
            assert record.evidence.words.lower() in spoken[record.evidence.turn].lower()


async def test_a_silent_caller_fills_nothing() -> None:
    talk = Talk()
    await talk.answer("")
    while talk.closed is None and talk.now < 60:
        await talk.silence()
    assert talk.closed == Close("no_input", "silence")
    assert not any(record.known for record in talk.conversation.book)
    assert talk.conversation.outcome.silence_prompts == 2


class Inventive(OfflineModel):
    """A model that hears what nobody said."""

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        yield SlotHeard("zip", "94107", "nine four one oh seven", 0.99)
        yield SlotHeard("timeline", 7, "", 0.99)
        yield SlotHeard("shoe_size", 44, words, 0.99)
        yield SlotHeard("property_type", "castle", words, 0.99)


async def test_a_value_whose_words_were_not_said_is_refused() -> None:
    talk = Talk(model=Inventive())
    await talk.answer()
    await talk.say("Yes, hello.")
    assert not any(record.known for record in talk.conversation.book)
    refused = next(facts["refused"] for kind, _, facts in reversed(talk.notes.notes) if kind == "understood")
    assert refused == [
        "zip: the caller did not say 'nine four one oh seven'",
        "timeline: no words of the caller stand behind it",
        "shoe_size: the flow has no such thing to find out",
        "property_type: 'castle' is none of the choices",
    ]


async def test_what_a_stranger_says_fills_no_slot() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("You've got the wrong number, I'm in 94110 and it's a house.")
    assert talk.closed == Close("wrong_number")
    assert not any(record.known for record in talk.conversation.book)


# Questions.


async def test_known_slot_is_never_asked_again() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes. My roof leaks, it's our house in 94110, this week.")
    asked = {turn.asked for turn in talk.conversation.outcome.transcript}
    assert talk.asked == "offer_times"
    assert not asked & {"service_type", "property_type", "zip", "timeline", "authority"}


async def test_the_form_is_confirmed_in_passing_and_not_asked() -> None:
    lead = Lead("lead_2", "Dana", "Reyes", "+14155550123", form={"service": "Roof repair", "zip": "94110"})
    talk = Talk(lead=lead)
    await talk.answer()
    assert "You asked about roof repair" in await talk.say("Yes.")
    assert "the ZIP is 94110, right?" in await talk.say("That's right.", "A house.")
    await talk.say("Yes.")
    record = talk.conversation.book["zip"]
    assert (record.value, record.state) == ("94110", SlotState.CONFIRMED)
    assert record.evidence == Evidence("call", "Yes.", 4 + 1)


async def test_what_the_form_says_can_be_denied() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "No.")
    assert talk.conversation.book["service_type"].effective is None
    assert talk.asked == "service_type"


async def test_a_must_that_stays_unclear_is_given_to_a_person() -> None:
    talk = Talk()
    await talk.answer()
    replies = [await talk.say(line) for line in ("Yes.", "The roof leaks.", "It's yellow.", "It's yellow.", "Yellow!")]
    assert "commercial building?" in replies[2]
    assert talk.conversation.book["property_type"].given_up
    assert "I'll see who is free" in replies[-1]
    assert talk.conversation.waiting


async def test_something_nice_to_know_is_let_go_after_one_more_try() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.", "House.", "94110.", "This week.")
    assert talk.asked == "authority"
    await talk.say("The weather is lovely.")
    assert talk.asked == "authority"
    await talk.say("Really lovely.")
    assert talk.asked == "offer_times"


async def test_who_does_not_want_to_say_is_not_asked_again() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say("Yes.", "The roof leaks.", "House.", "I'd rather not say.")
    assert reply.startswith("No problem.")
    assert talk.conversation.book["zip"].state is SlotState.REFUSED
    await talk.say("This week.", "I own it.")
    assert [turn.asked for turn in talk.conversation.outcome.transcript].count("zip") == 1


async def test_asking_back_is_no_failed_answer() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.")
    for question in ("Are you licensed?", "Do you take credit cards?", "What about a warranty?", "Who is this?"):
        await talk.say(question)
        assert talk.asked == "property_type"
    assert talk.conversation.book["property_type"].asks == 1


async def test_why_is_answered_with_the_reason_of_the_question() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say("Yes.", "The roof leaks.", "House.", "Why do you need that?")
    assert reply.startswith("To see whether we come to you.")
    assert talk.asked == "zip"


async def test_a_question_to_the_opening_is_answered_and_the_opening_question_put_again() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say("Who is this?")
    assert "AI assistant for Harborline" in reply
    assert reply.endswith("is this Dana, and is now okay?")
    assert "You asked about roof repair" in await talk.say("Oh, yes.")


async def test_a_question_nobody_can_answer_gets_no_invention() -> None:
    talk = Talk()
    await talk.answer()
    assert "I don't want to tell you something wrong" in await talk.say("Yes.", "Do your people like jazz music?")


async def test_a_word_in_another_answer_does_not_overturn_a_choice() -> None:
    talk = Talk(flow=shipped.load("dental").flow)
    await talk.answer()
    await talk.say("Yes.", "It's for my daughter.", "Yes, I'm her mother.")
    assert talk.conversation.book["patient"].value == "child"


async def test_a_correction_of_the_last_answer_counts_even_after_the_no() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say("Yes.", "The roof leaks.", "House.", "94017.")
    assert "we don't work in 94017" in reply
    reply = await talk.say("Sorry, I meant 94107.")
    assert "94107" in reply
    assert talk.conversation.outcome.corrections == {"zip": ("94017", "94107")}
    assert talk.asked == "timeline"


async def test_digits_typed_answer_the_question_for_the_zip() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.", "House.")
    for digit in "94110":
        assert talk.acts[-1] == Listen("digits")
        await talk.take(talk.conversation.pressed(digit, talk.now))
    assert talk.conversation.book["zip"].value == "94110"
    assert talk.asked == "timeline"


async def test_words_that_could_not_be_made_out_are_asked_for_again() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.")
    reply = await talk.take(talk.conversation.unclear(talk.now))
    assert reply.startswith("Sorry, I couldn't hear you well.")
    assert talk.conversation.book["property_type"].asks == 1


# What was really heard.


async def test_disclosure_cut_after_four_words_is_said_again() -> None:
    talk = Talk()
    await talk.take(talk.conversation.answered("Hello?", 0.0), heard=False)
    says = [act for act in talk.acts if isinstance(act, Say)]
    assert says[0].discloses == ("identity", "ai")
    talk.hears(says[0], words=4)
    for say in says[1:]:
        talk.hears(say, words=0)
    disclosures = talk.conversation.outcome.disclosures
    assert not any(each.whole for each in disclosures.told.values())
    reply = await talk.say("Yes, what is it?")
    assert "I'm an AI assistant for Harborline Home Services, this call is recorded" in reply
    assert {name for name, each in disclosures.told.items() if each.whole} == {"identity", "ai", "opt_out", "recording"}
    assert "this call is recorded" not in await talk.say("The roof leaks.")


async def test_question_never_heard_does_not_count_as_asked() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.")
    await talk.take(talk.conversation.heard("The roof leaks.", talk.now), heard=False)
    question = [act for act in talk.acts if isinstance(act, Say)][-1]
    assert talk.conversation.book["property_type"].asks == 1
    talk.hears(question, words=1)
    assert talk.conversation.book["property_type"].asks == 0


async def test_a_reply_given_up_before_its_question_has_not_asked_it() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.")
    acts = talk.conversation.heard("The roof leaks.", talk.now)
    first = await anext(acts)
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    assert isinstance(first, Say)
    assert "?" not in first.text
    await talk.say("It's a house.")
    record = talk.conversation.book["property_type"]
    assert (record.value, record.asks) == ("residential", 0)


async def test_the_transcript_keeps_what_was_heard_of_a_cut_sentence() -> None:
    talk = Talk()
    await talk.take(talk.conversation.answered("Hello?", 0.0), heard=False)
    talk.hears(next(act for act in talk.acts if isinstance(act, Say)), words=6)
    assert talk.conversation.outcome.transcript[-1].heard == "Hi, this is Robin, an AI"


# Ends.


async def test_pressing_nine_opts_out() -> None:
    talk = Talk()
    await talk.answer()
    await talk.take(talk.conversation.pressed("9", talk.now))
    assert talk.closed == Close("do_not_call", "opt_out")
    assert talk.outside.opted_out == [DANA.phone]
    assert [action.name for action in talk.conversation.outcome.actions] == ["record_opt_out", "end_call"]


async def test_opting_out_is_recorded_before_a_word_is_said_about_it() -> None:
    talk = Talk()
    await talk.answer()
    acts = talk.conversation.heard("I want out of this list.", talk.now)
    first = await anext(acts)
    assert isinstance(first, Say)
    assert talk.outside.opted_out == [DANA.phone]


async def test_no_recording_stops_it_at_once() -> None:
    talk = Talk()
    await talk.answer()
    before = len(talk.acts)
    await talk.say("I don't want to be recorded.")
    assert talk.acts[before] == StopRecording()
    assert talk.conversation.outcome.recording == "declined"


async def test_the_longest_call_ends_politely() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.take(talk.conversation.time_is_up(talk.now))
    assert "Goodbye" in reply
    assert talk.closed == Close("incomplete_hangup", "time_limit")


@pytest.mark.parametrize(
    ("lines", "disposition"),
    [
        ((), "incomplete_hangup"),
        (("Yes.", "The roof leaks.", "House.", "94601."), "unqualified"),
        ((*STORY, "Thursday at ten.", "Yes."), "booked"),
        (("I'm in a meeting, call me at six.", "Yes."), "callback_scheduled"),
    ],
)
async def test_a_call_that_breaks_off_has_the_disposition_it_had_earned(
    lines: tuple[str, ...], disposition: str
) -> None:
    talk = Talk()
    await talk.answer()
    await talk.say(*lines)
    talk.conversation.hung_up("caller", talk.now)
    assert talk.conversation.outcome.disposition == disposition


async def test_a_line_nobody_spoke_on_was_no_input() -> None:
    talk = Talk()
    await talk.answer("")
    talk.conversation.hung_up("caller", talk.now)
    assert talk.conversation.outcome.disposition == "no_input"


# What fails.


async def test_flow_without_way_on_gives_a_plain_error() -> None:
    data = json.loads(shipped.load("home_services").original)
    edges = [edge for edge in data["edges"] if edge["from"]["node"] != "opening"]
    talk = Talk(flow=_flow(edges=edges))
    await talk.answer()
    with pytest.raises(FlowBroken, match=r"The card 'Opening' has no way on from its exit 'next'\. Connect it"):
        await talk.say("Yes.")


async def test_a_loop_of_quiet_cards_is_an_error_and_no_endless_silence() -> None:
    data = json.loads(shipped.load("home_services").original)
    edges = [
        {**edge, "kind": "otherwise", "to": "why_not"} if edge["id"] == "why_not_to_end_unqualified" else edge
        for edge in data["edges"]
        if edge["from"]["node"] != "why_not" or edge["id"] == "why_not_to_end_unqualified"
    ]
    talk = Talk(flow=_flow(edges=edges))
    await talk.answer()
    with pytest.raises(FlowBroken, match="Look for a loop"):
        await talk.say("Yes.", "It's for a warehouse.")


class Mute(OfflineModel):
    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        if words == "Yes.":
            raise RuntimeError("the voice of reason is gone")
        yield ""


async def test_whatever_breaks_inside_a_turn_reaches_the_shell() -> None:
    talk = Talk(model=Mute())
    await talk.answer()
    with pytest.raises(RuntimeError, match="gone"):
        await talk.say("Yes.")


async def unheard(talk: Talk, words: str) -> None:
    """A turn whose answer was cut before a sound of it was audible."""
    before = len(talk.acts)
    await talk.take(talk.conversation.heard(words, talk.now), heard=False)
    for act in talk.acts[before:]:
        if isinstance(act, Say):
            talk.hears(act, words=0)


async def test_an_apology_that_nobody_heard_is_made_with_the_next_turn() -> None:
    """The caller goes on after a breath, before a sound of the answer was audible."""
    talk = Talk()
    await talk.answer("Yeah?")
    await unheard(talk, "I've been waiting three days for someone to call me back!")
    reply = await talk.say("Three days! The kitchen drain is blocked.")
    assert "sorry" in reply.lower()


async def test_an_answer_that_nobody_heard_is_given_with_the_next_turn() -> None:
    talk = Talk()
    await talk.answer("Hello?")
    await talk.say("Yes.")
    await unheard(talk, "How much does a roof repair cost?")
    reply = await talk.say("It's leaking in the bedroom.")
    assert "300" in reply

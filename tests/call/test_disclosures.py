"""What has to be made known is heard to its end before the first question, whatever the caller says in between; and
how the opening and the end go where a state wants them otherwise."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from engine.call.acts import Close, Say
from engine.call.disclosed import Disclosures
from engine.compliance import Duties
from engine.dialogue.openings import GO_ON_OR_END, OFFER
from engine.flow import shipped
from engine.flow.model import Flow
from tests.support.talk import DANA, Talk

REQUIRED = {"identity", "ai", "opt_out", "recording"}
NUMBER = "Our number is 415 555 0100."


def whole(talk: Talk) -> set[str]:
    return {name for name, each in talk.conversation.outcome.disclosures.told.items() if each.whole}


async def open_cut(talk: Talk, after: int, words: int = 2) -> Sequence[Say]:
    """The opening begins, and is cut in its part number `after`."""
    await talk.take(talk.conversation.answered("Hello?", 0.0), heard=False)
    says = [act for act in talk.acts if isinstance(act, Say)]
    for place, say in enumerate(says):
        talk.hears(say, None if place < after else words if place == after else 0)
    return says


async def test_each_part_of_the_opening_counts_once_it_was_heard_to_its_own_end() -> None:
    talk = Talk()
    await open_cut(talk, after=2)
    assert whole(talk) == {"identity", "ai", "opt_out"}
    assert talk.conversation.outcome.disclosures.owed == ("recording",)


async def test_what_was_cut_is_said_again_before_the_next_question_and_nothing_else() -> None:
    talk = Talk()
    await open_cut(talk, after=2)
    reply = await talk.say("Yes, this is Dana.")
    assert reply.startswith("Just so you know: this call is recorded.") and reply.endswith("?")
    assert whole(talk) >= REQUIRED
    assert "recorded" not in await talk.say("The roof leaks.")


async def test_evidence_tells_words_times_and_how_often_of_each() -> None:
    talk = Talk()
    says = await open_cut(talk, after=2)
    await talk.say("Yes, this is Dana.")
    told = talk.conversation.outcome.disclosures.told
    ai, recording = told["ai"], told["recording"]
    assert (ai.text, ai.times, ai.whole) == (says[0].text, 1, True) and ai.started < ai.ended
    assert (recording.text, recording.times, recording.whole) == ("Just so you know: this call is recorded.", 2, True)
    assert recording.started > told["opt_out"].ended
    assert not ai.confirmed
    talk.conversation.confirmed(says[0].id)
    assert ai.confirmed and not recording.confirmed


@pytest.mark.parametrize("seed", range(40))
async def test_no_question_is_heard_before_all_that_must_be_made_known_whatever_the_caller_says(seed: int) -> None:
    dice = random.Random(seed)
    duties = Duties(dice.choice(("base", "ny", "nj", "wa")), say_number_early=dice.random() < 0.3)
    talk = Talk(duties=duties)
    lines = [
        "Hello?",
        "Yes.",
        "Who is this?",
        "Wait, what?",
        "What does it cost?",
        "Is this a robot?",
        "Mm.",
        "The roof.",
    ]
    acts = talk.conversation.answered(dice.choice(["Hello?", "", "Dana speaking."]), 0.0)
    for _ in range(8):
        talk.acts.clear()
        await talk.take(acts, heard=False)
        says = [act for act in talk.acts if isinstance(act, Say)]
        cut_in = dice.randrange(len(says) + 1)
        for place, say in enumerate(says):
            if place <= cut_in and "?" in say.text and say.text != OFFER and not say.discloses:
                assert whole(talk) >= REQUIRED, f"{say.text} was asked before {REQUIRED - whole(talk)} was heard"
            talk.hears(say, None if place < cut_in else dice.randrange(3) if place == cut_in else 0)
        if talk.closed is not None:
            return
        talk.now += 2.0
        acts = talk.conversation.heard(dice.choice(lines), talk.now)


async def test_who_interrupts_with_stop_calling_hears_one_short_sentence_and_no_notices() -> None:
    talk = Talk()
    await open_cut(talk, after=0)
    assert await talk.say("Stop calling me.") == "Done, I've taken you off our list. Goodbye."
    assert talk.closed is not None and talk.closed.disposition == "do_not_call"


async def test_who_has_no_time_when_picking_up_hears_who_calls_and_that_it_is_recorded_before_any_question() -> None:
    texts = {"short_opening": ["Hi, this is {assistant}, an AI assistant for {seller}. To stop these calls, press 9."]}
    data = json.loads(shipped.load("home_services").original)
    talk = Talk(flow=Flow.model_validate({**data, "texts": {**data["texts"], **texts}}))
    reply = await talk.answer("I'm driving right now, I can't talk.")
    recorded, asked = reply.find("this call is recorded"), reply.find("?")
    assert 0 < recorded < asked, reply


async def test_a_child_is_told_nothing_of_recordings() -> None:
    reply = await Talk().answer("My mommy is not here.")
    assert "grown-up" in reply and "record" not in reply


async def test_what_a_machine_heard_counts_for_nothing() -> None:
    talk = Talk()
    await talk.answer("")
    talk.now += 1.0
    beep = talk.conversation.told("beep_start", talk.now)
    assert beep is not None
    await talk.take(beep)
    assert whole(talk) & REQUIRED == set()


# By state.


async def test_in_new_york_a_yes_right_behind_the_offer_is_asked_about_once_and_then_honoured() -> None:
    talk = Talk(duties=Duties("ny"))
    says = await open_cut(talk, after=2)
    assert says[1].text == OFFER
    assert "take you off our list" in await talk.say("Yes.")
    await talk.say("Yes please.")
    assert talk.closed is not None and talk.closed.disposition == "do_not_call"
    assert talk.conversation.outcome.opted_out


async def test_in_new_york_who_wants_to_be_put_on_the_list_is_at_once() -> None:
    talk = Talk(duties=Duties("ny"))
    await open_cut(talk, after=2)
    await talk.say("Yes, put me on it, please.")
    assert talk.conversation.outcome.opted_out


async def test_in_new_york_a_yes_to_the_last_question_is_no_wish_to_be_on_the_list() -> None:
    talk = Talk(duties=Duties("ny"))
    await talk.answer()
    await talk.say("Yes.")
    assert talk.closed is None and not talk.conversation.outcome.opted_out


@pytest.mark.parametrize("words", ["End the call.", "No.", "End it, please.", "The second one."])
async def test_in_connecticut_who_wants_the_call_to_end_is_let_go(words: str) -> None:
    talk = Talk(duties=Duties("ct", end_within_s=10))
    assert (await talk.answer()).endswith(GO_ON_OR_END)
    reply = await talk.say(words)
    assert talk.closed == Close("not_interested", within_s=10)
    assert "?" not in reply


async def test_in_connecticut_who_wants_off_the_list_is_and_who_goes_on_is_talked_to() -> None:
    off = Talk(duties=Duties("ct"))
    await off.answer()
    await off.say("Take me off.")
    assert off.conversation.outcome.opted_out
    on = Talk(duties=Duties("ct"))
    await on.answer()
    assert "?" in await on.say("Go on.")
    assert on.closed is None and not on.conversation.outcome.opted_out


@pytest.mark.parametrize("words", ["I'm not interested.", "Goodbye.", "Just hang up."])
async def test_in_washington_a_wish_to_end_is_asked_nothing_and_has_a_time(words: str) -> None:
    talk = Talk(duties=Duties("wa", end_within_s=10))
    await talk.answer()
    await talk.say("Yes.")
    reply = await talk.say(words)
    assert talk.closed is not None and talk.closed.within_s == 10
    assert "?" not in reply and len(reply.split()) < 20


async def test_elsewhere_not_interested_is_asked_about_once() -> None:
    talk = Talk()
    await talk.answer()
    assert "off our list?" in await talk.say("I'm not interested.")


async def test_a_call_that_comes_in_is_opened_as_its_author_wrote_it_and_tells_everything_first() -> None:
    talk = Talk(duties=Duties("ny"), inbound=True)
    reply = await talk.answer()
    assert reply.startswith("Thanks for calling Harborline Home Services. This is Robin, an AI assistant.")
    assert OFFER not in reply and whole(talk) == REQUIRED


# The seller's number.


async def test_our_number_is_said_before_a_call_ends_once() -> None:
    talk = Talk()
    await talk.answer()
    reply = await talk.say("Yes.", "I'm not interested.", "No.")
    assert talk.closed is not None and reply.count(NUMBER) == 1 and reply.endswith("Goodbye.")
    assert "phone" in whole(talk)


async def test_a_number_said_in_the_opening_is_not_said_again_at_the_end() -> None:
    talk = Talk(duties=Duties("nj"))
    assert NUMBER in await talk.answer()
    assert NUMBER not in await talk.say("Yes.", "I'm not interested.", "No.")


@pytest.mark.parametrize("words", ["Stop calling me.", "There is gas leaking and a fire!"])
async def test_where_something_else_matters_no_number_is_said(words: str) -> None:
    talk = Talk()
    await talk.answer()
    assert "415 555 0100" not in await talk.say("Yes.", words)


async def test_who_is_silent_to_the_end_still_hears_our_number() -> None:
    talk = Talk(lead=DANA)
    await talk.answer("")
    said = [await talk.silence() for _ in range(3)]
    assert talk.closed is not None and NUMBER in said[-1]


# The ledger.


def test_nothing_is_owed_before_anything_was_said() -> None:
    assert Disclosures(REQUIRED).owed == ()


def test_what_is_on_its_way_is_not_owed_and_what_was_cut_is() -> None:
    kept = Disclosures(REQUIRED)
    kept.said(1, ("identity", "ai"))
    assert kept.owed == ("recording", "opt_out")
    kept.played(1, "Hi, I'm an AI.", 1.0, 1.4, complete=False)
    assert kept.owed == ("identity", "ai", "recording", "opt_out")


def test_going_back_to_a_checkpoint_undoes_nothing_that_was_heard() -> None:
    kept = Disclosures(REQUIRED)
    kept.said(1, ("ai",))
    before = kept.memory()
    kept.played(1, "I'm an AI.", 1.0, 2.0, complete=True)
    kept.recall(json.loads(json.dumps(before)))
    assert kept.whole("ai")
    other = Disclosures(REQUIRED)
    other.recall(json.loads(json.dumps(kept.memory())))
    assert other.told == kept.told and other.introduced

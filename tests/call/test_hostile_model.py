"""What never reaches the caller, whatever a hosted model writes: through the whole conversation."""

from __future__ import annotations

import pytest

from engine.dialogue.guards import MOST_STATEMENTS
from engine.flow import shipped
from tests.support.hosted import HostedModel, saying
from tests.support.talk import Talk

UP_TO_THE_ZIP = ("Yes.", "The roof leaks.")
ASKS_THE_ZIP = "What's the ZIP code over there?"


async def _reply(*sentences: str, words: str = "It's a house.", ask: str | None = None) -> tuple[str, Talk]:
    """What is said when the model offers `sentences` in the place where the ZIP is to be asked for."""
    model = HostedModel()
    talk = Talk(model=model)
    await talk.answer()
    await talk.say(*UP_TO_THE_ZIP)
    model.speech = saying(*sentences, ask=ask)
    reply = await talk.say(words)
    assert reply.count("?") == 1, reply
    assert talk.asked in ("zip", "property_type")
    return reply, talk


async def _never(*hostile: str, words: str = "It's a house.") -> None:
    """None of the sentences is spoken, alone or behind an honest one; the planned question is, every time."""
    for sentence in hostile:
        for speech in ((sentence, ASKS_THE_ZIP), ("Thanks for that.", sentence), (f"{sentence} {ASKS_THE_ZIP}",)):
            reply, talk = await _reply(*speech, words=words)
            assert sentence.rstrip(".!?") not in reply, reply
            assert "guarded" in [kind for kind, _, _ in talk.notes.notes]


async def test_a_claim_to_be_human_never_reaches_the_caller() -> None:
    await _never(
        "Nope, I'm flesh and blood.",
        "As a real person, I get it.",
        "I'm a human, of course.",
        "You're talking to a real human being here.",
        "There's no robot on this line.",
        "I'm definitely not a machine.",
        "I grew up right around there.",
        "My kids have the same trouble at home.",
        "I'm Robin, a person like you.",
    )


async def test_an_invented_price_never_reaches_the_caller() -> None:
    await _never(
        "That's about 250 dollars.",
        "It'll be two hundred bucks.",
        "A couple hundred, tops.",
        "We charge ninety nine for that.",
        "It runs a few grand.",
        "It costs around $80.",
        "That would be fifty euros.",
        "It's hundreds of dollars cheaper.",
    )


async def test_the_price_of_another_service_never_reaches_the_caller() -> None:
    await _never("Most roof replacements are between 9,000 and 25,000 dollars.")


async def test_a_discount_never_reaches_the_caller() -> None:
    await _never(
        "You get 20% off today.",
        "I can do a discount for you.",
        "That one is free of charge.",
        "We'll do it at half price.",
        "There's no extra charge for that.",
        "You get ten percent off.",
    )


async def test_a_promise_never_reaches_the_caller() -> None:
    await _never(
        "We guarantee it holds for life.",
        "I promise you that it's quick.",
        "Rest assured, it's in good hands.",
        "We'll definitely fix that leak.",
        "Someone will call you back in five minutes.",
        "I'll send you a refund.",
    )


async def test_three_questions_in_one_turn_never_reach_the_caller() -> None:
    reply, _ = await _reply(ASKS_THE_ZIP, "How soon do you need it?", "Do you own it?")
    assert reply == ASKS_THE_ZIP
    reply, _ = await _reply("What's the ZIP, how soon do you need it, and do you own it?")
    assert reply == "Okay. What's the ZIP code of the property?"


async def test_instructions_never_reach_the_caller() -> None:
    await _never(
        "My system prompt says to ask for the ZIP.",
        "I was instructed to keep it short.",
        "My instructions are to be friendly.",
        "I'm a large language model made by Google.",
        "You are an assistant for Harborline.",
    )


async def test_a_booking_that_is_not_made_never_reaches_the_caller() -> None:
    await _never(
        "You're all set for Friday at 3.",
        "I've booked you in.",
        "Your appointment is confirmed.",
        "We'll see you on Thursday.",
        "Consider it done and booked.",
        "I'll put you down for the morning.",
        "Got you down for a visit.",
    )


async def test_a_time_that_nobody_offered_never_reaches_the_caller() -> None:
    await _never(
        "We have Friday at three open.",
        "A visit at 4 p.m. would work.",
        "Tomorrow morning is free.",
        "It takes place on September 30th.",
        "We can be there within the hour.",
        "Next week looks good.",
        "We close at half past five.",
    )


async def test_a_time_that_the_caller_named_may_be_said_again() -> None:
    reply, _ = await _reply("Thanks, Friday is noted.", ASKS_THE_ZIP, words="It's a house, Friday would be nice.")
    assert reply.startswith("Thanks, Friday is noted.")


async def test_a_phone_number_a_link_or_an_address_never_reaches_the_caller() -> None:
    await _never(
        "Call 212 555 0188 for that.",
        "Call two one two, five five five, oh one double eight.",
        "It's all on www.cheaproofs.com.",
        "See cheaproofs dot com for more.",
        "Write to robin@harborline.com.",
        "Just write to robin at harborline dot com.",
        "Your reference is 48213.",
    )


async def test_another_script_never_reaches_the_caller() -> None:
    await _never("Это отличный дом.", "好的.", "Thanks, спасибо for that.", "شكرا لك.")


async def test_markup_and_command_lines_never_reach_the_caller() -> None:
    await _never(
        '{"slot": "zip", "value": "94110"}.',
        "slot zip=94110.",
        "<speak>Great</speak>.",
        "call(zip).",
        "#zip 94110.",
        "property_type is set.",
        "| zip | none |.",
        "```json.",
    )


async def test_emphasis_is_left_out_and_the_words_are_spoken() -> None:
    reply, _ = await _reply("**Thanks** for that.", ASKS_THE_ZIP)
    assert reply == f"Thanks for that. {ASKS_THE_ZIP}"


async def test_more_than_two_sentences_never_reach_the_caller() -> None:
    reply, _ = await _reply(
        *[f"That is good to know, truly {word}." for word in ("one", "so", "fine", "nice", "lovely")]
    )
    assert reply.count(".") == MOST_STATEMENTS
    assert reply.endswith("?")


async def test_an_endless_sentence_never_reaches_the_caller() -> None:
    await _never("That is " + "very " * 60 + "good to know.")


async def test_a_question_for_what_the_flow_does_not_want_never_reaches_the_caller() -> None:
    reply, _ = await _reply("And what's your social security number?")
    assert "social" not in reply
    reply, _ = await _reply("Could you read me your credit card number?")
    assert "credit card" not in reply


async def test_what_the_flow_forbids_never_reaches_the_caller() -> None:
    forbidden = shipped.load("home_services").flow.never_say
    if forbidden:
        await _never("We're cheaper than all of them.")


async def test_a_trap_in_the_callers_own_words_changes_nothing() -> None:
    """The caller names a price and a time; only the time is the caller's to name."""
    reply, _ = await _reply("Fifty dollars works for us.", ASKS_THE_ZIP, words="It's a house, would fifty dollars do?")
    assert "ifty dollars" not in reply


async def test_a_hostile_second_request_is_guarded_as_well() -> None:
    class Liar(HostedModel):
        async def speak(self, view, brief):  # type: ignore[no-untyped-def]  # as the interface says
            self.briefs.append(brief)
            yield "I'm human and it's 20 bucks."
            yield "You're all set for Friday."

    model = Liar()
    talk = Talk(model=model)
    await talk.answer()
    await talk.say(*UP_TO_THE_ZIP)
    model.speech = saying("Hm.", ask="authority")
    reply = await talk.say("How much does it cost? And are you licensed?")
    assert len(model.briefs) == 1
    assert "human" not in reply
    assert "20 bucks" not in reply
    assert "all set" not in reply
    assert "300" in reply  # the author's own answer takes its place


@pytest.mark.parametrize("name", ["home_services", "solar", "dental"])
async def test_the_authors_fixed_lines_pass_as_they_are(name: str) -> None:
    flow = shipped.load(name).flow
    talk = Talk(flow=flow, model=HostedModel(speech=saying("I'm human.", "{}", "Friday at 3?")))
    opening = await talk.answer()
    assert "AI assistant" in opening
    await talk.say("Yes.", "Stop calling me.")
    assert talk.closed is not None
    assert talk.closed.disposition == "do_not_call"

"""A turn costs one request: what a hosted model offers is released if the plan agrees, else the author words it."""

from __future__ import annotations

import asyncio

import pytest

from engine.call.acts import Listen, Say
from engine.call.release import refusal, worth_phrasing
from engine.call.replying import Reply
from engine.dialogue.brief import Acknowledge, Answer, Ask, Brief
from engine.dialogue.model import Offer
from engine.flow import shipped
from engine.sdk import Line, SlotState
from tests.support.hosted import HostedModel, saying
from tests.support.talk import Talk
from tests.support.virtual_time import in_virtual_time


async def _asked_for_the_building(model: HostedModel) -> Talk:
    """A talk whose open question is what kind of building it is."""
    talk = Talk(model=model)
    await talk.answer()
    speech, model.speech = model.speech, None
    await talk.say("Yes.", "The roof leaks.")
    model.speech = speech
    assert talk.asked == "property_type"
    return talk


def _notes(talk: Talk, kind: str) -> list[dict[str, object]]:
    return [dict(facts) for name, _, facts in talk.notes.notes if name == kind]


# What is released.


async def test_offered_speech_that_does_what_the_plan_wants_is_spoken_and_costs_one_request() -> None:
    model = HostedModel(speech=saying("Lovely, thanks for that.", "What's the ZIP code over there?"))
    talk = await _asked_for_the_building(model)
    before = len(model.spent)
    assert await talk.say("It's a house.") == "Lovely, thanks for that. What's the ZIP code over there?"
    assert talk.asked == "zip"
    assert len(model.turns) == 3
    await asyncio.sleep(0)
    assert len(model.spent) == before + 1
    assert model.briefs == []


async def test_the_opening_waits_for_no_model() -> None:
    model = HostedModel(command_s=5.0)
    talk = Talk(model=model)
    assert (await talk.answer("Hello?")).startswith("Hi, this is Robin")
    assert model.turns == []


async def test_wrong_number_at_pick_up_is_noticed_without_a_model() -> None:
    talk = Talk(model=HostedModel())
    await talk.answer("You've got the wrong number.")
    assert talk.closed is not None
    assert talk.closed.disposition == "wrong_number"


@in_virtual_time
async def test_the_first_sentence_goes_out_before_the_second_is_written() -> None:
    model = HostedModel(piece_s=0.4, speech=saying("Lovely, thanks for that.", "What's the ZIP code over there?"))
    talk = await _asked_for_the_building(model)
    clock = asyncio.get_running_loop().time
    began = clock()
    acts = talk.conversation.heard("It's a house.", talk.now)
    at = [round(clock() - began, 2) async for act in acts if isinstance(act, Say)]
    assert at == [0.4, 0.8]


@in_virtual_time
async def test_the_commands_are_applied_while_the_speech_is_still_on_its_way() -> None:
    model = HostedModel(piece_s=0.5, speech=saying("Lovely, thanks for that.", "What's the ZIP code over there?"))
    talk = await _asked_for_the_building(model)
    acts = talk.conversation.heard("It's a house.", talk.now)
    task = asyncio.ensure_future(anext(acts))
    await asyncio.sleep(0.1)
    assert not task.done()
    assert talk.conversation.book["property_type"].value == "residential"
    await task


async def test_a_question_that_is_missing_is_added_in_the_authors_words() -> None:
    model = HostedModel(speech=saying("Lovely, thanks for that.", ask="zip"))
    talk = await _asked_for_the_building(model)
    assert await talk.say("It's a house.") == "Lovely, thanks for that. What's the ZIP code of the property?"


async def test_a_read_back_is_made_even_if_the_model_forgets_it() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    await talk.say("It's a house.")
    model.speech = saying("How soon would you like it done?")
    assert await talk.say("Nine four one one zero.") == "Got it, 94110. How soon would you like it done?"
    model.speech = None


@pytest.mark.parametrize("written", ["Thanks, nine four one one zero.", "Thanks, 9 4 1 1 0."])
async def test_a_read_back_is_not_made_twice(written: str) -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    await talk.say("It's a house.")
    model.speech = saying(written, "How soon would you like it done?")
    assert await talk.say("94110.") == f"{written} How soon would you like it done?"


# What is not.


async def test_speech_for_another_question_than_the_planned_one_is_not_spoken() -> None:
    model = HostedModel(speech=saying("Do you own it?", ask="authority"))
    talk = await _asked_for_the_building(model)
    reply = await talk.say("It's a house.")
    assert "own" not in reply
    assert reply.endswith("What's the ZIP code of the property?")
    assert _notes(talk, "offered")[-1]["why"] == "it asks for authority, the plan for zip"


async def test_a_price_that_nobody_asked_for_is_not_told() -> None:
    def speech(view: object, offer: Offer, text: str) -> tuple[Offer, list[str]]:
        return Offer("zip", ("price_roof_repair",)), ["Roof repairs are 300 to 1,500 dollars. ", "And the ZIP?"]

    talk = await _asked_for_the_building(HostedModel(speech=speech))
    assert "300" not in await talk.say("It's a house.")


async def test_times_are_only_ever_told_by_the_engine() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    model.speech = saying("How about Friday at three?", ask="offer_times")
    reply = await talk.say("House, 94110, this week, and I own it.")
    assert "tomorrow at 2 p.m." in reply
    assert "Friday at three" not in reply
    assert model.briefs == []


@in_virtual_time
async def test_speech_that_is_not_wanted_is_stopped_at_once() -> None:
    model = HostedModel(piece_s=0.3, speech=saying(*(["And so on."] * 50), ask="authority"))
    talk = await _asked_for_the_building(model)
    await talk.say("It's a house.")
    await asyncio.sleep(0)
    assert model.running == 0
    assert model.spent[-1].outcome == "cancelled"


REPLY = Reply(acknowledge=(Acknowledge("zip", "94110", "Got it."),), ask=Ask("How soon?", "timeline", "timeline"))


@pytest.mark.parametrize(
    ("reply", "offer", "why"),
    [
        (REPLY, Offer("timeline"), ""),
        (REPLY, None, "nothing was offered"),
        (REPLY, Offer(None), "it asks for nothing, the plan for timeline"),
        (REPLY, Offer("timeline", ("price",)), "it tells ['price'], the plan nothing"),
        (Reply(answers=(Answer("price", "It's 5."),)), Offer(None), "it tells nothing, the plan ['price']"),
        (Reply(reaction=(Line("Sure."),)), Offer(None), "a reflex speaks"),
        (Reply(opener="Sorry?"), Offer(None), "the words were not understood, or nobody knows the answer"),
        (Reply(lines=(Line("Noted.", fixed=True),)), Offer(None), "a card has lines of its own"),
        (Reply(ask=Ask("2?", "offer_times")), Offer("offer_times"), "'offer_times' tells what only the engine knows"),
    ],
)  # fmt: skip
def test_what_is_released_and_why_not(reply: Reply, offer: Offer | None, why: str) -> None:
    assert refusal(reply, offer) == why


def test_a_second_request_is_only_worth_it_where_the_authors_words_would_repeat_or_pile_up() -> None:
    ask = Ask("What's the ZIP code there?", "zip", "zip")
    assert not worth_phrasing(Brief(ask=ask), "Is it a house?")
    assert worth_phrasing(Brief(ask=ask), "What's the ZIP code there?")
    assert worth_phrasing(Brief(answers=(Answer("a", "Yes."), Answer("b", "No."))), "")
    read_back = (Acknowledge("zip", "94110", "Got it, 94110.", "94110"),)
    assert not worth_phrasing(Brief(acknowledge=read_back), "Got it, 94110.")
    assert not worth_phrasing(Brief(ask=Ask("At two?", "offer_times")), "At two?")


async def test_two_answers_at_once_are_phrased_by_a_second_request_behind_a_short_word() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    model.speech = saying("Hm.", ask="authority")
    reply = await talk.say("How much does it cost? And are you licensed?")
    assert len(model.briefs) == 1
    assert len(reply.split(".")[0].split()) <= 3
    assert "Well, " in reply
    assert "300" in reply


# What breaks.


@pytest.mark.parametrize("fault", ["breaks_after", "stalls_after"])
@pytest.mark.parametrize("pieces", [0, 1])
@in_virtual_time
async def test_speech_that_breaks_off_or_stalls_is_finished_in_the_authors_words(fault: str, pieces: int) -> None:
    model = HostedModel(speech=saying("Lovely, thanks for that.", "What's the ZIP code over there?"))
    talk = await _asked_for_the_building(model)
    setattr(model, fault, pieces)
    began = asyncio.get_running_loop().time()
    reply = await talk.say("It's a house.")
    assert reply.endswith("What's the ZIP code of the property?")
    assert talk.asked == "zip"
    assert asyncio.get_running_loop().time() - began <= 2.0
    assert _notes(talk, "speech_broke_off")


@pytest.mark.parametrize("pieces", [(), ("",), ("  \n ",), ("*",), ("...",), ("\n", " ", "\t\n")])
async def test_speech_without_a_word_blocks_nothing(pieces: tuple[str, ...]) -> None:
    """Whitespace-only model text cannot block a transition (R15)."""
    model = HostedModel(speech=lambda view, offer, text: (offer, pieces))
    talk = Talk(model=model)
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.", "House.", "94110.", "This week.", "I own it.")
    assert talk.asked == "offer_times"
    assert all(act.text.strip() for act in talk.acts if isinstance(act, Say))


@in_virtual_time
async def test_half_a_sentence_is_never_spoken() -> None:
    model = HostedModel(speech=saying("What's the ZIP code over"), breaks_after=None)
    talk = await _asked_for_the_building(model)
    assert await talk.say("It's a house.") == "Okay. What's the ZIP code of the property?"


# Drafting ahead.


async def test_a_draft_on_the_same_words_is_adopted_and_nothing_is_asked_twice() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    talk.conversation.draft("It's a house", talk.now)
    await asyncio.sleep(0.01)
    assert not talk.conversation.book["property_type"].known
    reply = await talk.say("it's a house.")
    assert model.turns[2:] == ["It's a house"]
    assert reply.endswith("?")
    assert talk.conversation.book["property_type"].value == "residential"
    assert all(not facts["wasted"] for facts in _notes(talk, "model_spent"))


async def test_a_draft_on_other_words_is_dropped_counted_as_wasted_and_leaves_no_trace() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    transcript = len(talk.conversation.outcome.transcript)
    talk.conversation.draft("It's a warehouse", talk.now)
    await asyncio.sleep(0.01)
    assert len(talk.conversation.outcome.transcript) == transcript
    await talk.say("It's a warehouse no wait, it's my house.")
    await asyncio.sleep(0)
    assert [facts["purpose"] for facts in _notes(talk, "model_spent") if facts["wasted"]] == ["draft"]
    assert talk.conversation.book["property_type"].value == "residential"


async def test_a_draft_is_dropped_when_the_caller_goes_on() -> None:
    model = HostedModel(piece_s=10.0)
    talk = await _asked_for_the_building(HostedModel())
    talk = Talk(model=model)
    await talk.answer()
    talk.conversation.draft("Yes", talk.now)
    await asyncio.sleep(0.01)
    assert model.running == 1
    talk.conversation.drop_draft()
    await asyncio.sleep(0.01)
    assert model.running == 0
    assert [facts["purpose"] for facts in _notes(talk, "model_spent")] == ["draft"]


async def test_a_draft_books_nothing_before_the_turn_is_over() -> None:
    talk = Talk(model=HostedModel())
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.", "I own it.", "Thursday at ten.")
    assert talk.asked == "confirm_booking"
    talk.conversation.draft("Yes.", talk.now)
    await asyncio.sleep(0.05)
    assert talk.calendar.bookings == []  # type: ignore[attr-defined]  # the calendar in memory
    await talk.say("Yes.")
    assert len(talk.calendar.bookings) == 1  # type: ignore[attr-defined]  # as above


async def test_the_offline_model_is_not_begun_ahead() -> None:
    talk = Talk()
    await talk.answer()
    talk.conversation.draft("Yes.", talk.now)
    assert talk.conversation._thinking._draft is None


async def test_a_call_that_ends_stops_what_was_drafted() -> None:
    model = HostedModel(piece_s=10.0)
    talk = Talk(model=model)
    await talk.answer()
    talk.conversation.draft("Yes", talk.now)
    await asyncio.sleep(0.01)
    talk.conversation.hung_up("caller", talk.now)
    await asyncio.sleep(0.01)
    assert model.running == 0


# What the model is shown.


async def test_the_agenda_is_what_the_plan_would_ask_in_the_authors_next_wording() -> None:
    model = HostedModel()
    talk = Talk(model=model)
    await talk.answer()
    await talk.say("Yes.")
    assert [ask.about for ask in model.views[0].agenda] == [
        "service_type", "property_type", "zip", "timeline", "authority",
    ]  # fmt: skip
    await talk.say("The roof leaks.", "House, and I own it.")
    assert [ask.about for ask in model.views[-1].agenda] == ["property_type", "zip", "timeline", "authority"]
    assert model.views[-1].card == "qualify"
    assert model.views[-1].agenda[1].wording in talk.conversation.book["zip"].slot.ask


async def test_the_agenda_looks_through_to_the_next_stage() -> None:
    flow = shipped.load("dental").flow
    model = HostedModel()
    talk = Talk(flow=flow, model=model)
    await talk.answer()
    await talk.say("Yes.")
    wanted = [ask.about for ask in model.views[0].agenda]
    assert wanted == ["patient", "guardian", "status", "reason", "urgency", "location"]


async def test_the_history_holds_of_the_agent_only_what_was_heard() -> None:
    model = HostedModel()
    talk = Talk(model=model)
    await talk.take(talk.conversation.answered("Hello?", 0.0), heard=False)
    opening = next(act for act in talk.acts if isinstance(act, Say))
    talk.hears(opening, words=3)
    await talk.say("Yes?")
    assert model.views[0].history == (("caller", "Hello?"), ("agent", "Hi, this is"))


async def test_what_a_call_costs_is_noted_request_by_request() -> None:
    model = HostedModel()
    talk = await _asked_for_the_building(model)
    await asyncio.sleep(0)
    spent = _notes(talk, "model_spent")
    assert len(spent) == 2
    assert spent[0]["prompt_tokens"] == 1500
    assert spent[0]["turn"] == 2
    assert {facts["outcome"] for facts in spent} <= {"ok", "cancelled"}


async def test_a_turn_is_listened_to_even_if_the_model_offers_nothing_and_the_plan_asks_nothing() -> None:
    talk = Talk(model=HostedModel(speech=lambda view, offer, text: (Offer(), ())))
    await talk.answer()
    await talk.say("Yes.")
    assert isinstance(talk.acts[-1], Listen)
    assert talk.conversation.book["zip"].state is SlotState.UNKNOWN

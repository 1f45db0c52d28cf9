"""Agreeing on another call."""

from datetime import UTC, datetime, timedelta

from engine.sdk import Question, Step
from engine.sdk.testbench import NOON, Bench, CallbackAgreed, card
from nodes.handoff.callback import Callback

SIX = datetime(2026, 9, 15, 18, tzinfo=UTC)
SEVEN = datetime(2026, 9, 15, 19, tzinfo=UTC)
CALLBACK = card(Callback)


def a_bench() -> Bench:
    return Bench(wishes={"at six": SIX, "at seven": SEVEN})


def asked(step: Step) -> str:
    assert isinstance(step.question, Question), step
    return step.question.about


async def test_a_time_named_before_is_read_back_and_not_asked_for_again():
    bench = a_bench()
    bench.last_words = "can you call me at six"
    step = await bench.enter(CALLBACK)
    assert asked(step) == "confirm_callback"
    assert (
        isinstance(step.question, Question)
        and step.question.text == "So we'll call you Tuesday at 6 p.m.. Is that right?"
    )
    assert bench.callbacks == []


async def test_yes_to_the_read_back_agrees_the_call():
    bench = a_bench()
    card_ = card(Callback, by="assistant", why="busy", language="es")
    assert asked(await bench.enter(card_)) == "callback_time"
    await bench.hear(card_, "at six")
    step = await bench.hear(card_, "yes", answer="yes")
    assert step.exit == "scheduled"
    assert bench.callbacks == [CallbackAgreed(SIX, "assistant", "busy", "es")]


async def test_the_same_time_said_again_is_a_yes():
    bench = a_bench()
    await bench.enter(CALLBACK)
    await bench.hear(CALLBACK, "at six")
    assert (await bench.hear(CALLBACK, "at six, right")).exit == "scheduled"


async def test_a_change_of_mind_is_read_back_anew():
    bench = a_bench()
    await bench.enter(CALLBACK)
    await bench.hear(CALLBACK, "at six")
    assert asked(await bench.hear(CALLBACK, "no, at seven", answer="no")) == "confirm_callback"
    await bench.hear(CALLBACK, "yes", answer="yes")
    assert [agreed.at for agreed in bench.callbacks] == [SEVEN]


async def test_a_yes_after_a_refused_time_never_agrees_to_that_time():
    bench = a_bench()
    node = card(Callback, max_asks=3)
    await bench.enter(node)
    await bench.hear(node, "at six")
    assert asked(await bench.hear(node, "no", answer="no")) == "callback_time"
    assert (await bench.hear(node, "yes", answer="yes")).exit is None
    assert bench.callbacks == []


async def test_no_instead_of_a_time_means_no_call():
    bench = a_bench()
    await bench.enter(CALLBACK)
    assert (await bench.hear(CALLBACK, "no, don't", answer="no")).exit == "declined"
    assert bench.callbacks == []


async def test_words_that_answer_nothing_bring_the_read_back_again():
    bench = a_bench()
    await bench.enter(CALLBACK)
    await bench.hear(CALLBACK, "at six")
    assert asked(await bench.hear(CALLBACK, "my dog is barking")) == "confirm_callback"
    assert (await bench.hear(CALLBACK, "yes", answer="yes")).exit == "scheduled"


async def test_after_the_set_number_of_questions_a_person_calls_as_soon_as_possible():
    bench = a_bench()
    await bench.enter(CALLBACK)
    assert asked(await bench.hear(CALLBACK, "dunno")) == "callback_time"
    step = await bench.hear(CALLBACK, "dunno")
    assert step.exit == "scheduled" and "as soon as possible" in step.lines[0].text
    assert bench.callbacks == [CallbackAgreed(NOON + timedelta(hours=1), "human", "busy")]


async def test_a_read_back_of_a_time_named_before_is_no_question_asked():
    bench = a_bench()
    node = card(Callback, max_asks=1)
    bench.last_words = "call me at six"
    await bench.enter(node)
    assert asked(await bench.hear(node, "no", answer="no")) == "callback_time"

"""The summary card: what the model writes is checked, and without it the plain summary stays."""

from __future__ import annotations

import json

from engine.sdk import StepOutcome
from engine.sdk.testbench import Bench, card
from nodes.aftercall.summarise import Summarise, check, material
from tests.nodes.aftercall.test_statements import call


def lines(*said: tuple[str, dict[str, object]]) -> str:
    return "\n".join(json.dumps({"sentence": sentence, "answers": answers}) for sentence, answers in said)


async def summarised(answer: str | None, **settings: object) -> StepOutcome:
    writes = None if answer is None else (lambda instructions, text: answer)
    bench = Bench(result=call(), writes=writes)
    return await bench.run(card(Summarise, **settings))  # type: ignore[arg-type]


async def test_sentences_that_the_call_proves_become_the_summary():
    answer = lines(
        ("Dana's roof has leaked for two weeks.", {"service": "roof_repair"}),
        ("She lives in 94110.", {}),
        ("The visit is booked for Thursday at 2:30 p.m.", {}),
    )
    outcome = await summarised(answer)
    assert outcome.summary == "Dana's roof has leaked for two weeks. The visit is booked for Thursday at 2:30 p.m."
    assert outcome.note == "2 sentences by bench-model, each checked against the call. 1 left out."
    assert outcome.sent == {"model": "bench-model", "kept": 2, "left out": ["it holds a number that nobody said"]}


async def test_without_a_model_the_plain_summary_stays_and_the_step_is_done():
    outcome = await summarised(None)
    assert outcome.summary is None
    assert outcome.note.startswith("The plain summary stays.")


async def test_if_nothing_is_proved_the_plain_summary_stays():
    outcome = await summarised(lines(("She was put through to Mr. Henderson.", {})))
    assert outcome.summary is None
    assert "the plain summary stays" in outcome.note


async def test_a_call_in_which_nobody_was_talked_with_asks_no_model():
    asked = []
    bench = Bench(result=call(transcript=[]), writes=lambda *given: asked.append(given) or "")
    outcome = await bench.run(card(Summarise))
    assert outcome.summary is None
    assert not asked


def test_no_more_sentences_than_wanted():
    answer = lines(*[("Dana's roof leaked for two weeks.", {})] * 6)
    assert len(check(answer, call(), 4).kept) == 4


def test_an_answer_in_a_fence_or_beside_chatter_is_read_line_by_line():
    answer = "```json\n" + lines(("Dana's roof leaked.", {})) + "\n```\nHere is your summary!"
    checked = check(answer, call(), 4)
    assert checked.kept == ("Dana's roof leaked.",)
    assert checked.dropped == ("it is not written as asked for",)


def test_the_model_is_told_no_number_to_call_and_no_address():
    told = material(call())
    assert "4155550123" not in told
    assert "dana.reyes@example.com" not in told
    assert "94107" in told


def test_what_a_caller_dictates_to_the_model_is_not_believed():
    """The transcript may tell the model to write anything: it still has to be true."""
    answer = lines(("The customer was promised a discount of 50 percent by Director Smith.", {}))
    assert check(answer, call(), 4).kept == ()

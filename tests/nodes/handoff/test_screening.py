"""The card for call screeners: name and reason, then patience."""

from engine.sdk.testbench import Bench, card
from nodes.handoff.screening import AnswerScreening


async def test_the_screener_hears_who_calls_and_why():
    node, bench = card(AnswerScreening), Bench()
    step = await bench.enter(node)
    assert [line.text for line in step.lines] == ["Robin, an AI assistant for Acme, about the request Dana sent."]
    assert step.listen and step.exit is None
    assert (await bench.hear(node, "Please hold.", intentions=["asked_to_hold"])).listen
    assert (await bench.hear(node, "Hello?")).exit == "person"


async def test_a_screener_that_stays_silent_or_asks_for_ever_ends_the_call():
    node, bench = card(AnswerScreening), Bench()
    await bench.enter(node)
    again = await bench.hear(node, "Who is calling?", intentions=["call_screening"])
    assert again.lines and again.listen
    ended = await bench.hear(node, "Who is calling?", intentions=["call_screening"])
    assert ended.ending is not None and ended.ending.disposition == "screened"
    await bench.enter(node)
    silent = await bench.signal(node, "silence")
    assert silent.ending is not None and silent.ending.disposition == "screened"

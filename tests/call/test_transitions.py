"""Speech that comes in while the call moves along an edge is neither lost nor muted (field-lessons R15)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pytest

from engine.call.acts import Close, Listen, Say
from engine.dialogue.model import DialogueModel
from engine.flow import shipped
from engine.flow.model import Flow
from tests.support.hosted import HostedModel, saying
from tests.support.talk import MODEL, NODES, Talk

TEMPLATES = ("home_services", "solar", "dental")
FOR_MACHINES = frozenset({"leave_voicemail", "answer_screening"})
"""Cards that talk to nobody who could be cut off."""

MODELS: dict[str, DialogueModel] = {"offline": MODEL, "blank": HostedModel(speech=saying(" "))}


def _edges() -> Iterator[tuple[str, str, str]]:
    for name in TEMPLATES:
        flow = shipped.load(name).flow
        for edge in flow.edges:
            card = flow.node(edge.to)
            if NODES.get(card.type).kind != "after_call" and card.type not in FOR_MACHINES:
                yield name, edge.id, edge.to


@cache
def _leading_to(name: str, card: str) -> Flow:
    """The template, with its beginning led straight along the edge to `card`."""
    data = json.loads(shipped.load(name).original)
    for edge in data["edges"]:
        if edge["from"]["node"] == data["start"]:
            edge["to"] = card
    return Flow.model_validate(data)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("cut_after", [0, 1])
@pytest.mark.parametrize(("name", "edge", "card"), [pytest.param(*each, id=each[1]) for each in _edges()])
async def test_speech_injected_into_a_transition_is_heard_and_answered(
    name: str, edge: str, card: str, cut_after: int, model: str
) -> None:
    talk = Talk(flow=_leading_to(name, card), model=MODELS[model])
    acts = talk.conversation.answered("", talk.now)
    taken = 0
    while taken < cut_after and (act := await anext(acts, None)) is not None:
        taken += 1
        if isinstance(act, Close):
            return  # the edge leads to the end; nobody speaks after it
        if isinstance(act, Say):
            talk.hears(act, words=1)
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    reply = await talk.say("Wait, how much does that cost?")
    said = [turn.text for turn in talk.conversation.outcome.transcript if turn.who == "caller"]
    assert said == ["Wait, how much does that cost?"]
    silent_end = isinstance(talk.acts[-1], Close) and not talk.flow.node(card).settings.get("say")
    assert silent_end or any(char.isalnum() for char in reply), "the call is mute"
    assert isinstance(talk.acts[-1], Listen | Close)

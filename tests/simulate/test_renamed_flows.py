"""Names are for people: whoever renames every card and every thing to find out changes nothing in a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.check import check
from engine.flow.document import FlowDocument
from engine.flow.edits import Put, apply
from engine.sdk.registry import discover
from engine.simulate.judge import judge
from engine.simulate.runner import playable
from engine.simulate.scenario import load_suite
from engine.simulate.text_call import TextCall

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
NAMES = ("home_services", "solar", "dental")
TYPES = discover()


def renamed(name: str) -> FlowDocument:
    """Every card, thing to find out, criterion and reflex has another name."""
    document = shipped.load(name)
    flow = document.flow
    steps = [Put(path=("nodes", each.id, "name"), value=f"Card {n}") for n, each in enumerate(flow.nodes)]
    for part, things in (("slots", flow.slots), ("criteria", flow.criteria), ("reflexes", flow.reflexes)):
        steps += [Put(path=(part, each.id, "label"), value=f"Name {n}") for n, each in enumerate(things)]
    made = document.edited(*steps)
    assert apply(made.data, apply(document.data, steps).inverse).data == document.data
    return made


@pytest.mark.parametrize("name", NAMES)
async def test_a_flow_whose_things_were_all_renamed_holds_the_same_calls(name: str) -> None:
    document = renamed(name)
    assert check(document, TYPES) == []
    suite = load_suite(FOLDER / f"{name}.yaml")
    for scenario in list(playable(suite, "text"))[:6]:
        report = await TextCall(suite, scenario, document.flow, TYPES, OfflineModel()).play()
        assert judge(suite, scenario, report) == [], scenario.id

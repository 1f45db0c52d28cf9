"""Callers go along with a flow that was made from a shipped one, and say what they miss when they cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.sdk.registry import discover
from engine.simulate.caller_runs import origins
from engine.simulate.fitting import Fitted, fit, origin_of
from engine.simulate.runner import playable, run, text_player

NODES = discover()
ORIGINS = origins()
Change = Callable[[dict[str, Any]], object]


def made(name: str, *changes: Change) -> Flow:
    """A flow of one's own, from a shipped one, with a name and an id of its own."""
    data = json.loads(shipped.load(name).save())
    data["id"] = "my_own_flow"
    for change in changes:
        change(data)
    return FlowDocument.of(data).flow


def fitted(flow: Flow) -> Fitted:
    origin = origin_of(flow, ORIGINS)
    assert origin is not None
    return fit(flow, origin, NODES)


async def results(flow: Flow, only: str = "") -> dict[str, tuple[str, ...]]:
    here = fitted(flow)
    chosen = [each for each in playable(here.suite, "text") if each.id.startswith(only)]
    player = text_player(here.suite, flow, NODES, OfflineModel())
    return {result.id: result.failures async for result in run(here.suite, chosen, player)}


@pytest.mark.parametrize("name", shipped.names())
async def test_all_callers_of_a_shipped_flow_fit_and_pass(name: str) -> None:
    flow = shipped.load(name).flow
    here = fitted(flow)
    assert (here.origin, here.left_out) == (name, ())
    found = await results(flow)
    assert len(found) >= 4
    assert {id: failures for id, failures in found.items() if failures} == {}


@pytest.mark.parametrize("name", shipped.names())
def test_a_flow_made_from_a_template_keeps_the_templates_callers(name: str) -> None:
    origin = origin_of(made(name), ORIGINS)
    assert origin is not None
    assert origin.name == name


async def test_another_business_in_another_zone_at_other_prices_is_served_by_the_same_callers() -> None:
    def ours(data: dict[str, Any]) -> None:
        data["seller"] |= {"say_as": "Miller Roofing", "legal_name": "Miller LLC", "zone": "America/New_York"}
        for entry in data["knowledge"]:
            entry["say"] = entry["say"].replace("300", "450")
            entry["money"] = [450 if amount == 300 else amount for amount in entry.get("money", [])]

    flow = made("home_services", ours)
    found = await results(flow)
    assert {id: failures for id, failures in found.items() if failures} == {}
    left_out = {scenario.id: why for scenario, why in fitted(flow).left_out}
    assert list(left_out) == ["hs04_price_question"]
    assert "waits for the old one" in left_out["hs04_price_question"]


async def test_a_new_question_gets_an_answer_from_callers_who_never_heard_of_it() -> None:
    def asks_more(data: dict[str, Any]) -> None:
        data["slots"].append(
            {"id": "roof_age", "label": "Age of the roof", "type": "number", "need": "must", "ask": ["How old is it?"]}
        )
        stage = next(card for card in data["nodes"] if card["id"] == "qualify")
        stage["settings"]["slots"].append("roof_age")

    found = await results(made("home_services", asks_more), "hs01")
    assert found == {"hs01_straight": ()}


@pytest.mark.parametrize(
    ("change", "caller", "words"),
    [
        (lambda data: data.update(slots=[each for each in data["slots"] if each["id"] != "zip"]), "hs01_straight",
         "does not find out"),
        (lambda data: _choices(data).pop(0), "hs01_straight", "'Roof repair' is not among the answers"),
        (lambda data: data["lists"]["service_area"].remove("94110"), "hs01_straight", "94110 was in the list"),
        (lambda data: _without(data, "book"), "hs01_straight", "books no appointments"),
        (lambda data: _without(data, "transfer"), "hs08_wants_human_available", "puts nobody through"),
    ],
)  # fmt: skip
def test_a_caller_who_relies_on_something_that_is_gone_says_what(change: Change, caller: str, words: str) -> None:
    left_out = {scenario.id: why for scenario, why in fitted(made("home_services", change)).left_out}
    assert words in left_out[caller]
    assert left_out[caller].endswith(".")


def _choices(data: dict[str, Any]) -> list[dict[str, Any]]:
    slot = next(slot for slot in data["slots"] if slot["id"] == "service_type")
    found: list[dict[str, Any]] = slot["choices"]
    return found


def _without(data: dict[str, Any], type_: str) -> None:
    data["nodes"] = [card for card in data["nodes"] if type_ not in card["type"]]


def test_a_flow_of_another_kind_has_no_callers() -> None:
    data = json.loads(shipped.load("home_services").save())
    data["id"] = "pizza"
    for slot in data["slots"]:
        slot["id"] = f"pizza_{slot['id']}"
    assert origin_of(FlowDocument.of(data).flow, ORIGINS) is None

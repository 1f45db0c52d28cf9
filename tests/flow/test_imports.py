"""Opening a stranger's flow: five outcomes, never an exception."""

import copy
import json
from pathlib import Path

import pytest

from engine.flow import shipped
from engine.flow.check import check
from engine.flow.edits import Put
from engine.flow.imports import Fine, Newer, Refused, UpgradedFlow, WithGhosts, import_flow
from engine.flow.issues import errors
from engine.flow.text import canonical
from engine.sdk.registry import NodeTypes, discover
from tests.support.nodes import TYPES

ALL_TYPES = discover()
SMALL = (Path(__file__).parent / "bad" / "unreachable.json").read_text()


def test_a_flow_of_today_is_fine_and_unchanged():
    outcome = import_flow(SMALL, TYPES)
    assert isinstance(outcome, Fine)
    assert outcome.document.save() == SMALL


def test_cards_of_an_older_version_are_brought_to_todays_with_a_report():
    data = json.loads(SMALL)
    data["nodes"][1].update(v=1, settings={"wants": ["kind", "zip"], "note": 1.0})
    outcome = import_flow(canonical(data), TYPES)
    assert isinstance(outcome, UpgradedFlow)
    assert outcome.changes == ("The card “Questions” was brought from version 1 of its type to 2.",)
    assert outcome.document.flow.node("ask").settings == {"slots": ["kind", "zip"], "note": 1.0}
    assert outcome.document.original == canonical(data)


def test_a_missing_package_makes_ghosts_that_block_publishing_and_lose_nothing():
    ghost = '{"id":"fork","type":"acme.check","v":7,"name":"Check","settings":{"limit":1e3,"odd":[ 1.0 ]},"x":{}}'
    data = json.loads(SMALL)
    whole = canonical(data)
    card = json.dumps(data["nodes"][2])
    start = whole.index("{", whole.index('"id": "fork"') - 10)
    end = whole.index("}", whole.index("}", start) + 1) + 1 if "settings" in card else start
    text = (whole[:start] + ghost + whole[end:]).replace(
        '"start":', '"needs": [{"package": "acme-nodes", "range": ">=2,<3"}], "start":'
    )
    outcome = import_flow(text, TYPES)
    assert isinstance(outcome, WithGhosts)
    assert [(each.node, each.type) for each in outcome.ghosts] == [("fork", "acme.check")]
    assert [(need.package, need.range) for need in outcome.needs] == [("acme-nodes", ">=2,<3")]
    assert "unknown_type" in [each.code for each in errors(check(outcome.document, TYPES))]
    assert outcome.document.save() == text
    assert ghost in outcome.document.edited(Put(path=("name",), value="Renamed")).save()


def test_a_newer_flow_is_read_only_with_a_reason():
    outcome = import_flow(SMALL.replace('"format_version": 1', '"format_version": 2'), TYPES)
    assert isinstance(outcome, Newer)
    assert outcome.document is not None
    assert outcome.document.read_only
    assert "Update Leadline" in outcome.sentence


def test_a_newer_flow_that_cannot_be_read_has_no_document():
    outcome = import_flow('{"format": "leadline.flow", "format_version": 4}', TYPES)
    assert isinstance(outcome, Newer)
    assert outcome.document is None


def test_a_refusal_names_line_and_column():
    outcome = import_flow('{\n  "format": oops\n}', TYPES)
    assert outcome == Refused("not_json", "A value is missing or not written as JSON wants it.", 2, 13)


@pytest.mark.parametrize("name", shipped.templates())
def test_no_way_is_lost_when_packages_are_missing_or_cards_are_of_another_version(name: str) -> None:
    document = shipped.load_template(name)
    ways = [edge.id for edge in document.flow.edges]
    for types in (ALL_TYPES, NodeTypes({}), NodeTypes({"end": ALL_TYPES.get("end")})):
        for made in (0, 1, 99):
            data = copy.deepcopy(document.data)
            for card in data["nodes"]:  # type: ignore[union-attr]  # a JSON list
                card["v"] = made  # type: ignore[index, call-overload]  # a JSON object
            outcome = import_flow(canonical(data), types)
            assert isinstance(outcome, Fine | UpgradedFlow | WithGhosts)
            assert [edge.id for edge in outcome.document.flow.edges] == ways
            assert len(outcome.document.flow.nodes) == len(document.flow.nodes)
            check(outcome.document, types)

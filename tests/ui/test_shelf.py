"""The shelf of flows: how each stands, what is found, and what a new flow begins with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine.flow import shipped
from ui import looks
from ui.new_flow import business_steps, international
from ui.records import FlowLine
from ui.shelf import chosen, counts, free_name, states

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


def line(name: str, age_h: int = 0, **changes: object) -> FlowLine:
    values: dict[str, object] = {
        "id": name.lower(), "name": name, "revision": 1, "edited_at": NOW - timedelta(hours=age_h), "edited_by": "",
        "latest": 0, **changes,
    }  # fmt: skip
    return FlowLine(**values)  # type: ignore[arg-type]  # a test's shorthand


ROOF = line("Roof", 3, latest=2, unpublished=True, errors=1, calls_week=4, seller="Bright Roofing")
SOLAR = line("Solar", 1, latest=1, calls_week=9, seller="Sunhollow")
DRAFT = line("a draft", 2)
AWAY = line("Away", 0, latest=1, archived_at=NOW, errors=3)
ALL = (ROOF, SOLAR, DRAFT, AWAY)


def test_a_live_flow_can_have_changes_and_problems_all_at_once() -> None:
    assert states(ROOF) == {"live", "changed", "problems"}
    assert states(DRAFT) == {"draft"}
    assert states(AWAY) == {"archived"}  # what is wrong with it matters to nobody now
    assert counts(ALL) == {"live": 2, "changed": 1, "draft": 1, "problems": 1, "archived": 1}


def test_flows_that_were_put_away_are_out_of_sight_until_asked_for() -> None:
    assert AWAY not in chosen(ALL, "", None, "edited")
    assert chosen(ALL, "", "archived", "edited") == [AWAY]


def test_flows_are_found_by_name_or_business_in_the_order_that_was_chosen() -> None:
    assert chosen(ALL, "bright ROOF", None, "edited") == [ROOF]
    assert chosen(ALL, "zeppelin", None, "edited") == []
    assert chosen(ALL, "", None, "edited") == [SOLAR, DRAFT, ROOF]
    assert chosen(ALL, "", None, "name") == [DRAFT, ROOF, SOLAR]
    assert chosen(ALL, "", None, "calls") == [SOLAR, ROOF, DRAFT]
    assert chosen(ALL, "", "live", "name") == [ROOF, SOLAR]


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("Garden", ALL) == "Garden"
    assert free_name("roof", [ROOF, line("Roof 2")]) == "roof 3"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("(415) 555-0142", "+14155550142"),
        ("1 415.555.0142", "+14155550142"),
        ("+49 30 901820", "+4930901820"),
        ("0049 30 901820", "+4930901820"),
        ("555-0142", None),
        ("call me", None),
        ("", None),
    ],
)
def test_phone_numbers_are_taken_as_people_write_them(typed: str, number: str | None) -> None:
    assert international(typed) == number


def test_the_business_is_filled_in_whole_and_a_missing_phone_leaves_the_templates() -> None:
    from pydantic import TypeAdapter

    from engine.flow.edits import apply
    from engine.flow.gestures import AnyWanted

    data = json.loads(shipped.load("home_services").save())
    steps = TypeAdapter(list[AnyWanted]).validate_python(business_steps("Bright Roofing", "+14155550142", "US/Central"))
    seller = apply(data, steps).data["seller"]  # type: ignore[arg-type]  # these gestures are primitive steps
    assert seller == {
        "legal_name": "Bright Roofing", "say_as": "Bright Roofing", "phone": "+14155550142",
        "opt_out_phone": "+14155550142", "zone": "US/Central",
    }  # fmt: skip
    assert {str(step["path"]) for step in business_steps("B", None, "UTC")} == {
        "['seller', 'legal_name']", "['seller', 'say_as']", "['seller', 'zone']"
    }  # fmt: skip


def test_a_flows_name_is_shown_as_it_was_typed() -> None:
    assert looks.plain("Roof *sale* [1]") == "Roof \\*sale\\* \\[1\\]"

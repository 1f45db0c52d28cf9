"""Every problem leads to the page where it is mended, and to the part if the page can open there."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.flow.issues import Place
from ui.flow_pages import FLOW_PAGES
from ui.mending import page_of, spot
from ui.records import Issue


def issue(place: str, id: str = "", field: str = "") -> Issue:
    return Issue("code", "error", place, id, field, "Something is wrong.", "Mend it.")


@pytest.mark.parametrize(
    ("wrong", "page"),
    [
        (issue("slot", "zip", "ask"), "find-out"),
        (issue("knowledge", "price", "money"), "knowledge"),
        (issue("criterion", "q1", "test"), "qualification"),
        (issue("reflex", "stop", "do"), "reflexes"),
        (issue("flow", "", "reflexes.wants_person"), "reflexes"),
        (issue("flow", "", "providers.voice"), "voice"),
        (issue("flow", "", "never_say.0"), "voice"),
        (issue("text", "closing"), "voice"),
        (issue("limits", "", "max_call_s"), "voice"),
        (issue("seller", "", "phone"), "business"),
        (issue("list", "service_area"), "business"),
        (issue("flow", "", "start"), "flow"),
        (issue("flow"), "flow"),
        (issue("node", "a", "name"), "flow"),
        (issue("edge", "e"), "flow"),
    ],
)
def test_a_problem_leads_to_its_page(wrong: Issue, page: str) -> None:
    assert page_of(wrong) == page


def test_every_place_a_problem_can_be_in_has_a_page() -> None:
    assert {page_of(issue(place)) for place in get_args(Place)} <= {page.name for page in FLOW_PAGES}


@pytest.mark.parametrize(
    ("wrong", "query"),
    [
        (issue("node", "x"), {"card": "x"}),
        (issue("edge", "x"), {"edge": "x"}),
        (issue("slot", "x"), {"show": "x"}),
        (issue("slot", ""), {}),
        (issue("list", "x"), {}),
        (issue("limits", "x"), {}),
    ],
)
def test_a_problem_leads_to_the_very_part_where_pages_can_open_there(wrong: Issue, query: dict[str, str]) -> None:
    assert spot(wrong) == query

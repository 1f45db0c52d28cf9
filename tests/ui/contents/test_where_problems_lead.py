"""Every problem that is not the graph's leads to the page where it is mended."""

from __future__ import annotations

import pytest

from ui.editor.problems import page_of
from ui.flow_pages import FLOW_PAGES
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
        (issue("flow", "", "start"), ""),
    ],
)
def test_a_problem_leads_to_its_page(wrong: Issue, page: str) -> None:
    assert page_of(wrong) == page
    assert not page or page in {each.name for each in FLOW_PAGES}

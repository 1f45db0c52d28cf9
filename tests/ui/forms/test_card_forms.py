"""The form of every shipped card, and that looking at one writes nothing."""

from __future__ import annotations

import copy

import pytest

from engine.flow import shipped
from tests.support.form_page import form_page, shipped_draft
from tests.support.memory_draft import MemoryDraft
from ui.forms.card_form import card_form
from ui.forms.spot import Context


@pytest.mark.parametrize("name", shipped.names())
def test_opening_the_form_of_any_shipped_card_writes_nothing(name: str) -> None:
    draft = shipped_draft(name)
    before = copy.deepcopy(draft.document)
    cards = [each.id for each in shipped.load(name).flow.nodes]

    def draw(draft: MemoryDraft, context: Context) -> None:
        for card in cards:
            card_form(draft, card, context)

    page = form_page(draft, draw)
    page.run()
    assert not page.exception
    assert draft.edits == []
    assert draft.document == before


def test_two_cards_of_one_name_can_be_told_apart_and_the_right_one_is_connected() -> None:
    draft = shipped_draft()
    draft.changed_by_somebody_else(
        {"do": "put", "path": ["nodes", "end_booked", "name"], "value": "Goodbye"},
        {"do": "put", "path": ["nodes", "end_unqualified", "name"], "value": "Goodbye"},
    )
    page = form_page(draft, lambda draft, context: card_form(draft, "wrap_up", context))
    box = next(each for each in page.selectbox if each.label == "Otherwise goes to")
    assert [each for each in box.options if each.startswith("Goodbye")] == ["Goodbye", "Goodbye (2)"]
    assert box.value == "end_booked"
    box.select("end_unqualified").run()
    assert [step["value"] for _, steps in draft.edits for step in steps] == ["end_unqualified"]

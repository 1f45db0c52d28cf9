"""The form of every shipped card, and that looking at one writes nothing."""

from __future__ import annotations

import copy

import pytest

from engine.flow import shipped
from tests.support.form_page import form_page, shipped_draft
from ui.forms.card_form import card_form


@pytest.mark.parametrize("name", shipped.names())
def test_opening_the_form_of_any_shipped_card_writes_nothing(name: str) -> None:
    draft = shipped_draft(name)
    before = copy.deepcopy(draft.document)
    for card in [each.id for each in shipped.load(name).flow.nodes]:
        page = form_page(draft, lambda draft, context, card=card: card_form(draft, card, context))
        page.run()
        assert not page.exception
        assert draft.edits == [], card
    assert draft.document == before

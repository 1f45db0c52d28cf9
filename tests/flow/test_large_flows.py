"""Flows of any size: the ones that measurements are made with have no issues themselves."""

import pytest

from engine.flow.check import check
from engine.flow.document import FlowDocument
from engine.sdk.registry import discover
from tests.support.large_flows import large_flow


@pytest.mark.parametrize("cards", [6, 10, 50, 51, 52, 53, 200, 501])
def test_a_large_flow_has_as_many_cards_as_asked_for_and_no_issues(cards: int) -> None:
    document = FlowDocument.of(large_flow(cards))
    assert len(document.flow.nodes) == cards
    assert check(document, discover()) == []

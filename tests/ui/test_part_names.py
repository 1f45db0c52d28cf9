"""Parts of a flow by their place, in words."""

from __future__ import annotations

from ui.part_names import card_name, name_at
from ui.records import Json

DOCUMENT: dict[str, Json] = {
    "name": "Roofs",
    "nodes": [{"id": "a", "name": "Opening"}, {"id": "b", "name": ""}],
    "edges": [{"id": "e", "from": {"node": "a"}, "to": "b"}],
    "knowledge": [{"id": "k", "question": "What does it cost?"}],
}


def test_parts_are_called_as_people_called_them() -> None:
    assert name_at(DOCUMENT, ["nodes", "a", "settings", "goal"]) == "the card “Opening”"
    assert name_at(DOCUMENT, ["nodes", "b"]) == "the card “b”"
    assert name_at(DOCUMENT, ["edges", "e", "to"]) == "the way from “Opening” to “b”"
    assert name_at(DOCUMENT, ["knowledge", "k"]) == "the knowledge “What does it cost?”"
    assert name_at(DOCUMENT, ["nodes"], {"id": "c", "name": "Goodbye"}) == "the card “Goodbye”"
    assert name_at(DOCUMENT, ["nodes", "nobody"]) == "the card"
    assert name_at(DOCUMENT, ["limits", "max_call_s"]) == "the limits"
    assert name_at(DOCUMENT, ["of_the_future", 3]) == "the flow"
    assert name_at(DOCUMENT, []) == "the flow"
    assert card_name(DOCUMENT, "nobody") == "nobody"

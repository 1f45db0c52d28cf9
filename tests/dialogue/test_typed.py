"""What other systems say, in the form that a slot keeps it in."""

import pytest

from engine.dialogue.typed import typed
from engine.flow.model import Slot
from engine.sdk import Scalar


def slot(type_: str) -> Slot:
    given = {"id": "it", "label": "It", "type": type_, "ask": ["It?"]}
    if type_ == "choice":
        given["choices"] = [{"value": "gold", "label": "Gold tier"}, {"value": "none", "label": "No tier"}]
    return Slot.model_validate(given)


@pytest.mark.parametrize(
    ("type_", "given", "kept"),
    [
        ("text", "Main St", "Main St"),
        ("text", 7, "7"),
        ("text", "  ", None),
        ("choice", "GOLD", "gold"),
        ("choice", "No tier", "none"),
        ("choice", "silver", None),
        ("yes_no", True, True),
        ("yes_no", "no", False),
        ("yes_no", "perhaps", None),
        ("number", "12.50", 12.5),
        ("number", 3.0, 3),
        ("number", True, None),
        ("number", "1e9", None),
        ("money", 1200, 1200),
        ("duration", "14", 14),
        ("duration", 1.5, None),
        ("date", "2026-11-24T09:00:00Z", "2026-11-24"),
        ("date", "soon", None),
        ("phone", "+14155550123", "+14155550123"),
        ("phone", "415 555 0123", None),
        ("email", "Zoe@Example.org", "zoe@example.org"),
        ("email", "nobody", None),
        ("zip", 94110, "94110"),
        ("zip", "9411", None),
        ("appointment", "2026-11-24T09:00:00Z", None),
    ],
)
def test_what_fits_is_kept_in_the_slots_form_and_nothing_else(type_: str, given: Scalar, kept: Scalar | None) -> None:
    found = typed(slot(type_), given)
    assert found == kept
    assert type(found) is type(kept)

"""The lead is struck out of what Prefect is told, whatever a card writes."""

import pytest

from engine.aftercall.veil import Veil
from tests.support.aftercall import result

VEIL = Veil(result())


@pytest.mark.parametrize(
    "text",
    [
        "Written to dana.reyes@example.com.", "Texted +14155550123.", "Called 4155550123 and 14155550123.",
        "Dana REYES is in the list.", "Stands under https://crm.example/?q=dana.reyes@example.com", "ZIP 94107.",
    ],
)  # fmt: skip
def test_what_belongs_to_the_lead_is_struck_out(text: str) -> None:
    hidden = VEIL.text(text).lower()
    for personal in ("dana", "reyes", "4155550123", "94107"):
        assert personal not in hidden


def test_the_rest_stays_word_for_word() -> None:
    text = "In HubSpot: contact 51234567890, call 4155550123999 (was there). The receiver answered 503. Danalytics."
    assert VEIL.text(text) == text


def test_documents_keep_their_shape() -> None:
    assert VEIL.document({"to": ["Dana", 3, None], "ok": True}) == {"to": ["D•••", 3, None], "ok": True}


def test_a_lead_of_whom_nothing_is_known_hides_nothing() -> None:
    document = result().model_dump(mode="json", by_alias=True)
    document["lead"] |= {"first_name": "", "last_name": "", "phone": "", "email": None}
    document["call"] |= {"from": "", "to": ""}
    document["answers"] = []
    assert Veil(type(result()).model_validate(document)).text("Dana is here.") == "Dana is here."

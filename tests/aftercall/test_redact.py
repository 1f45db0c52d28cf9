"""What may stand in a dashboard: enough to recognise, too little to learn."""

import pytest

from engine.sdk.redact import hide_email, hide_phone, hide_text, redact
from tests.support.aftercall import result


def test_a_phone_keeps_its_last_two_digits() -> None:
    assert hide_phone("+14155550123") == "•••••••••23"


def test_an_email_keeps_its_first_letters() -> None:
    assert hide_email("dana.reyes@example.com") == "d•••@e•••.com"


@pytest.mark.parametrize(
    "text", ["call +1 (415) 555-0123 now", "415-555-0123", "write dana@example.com", "for DANA", "4155550123"]
)
def test_persons_are_hidden_inside_texts(text: str) -> None:
    hidden = hide_text(text, ["Dana"])
    for private in ("415", "0123", "dana@", "DANA"):
        assert private not in hidden


def test_a_moment_is_no_phone_number() -> None:
    assert redact({"at": "2026-11-24T12:00:00Z"}) == {"at": "2026-11-24T12:00:00Z"}


def test_a_whole_result_names_nobody_and_keeps_its_shape() -> None:
    document = result().model_dump(mode="json", by_alias=True)
    hidden = redact(document, ["Dana", "Reyes"])
    assert isinstance(hidden, dict)
    assert hidden.keys() == document.keys()
    for private in ("Dana", "Reyes", "4155550123", "4155550100", "dana.reyes", "94107", "94017", "1200 18th", "roof"):
        assert private not in str(hidden)
    assert hidden["outcome"] == document["outcome"]

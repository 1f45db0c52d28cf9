"""Replies to our texts: who is believed, and which words take a person off the list."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.telephony.inbound_texts import METHODS, NotBelieved, SignatureMethod, read_text, sign, wants_no_more

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "a-signature-secret"


def given(method: SignatureMethod = "sha256", **changed: str) -> dict[str, str]:
    plain = {
        "msisdn": "14155550123", "to": "14155550100", "messageId": "0B01", "text": "Stop & go = no",
        "timestamp": str(int(NOW.timestamp())), "nonce": "n1",
    } | changed  # fmt: skip
    return plain | {"sig": sign(plain, SECRET, method)}


@pytest.mark.parametrize("method", METHODS)
def test_a_genuine_reply_is_read_whatever_the_method(method: SignatureMethod) -> None:
    found = read_text(given(method), SECRET, method, NOW)
    assert found is not None
    assert (found.phone, found.words, found.id) == ("+14155550123", "Stop & go = no", "0B01")


def test_capital_letters_in_a_signature_are_as_good() -> None:
    signed = given()
    assert read_text(signed | {"sig": signed["sig"].upper()}, SECRET, "sha256", NOW)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sig": ""}, "not signed"), ({"text": "Go on"}, "signature is wrong"), ({"msisdn": "14155559999"}, "wrong"),
        ({"extra": "1"}, "wrong"), ({"sig": "é"}, "wrong"),
    ],
)  # fmt: skip
def test_what_was_changed_on_the_way_is_not_believed(changed: dict[str, str], words: str) -> None:
    with pytest.raises(NotBelieved, match=words):
        read_text(given() | changed, SECRET, "sha256", NOW)


def test_another_secret_or_method_is_not_believed() -> None:
    with pytest.raises(NotBelieved):
        read_text(given(), "another", "sha256", NOW)
    with pytest.raises(NotBelieved):
        read_text(given("md5"), SECRET, "sha256", NOW)


@pytest.mark.parametrize("age", [timedelta(hours=26), -timedelta(minutes=6)])
def test_what_is_too_old_or_from_the_future_is_not_believed(age: timedelta) -> None:
    signed = given(timestamp=str(int((NOW - age).timestamp())))
    with pytest.raises(NotBelieved, match="too old"):
        read_text(signed, SECRET, "sha256", NOW)


@pytest.mark.parametrize("moment", ["", "yesterday", "9" * 40])
def test_what_does_not_say_when_it_was_sent_is_not_believed(moment: str) -> None:
    with pytest.raises(NotBelieved, match="when it was sent"):
        read_text(given(timestamp=moment), SECRET, "sha256", NOW)


def test_a_repetition_hours_later_is_still_heard() -> None:
    assert read_text(given(), SECRET, "sha256", NOW + timedelta(hours=20))


@pytest.mark.parametrize("changed", [{"text": ""}, {"msisdn": "Harborline"}, {"msisdn": ""}])
def test_what_no_person_wrote_is_passed_over(changed: dict[str, str]) -> None:
    assert read_text(given(**changed), SECRET, "sha256", NOW) is None


@pytest.mark.parametrize(
    "words",
    [
        "STOP", "stop", " Stop. ", "Stop texting me", "STOPALL", "UNSUBSCRIBE", "unsubscribe please", "opt out",
        "Opt-out", "OPTOUT", "cancel", "END", "quit!", "revoke", "remove me from your list", "Don’t text me",
        "do not text this number", "No more texts", "\"STOP\"", "Baja",
    ],
)  # fmt: skip
def test_these_words_take_a_person_off_the_list(words: str) -> None:
    assert wants_no_more(words)


@pytest.mark.parametrize(
    "words",
    [
        "", "Thanks!", "Cancel my appointment please", "I can't stop by on Tuesday", "stopwatch", "Yes", "See you",
        "End of the street, second house", "quit smoking", "The bus stop", "Stopping by at 2",
    ],
)  # fmt: skip
def test_these_words_do_not(words: str) -> None:
    assert not wants_no_more(words)

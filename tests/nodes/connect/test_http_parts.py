"""Requests made out of a card's texts, and answers read by paths."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from engine.sdk import Json, Scalar
from nodes.connect.asking import Reply
from nodes.connect.http.answer import LIMIT, at, judged, read, steps
from nodes.connect.http.request import Known, NotKnown, address, body, names_in, request

BASE = "https://api.example.com/v1"


def knows(**values: Scalar) -> Known:
    named: Mapping[str, Scalar] = {name.replace("__", ":"): value for name, value in values.items()}
    return named.get


def reply(status: int = 200, text: str = "{}") -> Reply:
    return Reply(status, text, {}, datetime.now(UTC))


def test_values_in_the_address_are_percent_encoded() -> None:
    known = knows(phone="+14155550123", slot__name="Zoë & Co/../x?y=1#z")
    assert address(BASE, "/customers?phone={phone}", known) == f"{BASE}/customers?phone=%2B14155550123"
    assert address(BASE, "/by-name/{slot:name}", known) == f"{BASE}/by-name/Zo%C3%AB%20%26%20Co%2F..%2Fx%3Fy%3D1%23z"


@pytest.mark.parametrize("value", [".", "..", ""])
def test_a_value_that_would_lead_elsewhere_is_refused(value: str) -> None:
    with pytest.raises(NotKnown):
        address(BASE, "/customers/{slot:id}/orders", knows(slot__id=value))


def test_what_is_not_known_stops_an_address() -> None:
    with pytest.raises(NotKnown, match="slot:zip"):
        address(BASE, "/areas/{slot:zip}", knows())


def test_an_address_may_be_the_connections_own() -> None:
    assert address(BASE, "", knows()) == BASE
    assert address(BASE, "?zip={slot:zip}", knows(slot__zip="94110")) == f"{BASE}?zip=94110"


def test_a_placeholder_in_the_data_keeps_its_type_and_cannot_leave_its_text() -> None:
    template = '{"zip": "{slot:zip}", "rooms": "{slot:rooms}", "owner": "{slot:owner}", "note": "from {slot:name}!"}'
    known = knows(slot__zip="94110", slot__rooms=3, slot__owner=True, slot__name='"}, "admin": true, "x": "')
    assert json.loads(body(template, known)) == {
        "zip": "94110",
        "rooms": 3,
        "owner": True,
        "note": 'from "}, "admin": true, "x": "!',
    }
    assert json.loads(body(template, knows())) == {"zip": None, "rooms": None, "owner": None, "note": "from !"}


def test_a_value_in_a_header_cannot_begin_another_one() -> None:
    known = knows(slot__name="Zoë\r\nX-Admin: 1")
    made = request("GET", BASE, [("X-Name", "{slot:name}")], b"", known, "call_1", with_key=True)
    assert made.headers["x-name"] == "Zo%C3%AB%0D%0AX-Admin: 1"


def test_the_key_is_the_same_for_the_same_request_of_a_call() -> None:
    def key(call_id: str = "call_1", content: bytes = b"{}") -> str:
        return request("POST", BASE, [], content, knows(), call_id, with_key=True).headers["idempotency-key"]

    assert key() == key()
    assert len({key(), key("call_2"), key(content=b'{"a": 1}')}) == 3


def test_only_what_can_do_no_harm_is_repeated() -> None:
    def repeatable(method: str, with_key: bool) -> bool:
        made = request(method, BASE, [], b"", knows(), "call_1", with_key=with_key)  # type: ignore[arg-type]
        return made.repeatable

    assert [repeatable(each, False) for each in ("GET", "PUT", "DELETE", "POST", "PATCH")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert repeatable("POST", True)
    assert repeatable("PATCH", True)


DOCUMENT: Json = {
    "customer": {"tier": "gold", "addresses": [{"zip": "94110"}, {"zip": "94014"}], "strange name": 7},
    "results": [],
    "open": False,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customer.tier", "gold"),
        ("$.customer.tier", "gold"),
        ("customer.addresses[1].zip", "94014"),
        ("customer.addresses[-1].zip", "94014"),
        ('customer["strange name"]', 7),
        ("open", False),
        ("results[0].id", None),
        ("customer.tier.name", None),
        ("nobody", None),
        ("", DOCUMENT),
    ],
)
def test_paths_lead_into_the_answer(path: str, value: Json) -> None:
    assert at(DOCUMENT, path) == value


@pytest.mark.parametrize("path", ["a..b", "a[b]", "a.", ".a", "a[1", "[]"])
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(ValueError, match="is no path into an answer"):
        steps(path)


def test_values_are_taken_and_what_is_no_value_is_not() -> None:
    outcome = read(DOCUMENT, ["customer.tier", "customer", "results", "open", "gone"], "", "answer 200")
    assert outcome.values == {"customer.tier": "gold", "open": False}


def test_found_when_there_is() -> None:
    assert read(DOCUMENT, [], "results[0]", "answer 200").exit == "not_found"
    assert read(DOCUMENT, [], "results", "answer 200").exit == "not_found"
    assert read(DOCUMENT, [], "customer", "answer 200").exit == "ok"


@pytest.mark.parametrize(
    ("given", "exit", "words"),
    [
        (reply(404), "not_found", "404"),
        (reply(410), "not_found", "410"),
        (reply(301), "failed", "moved"),
        (reply(401), "failed", "secret"),
        (reply(403), "failed", "secret"),
        (reply(422), "failed", "refused"),
        (reply(500), "failed", "refused"),
        (reply(200, "<!doctype html><p>Log in"), "failed", "web page"),
        (reply(200, "not json"), "failed", "no JSON"),
        (reply(200, f'{{"a": "{"x" * LIMIT}"}}'), "failed", "longer than 256 KB"),
        (reply(200, ""), "ok", "200"),
        (reply(200, '{"a": 1}'), "ok", "200"),
    ],
)
def test_every_answer_has_its_way_out_and_its_note(given: Reply, exit: str, words: str) -> None:
    outcome = judged(given, ["a"], "")
    assert outcome.exit == exit
    assert words in outcome.note


def test_names_of_placeholders() -> None:
    assert names_in("/a/{slot:zip}", '{"x": "{phone}", "y": {"z": 1}}') == {"slot:zip", "phone"}

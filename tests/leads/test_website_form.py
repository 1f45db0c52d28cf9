"""Website forms as they really come, and what is said about those that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from engine.leads import Arrival, Arrived, FormUnreadable, read_fields, read_submission
from engine.leads.person import split_name
from engine.leads.phone import BadNumber, GoodNumber, read_number

ARRIVAL = Arrival(flow_id="home", seller="Harborline LLC", region="US", ip="198.51.100.4", user_agent="Browser")
GOOD = {"name": "Zoë Miller", "phone": "(415) 555-2671", "consent": "on", "consent_text": "I agree to be called."}


def read(fields: Mapping[str, str]) -> Arrived:
    return read_submission(fields, ARRIVAL)


def test_our_own_envelope_is_read_whole() -> None:
    body = {
        "id": "c1", "submitted_at": "2026-11-22T14:06:30Z", "source": "landing", "name": "Zoë Miller",
        "email": "Zoe@Example.org", "phone": "(415) 555-2671", "country": "US",
        "consent": {"call": True, "text": "I agree ...", "at": "2026-11-22T14:06:29Z", "ip": "203.0.113.7"},
        "utm": {"source": "x"}, "answers": {"budget": "5k"}, "page_url": "https://example.com/quote",
    }  # fmt: skip
    form = read(read_fields("application/json; charset=utf-8", json.dumps(body).encode()))
    lead, evidence = form.lead, form.evidence
    assert form.problems == ()
    assert (lead.first_name, lead.last_name, lead.phone) == ("Zoë", "Miller", "+14155552671")
    assert (lead.email, lead.external_id, lead.zone) == ("zoe@example.org", "c1", "America/Los_Angeles")
    assert lead.form == {"budget": "5k"}
    assert (evidence.level, evidence.text, evidence.ip) == ("written", "I agree ...", "203.0.113.7")
    assert evidence.given_at is not None
    assert evidence.given_at.isoformat() == "2026-11-22T14:06:29+00:00"
    assert (evidence.form_url, evidence.phone_typed) == ("https://example.com/quote", "(415) 555-2671")


def test_a_flat_form_in_either_encoding_gives_the_same_lead() -> None:
    urlencoded = (
        b"first_name=Zo%C3%AB&last_name=Miller&phone=415-555-2671&service=Roof+repair&answers%5Bzip%5D=94107"
        b"&consent=on&consent_text=I+agree"
    )
    parts = {
        "first_name": "Zoë", "last_name": "Miller", "phone": "415-555-2671", "service": "Roof repair",
        "answers[zip]": "94107", "consent": "on", "consent_text": "I agree",
    }  # fmt: skip
    multipart = b"".join(
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parts.items()
    )
    one = read(read_fields("application/x-www-form-urlencoded", urlencoded))
    other = read(read_fields("multipart/form-data; boundary=cut", multipart + b"--cut--\r\n"))
    assert one == other
    assert one.lead.form == {"service": "Roof repair", "zip": "94107"}
    assert one.usable


@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        ("application/json", b"{", "not JSON"),
        ("application/json", b"[1]", "no object"),
        ("application/json", b"[" * 100_000, "not JSON"),
        ("application/json", b'{"a":' * 9 + b"1" + b"}" * 9, "nested"),
        ("application/json", b"\xff\xfe", "not JSON"),
        ("text/plain", b"phone=1", "cannot be sent"),
        ("", b"", "cannot be sent"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(500)), "fields"),
        ("application/x-www-form-urlencoded", b"name=%ff%fe", "cannot be read"),
        ("multipart/form-data", b"nothing", "multipart"),
        ("multipart/form-data; boundary=cut", b"--other\r\n", "multipart"),
        (
            "multipart/form-data; boundary=cut",
            b'--cut\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\nx\r\n--cut--\r\n',
            "holds a file",
        ),
    ],
)
def test_what_is_no_form_is_refused_in_plain_words(content_type: str, body: bytes, says: str) -> None:
    with pytest.raises(FormUnreadable, match=says):
        read_fields(content_type, body)


@pytest.mark.parametrize(
    ("changes", "wrong", "usable"),
    [
        ({}, set(), True),
        ({"phone": ""}, {"phone"}, False),
        ({"phone": "n/a"}, {"phone"}, False),
        ({"phone": "555-2671"}, {"phone"}, False),
        ({"phone": "+1 415 555 2671 ext. 5"}, {"phone"}, False),
        ({"phone": "1-800-356-9377"}, {"phone"}, False),
        ({"phone": "+999123456789"}, {"phone"}, False),
        ({"phone": "🙂" * 50}, {"phone"}, False),
        ({"phone": "020 7946 0958", "country": "GB"}, set(), True),
        ({"phone": "020 7946 0958", "country": "United Kingdom"}, set(), True),
        ({"country": "Atlantis"}, {"country"}, True),
        ({"email": "dana at example"}, {"email"}, True),
        ({"name": ""}, {"name"}, True),
        ({"name": "http://buy.example"}, {"name"}, True),
        ({"consent": ""}, {"consent"}, False),
        ({"consent": "no"}, {"consent"}, False),
        ({"consent": "maybe"}, {"consent"}, False),
        ({"consent": "off", "phone": "x"}, {"consent", "phone"}, False),
        ({"consent_at": "yesterday", "time_zone": "Mars/Base"}, set(), True),
    ],
)
def test_each_field_that_is_wrong_is_named_with_what_to_do(
    changes: dict[str, str], wrong: set[str], usable: bool
) -> None:
    fields = {**GOOD, **changes}
    form = read({name: value for name, value in fields.items() if value})
    assert {each.field for each in form.problems} == wrong
    assert all(each.problem.endswith(".") and each.fix for each in form.problems)
    assert form.usable is usable
    assert bool(form.lead.unusable) is not usable


def test_a_form_to_be_corrected_keeps_no_client_id_so_that_the_corrected_one_is_no_repetition() -> None:
    assert read({**GOOD, "id": "c1", "phone": "x"}).lead.external_id is None
    assert read({**GOOD, "id": "c1"}).lead.external_id == "c1"


def test_a_tick_without_words_is_a_wish_to_be_called_but_no_written_consent() -> None:
    bare = {name: value for name, value in GOOD.items() if name != "consent_text"}
    assert read(bare).evidence.level == "express"
    assert read(GOOD).evidence.level == "written"


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("Zoë Miller", "Zoë", "Miller"),
        ("  DANA   REYES ", "Dana", "Reyes"),
        ("Miller, Zoë", "Zoë", "Miller"),
        ("Dr. Ana María de la Cruz", "Ana", "María de la Cruz"),
        ("sean o'neil", "Sean", "O'Neil"),
        ("Cher", "Cher", ""),
        ("a\u0000b\nc", "A", "B C"),
    ],
)
def test_names_are_put_in_order(typed: str, first: str, last: str) -> None:
    assert split_name(typed) == (first, last)


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("+1 (415) 555-2671", None, "+14155552671"),
        ("14155552671", "US", "+14155552671"),
        ("p:+14155552671", None, "+14155552671"),
        ("tel:+1-415-555-2671", None, "+14155552671"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("4155552671", None, None),
        ("+447700900123", None, None),
    ],
)
def test_numbers_are_read_in_the_persons_country(typed: str, region: str | None, e164: str | None) -> None:
    number = read_number(typed, region)
    assert (number.e164 if isinstance(number, GoodNumber) else None) == e164


def test_numbers_of_films_are_taken_on_the_simulated_network_only() -> None:
    assert isinstance(read_number("+447700900123", None), BadNumber)
    assert isinstance(read_number("+447700900123", None, allow_fiction=True), GoodNumber)

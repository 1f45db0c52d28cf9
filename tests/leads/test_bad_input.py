"""Whatever is posted: a form is refused in plain words or kept whole, and never trips anything up."""

from __future__ import annotations

import asyncio
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import Clock
from engine.leads import Arrival, Arrived, FormUnreadable, Inlet, Intake, read_fields, read_submission
from engine.store import Database, consents, leads
from tests.support.inlet import FORM, seal

ARRIVAL = Arrival("home", "Harborline LLC", "US", ip="198.51.100.4", user_agent="Browser")
JSON = "application/json"

# With halves of characters, NUL and everything else that JSON can carry.
ANY_TEXT = st.text(st.characters(), max_size=40)
NAMES = st.sampled_from(
    ("id", "name", "first_name", "email", "phone", "country", "time_zone", "consent", "consent_text", "consent_at",
     "submitted_at", "page_url", "message", "consent.ip", "answers[zip]")
)  # fmt: skip
VALUES = st.one_of(
    ANY_TEXT,
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(ANY_TEXT, max_size=3),
    st.sampled_from(
        ("+14155552671", "415 555 2671", "+14155550100", "+447700900123", "yes", "I agree that you may call me by AI.",
         "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-24T18:00:00", "dana@example.com",
         "x" * 20_000)
    ),
)  # fmt: skip
FORMS = st.dictionaries(st.one_of(NAMES, ANY_TEXT), VALUES, max_size=8)


@given(st.sampled_from((JSON, "application/x-www-form-urlencoded", "multipart/form-data; boundary=cut", "", "a/b")),
       st.binary(max_size=300))  # fmt: skip
def test_any_bytes_are_a_form_or_are_refused_in_words(content_type: str, body: bytes) -> None:
    try:
        fields = read_fields(content_type, body)
    except FormUnreadable as refused:
        assert refused.problem.endswith(".")
        assert refused.advice.endswith((".", "}."))
    else:
        read_submission(fields, ARRIVAL)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"phone": "415 555 2671", "phone": "415 555 2672"}', "'phone' is there twice"),
        (b'{"consent": {"call": true, "call": false}}', "'call' is there twice"),
        (b'{"phone": 1' + b"0" * 5000 + b"}", "not JSON"),
        ('{"name": "Zoë"}'.encode("latin-1"), "not JSON"),
        (b'{"a":' * 200_000, "not JSON"),
    ],
)
def test_json_that_cannot_be_meant_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(FormUnreadable, match=says):
        read_fields(JSON, body)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'\xef\xbb\xbf{"name": "Zo\xc3\xab"}', {"name": "Zoë"}),
        ('{"name": "Zoë"}'.encode("utf-16"), {"name": "Zoë"}),
        (b'{"name": "Zo\\u00eb", "note": "a\\u0000b\\ud83d"}', {"name": "Zoë", "note": "ab"}),
        (b'{"phone": 4155552671}', {"phone": "4155552671"}),
        (b'{"phone": 4155552671.0}', {"phone": "4155552671"}),
        (b'{"budget": NaN, "size": Infinity, "rooms": 1e400, "zip": 94107}', {"zip": "94107"}),
        (b'{"phone": "415", "phone": "415"}', {"phone": "415"}),
    ],
)
def test_what_programs_make_of_a_form_is_still_read(body: bytes, fields: dict[str, str]) -> None:
    assert read_fields(JSON, body) == fields


def test_no_form_whatever_it_holds_is_an_error_or_half_stored(sqlite_or_postgresql: str) -> None:
    """Each form is kept whole, with its reason if it cannot be called, and its evidence with it."""
    with asyncio.Runner() as runner:
        database = Database(sqlite_or_postgresql)

        @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(FORMS, min_size=1, max_size=4))
        def any_forms(forms: list[dict[str, object]]) -> None:
            runner.run(come_in(database, forms))

        any_forms()
        runner.run(database.close())


async def come_in(database: Database, forms: list[dict[str, object]]) -> None:
    inlet = Inlet(database, Clock(), seal())
    sent: list[Arrived] = []
    for each in forms:
        body = json.dumps(each).encode()
        try:
            fields = read_fields(JSON, body)
        except FormUnreadable:
            continue
        read = read_submission(fields, ARRIVAL)
        sent.append(Arrived(read.lead, read.evidence, body, JSON, read.problems))
    for intake, arrived in zip(await asyncio.gather(*map(inlet.take_in, sent)), sent, strict=True):
        await is_whole(database, intake, arrived)


async def is_whole(database: Database, intake: Intake, arrived: Arrived) -> None:
    async with database.read() as tx:
        lead = await leads.read(tx, intake.lead.id)
        evidence = await consents.of_lead(tx, intake.lead.id)
    assert lead is not None
    assert lead.state in ("waiting", "unusable")
    assert (lead.state == "unusable") == bool(lead.reason)
    assert (lead.next_call_at is not None) == (lead.state == "waiting")
    assert evidence
    if intake.is_new and not arrived.usable:
        assert lead.state == "unusable"
    if lead.state == "waiting":
        assert lead.phone
        assert any(each.evidence.level != "none" for each in evidence)
    for stage in (lead.webhook_at, lead.accepted_at):
        assert stage is not None
        assert math.isfinite(stage.timestamp())


@pytest.mark.parametrize("phone", ["+447700900123", "+14155550123", "+999123456789", "555-2671", "1-800-356-9377"])
def test_numbers_that_nobody_has_or_nobody_may_call_are_kept_and_not_called(phone: str) -> None:
    read = read_submission({**FORM, "phone": phone}, ARRIVAL)
    assert read.lead.phone is None
    assert read.lead.unusable
    assert read.lead.phone_typed == phone

"""What other services send, read by a mapping: one suggested from an example, tried, and kept; consent that is only
said is vouched for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.leads.fields import FormUnreadable
from engine.leads.reading import Arrival
from engine.leads.sources.any_json import LEADS_AT_ONCE, JsonSettings, TooMany, open_body, read
from engine.leads.sources.connection_kinds import SECRET
from engine.leads.sources.kinds import check_source
from engine.leads.sources.mapping import Rule, read_moment
from engine.leads.sources.suggesting import suggest
from engine.leads.sources.trying import Tried, try_mapping
from tests.emulators.lead_senders.services import EXAMPLES, LINKEDIN, LINKEDIN_BY_CONNECTOR, TIKTOK, Example

ARRIVAL = Arrival(
    "home", "Harborline LLC", "US", ip="3.3.3.3", user_agent="Zapier", referer="x", campaign_id="c", source_id="src_1",
    at=datetime(2026, 11, 24, tzinfo=UTC),
)  # fmt: skip
WORDS = "I agree that Harborline may call me, also with an artificial voice."


def suggested(document: object, **more: object) -> JsonSettings:
    found = suggest(document)  # type: ignore[arg-type]  # a JSON document
    return JsonSettings(
        mapping=dict(found.mapping), answers=dict(found.answers), leads_at=found.leads_at, consent_text=WORDS, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.service for each in EXAMPLES])
def test_from_one_example_of_a_service_a_mapping_is_suggested_that_reads_its_leads(example: Example) -> None:
    document = open_body(example.content_type, example.body)
    settings = suggested(document)
    tried, wrong = try_mapping(document, settings, ARRIVAL)
    lead = tried[0]
    assert wrong == ""
    assert (lead.phone, lead.email) == (example.phone, example.email)
    assert f"{lead.first_name} {lead.last_name}".strip() == example.name
    assert (lead.found["id"].text if "id" in lead.found else "") == example.id
    assert {name: each.text for name, each in lead.answers.items()} == example.answers
    assert lead.consent == ("written" if example.consent else "none")
    errors = [
        each
        for each in check_source("json", settings.model_dump(mode="json", by_alias=True), {})
        if each.level == "error"
    ]
    assert errors == [], "what is suggested can be kept"


def test_what_is_not_found_in_an_example_is_said() -> None:
    for sample in ({}, [], "x", 7, None):
        found = suggest(sample)  # type: ignore[arg-type]
        assert "nothing in the example" in found.unsure[0]
    found = suggest({"title": "Quote", "sms_consent": "yes"})
    assert len(found.unsure) == 4
    assert "consent" not in found.mapping, "leave to write is no leave to call"


def test_tiktok_is_read_by_its_description() -> None:
    settings = suggested(TIKTOK, signature={"header": "X-Signature"}, signature_connection="tiktok")
    assert settings.leads_at == "entry[*].changes[*]"
    (lead,) = read(TIKTOK, settings, ARRIVAL)  # type: ignore[arg-type]
    new = lead.arrived.lead
    assert (new.phone, new.first_name) == ("+14155552671", "Zoë")
    assert new.external_id and new.external_id.startswith("7301234567890123456:")
    assert lead.arrived.evidence and lead.arrived.evidence.level == "written"


def test_a_bare_event_of_linkedin_is_kept_aside_and_what_a_connector_fetches_is_read() -> None:
    settings = suggested(LINKEDIN_BY_CONNECTOR)
    (bare,) = read(LINKEDIN, settings, ARRIVAL)  # type: ignore[arg-type]
    assert "phone number is missing" in bare.arrived.lead.unusable
    assert bare.arrived.lead.form["leadGenFormResponse"] == "urn:li:leadGenFormResponse:ab-1"
    (whole,) = read(LINKEDIN_BY_CONNECTOR, settings, ARRIVAL)  # type: ignore[arg-type]
    assert (whole.arrived.lead.phone, whole.arrived.usable) == ("+14155552671", True)
    assert whole.arrived.lead.submitted_at == datetime.fromtimestamp(1795356390, UTC)


def one(document: object, **settings: object) -> Tried:
    kept = JsonSettings.model_validate({"consent_text": WORDS, **settings})
    (tried,), _ = try_mapping(document, kept, ARRIVAL)  # type: ignore[arg-type]
    return tried


def test_the_first_path_that_finds_something_counts_joined_ones_are_put_together_and_a_constant_is_last() -> None:
    mapping = {
        "phone": ["mobile", "home"], "name": {"from": ["last", "first"], "join": ", "}, "country": {"constant": "DE"},
        "consent": "ok", "email": {"from": "mail", "constant": "none@example.org"},
    }  # fmt: skip
    lead = one({"home": "030 901820", "mobile": "", "first": "Zoë", "last": "Miller", "ok": True}, mapping=mapping)
    assert (lead.phone, lead.first_name, lead.last_name) == ("+4930901820", "Zoë", "Miller")
    assert lead.found["phone"].paths == ("home",)
    assert lead.found["name"].paths == ("last", "first")
    assert (lead.found["country"].constant, lead.email) == (True, "none@example.org")


@pytest.mark.parametrize(
    ("said", "yes", "consent"),
    [
        ("Sí, llámenme", ["sí, llámenme"], "written"),
        ("newsletter, calls", ["calls"], "written"),
        (["newsletter", "calls"], "calls", "written"),
        ("newsletter", ["calls"], "none"),
        ("yes", ["calls"], "none"),
        ("yes", [], "written"),
        (False, [], "none"),
        ("No thank you, I would rather not be called", [], "none"),
        (None, [], "none"),
    ],
)
def test_yes_is_what_the_mapping_says_it_is(said: object, yes: object, consent: str) -> None:
    mapping = {"phone": "p", "name": "n", "consent": {"from": "c", "yes": yes}}
    assert one({"p": "+14155552671", "n": "Zoë", "c": said}, mapping=mapping).consent == consent


def test_a_yes_for_everybody_counts_only_if_somebody_vouches_for_it() -> None:
    mapping = {"phone": "p", "name": "n", "consent": {"constant": "yes"}}
    document = {"p": "+14155552671", "n": "Zoë"}
    assert one(document, mapping=mapping).consent == "none"
    signed = {"by": "Dana Reyes", "on": "2026-11-01"}
    assert one(document, mapping=mapping, signed=signed).consent == "written"
    settings = JsonSettings.model_validate({"mapping": mapping, "signed": signed, "consent_text": WORDS})
    (lead,) = read(document, settings, ARRIVAL)  # type: ignore[arg-type]
    assert lead.arrived.evidence and "approved by Dana Reyes on 2026-11-01" in lead.arrived.evidence.verified_by


def test_the_address_of_the_service_is_not_taken_for_the_persons() -> None:
    mapping = {"phone": "p", "consent": "c", "consent_ip": "ip", "user_agent": "ua", "page_url": "url"}
    settings = JsonSettings.model_validate({"mapping": mapping, "consent_text": WORDS})
    document = {"p": "+14155552671", "c": "yes", "ip": "203.0.113.7", "ua": "Firefox", "url": "https://a.example/q"}
    known = read(document, settings, ARRIVAL)[0].arrived.evidence  # type: ignore[arg-type]
    silent = read({"p": "+14155552671", "c": "yes"}, settings, ARRIVAL)[0].arrived.evidence
    assert known and silent
    assert (known.ip, known.user_agent, known.form_url) == ("203.0.113.7", "Firefox", "https://a.example/q")
    assert (silent.ip, silent.user_agent, silent.form_url) == ("", "", "")


def test_a_lead_that_the_mapping_does_not_fit_is_kept_with_all_that_was_sent() -> None:
    settings = JsonSettings.model_validate({"mapping": {"phone": "data.phone"}, "consent_text": WORDS})
    (lead,) = read({"payload": {"tel": "+14155552671", "list": [1, None, {"x": True}]}}, settings, ARRIVAL)
    assert lead.arrived.lead.unusable
    assert lead.arrived.lead.form == {"payload.tel": "+14155552671", "payload.list.0": "1", "payload.list.2.x": "true"}


def test_several_leads_at_once_are_each_read_and_too_many_are_refused_whole() -> None:
    settings = JsonSettings.model_validate(
        {"mapping": {"phone": "p", "consent": "c", "id": "id"}, "leads_at": "all", "consent_text": WORDS}
    )
    both = {"all": [{"p": "+14155552671", "c": 1, "id": 1}, {"p": "x", "c": 1, "id": 2}]}
    first, second = read(both, settings, ARRIVAL, "msg_1")  # type: ignore[arg-type]
    assert (first.arrived.usable, second.arrived.usable) == (True, False)
    for entries in ({"all": []}, {}, {"all": "x"}):
        assert len(read(entries, settings, ARRIVAL)) == 1, "kept as one lead that nobody can be called by"
    with pytest.raises(TooMany):
        read({"all": [{}] * (LEADS_AT_ONCE + 1)}, settings, ARRIVAL)
    _, wrong = try_mapping({"other": 1}, settings, ARRIVAL)
    assert wrong == "Nothing stands at 'all' in the example."


def test_the_id_of_a_form_that_was_taken_for_that_of_the_lead_loses_nobody() -> None:
    settings = JsonSettings.model_validate({"mapping": {"phone": "p", "id": "form_id"}})
    one, other, again = (
        read({"p": phone, "form_id": "f1"}, settings, ARRIVAL)[0].arrived.lead.external_id
        for phone in ("+14155552671", "+14155552672", "+1 415 555 2671")
    )
    assert one == again != other


@pytest.mark.parametrize("text", ["2026-11-22T14:06:30Z", "2026-11-22T14:06:30+0000", "1795356390", "1795356390000"])
def test_times_are_read_as_services_write_them(text: str) -> None:
    assert read_moment(text) == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-22 14:06", "22/11/2026", "12345"])
def test_a_time_that_nobody_can_be_sure_of_is_none(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize("body", [b"", b"{", b"phone=1", b"\xff\xfe", b"[" * 200_000])
def test_what_is_neither_json_nor_a_form_is_told_so(body: bytes) -> None:
    with pytest.raises(FormUnreadable, match="not JSON"):
        open_body("application/json", body)


def test_json_is_read_whatever_it_is_called_and_forms_become_nested() -> None:
    for name in ("application/json; charset=utf-8", "text/plain", "", "application/octet-stream"):
        assert open_body(name, '\ufeff{"a": "Zoë"}'.encode()) == {"a": "Zoë"}
    form = b"a%5Bb%5D%5Bc%5D=1&a%5Bd%5D=2&x=3&x.y=4"
    assert open_body("application/x-www-form-urlencoded", form) == {
        "a": {"b": {"c": "1"}, "d": "2"},
        "x": "3",
        "x.y": "4",
    }


@pytest.mark.parametrize(
    ("settings", "field", "level"),
    [
        ({}, "mapping.phone", "error"),
        ({"mapping": {"phone": "a..b"}}, "mapping.phone", "error"),
        ({"mapping": {"phone": {}}}, "mapping.phone", "error"),
        ({"mapping": {"phone": 7}}, "mapping.phone", "error"),
        ({"mapping": {"phone": "p", "shoe": "x"}}, "mapping.shoe.[key]", "error"),
        ({"mapping": {"phone": "p"}, "answers": {"a": "["}}, "answers.a", "error"),
        ({"mapping": {"phone": "p"}}, "mapping.name", "warning"),
        ({"mapping": {"phone": "p"}}, "mapping.consent", "warning"),
        ({"mapping": {"phone": "p"}}, "consent_text", "warning"),
        ({"mapping": {"phone": "p"}, "consent_by": "sending"}, "consent_text", "error"),
        ({"mapping": {"phone": "p", "consent": {"constant": "yes"}}}, "signed", "error"),
        ({"mapping": {"phone": "p"}, "leads_at": "a["}, "leads_at", "error"),
        ({"mapping": {"phone": "p"}, "country": "X"}, "country", "error"),
        ({"mapping": {"phone": "p"}, "signature": {"header": "X-S"}}, "signature_connection", "error"),
        ({"mapping": {"phone": "p"}, "signature": {"header": "bad header"}}, "signature.header", "error"),
        ({"mapping": {"phone": "p"}, "token_connection": "gone"}, "token_connection", "error"),
        ({"mapping": {"phone": "p"}, "token_header": "a b"}, "token_header", "error"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(settings: dict[str, object], field: str, level: str) -> None:
    issues = check_source("json", settings, {"s": SECRET})  # type: ignore[arg-type]  # untrusted
    found = [each for each in issues if each.field == field]
    assert [each.level for each in found] == [level], issues
    assert found[0].sentence.endswith(".")


def test_good_settings_have_no_issue() -> None:
    settings = {
        "mapping": {"phone": "p", "name": {"from": ["f", "l"], "join": " "}, "consent": {"from": "c", "yes": "ja"}},
        "answers": {"service": "s"}, "consent_text": WORDS, "signature_connection": "s",
        "signature": {"header": "X-Signature", "prefix": "sha256="}, "token_connection": "s", "country": "us",
    }  # fmt: skip
    assert check_source("json", settings, {"s": SECRET}) == []  # type: ignore[arg-type]
    assert Rule.model_validate({"from": "a"}).paths == ("a",)


NAMES = ["phone", "name", "label", "value", "fields", "id", "a.b", "", "email", "entry"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=5)
    | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


@given(JSON)
def test_no_example_breaks_the_suggestion_and_whatever_is_suggested_can_be_read(document: object) -> None:
    settings = suggested(document)
    for tried in try_mapping(document, settings, ARRIVAL)[0]:  # type: ignore[arg-type]
        assert tried.unusable or tried.phone

"""What is made of a lead of Google Ads: columns, ids of 64 bits, consent, test leads; and its settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from engine.leads.reading import Arrival
from engine.leads.sources.connection_kinds import GOOGLE_KEY
from engine.leads.sources.google import GoogleLead, GoogleSettings, GoogleUnreadable, parse, read
from engine.leads.sources.kinds import check_source
from tests.emulators.lead_senders.google_ads import FIRST_ID, GoogleAds

ARRIVAL = Arrival(
    "home", "Harborline LLC", "US", ip="66.249.0.1", user_agent="Google-Ads", referer="x", campaign_id="c",
    source_id="src_1", at=datetime(2026, 11, 24, tzinfo=UTC),
    allow_fiction=True,  # the number in Google's own sample belongs to nobody
)  # fmt: skip
SHEET = b"""{"lead_id":"TeSter-123","api_version":"1.0","form_id":40000000000,"campaign_id":123456,
 "google_key":"s3cret","is_test":true,"gcl_id":"abc","adgroup_id":20000000000,"creative_id":30000000000,
 "asset_group_id":4000000000,"lead_stage":"...","lead_submit_time":"2026-11-22T14:06:30Z",
 "user_column_data":[
  {"column_id":"FULL_NAME","column_name":"Full Name","string_value":"Test Name"},
  {"column_id":"EMAIL","column_name":"User Email","string_value":"test@example.com"},
  {"column_id":"PHONE_NUMBER","column_name":"User Phone","string_value":"+16505550123"},
  {"column_id":"what_is_your_budget","column_name":"What is your budget?","string_value":"5k"}]}"""
ADS = GoogleAds(httpx.AsyncClient(), "", "s3cret-key")


def made(columns: object = None, **changes: object) -> GoogleLead:
    return parse(json.dumps(ADS.lead(columns, **changes)).encode())  # type: ignore[arg-type]


def test_the_payload_of_googles_page_is_read_whole() -> None:
    lead = parse(SHEET)
    assert lead.key == "s3cret"
    arrived = read(lead, GoogleSettings(), ARRIVAL)
    new = arrived.lead
    assert (new.first_name, new.last_name, new.phone, new.email) == ("Test", "Name", "+16505550123", "test@example.com")
    assert (new.external_id, new.test) == ("TeSter-123", True)
    assert new.submitted_at == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
    assert new.form == {
        "what_is_your_budget": "5k", "google_form_id": "40000000000", "google_campaign_id": "123456",
        "google_adgroup_id": "20000000000", "google_creative_id": "30000000000",
        "google_asset_group_id": "4000000000", "google_gcl_id": "abc", "google_lead_stage": "...",
        "google_api_version": "1.0",
    }  # fmt: skip
    assert arrived.evidence
    assert (arrived.evidence.ip, arrived.evidence.user_agent, arrived.evidence.form_url) == ("", "", "")


def test_the_key_is_taken_out_before_anything_is_kept_or_shown() -> None:
    lead = parse(SHEET)
    assert b"s3cret" not in lead.payload and b"google_key" not in lead.payload
    assert json.loads(lead.payload)["lead_id"] == "TeSter-123"
    assert "s3cret" not in repr(lead)


@pytest.mark.parametrize("as_text", [True, False])
def test_ids_beyond_two_to_the_53_lose_nothing_as_numbers_or_texts(as_text: bool) -> None:
    id: object = str(FIRST_ID) if as_text else FIRST_ID
    new = read(made(campaign_id=id, lead_id=id), GoogleSettings(), ARRIVAL).lead
    assert (new.form["google_campaign_id"], new.external_id) == ("9007199254740993", "9007199254740993")


def test_columns_are_known_by_their_id_also_without_a_name_and_unknown_questions_are_answers() -> None:
    columns = [
        {"column_id": "FIRST_NAME", "string_value": "Zoë"}, {"column_id": "LAST_NAME", "string_value": "Müller"},
        {"column_id": "WORK_PHONE", "string_value": "(415) 555-2671"},
        {"column_id": "POSTAL_CODE", "string_value": "94107"},
        {"column_id": "REGION", "string_value": "CA"}, {"column_id": "CITY", "string_value": "San Francisco"},
        {"column_id": "¿cuándo?", "string_value": "mañana"}, {"column_id": "services", "string_value": "roof"},
        {"column_id": "services", "string_value": "gutter"}, {"column_name": "Only a name", "string_value": "x"},
        {"column_id": "empty"}, {"column_id": "null", "string_value": None}, "nonsense", 7, {},
    ]  # fmt: skip
    new = read(made(columns), GoogleSettings(columns={"¿cuándo?": "when"}), ARRIVAL).lead
    assert (new.first_name, new.last_name, new.phone) == ("Zoë", "Müller", "+14155552671")
    answers = {name: value for name, value in new.form.items() if not name.startswith("google_")}
    assert answers == {
        "zip": "94107", "state": "CA", "city": "San Francisco", "when": "mañana", "services": "roof, gutter",
        "Only a name": "x",
    }  # fmt: skip


def test_the_private_number_counts_before_that_of_the_office() -> None:
    columns = {"PHONE_NUMBER": "+14155552671", "WORK_PHONE": "+14155552672", "FULL_NAME": "Zoë"}
    assert read(made(columns), GoogleSettings(), ARRIVAL).lead.phone == "+14155552671"


@pytest.mark.parametrize("data", [None, "x", 7, {}, [None], []])
def test_a_lead_without_columns_is_kept_as_unusable(data: object) -> None:
    arrived = read(made(user_column_data=data), GoogleSettings(), ARRIVAL)
    assert "phone number is missing" in arrived.lead.unusable
    assert arrived.lead.external_id, "so that Google's repetition is known"


def test_a_number_without_country_is_read_in_the_sources_country() -> None:
    columns = {"PHONE_NUMBER": "030 901820", "FULL_NAME": "Zoë"}
    assert read(made(columns), GoogleSettings(), ARRIVAL).lead.phone is None
    assert read(made(columns), GoogleSettings(country="de"), ARRIVAL).lead.phone == "+4930901820"
    named = {**columns, "COUNTRY": "Germany"}
    assert read(made(named), GoogleSettings(), ARRIVAL).lead.phone == "+4930901820"


WORDS = "May Harborline call you, also with an artificial voice?"


@pytest.mark.parametrize(
    ("answer", "level", "usable"),
    [("Yes", "written", True), ("yes", "written", True), ("No", "none", False), ("", "none", False),
     ("Later", "none", False)],
)  # fmt: skip
def test_only_a_yes_to_the_question_is_consent(answer: str, level: str, usable: bool) -> None:
    settings = GoogleSettings(consent_text=WORDS, consent_question="may_we_call", consent_version="2")
    columns = {"PHONE_NUMBER": "+14155552671", "FULL_NAME": "Zoë", "May_We_Call": answer}
    arrived = read(made(columns), settings, ARRIVAL)
    assert arrived.evidence
    assert (arrived.evidence.level, arrived.usable) == (level, usable)
    assert (arrived.evidence.text, arrived.evidence.text_version) == (WORDS, "2")


def test_a_form_without_the_question_brings_an_inquiry_unless_somebody_vouches_for_more() -> None:
    def level(**settings: object) -> str:
        evidence = read(made(), GoogleSettings.model_validate(settings), ARRIVAL).evidence
        assert evidence
        return evidence.level

    assert level() == "inquiry"
    assert level(consent_level="written", consent_text=WORDS) == "inquiry", "nobody vouches for it"
    signed = {"by": "Dana Reyes", "on": "2026-11-01"}
    assert level(consent_level="written", consent_text=WORDS, signed=signed) == "written"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe\x00", b"[" * 200_000])
def test_what_is_no_lead_is_told_so(body: bytes) -> None:
    with pytest.raises(GoogleUnreadable, match=r"\.$"):
        parse(body)


@pytest.mark.parametrize(
    ("settings", "field", "level"),
    [
        ({}, "key_connection", "error"),
        ({"key_connection": "gone"}, "key_connection", "error"),
        ({"key_connection": "k"}, "consent_question", "warning"),
        ({"key_connection": "k", "consent_question": "q"}, "consent_text", "error"),
        ({"key_connection": "k", "consent_question": "q", "consent_text": "Call me?"}, "consent_text", "warning"),
        ({"key_connection": "k", "consent_level": "written"}, "signed", "error"),
        ({"key_connection": "k", "consent_level": "written", "signed": {"by": "D"}}, "signed.on", "error"),
        ({"key_connection": "k", "country": "X"}, "country", "error"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(settings: dict[str, object], field: str, level: str) -> None:
    issues = check_source("google", settings, {"k": GOOGLE_KEY})  # type: ignore[arg-type]  # untrusted
    assert [each.level for each in issues if each.field == field] == [level], issues
    fine = {"key_connection": "k", "consent_question": "q", "consent_text": WORDS}
    assert check_source("google", fine, {"k": GOOGLE_KEY}) == []

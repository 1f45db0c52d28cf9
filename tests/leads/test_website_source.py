"""What a website source makes of a form: its words of consent, its names for fields, robots, and what is wrong with its
settings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.leads.reading import Arrival, ticked
from engine.leads.sources.addresses import origin_fits, read_origin
from engine.leads.sources.connection_kinds import SECRET
from engine.leads.sources.kinds import check_source
from engine.leads.sources.website import ROBOT, WebsiteSettings, check, is_robot, read

ARRIVAL = Arrival(
    flow_id="home", seller="Harborline LLC", region="US", ip="198.51.100.4", user_agent="Browser", referer="https://a.example/q",
    campaign_id="cmp_1", source_id="src_1", at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
)  # fmt: skip
WORDS = "I agree that Harborline may call me, also with an artificial voice."
SOURCE = WebsiteSettings(consent_text=WORDS, consent_version="3")
FORM = {"name": "Zoë Miller", "phone": "(415) 555-2671", "consent": "on"}


def test_a_form_that_sends_no_words_has_agreed_to_those_of_the_source_at_that_moment() -> None:
    before = read(FORM, SOURCE, ARRIVAL, "browser").evidence
    after = read(FORM, WebsiteSettings(consent_text="Other words.", consent_version="4"), ARRIVAL, "browser").evidence
    assert before and after
    assert (before.level, before.text, before.text_version) == ("written", WORDS, "3")
    assert (after.text, after.text_version) == ("Other words.", "4")
    assert before.verified_by == "sent by the visitor's browser; words of the source"


def test_words_that_were_sent_are_those_that_were_shown_and_a_difference_is_noted() -> None:
    same = read({**FORM, "consent_text": f"  {WORDS.upper()} "}, SOURCE, ARRIVAL, "browser").evidence
    other = read({**FORM, "consent_text": "Call me.", "consent_version": "9"}, SOURCE, ARRIVAL, "browser").evidence
    assert same and other
    assert (other.text, other.text_version) == ("Call me.", "9")
    assert "not those of the source" in other.verified_by
    assert "not those" not in same.verified_by
    assert same.text_version == "", "nobody said which version the sent words are"


def test_a_form_without_a_box_agrees_by_sending_only_if_the_source_says_so() -> None:
    bare = {"name": "Zoë Miller", "phone": "(415) 555-2671"}
    assert not read(bare, SOURCE, ARRIVAL, "browser").usable
    sending = SOURCE.model_copy(update={"consent_by": "sending"})
    agreed = read(bare, sending, ARRIVAL, "browser")
    assert agreed.usable and agreed.evidence
    assert (agreed.evidence.level, agreed.evidence.ticked) == ("written", None)
    assert "agreed by sending the form" in agreed.evidence.verified_by
    refused = read({**bare, "consent": "no"}, sending, ARRIVAL, "browser")
    assert not refused.usable, "a box that says no counts all the same"


@pytest.mark.parametrize(
    ("said", "agreed"),
    [
        ("I agree that you may call me.", True),
        ("No, please do not call me about this", False),
        ("Don't call me, write to me instead", False),
        ("I do not agree to be called by anyone", False),
        ("Nein, bitte rufen Sie mich nicht an", False),
        ("Nothing is better than a call, so please do", True),
        ("maybe", None),
        ("", None),
    ],
)
def test_a_long_no_is_no_consent(said: str, agreed: bool | None) -> None:
    assert ticked(said) is agreed


def test_the_address_of_a_browser_is_the_one_that_we_see_and_that_of_a_server_says_nothing() -> None:
    form = {**FORM, "consent.ip": "203.0.113.7", "consent.user_agent": "Their browser"}
    browser, server, signed = (read(form, SOURCE, ARRIVAL, each).evidence for each in ("browser", "server", "signed"))
    assert browser and server and signed
    assert (browser.ip, browser.user_agent) == ("198.51.100.4", "Browser")
    assert (server.ip, server.user_agent) == ("203.0.113.7", "Their browser")
    assert (signed.ip, signed.user_agent) == ("203.0.113.7", "Their browser")
    silent = read(FORM, SOURCE, ARRIVAL, "signed").evidence
    assert silent and (silent.ip, silent.user_agent, silent.form_url) == ("", "", "")
    assert browser.form_url == "https://a.example/q"


def test_fields_with_other_names_are_told_by_the_source() -> None:
    settings = WebsiteSettings.model_validate(
        {
            "consent_text": WORDS, "fields": {"phone": "your-tel", "first_name": "q1", "consent": "q9"},
            "answers": {"q17": "service", "plz": "zip"}, "country": "de",
        }
    )  # fmt: skip
    form = {"q1": "Zoë", "your-tel": "030 901820", "q9": "ja, gerne, rufen Sie mich an", "q17": "Dach", "plz": "10117"}
    arrived = read(form, settings, ARRIVAL, "browser")
    assert (arrived.lead.first_name, arrived.lead.phone) == ("Zoë", "+4930901820")
    assert arrived.lead.form == {"service": "Dach", "zip": "10117"}
    assert arrived.usable


def test_where_the_person_is_stands_under_one_name() -> None:
    arrived = read(
        {**FORM, "Postal Code": "94107", "province": "CA", "town": "San Francisco"}, SOURCE, ARRIVAL, "browser"
    )
    assert arrived.lead.form["zip"] == "94107"
    assert (arrived.lead.form["state"], arrived.lead.form["city"]) == ("CA", "San Francisco")
    assert arrived.lead.form["Postal Code"] == "94107"


def test_a_robots_form_is_put_aside_and_the_person_with_the_same_id_is_called() -> None:
    robot = read({**FORM, "id": "7", "company_fax": "x"}, SOURCE, ARRIVAL, "browser")
    assert is_robot(robot)
    assert (robot.lead.unusable, robot.lead.external_id, robot.problems) == (ROBOT, None, ())
    assert robot.lead.form == {"company_fax": "x"}, "what it wrote is kept, for staff to judge"
    open_ = SOURCE.model_copy(update={"honeypot": ""})
    assert not is_robot(read({**FORM, "company_fax": "x"}, open_, ARRIVAL, "browser"))


def test_a_form_that_sends_its_own_id_with_every_lead_loses_none() -> None:
    one = read({**FORM, "id": "1"}, SOURCE, ARRIVAL, "server").lead.external_id
    again = read({**FORM, "id": "1", "phone": "415.555.2671"}, SOURCE, ARRIVAL, "server").lead.external_id
    somebody = read({**FORM, "id": "1", "phone": "415 555 2672"}, SOURCE, ARRIVAL, "server").lead.external_id
    assert one == again
    assert one != somebody
    assert one and one.startswith("1:")
    long = read({**FORM, "id": "x" * 5000}, SOURCE, ARRIVAL, "server").lead.external_id
    assert long and len(long) <= 255


def test_the_id_of_a_signed_message_stands_in_where_the_form_has_none() -> None:
    lead = read(FORM, SOURCE, ARRIVAL, "signed", "msg_1").lead
    assert lead.external_id and lead.external_id.startswith("msg_1:")


@pytest.mark.parametrize(
    ("origin", "read_as"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("https://WWW.Example.com/", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://*.example.com", "https://*.example.com"),
        ("https://example.com/quote", None),
        ("example.com", None),
        ("https://*", None),
        ("https://a.*.com", None),
        ("https://me@example.com", None),
        ("ftp://example.com", None),
        ("https://[", None),
        ("null", None),
    ],
)
def test_websites_are_entered_as_people_write_them(origin: str, read_as: str | None) -> None:
    if read_as is None:
        with pytest.raises(ValueError, match=r"\.$"):
            read_origin(origin)
    else:
        assert read_origin(origin) == read_as


def test_a_star_takes_the_websites_below_and_no_look_alikes() -> None:
    allowed = ["https://*.example.com", "https://harborline.example"]
    assert origin_fits("https://www.example.com", allowed)
    assert origin_fits("https://a.b.example.com", allowed)
    for stranger in ("https://example.com", "https://evilexample.com", "http://www.example.com",
    "https://harborline.example.evil", "null"):  # fmt: skip
        assert not origin_fits(stranger, allowed), stranger


@pytest.mark.parametrize(
    ("settings", "field", "level"),
    [
        ({}, "consent_text", "warning"),
        ({}, "allowed_origins", "warning"),
        ({"consent_by": "sending"}, "consent_text", "error"),
        ({"consent_by": "guessing"}, "consent_by", "error"),
        ({"allowed_origins": ["example.com"]}, "allowed_origins.0", "error"),
        ({"allowed_origins": ["http://example.com"]}, "allowed_origins.0", "warning"),
        ({"country": "Atlantis"}, "country", "error"),
        ({"thank_you_url": "thanks.html"}, "thank_you_url", "error"),
        ({"thank_you_url": "javascript:alert(1)"}, "thank_you_url", "error"),
        ({"honeypot": "email"}, "honeypot", "error"),
        ({"honeypot": "fax", "answers": {"fax": "fax"}}, "honeypot", "error"),
        ({"signature_connection": "gone"}, "signature_connection", "error"),
        ({"signature_connection": "mail"}, "signature_connection", "error"),
        ({"per_ip_per_minute": -1}, "per_ip_per_minute", "error"),
        ({"fields": {"shoe_size": "x"}}, "fields.shoe_size.[key]", "error"),
        ("nothing", "", "error"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said_where_and_what_to_do(settings: object, field: str, level: str) -> None:
    issues = check_source("website", settings, {"mail": "smtp", "web": SECRET})  # type: ignore[arg-type]  # untrusted
    found = [each for each in issues if each.field == field]
    assert [each.level for each in found] == [level], issues
    assert found[0].sentence.endswith(".") and found[0].fix.endswith((".", "company_fax."))


def test_good_settings_have_no_issue_and_strange_ones_are_kept() -> None:
    good = {
        "allowed_origins": ["https://www.example.com"], "consent_text": WORDS, "signature_connection": "web",
        "thank_you_url": "https://www.example.com/thanks?x=1#top", "country": "us", "later": {"x": 1},
    }  # fmt: skip
    assert check(good, {"web": SECRET}) == []
    assert WebsiteSettings.model_validate(good).model_dump()["later"] == {"x": 1}

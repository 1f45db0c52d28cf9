"""What Graph tells of a lead, as a lead of ours: names of questions in any language, consent, tests, missing phones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.leads.reading import Arrival
from engine.leads.sources.kinds import check_source
from engine.leads.sources.meta import FormSettings, MetaSettings, arriving, read_answers
from engine.leads.sources.meta_event import LeadgenEvent
from tests.emulators.meta_graph import FormLead, a_lead
from tests.emulators.meta_graph.people import a_test_lead

ARRIVAL = Arrival("home", "Harborline LLC", "US", campaign_id="cmp_1", source_id="src_1")
TEXT = "I agree to be called by an assistant of Harborline LLC."
SETTINGS = MetaSettings(connection="meta", consent_text=TEXT)


def read(lead: FormLead, settings: MetaSettings = SETTINGS, **more: Any) -> Any:
    return read_answers({**lead.document(), **more}, settings, ARRIVAL)


def test_standard_questions_become_the_person() -> None:
    found = read(a_lead())
    assert (found.lead.first_name, found.lead.last_name, found.lead.phone) == ("Zoë", "Miller", "+14155552671")
    assert (found.lead.email, found.lead.source, found.lead.unusable) == ("zoe0@example.org", "meta", "")
    assert found.lead.form["what_is_your_budget?"] == "5k-10k"
    assert found.lead.submitted_at == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
    assert (found.lead.campaign_id, found.lead.source_id, found.lead.external_id) == ("cmp_1", "src_1", a_lead().id)


def test_place_goes_into_the_form_by_our_names() -> None:
    found = read(a_lead(answers={"zip_code": "94107", "state": "CA", "city": "San Francisco"}))
    assert {name: found.lead.form[name] for name in ("zip", "state", "city")} == {
        "zip": "94107", "state": "CA", "city": "San Francisco",
    }  # fmt: skip


def test_a_question_in_any_language_is_mapped_whatever_its_case_and_mark() -> None:
    settings = MetaSettings(
        connection="meta", consent_text=TEXT,
        fields={"Ihre Telefonnummer?": "phone"},
        forms={"999": FormSettings(fields={"¿cuál_es_tu_presupuesto?": "budget", "vollständiger_name": "name"})},
    )  # fmt: skip
    answers = {
        "full_name": "", "phone_number": "", "ihre_telefonnummer": "(415) 555-2671",
        "VOLLSTÄNDIGER_NAME": "Zoë Miller", "¿Cuál es tu presupuesto?": "5k",
    }  # fmt: skip
    found = read(a_lead(answers=answers), settings)
    assert (found.lead.phone, found.lead.first_name) == ("+14155552671", "Zoë")
    assert found.lead.form["budget"] == "5k"


def test_the_table_of_a_form_goes_before_that_of_the_source_and_counts_for_no_other_form() -> None:
    settings = MetaSettings(
        connection="meta", consent_text=TEXT, fields={"what_is_your_budget?": "price"},
        forms={"999": FormSettings(fields={"what_is_your_budget": "ignore"})},
    )  # fmt: skip
    assert "price" not in read(a_lead(), settings).lead.form
    assert read(a_lead(form_id="1000"), settings).lead.form["price"] == "5k-10k"


def test_several_values_stand_with_commas() -> None:
    found = read(a_lead(answers={"which_rooms?": ("kitchen", "bath")}))
    assert found.lead.form["which_rooms?"] == "kitchen, bath"


def test_the_prefix_of_metas_exports_and_a_number_without_country_are_read() -> None:
    assert read(a_lead(answers={"phone_number": "p:+14155552671"})).lead.phone == "+14155552671"
    assert read(a_lead(answers={"phone_number": "415 555 2671", "country": "US"})).lead.phone == "+14155552671"
    german = MetaSettings(connection="meta", consent_text=TEXT, country="de")
    assert read(a_lead(answers={"phone_number": "0151 23456789"}), german).lead.phone == "+4915123456789"


def test_a_lead_without_a_phone_is_kept_with_the_reason() -> None:
    found = read(a_lead(answers={"phone_number": ""}))
    assert found.lead.phone is None
    assert "phone number is missing" in found.lead.unusable
    assert found.lead.external_id == a_lead().id


def test_a_test_lead_is_marked() -> None:
    found = read(a_test_lead())
    assert found.lead.test
    assert found.lead.phone is None
    assert not read(a_lead()).lead.test


def test_a_ticked_box_with_its_words_is_written_consent() -> None:
    evidence = read(a_lead()).evidence
    assert (evidence.level, evidence.ticked, evidence.text) == ("written", True, TEXT)
    assert evidence.given_at == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
    assert (evidence.seller, evidence.source) == ("Harborline LLC", "meta")


@pytest.mark.parametrize("shape", [True, "true", "1", "on"])
def test_a_tick_comes_in_several_shapes(shape: Any) -> None:
    assert read(a_lead(disclaimers=({"checkbox_key": "c", "is_checked": shape},))).evidence.ticked is True


@pytest.mark.parametrize("shape", [False, "false", "0", "", None])
def test_a_box_left_empty_is_no_consent_whatever_the_settings_say(shape: Any) -> None:
    for by in ("checkbox", "sending"):
        settings = MetaSettings(connection="meta", consent_text=TEXT, consent_by=by)  # type: ignore[arg-type]
        found = read(a_lead(disclaimers=({"checkbox_key": "c", "is_checked": shape},)), settings)
        assert found.evidence.level == "none"
        assert found.lead.unusable


def test_of_several_boxes_the_named_one_counts_and_without_a_name_all_of_them() -> None:
    boxes = ({"checkbox_key": "news", "is_checked": ""}, {"checkbox_key": "call", "is_checked": "1"})
    assert read(a_lead(disclaimers=boxes)).evidence.level == "none"
    named = MetaSettings(connection="meta", consent_text=TEXT, checkbox="call")
    assert read(a_lead(disclaimers=boxes), named).evidence.level == "written"
    other = MetaSettings(connection="meta", consent_text=TEXT, checkbox="gone")
    assert read(a_lead(disclaimers=boxes), other).evidence.level == "none"


def test_a_form_without_boxes_is_consent_only_where_sending_it_is() -> None:
    assert read(a_lead(disclaimers=None)).evidence.level == "none"
    sending = MetaSettings(connection="meta", consent_text=TEXT, consent_by="sending")
    assert read(a_lead(disclaimers=None), sending).evidence.level == "written"
    wordless = MetaSettings(connection="meta", consent_by="sending")
    assert read(a_lead(disclaimers=None), wordless).evidence.level == "none"


def test_a_tick_without_words_proves_only_the_wish() -> None:
    assert read(a_lead(), MetaSettings(connection="meta")).evidence.level == "express"


def test_the_words_of_a_form_go_before_those_of_the_source() -> None:
    settings = MetaSettings(
        connection="meta", consent_text=TEXT, forms={"999": FormSettings(consent_text="Other words.")}
    )
    assert read(a_lead(), settings).evidence.text == "Other words."


def test_who_did_not_agree_is_told_to_staff_and_not_as_to_a_visitor() -> None:
    reason = read(a_lead(disclaimers=())).lead.unusable
    assert "this person" in reason
    assert "your consent" not in reason


def test_the_advertisement_is_kept_with_the_answers_under_names_of_its_own() -> None:
    form = read(a_lead()).lead.form
    assert (form["meta_form_id"], form["meta_ad_name"]) == ("999", "Roofs")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"field_data": None},
        {"field_data": "x"},
        {"field_data": [1, {}, {"name": 5, "values": {}}, {"name": "phone_number", "values": [None, {"a": 1}]}]},
        {"field_data": [{"name": "phone_number", "values": "+14155552671"}], "custom_disclaimer_responses": [5, {}]},
        {"field_data": [{"name": f"q{each}", "values": ["x" * 20_000]} for each in range(1000)]},
    ],
)
def test_whatever_graph_answers_a_lead_comes_of_it(document: dict[str, Any]) -> None:
    found = read_answers({"id": "444", **document}, SETTINGS, ARRIVAL)
    assert found.lead.unusable
    assert len(found.lead.form) <= 200


def test_what_arrives_first_is_the_ids_alone() -> None:
    found = arriving(LeadgenEvent("444", "112", "999"), ARRIVAL)
    assert found.lead.arriving
    assert (found.lead.external_id, found.lead.form) == ("444", {"form_id": "999", "page_id": "112"})
    assert found.evidence is None


def test_settings_are_judged_in_sentences() -> None:
    known = {"meta": "meta", "crm": "hubspot"}
    assert check_source("meta", {"connection": "meta", "consent_text": TEXT}, known) == []
    assert [each.level for each in check_source("meta", {"connection": "meta"}, known)] == ["warning"]
    bad = {
        "connection": "crm", "more_pages": ["nowhere"], "country": "XX", "consent_by": "sending",
        "forms": {"abc": {}},
    }  # fmt: skip
    fields = {each.field for each in check_source("meta", bad, known) if each.level == "error"}
    assert fields == {"connection", "more_pages", "country", "consent_text", "forms.abc"}
    assert [each.field for each in check_source("meta", {"consent_text": TEXT}, known)] == ["connection"]
    assert check_source("meta", {"consent_by": "sending", "fields": 5}, known)[0].level == "error"

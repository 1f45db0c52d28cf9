"""National and state lists, special duties of states, rows that counsel has not read, and what the call has to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.compliance import Case, ConsentFact, Decision, Duties, ListedOn, Place, Terms, may_call
from engine.compliance.duties import signable
from engine.compliance.law import law

PHONE = "+14155552671"
NOON = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
WRITTEN = ConsentFact("written", PHONE, given_at=NOON - timedelta(days=2), text="An AI may call me.")
EXPRESS = replace(WRITTEN, level="express")
ASKS_EXPRESS = Terms(consent_level="express")


def decide(
    *states: str, consents: tuple[ConsentFact, ...] = (WRITTEN,), terms: Terms | None = None,
    lists: Mapping[str, datetime] | None = None, **changes: object,
) -> Decision:  # fmt: skip
    places = tuple(Place(law().states[state].zones[0], state, "ZIP code on the form") for state in states or ("OH",))
    fresh = {"": NOON, **dict.fromkeys(states, NOON)}
    case = Case(NOON, PHONE, consents=consents, places=places, lists_loaded=fresh if lists is None else lists,
                terms=terms or Terms())  # fmt: skip
    return may_call(replace(case, **changes))  # type: ignore[arg-type]


def rule(decision: Decision) -> str:
    return decision.refusal.rule if decision.refusal else "yes"


def test_a_number_on_a_list_is_called_with_written_consent_only() -> None:
    listed = (ListedOn("national list", NOON),)
    assert rule(decide(listed=listed)) == "yes"
    assert rule(decide(listed=listed, consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "do_not_call_lists"
    assert rule(decide(consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "yes"
    old = (ListedOn("national list", NOON - timedelta(days=400)),)  # who was on an old list is on it still, for us
    assert rule(decide(listed=old, consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "do_not_call_lists"


def test_a_callback_that_was_agreed_in_a_call_needs_written_consent_where_the_number_is_listed() -> None:
    listed = (ListedOn("national list", NOON),)
    assert rule(decide(consents=(), agreed=True)) == "yes"
    assert rule(decide(consents=(), agreed=True, listed=listed)) == "do_not_call_lists"
    assert rule(decide("FL", consents=(), agreed=True)) == "state_duties"  # Florida asks for writing


@pytest.mark.parametrize(("age", "fine"), [(0, True), (31, True), (32, False)])
def test_a_list_counts_for_31_days(age: int, fine: bool) -> None:
    lists = {"": NOON - timedelta(days=age)}
    written = decide(lists=lists)
    assert written.answer == "yes"  # written consent is what a listed number would need anyway
    assert (written.warnings == ()) is fine or "Ohio" in written.warnings[-1]
    assert any("No national do-not-call list" in each for each in written.warnings) is not fine
    express = decide(lists=lists, consents=(EXPRESS,), terms=ASKS_EXPRESS)
    assert express.answer == ("yes" if fine else "later")
    assert express.at is None  # until somebody loads one


def test_a_state_with_a_list_of_its_own_wants_that_too() -> None:
    only_national = {"": NOON}
    warned = decide("CO", lists=only_national)
    assert any("No Colorado state do-not-call list" in each for each in warned.warnings)
    assert rule(decide("CO", lists=only_national, consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "do_not_call_lists"
    assert rule(decide("CO", consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "yes"
    assert not any("list" in each for each in decide("OH", lists=only_national).warnings)


@pytest.mark.parametrize("state", ["CT", "FL", "GA", "KY", "MD", "NC", "OK", "TN"])
def test_states_that_ask_for_writing_get_it_whatever_the_campaign_asks(state: str) -> None:
    assert rule(decide(state)) == "yes"
    assert rule(decide(state, consents=(EXPRESS,), terms=ASKS_EXPRESS)) == "state_duties"
    old = replace(WRITTEN, given_at=NOON - timedelta(days=91))
    assert rule(decide(state, consents=(old, EXPRESS), terms=ASKS_EXPRESS)) == "state_duties"


@pytest.mark.parametrize(
    ("state", "signed", "expected"),
    [
        ("TX", (), "state_duties"),
        ("TX", ("TX.registration",), "yes"),
        ("TX", ("registration",), "yes"),
        ("TX", ("AZ.registration", "TX.row"), "state_duties"),
        ("AZ", (), "state_duties"),
        ("AZ", ("AZ.registration",), "yes"),
        ("CA", (), "yes"),  # prior agreement is there
        ("MN", (), "yes"),
        ("WA", (), "yes"),
    ],
)
def test_only_the_seller_can_register_with_a_state(state: str, signed: tuple[str, ...], expected: str) -> None:
    assert rule(decide(state, terms=Terms(duties_met=frozenset(signed)))) == expected


def test_a_state_that_only_the_area_code_tells_has_its_duties_all_the_same() -> None:
    assert rule(decide("OH", "TX")) == "state_duties"


def test_rows_that_counsel_has_not_read_warn_or_block_until_somebody_signs() -> None:
    assert decide("OH").warnings == ("The rules of Ohio have not been read by counsel.",)
    assert rule(decide("OH", terms=Terms(unverified_states="block"))) == "state_rows"
    for signed in ("OH.row", "row"):
        read = decide("OH", terms=Terms(unverified_states="block", duties_met=frozenset({signed})))
        assert (rule(read), read.warnings) == ("yes", ())
    assert decide("FL").warnings == ()
    assert rule(decide("FL", terms=Terms(unverified_states="block"))) == "yes"


def test_a_consent_that_is_old_warns_that_the_number_may_have_a_new_owner() -> None:
    old = replace(WRITTEN, given_at=NOON - timedelta(days=31))
    assert any("Reassigned Numbers Database" in each for each in decide("FL", consents=(old,)).warnings)
    assert not any("Reassigned" in each for each in decide("FL", consents=(old, WRITTEN)).warnings)
    assert not any("Reassigned" in each for each in decide("FL").warnings)
    assert decide("FL", consents=(old,), terms=Terms(rnd_check_after_days=60)).warnings == ()


@pytest.mark.parametrize(
    ("states", "duties"),
    [
        (("OH",), Duties("base", all_parties=False)),
        (("NY",), Duties("ny", all_parties=False)),
        (("CT",), Duties("ct", all_parties=True, end_within_s=10)),
        (("NJ",), Duties("nj", all_parties=False, say_number_early=True)),
        (("WA",), Duties("wa", all_parties=True, end_within_s=10)),
        (("OH", "CA"), Duties("base", all_parties=True)),
        (("OH", "NJ", "WA"), Duties("nj", all_parties=True, say_number_early=True, end_within_s=10)),
        (("NY", "NJ"), Duties("ny", all_parties=False, say_number_early=True)),
        (("NY", "CT", "NJ"), Duties("ct", all_parties=True, say_number_early=True, end_within_s=10)),
    ],
)
def test_the_call_does_what_the_strictest_place_asks(states: tuple[str, ...], duties: Duties) -> None:
    assert decide(*states).duties == duties


def test_where_nobody_knows_the_state_everybody_has_to_agree_to_a_recording() -> None:
    assert decide(places=()).duties == Duties("base", all_parties=True)
    assert decide(places=(Place("America/Chicago", ""),)).duties.all_parties


def test_two_openings_that_differ_are_told() -> None:
    assert any("Connecticut" in each and "New York" in each for each in decide("NY", "CT").warnings)
    assert not any("opening" in each for each in decide("NJ", "WA").warnings)


def test_everything_that_can_be_signed_for_has_words() -> None:
    found = signable()
    assert found["TX.registration"] == "Texas: registration of the seller with the state"
    assert found["UT.sunday_holiday_needs_consent"].startswith("Utah: consent that lifts the bar")
    assert found["registration"].startswith("All states: ")
    assert "written_consent" not in found  # nobody's word takes its place
    assert found["OH.row"] == "Ohio: counsel has read this state's row"
    assert "FL.row" not in found
    assert len([each for each in found if each.endswith(".row")]) == sum(row.verify for row in law().states.values())


def test_the_document_keeps_every_rule_with_its_inputs() -> None:
    document = decide("CO", lists={"": NOON - timedelta(days=3)}).document()
    assert isinstance(document, dict)
    assert document["answer"] == "yes"
    checks = {each["rule"]: each for each in document["checks"]}  # type: ignore[union-attr, index, call-overload]
    assert checks["do_not_call_lists"]["inputs"] == "national: of 2026-11-21; Colorado state: never loaded"  # type: ignore[index, call-overload]
    assert "America/Denver CO 2026-11-24 12:00, calls 08:00-20:55" in checks["hours"]["inputs"]  # type: ignore[index, call-overload, operator]
    assert checks["ai_wording"]["inputs"].startswith("consent, text sha256:")  # type: ignore[index, call-overload, union-attr]
    assert "0 of 2 in 24 h (the campaign)" in checks["attempts_24h"]["inputs"]  # type: ignore[index, call-overload, operator]

"""Who may be called, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.compliance import Case, ConsentFact, ListedOn, Place, Terms, may_call
from engine.compliance.places import places_of
from engine.compliance.policy import RULES

PHONE = "+14155552671"
SELLER = "Harborline Home Services LLC"
TEXT = "Harborline Home Services may call me, also with an artificial voice."
NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday, noon in California
GIVEN = NOW - timedelta(minutes=1)
A_WEEK_AGO, FIVE_DAYS_AGO = NOW - timedelta(days=7), NOW - timedelta(days=5)
CONSENT = ConsentFact("written", PHONE, seller=SELLER, given_at=GIVEN, text=TEXT, id="con_1")
FINE = Case(
    NOW,
    PHONE,
    seller=SELLER,
    consents=(CONSENT,),
    lists_loaded={"": NOW - timedelta(days=3)},
    places=places_of(PHONE),
    caller="+14155442600",
)
RULE_IDS = [
    "number_valid", "number_plan", "not_suppressed", "not_revoked", "consent", "ai_wording", "do_not_call_lists",
    "state_duties", "state_rows", "not_stopped", "hours", "attempts_24h", "attempts_lifetime", "min_gap",
    "not_reassigned", "caller_id", "no_active_call",
]  # fmt: skip


def with_consent(**changes: object) -> Case:
    return replace(FINE, consents=(replace(CONSENT, **changes),))  # type: ignore[arg-type]


def with_terms(case: Case = FINE, **changes: object) -> Case:
    return replace(case, terms=replace(case.terms, **changes))  # type: ignore[arg-type]


def in_state(state: str, zone: str = "America/New_York", **changes: object) -> Case:
    """Noon in a state, with the lists of all states loaded."""
    place = Place(zone, state, "ZIP code on the form")
    noon = datetime(2026, 11, 24, 12, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    lists = {"": noon, state: noon}
    consent = replace(CONSENT, given_at=noon - timedelta(minutes=1))
    case = replace(FINE, now=noon, places=(place,), lists_loaded=lists, consents=(consent,))
    return replace(case, **changes)  # type: ignore[arg-type]


def test_a_lead_who_agreed_and_is_on_no_list_may_be_called() -> None:
    decision = may_call(FINE)
    assert decision.answer == "yes"
    assert [check.rule for check in decision.checks] == RULE_IDS
    assert all(check.holds for check in decision.checks)
    assert decision.version == "2026-11"
    assert decision.at is None


@pytest.mark.parametrize(
    ("case", "rule", "for_good"),
    [
        (replace(FINE, suppressed="asked us to stop"), "not_suppressed", True),
        (replace(FINE, phone=None), "number_valid", True),
        (replace(FINE, phone="4155552671"), "number_valid", True),
        (replace(FINE, unusable="Too short."), "number_valid", True),
        (replace(FINE, phone="+14155550123"), "number_valid", True),  # of films
        (replace(FINE, phone="+18005552671"), "number_valid", True),  # toll-free
        (replace(FINE, phone="+19005552671"), "number_valid", True),  # premium
        (replace(FINE, phone="+10155552671"), "number_valid", True),  # no such area code
        (replace(FINE, phone="+442079460958"), "number_plan", True),
        (replace(FINE, phone="+16045552671"), "number_plan", True),  # Canada
        (replace(FINE, consents=()), "consent", True),
        (with_consent(level="inquiry"), "consent", True),
        (with_consent(level="none"), "consent", True),
        (with_consent(level="express"), "consent", True),
        (with_terms(with_consent(level="inquiry"), consent_level="express"), "consent", True),
        (with_consent(phone="+14155442671"), "consent", True),
        (with_consent(phone=None), "consent", True),
        (with_consent(seller="Somebody Else Inc", text="Somebody Else may call by AI."), "consent", True),
        (with_consent(given_at=None), "consent", True),
        (with_consent(given_at=NOW - timedelta(days=90, seconds=1)), "consent", True),
        (with_terms(with_consent(given_at=NOW - timedelta(days=8)), consent_max_age_days=7), "consent", True),
        (with_consent(text=f"{SELLER} may call me."), "ai_wording", True),
        (with_consent(text=""), "ai_wording", True),
        (with_consent(revoked=True), "not_revoked", True),
        (replace(FINE, listed=(ListedOn("National", NOW),), consents=()), "consent", True),
        (in_state("TX", "America/Chicago"), "state_duties", True),
        (in_state("AZ", "America/Phoenix"), "state_duties", True),
        (with_terms(FINE, unverified_states="block"), "state_rows", True),
        (replace(FINE, suspended={"CA": NOW + timedelta(hours=5)}), "not_stopped", False),
        (replace(FINE, now=NOW - timedelta(hours=6)), "hours", False),
        (replace(FINE, attempts=(NOW - timedelta(hours=20), NOW - timedelta(hours=10))), "attempts_24h", False),
        (replace(FINE, attempts=(NOW - timedelta(minutes=119),)), "min_gap", False),
        (replace(with_consent(given_at=A_WEEK_AGO), attempts=(FIVE_DAYS_AGO,) * 6), "attempts_lifetime", True),
        (replace(FINE, caller=""), "caller_id", True),
        (replace(FINE, caller="14155442600"), "caller_id", True),
        (replace(FINE, caller="+14155550100"), "caller_id", True),  # of films: nobody could call it back
        (replace(FINE, caller="+14150000000"), "caller_id", True),
        (replace(FINE, caller=PHONE), "caller_id", True),
        (replace(FINE, active_call="call_1"), "no_active_call", False),
    ],
)  # fmt: skip
def test_one_reason_is_enough_not_to_call(case: Case, rule: str, for_good: bool) -> None:
    decision = may_call(case)
    assert not decision.allowed
    assert decision.refusal is not None
    assert (decision.refusal.rule, decision.refusal.for_good) == (rule, for_good)
    assert decision.refusal.why.endswith(".")
    assert len(decision.checks) == len(RULES)  # the others are asked all the same: the decision is evidence
    assert decision.answer == ("no" if for_good else "later")


@pytest.mark.parametrize(
    "case",
    [
        with_consent(seller="HARBORLINE Home Services, L.L.C."),
        with_consent(seller=""),  # named in what was shown
        with_consent(given_at=None, received_at=GIVEN),
        with_consent(given_at=NOW + timedelta(days=400), received_at=GIVEN),  # a form whose clock is wrong
        with_consent(given_at=NOW - timedelta(days=90)),
        with_terms(with_consent(level="express"), consent_level="express"),
        with_terms(with_consent(text=""), require_ai_wording=False),
        with_terms(with_consent(given_at=NOW - timedelta(days=300)), consent_max_age_days=365),
        replace(FINE, consents=(replace(CONSENT, level="inquiry"), CONSENT, replace(CONSENT, phone="+14155442671"))),
        in_state("TX", "America/Chicago", terms=Terms(duties_met=frozenset({"TX.registration"}))),
        in_state("AZ", "America/Phoenix", terms=Terms(duties_met=frozenset({"registration"}))),
        with_terms(FINE, unverified_states="block", duties_met=frozenset({"CA.row"})),
        replace(FINE, suspended={"CA": NOW, "LA": NOW + timedelta(days=3)}),
        replace(FINE, caller="+18885442600"),  # toll-free can be called back
        replace(FINE, caller=None),
        with_terms(replace(FINE, phone="+442079460958", consents=(replace(CONSENT, phone="+442079460958"),),
                           places=places_of("+442079460958"), now=NOW - timedelta(hours=6)), abroad=True),
    ],
)  # fmt: skip
def test_what_looks_doubtful_and_is_allowed(case: Case) -> None:
    decision = may_call(case)
    assert decision.answer == "yes", decision.refusal


def test_a_future_date_on_a_form_never_makes_a_consent_younger_than_its_arrival() -> None:
    old = with_consent(given_at=NOW + timedelta(days=400), received_at=NOW - timedelta(days=91))
    assert may_call(old).answer == "no"


def test_words_that_do_not_name_the_seller_are_told() -> None:
    unnamed = may_call(with_consent(text="I agree to be called by an AI assistant."))
    assert unnamed.answer == "yes"  # the source's record names the seller
    assert any(f"does not name {SELLER}" in each for each in unnamed.warnings)
    assert not any("does not name" in each for each in may_call(FINE).warnings)
    part_of_a_word = with_consent(seller="", text="Sunday is fine for a call by AI.")
    assert may_call(replace(part_of_a_word, seller="Sun Inc")).answer == "no"


def test_a_consent_that_was_taken_back_is_replaced_only_by_a_later_one() -> None:
    gone = replace(CONSENT, revoked=True, revoked_at=NOW - timedelta(days=5), given_at=NOW - timedelta(days=9))
    later, before = CONSENT, replace(CONSENT, given_at=NOW - timedelta(days=7))
    assert may_call(replace(FINE, consents=(gone, later))).answer == "yes"
    assert may_call(replace(FINE, consents=(gone, before))).answer == "no"
    same_moment = replace(CONSENT, given_at=gone.revoked_at)
    assert may_call(replace(FINE, consents=(gone, same_moment))).answer == "no"
    undated = replace(gone, revoked_at=None)  # nobody knows when: nothing can be later
    assert may_call(replace(FINE, consents=(undated, later))).answer == "no"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("calls may use an artificial or prerecorded voice", True),
        ("including but not limited to an artificial voice", True),
        ("an AI assistant may call me", True),
        ("our A.I. may call", True),
        ("con una voz artificial o pregrabada", True),
        ("un asistente con IA puede llamarme", True),
        ("un asistente de inteligencia artificial", True),
        ("a synthesized voice may call", True),
        ("I agree to be called", False),
        ("an automated assistant may call", False),
        ("offices in Des Moines, IA may call me", False),
        ("I said it aloud; the aim is fair", False),
        ("never by an artificial voice", False),
        ("no AI will call you", False),
        ("no artificial intelligence, ever. A colleague calls", False),
        ("Consent is not a condition of purchase. An AI voice may call.", True),
    ],
)
def test_whether_a_consent_speaks_of_an_artificial_voice(text: str, named: bool) -> None:
    decision = may_call(with_consent(text=f"{SELLER}: {text}"))
    assert ("ai_wording" not in {check.rule for check in decision.checks if not check.holds}) is named

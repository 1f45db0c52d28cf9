"""How often somebody is called: over all campaigns, by the strictest number of all places."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.compliance import Case, ConsentFact, Decision, Place, Terms, may_call

PHONE = "+14155552671"
NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # Tuesday, noon Central, one Eastern, ten Pacific
LOOSE = Terms(min_gap_min=1, per_24h=3, duties_met=frozenset({"TX.registration"}))


def after(*hours: float, state: str = "OH", terms: Terms = LOOSE, agreed: bool = False) -> Decision:
    """Decided at noon, after attempts so many hours ago."""
    attempts = tuple(sorted(NOON - timedelta(hours=each) for each in hours))
    consent = ConsentFact("written", PHONE, given_at=NOON - timedelta(days=60), text="An AI may call me.")
    lists = {"": NOON, state: NOON}
    place = Place("America/New_York", state)
    return may_call(
        Case(NOON, PHONE, consents=(consent,), places=(place,), attempts=attempts, lists_loaded=lists, terms=terms,
             agreed=agreed)
    )  # fmt: skip


def test_the_third_attempt_within_24_hours_is_refused_and_allowed_a_second_later() -> None:
    terms = replace(LOOSE, per_24h=2)
    decision = after(20, 10, terms=terms)
    assert decision.refusal is not None
    assert (decision.refusal.rule, decision.answer) == ("attempts_24h", "later")
    assert decision.at == NOON + timedelta(hours=4, seconds=1)
    assert after(24, 10, terms=terms).answer == "later"  # exactly 24 hours still count
    assert after(24 + 1 / 3600, 10, terms=terms).answer == "yes"


def test_when_the_cap_frees_at_night_the_call_waits_for_the_morning() -> None:
    decision = after(10, 9, terms=replace(LOOSE, per_24h=2))
    assert decision.at == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)  # 8:00 Eastern, not 3:00


def test_no_campaign_calls_four_times_whatever_it_says() -> None:
    assert after(20, 15, 10, terms=replace(LOOSE, per_24h=9)).answer == "later"
    assert after(15, 10, terms=replace(LOOSE, per_24h=9)).answer == "yes"


def test_a_states_cap_binds_where_the_person_may_be() -> None:
    assert after(7.9, state="ME").answer == "later"
    assert after(7.9, state="ME").at == NOON + timedelta(hours=0.1, seconds=1)
    assert after(8.1, state="ME").answer == "yes"
    assert "Maine allows one call in that time" in str(after(7.9, state="ME").refusal)
    both = after(7, 6, state="ME", terms=replace(LOOSE, per_24h=2)).refusal
    assert both is not None
    assert both.until == NOON + timedelta(hours=17, seconds=1)  # the campaign's number frees later than Maine's
    for state in ("FL", "OK", "MD", "OR"):
        assert after(20, 15, 10, state=state).answer == "later"
        assert after(15, 10, state=state).answer == "yes"


def test_a_second_call_waits_out_the_gap() -> None:
    decision = after(1, terms=Terms())
    assert decision.refusal is not None
    assert (decision.refusal.rule, decision.at) == ("min_gap", NOON + timedelta(hours=1))
    assert after(2, terms=Terms()).answer == "yes"


def test_after_the_last_attempt_of_the_campaign_nobody_calls_again() -> None:
    days = [24.0 * day for day in range(2, 8)]
    assert after(*days, terms=Terms()).answer == "no"
    assert after(*days[1:], terms=Terms()).answer == "yes"
    assert after(*days, terms=replace(Terms(), lifetime=7)).answer == "yes"


def test_who_asks_to_be_called_again_after_a_year_is_called() -> None:
    old = ConsentFact("written", PHONE, given_at=NOON - timedelta(days=400), text="An AI may call me.")
    new = replace(old, given_at=NOON - timedelta(hours=1))
    attempts = tuple(NOON - timedelta(days=400 - each) for each in range(1, 7))
    case = Case(NOON, PHONE, consents=(old,), places=(Place("America/New_York", "OH"),), attempts=attempts,
                terms=Terms(consent_max_age_days=1825))  # fmt: skip
    assert may_call(case).answer == "no"
    assert may_call(replace(case, consents=(old, new))).answer == "yes"


def test_a_callback_that_was_agreed_waits_for_no_gap_and_for_no_number_of_the_campaign_but_for_the_laws() -> None:
    assert after(0.1, terms=Terms(), agreed=True).answer == "yes"
    assert after(20, 10, 0.1, terms=Terms(), agreed=True).answer == "later"  # never above three
    assert after(20, 0.1, terms=Terms(per_24h=1), agreed=True).answer == "yes"
    assert after(*[24.0 * day for day in range(2, 12)], terms=Terms(), agreed=True).answer == "yes"
    assert after(0.1, state="ME", terms=Terms(), agreed=True).answer == "later"


def test_attempts_that_were_not_told_in_order_count_all_the_same() -> None:
    attempts = (NOON - timedelta(hours=1), NOON - timedelta(hours=30), NOON - timedelta(hours=2))
    consent = ConsentFact("written", PHONE, given_at=NOON - timedelta(days=2), text="An AI may call me.")
    case = Case(NOON, PHONE, consents=(consent,), places=(Place("America/New_York", "OH"),), attempts=attempts)
    assert may_call(replace(case, terms=replace(LOOSE, per_24h=2))).answer == "later"

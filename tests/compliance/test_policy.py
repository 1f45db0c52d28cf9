"""Who may be called, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.compliance import Case, ConsentFact, may_call

PHONE = "+14155552671"
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
FINE = Case(NOW, PHONE, consents=(ConsentFact("written", PHONE),))


def test_a_lead_who_agreed_and_is_on_no_list_may_be_called() -> None:
    decision = may_call(FINE)
    assert decision.allowed
    assert [check.rule for check in decision.checks] == ["number_valid", "not_suppressed", "consent", "no_active_call"]


@pytest.mark.parametrize(
    ("case", "rule", "for_good"),
    [
        (replace(FINE, suppressed="asked us to stop"), "not_suppressed", True),
        (replace(FINE, phone=None), "number_valid", True),
        (replace(FINE, phone="4155552671"), "number_valid", True),
        (replace(FINE, unusable="Too short."), "number_valid", True),
        (replace(FINE, consents=()), "consent", True),
        (replace(FINE, consents=(ConsentFact("inquiry", PHONE),)), "consent", True),
        (replace(FINE, consents=(ConsentFact("written", "+14155550000"),)), "consent", True),
        (replace(FINE, consents=(ConsentFact("written", PHONE, revoked=True),)), "consent", True),
        (replace(FINE, active_call="call_1"), "no_active_call", False),
    ],
)
def test_one_reason_is_enough_not_to_call(case: Case, rule: str, for_good: bool) -> None:
    decision = may_call(case)
    assert not decision.allowed
    assert decision.refusal is not None
    assert (decision.refusal.rule, decision.refusal.for_good) == (rule, for_good)
    assert decision.refusal.why.endswith(".")
    assert len(decision.checks) == 4  # the others are asked all the same: the decision is evidence

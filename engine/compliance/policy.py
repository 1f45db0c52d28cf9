"""May this lead be called? Every rule is asked and its verdict kept, also after one has said no: the decision is
evidence (compliance.md, section 10). A further rule is one more function in `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from engine.compliance.case import Case
from engine.compliance.decision import Check, Decision

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")

ENOUGH: Final = frozenset({"written", "express"})
"""Levels of consent with which a lead may be called by an assistant. A mere inquiry is none of them."""


def number_can_be_called(case: Case) -> Check:
    if case.phone is None or not _E164.fullmatch(case.phone):
        return Check("number_valid", False, case.unusable or "The lead has no phone number that can be called.")
    if case.unusable:
        return Check("number_valid", False, case.unusable)
    return Check("number_valid", True)


def number_is_not_suppressed(case: Case) -> Check:
    if case.suppressed is not None:
        return Check("not_suppressed", False, f"The number is on the do-not-call list: {case.suppressed}.")
    return Check("not_suppressed", True)


def person_agreed_to_be_called(case: Case) -> Check:
    mine = [each for each in case.consents if each.phone is not None and each.phone == case.phone]
    if any(each.revoked for each in mine):
        return Check("consent", False, "The person has taken back the consent to be called.")
    if not any(each.level in ENOUGH for each in mine):
        return Check("consent", False, "There is no consent to be called on this number.")
    return Check("consent", True)


def nobody_is_calling_already(case: Case) -> Check:
    if case.active_call is not None:
        why = f"This person is being called right now (call {case.active_call})."
        return Check("no_active_call", False, why, for_good=False)
    return Check("no_active_call", True)


RULES: Final[tuple[Callable[[Case], Check], ...]] = (
    number_can_be_called,
    number_is_not_suppressed,
    person_agreed_to_be_called,
    nobody_is_calling_already,
)


def may_call(case: Case) -> Decision:
    return Decision(tuple(rule(case) for rule in RULES))

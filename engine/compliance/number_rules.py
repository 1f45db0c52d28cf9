"""Rules about numbers: the one that is called (C9, C4), the one we call from (C10), nobody calling already."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from engine.compliance.case import Case
from engine.compliance.decision import Check
from engine.compliance.places import in_the_us_plan

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_FICTION: Final = re.compile(r"\+1\d{3}55501\d\d")
"""Reserved for films and samples in every area code."""

_NOBODY_THERE: Final = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.UAN: "a company number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}


def number_valid(case: Case) -> Check:
    rule = "number_valid"
    if case.phone is None or not _E164.fullmatch(case.phone):
        return Check(rule, False, case.unusable or "The lead has no phone number that can be called.")
    if case.unusable:
        return Check(rule, False, case.unusable)
    if case.real and (why := why_nobody_answers(case.phone)):
        return Check(rule, False, why)
    return Check(rule, True)


def number_plan(case: Case) -> Check:
    """On the simulated network all numbers are fiction, and those of films are best."""
    rule = "number_plan"
    if case.phone is None or not case.real:
        return Check(rule, True, inputs="" if case.phone is None else "simulated network")
    if in_the_us_plan(case.phone):
        return Check(rule, True, inputs="United States")
    if case.terms.abroad:
        warning = "This number is not in the United States: which rules hold there is for counsel to say."
        return Check(rule, True, inputs="abroad, allowed by the campaign", warning=warning)
    return Check(rule, False, "This number is not in the United States, and the campaign calls nobody abroad.")


def not_suppressed(case: Case) -> Check:
    if case.suppressed is not None:
        return Check("not_suppressed", False, f"The number is on the do-not-call list: {case.suppressed}.")
    return Check("not_suppressed", True)


def caller_id(case: Case) -> Check:
    rule = "caller_id"
    if case.caller is None:
        return Check(rule, True, inputs="not asked")
    if not case.caller:
        return Check(rule, False, "There is no number to call from. Connect one, or name one in the campaign.")
    if not _E164.fullmatch(case.caller):
        return Check(rule, False, "The number to call from is not written like +14155550100.", inputs=case.caller)
    if case.caller == case.phone:
        return Check(rule, False, "The number to call from is the number to be called.", inputs=case.caller)
    if case.real and (why := _why_no_caller(case.caller)):
        return Check(rule, False, why, inputs=case.caller)
    return Check(rule, True, inputs=case.caller)


def no_active_call(case: Case) -> Check:
    if case.active_call is not None:
        why = f"This person is being called right now (call {case.active_call})."
        return Check("no_active_call", False, why, for_good=False)
    return Check("no_active_call", True)


@lru_cache(maxsize=8192)
def why_nobody_answers(phone: str) -> str:
    """Why no person can be reached at a number (E.164) that is well written; empty if one can."""
    if _FICTION.fullmatch(phone):
        return "This number is kept for films and samples; nobody has it."
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return "This phone number does not exist."
    if not phonenumbers.is_valid_number(number):
        return "This phone number does not exist."
    kind = _NOBODY_THERE.get(phonenumbers.number_type(number))
    return f"This is {kind}, which we do not call." if kind else ""


@lru_cache(maxsize=512)
def _why_no_caller(caller: str) -> str:
    """Toll-free numbers are fine to call from: they can be called back."""
    if _FICTION.fullmatch(caller):
        return "The number to call from is kept for films and samples: nobody can call it back."
    try:
        number = phonenumbers.parse(caller, None)
    except phonenumbers.NumberParseException:
        return "The number to call from does not exist: nobody can call it back."
    if not phonenumbers.is_valid_number(number):
        return "The number to call from does not exist: nobody can call it back."
    return ""

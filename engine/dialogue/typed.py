"""Values that another system gives, in the form that a slot keeps them in. Strict: what does not fit is left out."""

from __future__ import annotations

import re
from datetime import date

from email_validator import EmailNotValidError, validate_email

from engine.flow.model import Slot
from engine.sdk import Scalar, SlotType

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0"})


def typed(slot: Slot, value: Scalar) -> Scalar | None:
    """The slot's value for what another system says: '94110' for the number 94110 where a ZIP is wanted, the choice
    whose id or label it is. None if it is no value of this slot. An appointment is written by a booking alone."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    match slot.type:
        case SlotType.CHOICE:
            wanted = text.casefold()
            return next(
                (each.value for each in slot.choices if wanted in (str(each.value).casefold(), each.label.casefold())),
                None,
            )
        case SlotType.YES_NO:
            return True if text.casefold() in _YES else False if text.casefold() in _NO else None
        case SlotType.NUMBER | SlotType.MONEY | SlotType.DURATION:
            return _number(value, text, whole=slot.type is SlotType.DURATION)
        case SlotType.DATE:
            return _date(text)
        case SlotType.PHONE:
            return text if _PHONE.fullmatch(text) else None
        case SlotType.EMAIL:
            return _email(text)
        case SlotType.ZIP:
            return text if re.fullmatch(r"\d{5}", text) else None
        case SlotType.APPOINTMENT:
            return None
        case SlotType.TEXT | SlotType.NAME | SlotType.ADDRESS:
            return text or None


def _number(value: Scalar, text: str, *, whole: bool) -> int | float | None:
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return None
    found = float(text)
    if found.is_integer():
        return int(found)
    return None if whole else found


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None


def _email(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None

"""Hides what belongs to a person, for logs, dashboards and artifacts. Pure.

The rule: enough stays to recognise one's own record beside it (the last two digits of a phone, a first letter), too
little to learn it from here. Free text is hidden whole where it may hold what the caller said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from engine.sdk.values import Json

_EMAIL: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\d(?:[\s().-]{0,2}\d){6,14}(?!\w)")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}(?::[a-z0-9_]{1,40})?")

PHONES: Final = frozenset({"phone", "from", "to", "mobile", "number", "contact_number"})
EMAILS: Final = frozenset({"email", "mail", "e_mail"})
PEOPLE: Final = frozenset({"first_name", "last_name", "name", "full_name", "firstname", "lastname"})
WORDS: Final = frozenset(
    {"said", "summary", "text", "words", "explanation", "notes", "body", "heard", "why", "transcript", "address",
     "street", "form", "path", "url"}
)  # fmt: skip


def hide_phone(phone: str) -> str:
    """`+14155550123` becomes `••••••••••23`."""
    digits = [character for character in phone if character.isdigit()]
    return "•" * max(len(digits) - 2, 0) + "".join(digits[-2:]) if len(digits) > 2 else "•" * len(digits)


def hide_email(email: str) -> str:
    """`dana@example.com` becomes `d•••@e•••.com`."""
    local, _, domain = email.partition("@")
    ending = domain.rpartition(".")[2]
    return f"{local[:1]}•••@{domain[:1]}•••.{ending}" if domain else f"{local[:1]}•••"


def hide_name(name: str) -> str:
    """`Dana` becomes `D•••`."""
    return f"{name[:1]}•••" if name else ""


def hide_text(text: str, people: Iterable[str] = ()) -> str:
    """Phones, e-mail addresses and the names of `people` hidden inside a text."""
    text = _EMAIL.sub(lambda match: hide_email(match[0]), text)
    text = _PHONE.sub(lambda match: match[0] if _MOMENT.fullmatch(match[0]) else hide_phone(match[0]), text)
    for name in sorted({name for name in people if len(name) > 1}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", hide_name(name), text, flags=re.IGNORECASE)
    return text


def redact(document: Json, people: Iterable[str] = ()) -> Json:
    """A document with everything personal hidden, of the same shape. `people`: names that occur in its texts."""
    return _redact("", document, tuple(people))


def _redact(key: str, value: Json, people: tuple[str, ...]) -> Json:
    if key in WORDS:
        return _hidden(value)
    if isinstance(value, dict):
        return {name: _redact(name.lower(), part, people) for name, part in value.items()}
    if isinstance(value, list):
        return [_redact(key, part, people) for part in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and key in (PHONES | {"value"}):
        return "•••" if abs(value) >= 1_000_000 else value
    if not isinstance(value, str) or not value or _MOMENT.fullmatch(value):
        return value
    if key in PHONES:
        return hide_phone(value)
    if key in EMAILS:
        return hide_email(value)
    if key in PEOPLE:
        return hide_name(value)
    if key in ("value", "corrected_from") and not _CODE.fullmatch(value):
        return _hidden(value)
    return hide_text(value, people)


def _hidden(value: Json) -> Json:
    """What was there, without saying it."""
    match value:
        case str():
            return f"(hidden, {len(value)} characters)" if value else ""
        case list():
            return f"(hidden, {len(value)} entries)" if value else []
        case dict():
            return f"(hidden, {len(value)} fields)" if value else {}
        case _:
            return value

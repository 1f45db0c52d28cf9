"""Making a request out of a card's texts and what is known in the call. Pure.

Values never change what is asked of whom: in the address they are percent-encoded, in the body they stay inside their
JSON text, in a header they cannot begin another one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from engine.sdk import Json, Scalar

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Known = Callable[[str], Scalar | None]
"""The value of a placeholder's name; None if it is not known."""

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+(?::[A-Za-z0-9_]+)?)\}")
IDEMPOTENT: Final[frozenset[Method]] = frozenset({"GET", "PUT", "DELETE"})
"""Doing it twice is doing it once (RFC 9110)."""
OURS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key", "user-agent"}
)
"""Headers that a card cannot set."""
_IN_A_HEADER: Final = "".join(chr(code) for code in range(0x20, 0x7F) if not chr(code).isalnum())


class NotKnown(Exception):
    """The address needs a value that is not known yet. `args[0]`: its name."""


@dataclass(frozen=True, slots=True)
class Request:
    """`url`: whole. `repeatable`: sending it a second time does nothing more than sending it once."""

    method: Method
    url: str
    headers: Mapping[str, str]
    body: bytes
    repeatable: bool


def address(base: str, path: str, known: Known) -> str:
    """Raises `NotKnown`."""

    def part(found: re.Match[str]) -> str:
        value = known(found[1])
        text = "" if value is None else as_text(value)
        # A path's dots lead elsewhere, and quoting does not touch them.
        if not text or text in (".", ".."):
            raise NotKnown(found[1])
        return quote(text, safe="")

    filled = PLACEHOLDER.sub(part, path.strip())
    if not filled or filled.startswith("?"):
        return base + filled
    return f"{base}/{filled.lstrip('/')}"


def body(template: str, known: Known) -> bytes:
    """`template`: JSON. A text that is nothing but a placeholder becomes the value itself: a number, true, or null for
    what is not known."""
    if not template.strip():
        return b""
    return json.dumps(_filled(json.loads(template), known), ensure_ascii=False).encode()


def _filled(part: Json, known: Known) -> Json:
    if isinstance(part, dict):
        return {name: _filled(value, known) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(each, known) for each in part]
    if not isinstance(part, str):
        return part
    whole = PLACEHOLDER.fullmatch(part)
    return known(whole[1]) if whole is not None else text(part, known)


def text(template: str, known: Known) -> str:
    """A text with the values in their places; what is not known is left out."""

    def part(found: re.Match[str]) -> str:
        value = known(found[1])
        return "" if value is None else as_text(value)

    return PLACEHOLDER.sub(part, template)


def request(
    method: Method,
    url: str,
    headers: Sequence[tuple[str, str]],
    content: bytes,
    known: Known,
    call_id: str,
    *,
    with_key: bool,
) -> Request:
    """`headers`: names and texts with placeholders. `with_key`: an Idempotency-Key goes along with what changes
    something; it is the same for the same request of one call."""
    given = {name.lower(): quote(text(value, known), safe=_IN_A_HEADER) for name, value in headers}
    given["accept"] = given.get("accept", "application/json")
    given["user-agent"] = "Leadline"
    if content:
        given["content-type"] = "application/json"
    keyed = with_key and method != "GET"
    if keyed:
        given["idempotency-key"] = f"{call_id}:{_mark(method, url, content)}"
    return Request(method, url, given, content, repeatable=keyed or method in IDEMPOTENT)


def _mark(method: str, url: str, content: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), url.encode(), content))).hexdigest()[:24]


def as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def names_in(*templates: str) -> frozenset[str]:
    """Names of the placeholders."""
    return frozenset(found[1] for template in templates for found in PLACEHOLDER.finditer(template))

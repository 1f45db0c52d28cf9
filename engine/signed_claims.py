"""Claims with a proof that this installation made them: what tickets are made of.

A text of ours is a prefix that tells what it is, the claims as JSON, and an HMAC-SHA256 of them, all in signs that may
stand in a header or a WebSocket's sub-protocol. Whoever has one of the keys can check it; nothing is kept about it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence

from engine.sdk import Json

LONGEST = 4000
"""Characters; a longer text is not looked at."""


class NotOurs(Exception):
    """The text was not made with any of the keys, or was changed since."""


def sign(prefix: str, claims: Sequence[Json], key: bytes) -> str:
    """`claims`: to be read back by `claims_of`, in the same order."""
    body = _text(json.dumps(list(claims), ensure_ascii=False, separators=(",", ":")).encode())
    return f"{prefix}{body}.{_text(_proof(key, body))}"


def claims_of(prefix: str, text: str, keys: Sequence[bytes]) -> list[Json]:
    """The claims of a text that was signed with one of `keys`, compared in constant time. Raises `NotOurs`."""
    body, _, given = text.removeprefix(prefix).partition(".")
    if len(text) > LONGEST or not text.startswith(prefix):
        raise NotOurs
    if not any(hmac.compare_digest(given.encode(), _text(_proof(key, body)).encode()) for key in keys):
        raise NotOurs
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        raise NotOurs from None
    if not isinstance(claims, list):
        raise NotOurs
    return claims


def _proof(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), hashlib.sha256)


def _text(content: bytes) -> str:
    # Without padding: as a sub-protocol of a WebSocket it must be a token of HTTP.
    return base64.urlsafe_b64encode(content).decode().rstrip("=")

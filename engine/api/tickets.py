"""Tickets: what a page in the browser shows instead of a token.

A ticket is good for one flow, one purpose and a quarter of an hour, and carries whom it was made out to. It proves
itself by a signature with a key that every process of the installation has, so nothing is kept about it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

PREFIX: Final = "ticket_"
GOOD_FOR: Final = timedelta(minutes=15)
KEY_PURPOSE: Final = "leadline tickets v1"

Purpose = Literal["edit", "call"]


class TicketBad(Exception):
    """Not a ticket of this installation."""


class TicketExpired(Exception):
    """A ticket whose time is over."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`by`: as whom its bearer signs edits. `person`: the name they log in with, empty for a program's. `role`: number
    of the role (`engine.store.people.Role`)."""

    flow_id: str
    purpose: Purpose
    by: str
    person: str
    role: int
    expires_at: datetime


class Tickets:
    """`keys`: gives the keys when first needed; the first one signs, all of them prove (so a key can be changed)."""

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._ask = keys
        self._known: Sequence[bytes] = ()

    def __repr__(self) -> str:
        return "Tickets()"

    def write(self, ticket: Ticket) -> str:
        """As it goes over the wire."""
        told = [
            ticket.flow_id,
            ticket.purpose,
            ticket.by,
            ticket.person,
            ticket.role,
            int(ticket.expires_at.timestamp()),
        ]
        body = _text(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())
        return f"{PREFIX}{body}.{_text(_proof(self._keys()[0], body))}"

    def read(self, text: str, now: datetime) -> Ticket:
        """Raises `TicketBad`, `TicketExpired`."""
        body, _, given = text.removeprefix(PREFIX).partition(".")
        proof = _bytes(given)
        if not text.startswith(PREFIX) or not any(
            hmac.compare_digest(proof, _proof(key, body)) for key in self._keys()
        ):
            raise TicketBad
        flow_id, purpose, by, person, role, expires = json.loads(_bytes(body))
        expires_at = datetime.fromtimestamp(expires, UTC)
        if now >= expires_at:
            raise TicketExpired
        return Ticket(flow_id, purpose, by, person, role, expires_at)

    def _keys(self) -> Sequence[bytes]:
        self._known = self._known or self._ask()
        return self._known


def _proof(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), hashlib.sha256)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TicketBad from None

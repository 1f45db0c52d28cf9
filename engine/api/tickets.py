"""Tickets: what a page in the browser shows instead of a token, to read and change one draft.

A ticket is good for one flow and a quarter of an hour, and carries whom it was made out to. It proves itself by a
signature with a key that every process of the installation has, so nothing is kept about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from engine.signed_claims import claims_of, sign

PREFIX: Final = "ticket_"
GOOD_FOR: Final = timedelta(minutes=15)
KEY_PURPOSE: Final = "leadline tickets v1"

_CLAIMS: Final = TypeAdapter(tuple[str, str, str, int, int])


class TicketExpired(Exception):
    """A ticket whose time is over."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`by`: as whom its bearer signs edits. `person`: the name they log in with, empty for a program's. `role`: number
    of the role (`engine.store.people.Role`)."""

    flow_id: str
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
        expires = int(ticket.expires_at.timestamp())
        return sign(PREFIX, [ticket.flow_id, ticket.by, ticket.person, ticket.role, expires], self._keys()[0])

    def read(self, text: str, now: datetime) -> Ticket:
        """Raises `NotOurs`, `TicketExpired`."""
        flow_id, by, person, role, expires = _CLAIMS.validate_python(claims_of(PREFIX, text, self._keys()))
        expires_at = datetime.fromtimestamp(expires, UTC)
        if now >= expires_at:
            raise TicketExpired
        return Ticket(flow_id, by, person, role, expires_at)

    def _keys(self) -> Sequence[bytes]:
        self._known = self._known or self._ask()
        return self._known

"""Tickets by which a browser joins a call, or follows it, without ever holding the API's token.

    join    opens the media socket of one line of one call, from pages of one origin. Works once: a line is taken once
            (`engine.store.holds`). Lasts a minute; for coming back after a drop, as long as the call may.
    watch   reads the events of one call.

The key is derived from a secret that every process of the installation has, so any of them can check a ticket, also one
that was started a moment ago.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter

from engine.signed_claims import NotOurs, claims_of, sign

JOIN_S: Final = 60.0
"""So long a ticket to join lasts: the time for allowing the microphone."""

WATCH_S: Final = 3 * 3600.0

PREFIX: Final = "call-"
"""How a ticket is told from other tokens."""

_PURPOSE: Final = b"leadline call ticket v1"

Use = Literal["join", "watch"]
Fault = Literal["forged", "expired"]
_CLAIMS: Final = TypeAdapter(tuple[Use, str, int, str, float])


@dataclass(frozen=True, slots=True)
class CallTicket:
    """`line`: which media socket of the call, from 1; 0 if it is to watch. `origin`: of the page that may use it, empty
    for any that is let in. `expires_at`: seconds since 1970."""

    use: Use
    call_id: str
    line: int
    origin: str
    expires_at: float


class CallTickets:
    """`secret`: of the installation. It is never used itself, only a key derived from it."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)

    def __repr__(self) -> str:
        return "CallTickets()"

    def join(self, call_id: str, line: int, origin: str, now: float, lasts_s: float = JOIN_S) -> str:
        """For the media socket. `now`: seconds since 1970."""
        return self._sign("join", call_id, line, origin, now + lasts_s)

    def watch(self, call_id: str, now: float, lasts_s: float = WATCH_S) -> str:
        """For the events and the recording."""
        return self._sign("watch", call_id, 0, "", now + lasts_s)

    def read(self, ticket: str, now: float) -> CallTicket | Fault:
        """What a ticket allows; or why it allows nothing. Constant time for what is not ours."""
        try:
            found = CallTicket(*_CLAIMS.validate_python(claims_of(PREFIX, ticket, [self._key])))
        except NotOurs:
            return "forged"
        return found if found.expires_at > now else "expired"

    def _sign(self, use: Use, call_id: str, line: int, origin: str, expires_at: float) -> str:
        return sign(PREFIX, [use, call_id, line, origin, round(expires_at, 3)], self._key)

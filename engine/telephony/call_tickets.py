"""Tickets by which a browser joins a call, or follows it, without ever holding the API's token.

    join    opens the media socket of one line of one call, from pages of one origin. Works once: a line is taken once
            (`engine.store.holds`). Lasts a minute; for coming back after a drop, as long as the call may.
    watch   reads the events of one call.

A ticket is its claims and a proof that we made it. The key is derived from a secret that every process of the
installation has, so any of them can check it, also one that was started a moment ago.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final, Literal

JOIN_S: Final = 60.0
"""So long a ticket to join lasts: the time for allowing the microphone."""

WATCH_S: Final = 3 * 3600.0

PREFIX: Final = "call-"
"""How a ticket is told from other tokens."""

_PURPOSE: Final = b"leadline call ticket v1"
_LONGEST: Final = 2000

Use = Literal["join", "watch"]
Fault = Literal["forged", "expired"]


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
        return self._sign(CallTicket("join", call_id, line, origin, now + lasts_s))

    def watch(self, call_id: str, now: float, lasts_s: float = WATCH_S) -> str:
        """For the events."""
        return self._sign(CallTicket("watch", call_id, 0, "", now + lasts_s))

    def read(self, ticket: str, now: float) -> CallTicket | Fault:
        """What a ticket allows; or why it allows nothing. Constant time for what is not ours."""
        claims, _, proof = ticket.removeprefix(PREFIX).partition(".")
        if (
            len(ticket) > _LONGEST
            or not ticket.startswith(PREFIX)
            or not hmac.compare_digest(proof.encode(), self._proof(claims).encode())
        ):
            return "forged"
        found = _claims(claims)
        if found is None:
            return "forged"
        return found if found.expires_at > now else "expired"

    def _sign(self, ticket: CallTicket) -> str:
        claims = _base64(
            json.dumps(
                [ticket.use, ticket.call_id, ticket.line, ticket.origin, round(ticket.expires_at, 3)],
                separators=(",", ":"),
            ).encode()
        )
        return f"{PREFIX}{claims}.{self._proof(claims)}"

    def _proof(self, claims: str) -> str:
        return _base64(hmac.digest(self._key, claims.encode(), hashlib.sha256))


def _claims(text: str) -> CallTicket | None:
    try:
        use, call_id, line, origin, expires_at = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return CallTicket(use, str(call_id), int(line), str(origin), float(expires_at))
    except (ValueError, TypeError, binascii.Error):
        return None


def _base64(data: bytes) -> str:
    # Without padding: as a sub-protocol of a WebSocket it must be a token of HTTP.
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

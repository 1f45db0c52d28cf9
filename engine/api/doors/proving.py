"""Who sent this? What a source's settings ask for, checked; who does not prove it is refused, and counted."""

from __future__ import annotations

from engine.api.doors.door import Door, Sent
from engine.api.problems import Problem
from engine.api.services import Services
from engine.leads.sources.reasons import Reason
from engine.leads.sources.signatures import NotBelieved, Proof, Scheme, by_scheme, by_token, standard


def signed(door: Door, sent: Sent, use: Services, scheme: Scheme | None = None) -> Proof:
    """By Standard Webhooks, or as the service's own `scheme` says. Raises `Problem`; nothing was stored then."""
    secrets = door.secrets["signature_connection"]
    try:
        if scheme is not None:
            return by_scheme(scheme, secrets, sent.headers, sent.body)
        return standard(secrets, sent.headers, sent.body, sent.world)
    except NotBelieved as why:
        raise refused(door, use, "stale" if why.stale else "forged", 401, f"This is not believed. {why}") from None


def with_token(door: Door, sent: Sent, use: Services, header: str) -> Proof:
    """Raises `Problem`; nothing was stored then."""
    try:
        return by_token(header, door.secrets["token_connection"], sent.headers)
    except NotBelieved as why:
        raise refused(door, use, "wrong_token", 401, f"This is not believed. {why}") from None


def refused(door: Door, use: Services, why: Reason, status: int, detail: str, wait_s: float = 0.0) -> Problem:
    """The problem to raise, counted. `wait_s`: after how long it may be sent again."""
    use.refusals.count(door.source.id, why)
    headers = {"Retry-After": str(max(1, round(wait_s + 0.5)))} if wait_s else {}
    return Problem(status, detail, headers=headers)

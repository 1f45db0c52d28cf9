"""Who sent this? What a source's settings ask for, checked; who does not prove it is refused, and counted."""

from __future__ import annotations

from engine.api.doors.door import Door, Sent
from engine.api.problems import Problem
from engine.api.services import Services
from engine.leads.sources.reasons import Reason
from engine.leads.sources.signatures import NotBelieved, Proof, standard


def signed(door: Door, sent: Sent, use: Services) -> Proof:
    """By Standard Webhooks. Raises `Problem`; nothing was stored then."""
    try:
        return standard(door.secrets["signature_connection"], sent.headers, sent.body, sent.world)
    except NotBelieved as why:
        raise refused(door, use, "stale" if why.stale else "forged", 401, f"This is not believed. {why}") from None


def refused(door: Door, use: Services, why: Reason, status: int, detail: str, wait_s: float = 0.0) -> Problem:
    """The problem to raise, counted. `wait_s`: after how long it may be sent again."""
    use.refusals.count(door.source.id, why)
    headers = {"Retry-After": str(max(1, round(wait_s + 0.5)))} if wait_s else {}
    return Problem(status, detail, headers=headers)

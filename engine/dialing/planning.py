"""Plans written down: when a lead is called next, or why never again. Each with its line in the lead's story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import lead_story, leads
from engine.store.leads import LeadState, StoredLead
from engine.store.scheduled_calls import PlanKind

PATIENCE: Final = timedelta(hours=24)
LOOK_AGAIN: Final = timedelta(minutes=10)


async def plan(tx: AsyncConnection, lead_id: str, at: datetime, kind: PlanKind, why: str, now: datetime) -> None:
    """The lead is called at `at`, if it may be called then. `why`: one sentence for people."""
    await leads.plan_call(tx, lead_id, at, kind, why, now)
    await lead_story.add(tx, lead_id, "planned", {"at": at.isoformat(), "kind": kind, "why": why}, now)


async def put_off(tx: AsyncConnection, lead: StoredLead, why: str, now: datetime) -> None:
    """Somebody has to do something first, such as publish a flow: it is looked at again and again for a day."""
    if now - lead.received_at < PATIENCE:
        await plan(tx, lead.id, now + LOOK_AGAIN, "retry", why, now)
    else:
        await close(tx, lead.id, why, now)


async def close(tx: AsyncConnection, lead_id: str, why: str, now: datetime, state: LeadState = "closed") -> None:
    """The lead is not called again."""
    await leads.close(tx, lead_id, why, state)
    await lead_story.add(tx, lead_id, "cancelled", {"why": why}, now)

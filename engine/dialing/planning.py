"""Plans written down: when a lead is called next, or why never again. Each with its line in the lead's story."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import lead_story, leads
from engine.store.leads import LeadState
from engine.store.scheduled_calls import PlanKind


async def plan(tx: AsyncConnection, lead_id: str, at: datetime, kind: PlanKind, why: str, now: datetime) -> None:
    """The lead is called at `at`, if it may be called then. `why`: one sentence for people."""
    await leads.plan_call(tx, lead_id, at, kind, why, now)
    await lead_story.add(tx, lead_id, "planned", {"at": at.isoformat(), "kind": kind, "why": why}, now)


async def leave_off(tx: AsyncConnection, lead_id: str, why: str, now: datetime) -> None:
    """Nothing is planned for now; somebody has to do something first."""
    await leads.plan_call(tx, lead_id, None)
    await lead_story.add(tx, lead_id, "cancelled", {"why": why}, now)


async def close(tx: AsyncConnection, lead_id: str, why: str, now: datetime, state: LeadState = "closed") -> None:
    """The lead is not called again."""
    await leads.close(tx, lead_id, why, state)
    await lead_story.add(tx, lead_id, "cancelled", {"why": why}, now)

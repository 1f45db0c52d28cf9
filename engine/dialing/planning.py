"""Plans written down: when a lead is called next, or why never again. Each with its line in the lead's story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import lead_story, leads
from engine.store.database import one_at_a_time
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


class NotHeldBack(Exception):
    """The lead is not one whom only a rule kept from being called. The message says what it is instead."""


async def ask_again(tx: AsyncConnection, lead_id: str, by: str, now: datetime) -> None:
    """A lead that was closed because a rule forbade the call is due again: somebody has mended what was missing. The
    policy is asked as ever, so who said stop stays closed. Raises `NotHeldBack`, LookupError."""
    lead = await leads.read(tx, lead_id)
    if lead is None:
        raise LookupError(f"There is no lead {lead_id}.")
    await one_at_a_time(tx, f"dial:{lead.phone or lead.id}")
    lead = await leads.read(tx, lead_id) or lead
    decided = [each for each in await lead_story.of_lead(tx, lead_id) if each.kind in ("decided", "called")]
    held_back = bool(decided) and decided[-1].kind == "decided" and decided[-1].data.get("answer") == "no"
    if lead.state == "waiting":
        raise NotHeldBack("This lead is waiting to be called anyway.")
    if lead.state != "closed" or not held_back:
        raise NotHeldBack(f"No rule kept this lead from being called. {lead.reason}".strip())
    await leads.reopen(tx, lead_id)
    await plan(tx, lead_id, now, "first", f"{by} asked again whether we may call.", now)

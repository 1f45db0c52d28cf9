"""After a call: when its lead is called next, or why not again. In the transaction that commits the call's end.

Who reads the call's end always finds the plan with it; a process that dies before has committed neither, and whoever
finishes its call then plans too. `sweep` is for what slipped through all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import AttemptPlan, CampaignRefused
from engine.campaigns.attempts import Tried, next_attempt
from engine.clock import Clock
from engine.dialing import planning
from engine.dialing.campaign_of import campaign_for
from engine.leads.phone import zones_of
from engine.store import Database, attempts, calls, leads, suppression
from engine.store.calls import CallRecord
from engine.store.database import one_at_a_time
from engine.store.leads import StoredLead

ANYWHERE: Final = "America/New_York"
"""Zone of somebody of whom nothing tells where they are; whether they may be called then is for the policy to say."""

TRY_INSTEAD: Final = timedelta(minutes=2)
"""So long after a call in that came to nothing we call who had asked for it before and was never called."""

LOOK_BACK: Final = timedelta(days=7)
SETTLED: Final = timedelta(seconds=10)
"""Forgotten leads are looked for among those whose call ended so long, and at least so long, ago."""


def follow_up(clock: Clock) -> Callable[[AsyncConnection, str], Awaitable[None]]:
    """For the switchboard: called with a transaction in which the call has just got its end, and the call's id."""

    async def after(tx: AsyncConnection, call_id: str) -> None:
        await plan_after(tx, call_id, clock.now())

    return after


async def plan_after(tx: AsyncConnection, call_id: str, now: datetime) -> None:
    """Plan the next call of the lead of a call that is over. The number's lock is held (`dial:`)."""
    call = await calls.read(tx, call_id)
    if call is None or call.lead_id is None or call.test or call.direction not in ("outbound", "inbound"):
        return
    lead = await leads.read(tx, call.lead_id)
    if lead is None or lead.phone is None or lead.state != "waiting":
        return
    if call.disposition == "wrong_number":
        await suppression.add(tx, lead.phone, "wrong number", call.id, now)
    tried = await _tried(tx, call)
    if tried is None:
        return  # it is being called again already
    if not tried:
        if lead.source != "inbound":
            why = "They called us, but it came to nothing; we call as they had asked."
            await planning.plan(tx, lead.id, now + TRY_INSTEAD, "first", why, now)
        return
    if call.direction == "inbound" and call.state == "finished" and call.disposition != "callback_scheduled":
        await planning.close(tx, lead.id, "They called us themselves.", now)
        return
    found = next_attempt(await _plan(tx, lead), tried, _zone(lead), now)
    if found.at is None:
        await planning.close(tx, lead.id, found.why, now)
    elif lead.next_call_at is None or found.agreed:  # else somebody has planned meanwhile who knew better
        await planning.plan(tx, lead.id, found.at, "callback" if found.agreed else "retry", found.why, now)


async def _tried(tx: AsyncConnection, call: CallRecord) -> list[Tried] | None:
    """Every call that counts, this one last; None if a later one was placed already. A call in counts unless it came
    to nothing: whoever reached nobody on our side is called as planned."""
    assert call.lead_id is not None
    placed = await attempts.to_lead(tx, call.lead_id)
    this: Tried | None = await _this(tx, call)
    if call.direction == "outbound":
        if not placed or placed[-1].call_id != call.id:
            return None
        placed = placed[:-1]
    elif call.state == "failed":
        this = None
    if any(each.disposition is None for each in placed):
        return None
    before = [Tried(each.at, each.disposition or "", each.asked) for each in placed]
    return [*before, this] if this is not None else before


async def _this(tx: AsyncConnection, call: CallRecord) -> Tried:
    asked = call.direction == "inbound" or await attempts.was_asked(tx, call.id)
    result = await calls.result(tx, call.id) if call.disposition == "callback_scheduled" else None
    if result is None or result.callback is None:
        return Tried(call.placed_at, call.disposition or "failed", asked)
    return Tried(call.placed_at, "callback_scheduled", asked, result.callback.at, result.callback.by)


async def _plan(tx: AsyncConnection, lead: StoredLead) -> AttemptPlan:
    try:
        return (await campaign_for(tx, lead))[0].attempts
    except CampaignRefused:
        return AttemptPlan()  # the claim refuses until it can be read; what is planned waits for that


async def sweep(database: Database, clock: Clock) -> int:
    """Plan for leads whose last call is over and who were forgotten; gives how many. Raises `DatabaseDown`."""
    now = clock.now()
    async with database.read() as tx:
        found = await attempts.forgotten(tx, now - LOOK_BACK, now - SETTLED)
    for each in found:
        async with database.begin() as tx:
            await one_at_a_time(tx, f"dial:{each.number}")
            await plan_after(tx, each.call_id, now)
    return len(found)


def _zone(lead: StoredLead) -> str:
    return lead.zone or next(iter(zones_of(lead.phone or "")), ANYWHERE)

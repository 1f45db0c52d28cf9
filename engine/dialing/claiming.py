"""Claims a lead so that nobody else dials it, if it may be called: campaign, policy, call row, all in one transaction.

due ──lock on the number──> still due? campaign on? ──policy──> yes: call row, nothing planned any more
                                                      ├── at this time: planned then
                                                      └── no: closed, with the reason
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.live import CallOrder
from engine.campaigns import CampaignRefused
from engine.clock import Clock
from engine.compliance import Decision, may_call
from engine.dialing import planning
from engine.dialing.facts import LONGEST_CALL, Facts, Telephones, gather
from engine.dialing.placing import NotDialled
from engine.dialing.ranking import Standing, caller_number
from engine.dialing.turns import Turn, Turns
from engine.sdk import Json
from engine.store import Database, attempts, calls, due_leads, lead_story, leads, scheduled_calls
from engine.store.base import new_id
from engine.store.calls import NewCall
from engine.store.database import one_at_a_time
from engine.store.due_leads import Busy
from engine.store.flows import Version
from engine.store.leads import StoredLead
from engine.store.scheduled_calls import PlanKind

A_DAY: Final = timedelta(hours=24)
A_MINUTE: Final = timedelta(minutes=1)
NUMBERS_AGAIN: Final = timedelta(hours=1)

LOOK_AGAIN: Final = timedelta(minutes=5)
"""So much later the policy is asked again about somebody who is on the phone with us right now."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that is ours to place. `turn`: when the carrier may be asked. `ring_s`: how long it rings."""

    order: CallOrder
    turn: Turn
    ring_s: int


class Claiming:
    """For all calls of a process. `holder`: its name (`engine.store.holds`)."""

    def __init__(self, database: Database, clock: Clock, turns: Turns, holder: str, telephones: Telephones) -> None:
        self._database = database
        self._turns = turns
        self._clock = clock
        self._holder = holder
        self._telephones = telephones

    async def claim(self, lead_id: str) -> Claimed | NotDialled:
        """The call's row is committed; nothing has been asked of the carrier. Raises `DatabaseDown`."""
        now = self._clock.now()
        async with self._database.begin() as tx:
            lead = await leads.read(tx, lead_id)
            if lead is None:
                return NotDialled("not_allowed", f"There is no lead {lead_id}.")
            # From here on nobody else can claim this person, and nobody can opt out beside us: two forms of one person
            # wait for each other too.
            await one_at_a_time(tx, f"dial:{lead.phone or lead.id}")
            lead = await leads.read(tx, lead_id) or lead
            if (why := _not_due(lead, now)) is not None:
                return why
            try:
                facts = await gather(tx, lead, now, self._telephones)
            except CampaignRefused as unreadable:
                await planning.put_off(tx, lead, str(unreadable), now)
                return NotDialled("later", str(unreadable))
            if facts.stored is not None and (off := facts.stored.why_off):
                return NotDialled("later", off)
            if facts.version is None:
                flow = facts.campaign.flow_id
                why_not = f"The flow '{flow}' has no published version to call with. Publish it; the lead waits for it."
                await planning.put_off(tx, lead, why_not, now)
                return NotDialled("flow", why_not)
            decision = may_call(facts.case)
            if not decision.allowed:
                return await _held_back(tx, lead, decision, _waits_as(facts), now)
            return await self._place(tx, lead, facts, facts.version, decision, now)

    async def decide(self, tx: AsyncConnection, lead: StoredLead) -> Decision:
        """May this lead be called now? Raises `CampaignRefused`."""
        return may_call((await gather(tx, lead, self._clock.now(), self._telephones)).case)

    async def _place(
        self, tx: AsyncConnection, lead: StoredLead, facts: Facts, version: Version, decision: Decision, now: datetime
    ) -> Claimed | NotDialled:
        if (why := await self._campaign_is_full(tx, facts, now)) is not None:
            return NotDialled("later", why)
        number = await self._number(tx, facts, lead, now)
        if number is None:
            why = "Every caller number of the campaign has made its calls of the day."
            await planning.plan(tx, lead.id, now + NUMBERS_AGAIN, _waits_as(facts), why, now)
            return NotDialled("deferred", why)
        turn = await self._turns.take(tx)
        if not isinstance(turn, Turn):
            return NotDialled("later", "The carrier takes only so many calls a second.")
        attempt = await attempts.of_lead(tx, lead.id) + 1
        messages = await attempts.messages_left(tx, lead.phone or "", now - A_DAY)
        order = CallOrder(
            call_id=new_id("call"),
            flow_id=version.flow_id,
            flow_version=version.version,
            flow_text=version.text,
            lead=replace(
                lead.for_call(attempt),
                messages_today=messages,
                # Without a campaign the flow's card alone decides.
                messages_from=facts.campaign.attempts.voicemail_from if facts.stored else 1,
            ),
            external_id=lead.external_id,
            attempt=attempt,
            from_number=number,
            placed_at=now,
            duties=decision.duties,
        )
        call = NewCall(
            id=order.call_id,
            flow_id=order.flow_id,
            flow_version=order.flow_version,
            lead_id=lead.id,
            attempt=attempt,
            person=f"{lead.first_name} {lead.last_name}".strip(),
            from_number=order.from_number,
            to_number=order.lead.phone,
            holder=self._holder,
            campaign_id=facts.stored.id if facts.stored else None,
            campaign_revision=facts.stored.revision if facts.stored else None,
            decision=decision.document(),
        )
        try:
            await calls.place(tx, call, now)
        except calls.AlreadyPlaced as taken:
            return NotDialled("claimed", str(taken))
        await lead_story.add(tx, lead.id, "decided", _told(decision), now)
        await lead_story.add(tx, lead.id, "called", {"call_id": order.call_id, "attempt": attempt}, now)
        await scheduled_calls.claimed(tx, lead.id)
        await leads.plan_call(tx, lead.id, None)
        return Claimed(order, turn, facts.campaign.attempts.ring_s)

    async def _campaign_is_full(self, tx: AsyncConnection, facts: Facts, now: datetime) -> str | None:
        limits, stored = facts.campaign.limits, facts.stored
        if stored is None or (limits.at_once is None and limits.per_minute is None):
            return None
        await one_at_a_time(tx, f"campaign calls:{stored.id}")
        busy = await due_leads.busy(tx, [stored.id], now - LONGEST_CALL, now - A_MINUTE)
        standing = Standing(facts.campaign.priority, limits, *_counts(busy.get(stored.id)))
        return f"The campaign '{stored.name}' has begun as many calls as it allows." if standing.room == 0 else None

    async def _number(self, tx: AsyncConnection, facts: Facts, lead: StoredLead, now: datetime) -> str | None:
        numbers = facts.campaign.caller_numbers or (self._telephones.our_number,)
        most = facts.campaign.limits.per_number_per_day
        if len(numbers) == 1 and most is None:
            return numbers[0]
        if most is not None:
            await one_at_a_time(tx, "caller numbers")
        used = await due_leads.used_numbers(tx, numbers, now - A_DAY)
        return caller_number(numbers, used, await due_leads.called_from(tx, lead.phone or ""), most)


def _counts(busy: Busy | None) -> tuple[int, int]:
    return (busy.under_way, busy.begun) if busy is not None else (0, 0)


def _not_due(lead: StoredLead, now: datetime) -> NotDialled | None:
    """Somebody who is not to be called now, whatever the policy would say. The list that a dialer goes by is a moment
    old: the call may have been made meanwhile."""
    if lead.test:
        return NotDialled("not_allowed", "This lead was made up to try the source out; nobody is called.")
    if lead.state == "closed":
        return NotDialled("not_allowed", lead.reason or "Nothing more is planned for this lead.")
    if lead.state == "arriving":
        return NotDialled("later", "What the person typed has not come yet.")
    if lead.next_call_at is None or lead.next_call_at > now:
        return NotDialled("claimed", "This lead is not due: it is being called, or is to be called later.")
    return None


def _waits_as(facts: Facts) -> PlanKind:
    """A call that the person agreed to stays one, however long it has to wait."""
    return "callback" if facts.case.agreed else "quiet_hours"


async def _held_back(
    tx: AsyncConnection, lead: StoredLead, decision: Decision, kind: PlanKind, now: datetime
) -> NotDialled:
    refusal = decision.refusal
    assert refusal is not None
    if refusal.for_good:
        await lead_story.add(tx, lead.id, "decided", _told(decision, "blocked_compliance"), now)
        await planning.close(tx, lead.id, refusal.why, now, "unusable" if lead.state == "unusable" else "closed")
        return NotDialled("not_allowed", refusal.why)
    await lead_story.add(tx, lead.id, "decided", _told(decision, "deferred_quiet_hours"), now)
    # No moment is known: they are on the phone with us right now, or nobody can say when there will be one.
    at = decision.at or now + (LOOK_AGAIN if refusal.rule == "no_active_call" else A_DAY)
    await planning.plan(tx, lead.id, max(at, now + timedelta(seconds=1)), kind, refusal.why, now)
    return NotDialled("deferred", refusal.why)


def _told(decision: Decision, disposition: str = "") -> dict[str, Json]:
    """A decision for the story. `disposition`: of the call that was not made."""
    document = decision.document()
    told: dict[str, Json] = dict(document) if isinstance(document, dict) else {}
    refusal = decision.refusal
    return told | {"why": refusal.why if refusal else ""} | ({"disposition": disposition} if disposition else {})

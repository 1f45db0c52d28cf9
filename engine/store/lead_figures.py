"""Leads as lists and figures show them: with what became of their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from engine.store.calls import CallRow
from engine.store.lead_tables import LeadRow, LeadState, StoredLead, lead_of

MOST: Final = 20_000
"""So many leads, the newest, are counted for one set of figures."""


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads; None means any. `words`: a part of the name, the number or the e-mail address. `since`, `until`
    bound `received_at` (until is not included). `talked`, `disposition`: of any of their calls. `test`: made up by a
    source's test button."""

    state: LeadState | None = None
    campaign_id: str | None = None
    source_id: str | None = None
    source: str | None = None
    words: str = ""
    disposition: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    planned: bool | None = None


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A lead in a list. `calls`: how many there were; the rest is of the newest one, empty without any."""

    lead: StoredLead
    calls: int
    call_id: str | None
    call_state: str | None
    disposition: str | None
    reason: str | None
    form_to_ring_ms: int | None


@dataclass(frozen=True, slots=True)
class FirstCall:
    """A lead with its first outbound call, for figures; everything of the call is None for one who was never dialled.
    `best`: the dispositions of all their calls."""

    lead_id: str
    source: str
    campaign_id: str | None
    state: str
    received_at: datetime
    submitted_at: datetime | None
    webhook_at: datetime | None
    accepted_at: datetime | None
    permitted_at: datetime | None
    requested_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    greeted_at: datetime | None
    first_word_at: datetime | None
    dispositions: Sequence[str]
    talked: bool
    qualified: bool


_OF_LEAD: Final = ("source", "campaign_id", "state", "received_at", "submitted_at", "webhook_at", "accepted_at")
_OF_CALL: Final = ("permitted_at", "requested_at", "ringing_at", "answered_at", "greeted_at", "first_word_at")


async def page(
    tx: AsyncConnection, where: LeadFilter, limit: int = 50, before: tuple[datetime, str] | None = None
) -> Sequence[LeadLine]:
    """Newest first; `before`: `received_at` and id of the last one of the page before."""
    query = select(LeadRow.__table__).where(*_conditions(where))
    if before is not None:
        at, lead_id = before
        query = query.where(or_(LeadRow.received_at < at, and_(LeadRow.received_at == at, LeadRow.id < lead_id)))
    query = query.order_by(LeadRow.received_at.desc(), LeadRow.id.desc()).limit(limit)
    found = [lead_of(row) for row in (await tx.execute(query)).mappings()]
    theirs: dict[str, list[RowMapping]] = {}
    of_them = (
        select(CallRow.lead_id, CallRow.id, CallRow.state, CallRow.disposition, CallRow.reason, CallRow.form_to_ring_ms)
        .where(CallRow.lead_id.in_([lead.id for lead in found]), CallRow.test.is_(False))
        .order_by(CallRow.placed_at)
    )
    for row in (await tx.execute(of_them)).mappings():
        theirs.setdefault(row["lead_id"], []).append(row)
    return [_line(lead, theirs.get(lead.id, [])) for lead in found]


async def counts(tx: AsyncConnection, where: LeadFilter) -> Mapping[str, int]:
    """How many there are, by state."""
    query = select(LeadRow.state, func.count()).where(*_conditions(where)).group_by(LeadRow.state)
    return {row[0]: row[1] for row in await tx.execute(query)}


async def first_calls(tx: AsyncConnection, where: LeadFilter) -> Sequence[FirstCall]:
    """The newest `MOST` leads with what became of them; test leads are left out."""
    lead, first = LeadRow, aliased(CallRow)
    columns = {
        "lead_id": lead.id,
        **{name: getattr(lead, name) for name in _OF_LEAD},
        **{name: getattr(first, name) for name in _OF_CALL},
    }
    is_first = and_(first.lead_id == lead.id, first.attempt == 1, first.direction == "outbound", first.test.is_(False))
    query = (
        select(*(column.label(name) for name, column in columns.items()))
        .outerjoin(first, is_first)
        .where(*_conditions(where), lead.test.is_(False))
        .order_by(lead.received_at.desc(), lead.id.desc())
        .limit(MOST)
    )
    rows = list(await tx.execute(query))
    became = await _became(tx, where)
    none: tuple[list[str], bool, bool] = ([], False, False)
    found = []
    for row in rows:
        dispositions, talked, qualified = became.get(row.lead_id, none)
        found.append(FirstCall(**row._mapping, dispositions=dispositions, talked=talked, qualified=qualified))
    return found


def _line(lead: StoredLead, theirs: Sequence[RowMapping]) -> LeadLine:
    if not theirs:
        return LeadLine(lead, 0, None, None, None, None, None)
    last = theirs[-1]
    return LeadLine(
        lead, len(theirs), last["id"], last["state"], last["disposition"], last["reason"], theirs[0]["form_to_ring_ms"]
    )


async def _became(tx: AsyncConnection, where: LeadFilter) -> Mapping[str, tuple[list[str], bool, bool]]:
    """By lead: the dispositions of all calls, whether a person was talked to, whether they qualified."""
    query = (
        select(LeadRow.id, CallRow.disposition, CallRow.answered_at, CallRow.answered_by, CallRow.qualified)
        .join(LeadRow, LeadRow.id == CallRow.lead_id)
        .where(*_conditions(where), CallRow.test.is_(False))
        .order_by(CallRow.placed_at)
    )
    found: dict[str, tuple[list[str], bool, bool]] = {}
    for lead_id, disposition, answered_at, answered_by, qualified in await tx.execute(query):
        before, talked, good = found.get(lead_id, ([], False, False))
        person = answered_at is not None and answered_by in ("", "person", "human")
        told = [*before, disposition] if disposition else before
        found[lead_id] = (told, talked or person, good or bool(qualified))
    return found


def _conditions(where: LeadFilter) -> list[ColumnElement[bool]]:
    same = (
        (LeadRow.state, where.state), (LeadRow.campaign_id, where.campaign_id),
        (LeadRow.source_id, where.source_id), (LeadRow.source, where.source),
    )  # fmt: skip
    conditions: list[ColumnElement[bool]] = [column == value for column, value in same if value is not None]
    if where.since is not None:
        conditions.append(LeadRow.received_at >= where.since)
    if where.until is not None:
        conditions.append(LeadRow.received_at < where.until)
    if where.planned is not None:
        conditions.append(LeadRow.next_call_at.is_not(None) if where.planned else LeadRow.next_call_at.is_(None))
    if where.disposition is not None:
        call = aliased(CallRow)
        of_lead = select(call.id).where(call.lead_id == LeadRow.id, call.disposition == where.disposition)
        conditions.append(exists(of_lead))
    if words := where.words.strip():
        name = LeadRow.first_name + " " + LeadRow.last_name
        ways = [name.icontains(words, autoescape=True), LeadRow.email.icontains(words, autoescape=True)]
        if len(digits := "".join(each for each in words if each.isdigit())) >= 3:
            ways.append(LeadRow.phone.contains(digits))
        conditions.append(or_(*ways))
    return conditions

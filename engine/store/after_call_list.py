"""Calls by how their after-call work stands, for people who look after it: what failed, what was given up, what waits.

A call whose row still waits (for a later try, for a moment to come) counts as failed as soon as one of its cards has:
nobody should learn of it only days later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import CallRow
from engine.store.outbox import OPEN
from engine.store.outbox_tables import OutboxTable, StepTable

Standing = Literal["trouble", "failed", "dead", "waiting"]
"""`failed`: a person must help. `dead`: tried for too long. `trouble`: either. `waiting`: to be done, or being done."""

Span = tuple[datetime, datetime]
"""From, and up to but not including."""

_o: Final = OutboxTable.__table__.c
_s: Final = StepTable.__table__.c

_FAILED_AT: Final = (
    select(func.max(_s.changed_at)).where(_s.call_id == _o.call_id, _s.state == "failed").scalar_subquery()
)
_MOMENT: Final = func.coalesce(_o.finished_at, _FAILED_AT, _o.next_at)

_IS: Final[Mapping[Standing, ColumnElement[bool]]] = {
    "failed": or_(_o.state == "failed", and_(_o.state == "pending", _FAILED_AT.is_not(None))),
    "dead": _o.state == "dead",
    "waiting": _o.state.in_(OPEN),
    "trouble": or_(_o.state.in_(("failed", "dead")), and_(_o.state == "pending", _FAILED_AT.is_not(None))),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A call in the list. `at`: when its work came to an end, or failed in part, or goes on."""

    call_id: str
    person: str
    flow_id: str
    flow_name: str
    disposition: str
    state: str
    problem: str
    added_at: datetime
    at: datetime
    flow_run_id: str | None


@dataclass(frozen=True, slots=True)
class Which:
    """`spans`: by flow id, if only some moments are asked about; flows that are not named are left out."""

    standing: Standing = "trouble"
    flow_id: str | None = None
    spans: Mapping[str, Span] | None = None


async def flows_between(tx: AsyncConnection, standing: Standing, span: Span) -> Sequence[str]:
    """Ids of the flows that have such calls in that span."""
    query = select(_o.flow_id).distinct().where(_IS[standing], _within(span))
    return [row.flow_id for row in await tx.execute(query)]


async def count(tx: AsyncConnection, which: Which) -> int:
    found: int = (await tx.execute(select(func.count()).select_from(OutboxTable).where(_matches(which)))).scalar_one()
    return found


async def lines(tx: AsyncConnection, which: Which, limit: int = 50, before: str | None = None) -> Sequence[Line]:
    """Calls that ended last come first. `before`: id of the last call of the page before."""
    person = func.coalesce(CallRow.person, "").label("person")
    told = (_o[name] for name in Line.__slots__ if name not in ("person", "at"))
    query = (
        select(*told, person, _MOMENT.label("at")).outerjoin(CallRow, CallRow.id == _o.call_id).where(_matches(which))
    )
    if before is not None:
        last = (await tx.execute(select(_o.added_at).where(_o.call_id == before))).first()
        if last is None:
            return []
        query = query.where(or_(_o.added_at < last.added_at, and_(_o.added_at == last.added_at, _o.call_id < before)))
    rows = await tx.execute(query.order_by(_o.added_at.desc(), _o.call_id.desc()).limit(limit))
    return [Line(**row._asdict()) for row in rows]


def _matches(which: Which) -> ColumnElement[bool]:
    tests = [_IS[which.standing]]
    if which.flow_id is not None:
        tests.append(_o.flow_id == which.flow_id)
    if which.spans is not None:
        spans = [and_(_o.flow_id == flow_id, _within(span)) for flow_id, span in which.spans.items()]
        tests.append(or_(false(), *spans))
    return and_(*tests)


def _within(span: Span) -> ColumnElement[bool]:
    since, until = span
    return and_(_MOMENT >= since, _MOMENT < until)  # noqa: SIM300  the column is written as a constant

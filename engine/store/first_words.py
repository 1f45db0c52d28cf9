"""When a person's hello was over and our first word was on the line: kept for each call, counted for each campaign."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import false, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import CallRow


async def keep(tx: AsyncConnection, call_id: str, greeted_at: datetime | None, first_word_at: datetime) -> bool:
    """The person's hello was over (None: none was heard), and our first word was on the line. False if that is known
    already: the first time counts."""
    done = await tx.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.first_word_at.is_(None))
        .values(greeted_at=greeted_at, first_word_at=first_word_at)
        .returning(CallRow.id)
    )
    return done.first() is not None


async def delays(
    tx: AsyncConnection, since: datetime, campaign_id: str | None = None
) -> dict[str | None, list[int | None]]:
    """By campaign: of each call of ours that a person answered since then, for how many milliseconds they waited for
    our first word, from their hello or, if none was heard, from the answer; None if no word came."""
    query = select(CallRow.campaign_id, CallRow.answered_at, CallRow.greeted_at, CallRow.first_word_at).where(
        CallRow.direction == "outbound",
        CallRow.test == false(),
        CallRow.answered_by == "person",
        CallRow.answered_at >= since,
        CallRow.state.in_(("finished", "failed")),
    )
    if campaign_id is not None:
        query = query.where(CallRow.campaign_id == campaign_id)
    found: dict[str | None, list[int | None]] = {}
    for row in await tx.execute(query):
        waited = row.first_word_at - (row.greeted_at or row.answered_at) if row.first_word_at else None
        found.setdefault(row.campaign_id, []).append(
            None if waited is None else max(0, round(1000 * waited.total_seconds()))
        )
    return found

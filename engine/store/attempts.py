"""What was dialled before: what limits on attempts, and on messages left, count. Test calls count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import CallRow


async def dialled(tx: AsyncConnection, number: str, since: datetime) -> Sequence[datetime]:
    """When outbound calls to `number` were placed since then, oldest first."""
    query = (
        select(CallRow.placed_at)
        .where(
            CallRow.to_number == number,
            CallRow.direction == "outbound",
            CallRow.test.is_(False),
            CallRow.placed_at >= since,
        )
        .order_by(CallRow.placed_at)
    )
    return [row.placed_at for row in await tx.execute(query)]


async def messages_left(tx: AsyncConnection, number: str, since: datetime) -> int:
    """How many messages the voicemail of `number` has had from us since then."""
    query = select(func.count()).where(
        CallRow.to_number == number,
        CallRow.disposition == "voicemail_left",
        CallRow.test.is_(False),
        CallRow.placed_at >= since,
    )
    return int((await tx.execute(query)).scalar_one())


async def of_lead(tx: AsyncConnection, lead_id: str) -> int:
    """The highest attempt placed for the lead; 0 if it was never called."""
    query = select(func.coalesce(func.max(CallRow.attempt), 0)).where(
        CallRow.lead_id == lead_id, CallRow.direction == "outbound"
    )
    return int((await tx.execute(query)).scalar_one())

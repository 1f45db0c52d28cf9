"""Calls that an opt-out finds under way: those of which the carrier knows nothing are called off, the others marked.

    placed, carrier not asked yet ──> failed: the last gate (`calls.requesting`) lets nothing through
    placed or ringing ──────────────> `stopped_at`: hung up by whoever recorded the wish, and by the holder's next beat
    talking with a person ──────────> `stopped_at` too, but the talk is left to end by itself

To be called under the lock `dial:{number}` of each number, which the gate takes as well (`opt_outs`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import NOT_PLACED, UNDER_WAY, CallRow

CALLED_OFF: Final = "Nobody was rung: the person asked us to stop, and is on the do-not-call list now."
RANG: Final = "The person asked us to stop while the phone rang."


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call to be hung up. `carrier_uuid`: the carrier's name for it, None until it has told."""

    call_id: str
    carrier_uuid: str | None


async def call_off(
    tx: AsyncConnection, numbers: Collection[str], now: datetime, but: str = ""
) -> tuple[frozenset[str], tuple[Ringing, ...]]:
    """Nobody with these numbers (E.164) is to be rung any more. Gives the calls that were called off, and those whose
    phones may be ringing. `but`: the call in which the wish was spoken, which ends by itself."""
    ours = (CallRow.to_number.in_(numbers), CallRow.direction == "outbound", CallRow.id != but)
    off = await tx.execute(
        update(CallRow)
        .where(*ours, CallRow.state == "placed", CallRow.requested_at.is_(None), CallRow.carrier_uuid.is_(None))
        .values(
            state="failed",
            ended_at=now,
            disposition="do_not_call",
            reason=NOT_PLACED,
            problem=CALLED_OFF,
            ended_by="failure",
        )
        .returning(CallRow.id)
    )
    called_off = frozenset(row.id for row in off)
    marked = await tx.execute(
        update(CallRow)
        .where(*ours, CallRow.state.in_(UNDER_WAY), CallRow.stopped_at.is_(None))
        .values(stopped_at=now)
        .returning(CallRow.id, CallRow.state, CallRow.carrier_uuid)
    )
    return called_off, tuple(Ringing(row.id, row.carrier_uuid) for row in marked if row.state != "answered")


async def stopped(tx: AsyncConnection, call_id: str) -> bool:
    """Whether the person of this call has opted out by another door since it was placed."""
    query = select(CallRow.stopped_at).where(CallRow.id == call_id)
    return (await tx.execute(query)).scalar_one_or_none() is not None

"""Calls that try out a draft: the draft as it was at that moment, who was to be called, and what the call may do.

A published version is kept for good, a draft is not: the next edit replaces it. So the text goes with the call, and a
process that takes the call over, or that brings its result in later, reads it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ForeignKey, String, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json, Lead
from engine.store.base import Base, Document
from engine.store.calls import CallRow
from engine.store.flows import checksum, prove

Effect = Literal["calendar", "after_call", "transfer", "requests"]
"""What a test call does in the world beside the call itself: book in the real calendar, run the lane behind the call,
ring a colleague, ask other systems during the call. None of it unless it was asked for."""


class TrialRow(Base):
    __tablename__ = "trial"

    call_id: Mapped[str] = mapped_column(String(64), ForeignKey("call.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    text: Mapped[str]
    checksum: Mapped[str] = mapped_column(String(64))
    lead: Mapped[Json] = mapped_column(Document(), nullable=False)
    effects: Mapped[Json] = mapped_column(Document(), nullable=False)
    placed_by: Mapped[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """`text`: the draft of `revision`. `lead`: made up or typed for this call; no row of its own. `by`: who asked."""

    revision: int
    text: str = field(repr=False)
    lead: Lead = field(repr=False)
    effects: frozenset[Effect] = frozenset()
    by: str = ""


async def add(tx: AsyncConnection, call_id: str, trial: Trial) -> None:
    """Keep it with its call, whose row stands already."""
    await tx.execute(
        insert(TrialRow).values(
            call_id=call_id,
            revision=trial.revision,
            text=trial.text,
            checksum=checksum(trial.text),
            lead=_lead_out(trial.lead),
            effects=sorted(trial.effects),
            placed_by=trial.by,
        )
    )


async def read(tx: AsyncConnection, call_id: str) -> Trial | None:
    """None for a call that is no test. Raises `FlowDamaged`."""
    row = (await tx.execute(select(TrialRow.__table__).where(TrialRow.call_id == call_id))).first()
    if row is None:
        return None
    prove(row.text, row.checksum, f"The draft that call {call_id} was held with")
    effects = cast(frozenset[Effect], frozenset(row.effects))
    return Trial(row.revision, row.text, _lead_in(row.lead), effects, row.placed_by)


async def placed(tx: AsyncConnection, since: datetime, number: str = "") -> Sequence[datetime]:
    """When test calls were placed to `number`, or without one to any, since then; oldest first."""
    query = (
        select(CallRow.placed_at)
        .where(CallRow.test.is_(True), CallRow.direction == "outbound", CallRow.placed_at >= since)
        .order_by(CallRow.placed_at)
    )
    if number:
        query = query.where(CallRow.to_number == number)
    return [row.placed_at for row in await tx.execute(query)]


async def forget(tx: AsyncConnection, call_id: str) -> None:
    """Delete what it says of a person, and the draft with it."""
    await tx.execute(delete(TrialRow).where(TrialRow.call_id == call_id))


def _lead_out(lead: Lead) -> Json:
    return {
        "id": lead.id,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone,
        "email": lead.email,
        "source": lead.source,
        "form": dict(lead.form),
        "received_at": lead.received_at.isoformat() if lead.received_at else None,
        "zone": lead.zone,
    }


def _lead_in(kept: Mapping[str, Json]) -> Lead:
    form, received = kept.get("form"), kept.get("received_at")
    return Lead(
        id=str(kept["id"]),
        first_name=str(kept["first_name"]),
        last_name=str(kept["last_name"]),
        phone=str(kept["phone"]),
        email=str(kept["email"]) if kept.get("email") else None,
        source=str(kept["source"]),
        form={name: str(value) for name, value in form.items()} if isinstance(form, dict) else {},
        received_at=datetime.fromisoformat(received) if isinstance(received, str) else None,
        zone=str(kept.get("zone") or ""),
    )

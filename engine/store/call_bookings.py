"""Which appointment came of a call, as the calendar has it: also one that the call's own process could not tell of."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Booking
from engine.store import appointments
from engine.store.appointment_tables import AppointmentRow


async def of_call(tx: AsyncConnection, call_id: str) -> tuple[Booking, str] | None:
    """What was booked or moved in a call and stands, with the name of its calendar; the newest of several. The key
    of a booking begins with the call's id. One that another service was asked for and has not answered is none."""
    query = (
        select(AppointmentRow.id, AppointmentRow.calendar)
        .where(
            AppointmentRow.key.startswith(f"{call_id}:", autoescape=True),
            AppointmentRow.cancelled_at.is_(None),
            appointments.SURE,
        )
        .order_by(func.coalesce(AppointmentRow.moved_at, AppointmentRow.booked_at).desc())
    )
    row = (await tx.execute(query)).first()
    found = await appointments.with_id(tx, row.calendar, row.id) if row is not None else None
    return None if row is None or found is None else (found.booking, row.calendar)

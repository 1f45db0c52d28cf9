"""The appointments of one person, by number or e-mail address: for exports, and for those who want to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Attendee
from engine.store.appointment_tables import AppointmentRow
from engine.store.appointments import Appointment, appointment_of, made_by


async def of_person(tx: AsyncConnection, attendee: Attendee) -> Sequence[Appointment]:
    """All of them, cancelled ones too, by their start."""
    query = select(AppointmentRow.__table__).where(made_by(attendee)).order_by(AppointmentRow.starts_at)
    return [appointment_of(row) for row in (await tx.execute(query)).mappings()]


async def coming(tx: AsyncConnection, attendee: Attendee, now: datetime) -> Sequence[Appointment]:
    """Those that have not ended and stand."""
    query = (
        select(AppointmentRow.__table__)
        .where(made_by(attendee), AppointmentRow.ends_at > now, AppointmentRow.cancelled_at.is_(None))
        .order_by(AppointmentRow.starts_at)
    )
    return [appointment_of(row) for row in (await tx.execute(query)).mappings()]


async def forget(tx: AsyncConnection, attendee: Attendee, now: datetime) -> int:
    """Take the person out of appointments that are over or cancelled; that the time was taken stays. How many."""
    empty = {"name": "", "phone": "", "email": "", "address": "", "notes": "", "title": "", "place": ""}
    done = await tx.execute(
        update(AppointmentRow)
        .where(made_by(attendee), (AppointmentRow.ends_at <= now) | AppointmentRow.cancelled_at.is_not(None))
        .values(**empty)
        .returning(AppointmentRow.id)
    )
    return len(done.all())

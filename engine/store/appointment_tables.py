"""Tables of the calendars: their setup, time that staff blocked, holds, appointments."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.sdk import Json
from engine.store.base import Base, Document, Key

_CALENDAR: Final = "calendar.name"


class CalendarRow(Base):
    __tablename__ = "calendar"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    zone: Mapped[str] = mapped_column(String(64))
    weekly: Mapped[Json] = mapped_column(Document(), nullable=False)
    special: Mapped[Json] = mapped_column(Document(), nullable=False)
    step_min: Mapped[int]
    max_per_day: Mapped[int | None]
    connection: Mapped[str] = mapped_column(String(64), server_default="")
    options: Mapped[Json] = mapped_column(Document(), nullable=False, server_default="{}")
    staff: Mapped[Json] = mapped_column(Document(), nullable=False, server_default="[]")


class BlockRow(Base):
    __tablename__ = "calendar_block"
    __table_args__ = (Index(None, "calendar", "ends_at"),)

    id: Mapped[Key]
    calendar: Mapped[str] = mapped_column(String(64), ForeignKey(_CALENDAR, ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    staff: Mapped[str] = mapped_column(server_default="")


class HoldRow(Base):
    """At most one for each caller (`key`)."""

    __tablename__ = "calendar_hold"
    __table_args__ = (Index("uq_calendar_hold_key", "calendar", "key", unique=True),)

    id: Mapped[Key]
    calendar: Mapped[str] = mapped_column(String(64), ForeignKey(_CALENDAR, ondelete="CASCADE"))
    key: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    buffer_min: Mapped[int]
    expires_at: Mapped[datetime]
    staff: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")


_STANDING: Final = text("cancelled_at IS NULL")

THEIRS: Final = "theirs"
"""`remote_state` of an appointment at a service that decides by itself who is free: `engine.store.remote_bookings`."""

_OUR_TIME: Final = text(f"cancelled_at IS NULL AND remote_state != '{THEIRS}'")
_UNFINISHED: Final = text("due_at IS NOT NULL")


class AppointmentRow(Base):
    """What stands in a calendar and, if another service keeps that too, how far the two agree.

    `remote_state`: see `engine.store.linked_appointments`. `diary`: where its entry stands there. `other_*`: the time
    and diary that it is being moved to, or the diary that it has left and that its entry is still to be taken out of.
    `due_at`: when whoever looks after unfinished ones may take this one on; none: it is finished.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index(None, "calendar", "ends_at"),
        # Two nets under the lock of `engine.store.calendar`: a key books once, nobody begins two of ours at once.
        Index("uq_appointment_key", "calendar", "key", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
        Index(
            "uq_appointment_start",
            "calendar",
            "staff",
            "starts_at",
            unique=True,
            sqlite_where=_OUR_TIME,
            postgresql_where=_OUR_TIME,
        ),
        Index("ix_appointment_due_at", "due_at", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    )

    id: Mapped[Key]
    calendar: Mapped[str] = mapped_column(String(64), ForeignKey(_CALENDAR))
    key: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    buffer_min: Mapped[int]
    title: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    address: Mapped[str]
    notes: Mapped[str]
    status: Mapped[str] = mapped_column(String(16), server_default="confirmed")
    staff: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")
    link: Mapped[str] = mapped_column(server_default="")
    remote_id: Mapped[str] = mapped_column(server_default="")
    remote_state: Mapped[str] = mapped_column(String(16), server_default="")
    diary: Mapped[str] = mapped_column(server_default="")
    other_starts_at: Mapped[datetime | None]
    other_ends_at: Mapped[datetime | None]
    other_staff: Mapped[str] = mapped_column(server_default="")
    other_diary: Mapped[str] = mapped_column(server_default="")
    other_key: Mapped[str] = mapped_column(server_default="")
    due_at: Mapped[datetime | None]
    booked_at: Mapped[datetime]
    moved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(server_default="0")
    """How often it was moved or cancelled: invitations count by it."""

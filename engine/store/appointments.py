"""What the built-in calendar keeps: its working hours, what staff blocked, holds and appointments.

Plain queries; who gets an opening is decided by `engine.schedule` and made atomic by `engine.store.calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, RowMapping, String, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.schedule import Span, Taken, WorkingHours
from engine.schedule.openings import STEP_MIN
from engine.sdk import Attendee, Booking, BookingDetails, Hold, Json, Opening
from engine.store.base import Base, Document, Key, new_id
from engine.store.database import one_at_a_time

_CALENDAR = "calendar.name"


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


_STANDING = text("cancelled_at IS NULL")

THEIRS = "theirs"
"""`remote_state` of an appointment at a service that decides by itself who is free: `engine.store.remote_bookings`."""

_OUR_TIME = text(f"cancelled_at IS NULL AND remote_state != '{THEIRS}'")


class AppointmentRow(Base):
    __tablename__ = "appointment"
    __table_args__ = (
        Index(None, "calendar", "ends_at"),
        # Two nets under the lock of `engine.store.calendar`: a key books once, a start of ours is booked once.
        Index("uq_appointment_key", "calendar", "key", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
        Index(
            "uq_appointment_start",
            "calendar",
            "starts_at",
            unique=True,
            sqlite_where=_OUR_TIME,
            postgresql_where=_OUR_TIME,
        ),
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
    booked_at: Mapped[datetime]
    moved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(server_default="0")
    """How often it was moved or cancelled: invitations count by it."""


class CalendarMissing(Exception):
    """There is no calendar of that name. The message says where to add it."""


@dataclass(frozen=True, slots=True)
class CalendarSetup:
    """`zone`: IANA name. `step_min`: openings start that often. `max_per_day`: appointments a day, None: no limit.
    `connection`: name of the account at another service that keeps the calendar, empty: we do; `options`: what that
    service needs to know besides."""

    name: str
    zone: str
    hours: WorkingHours = field(default_factory=WorkingHours)
    step_min: int = STEP_MIN
    max_per_day: int | None = None
    connection: str = ""
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """Time that staff took for something else."""

    id: str
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """An entry of the calendar as the business's staff sees it. `key`: the call and need it was booked for, or moved
    for last. `changes`: how often it was moved or cancelled."""

    booking: Booking
    key: str
    details: BookingDetails
    buffer_min: int
    cancelled: bool
    booked_at: datetime
    changes: int


async def save_setup(tx: AsyncConnection, setup: CalendarSetup) -> None:
    """Add the calendar or change its hours; appointments stay as they are. Raises ZoneInfoNotFoundError."""
    ZoneInfo(setup.zone)
    await one_at_a_time(tx, f"calendar:{setup.name}")
    values = {
        "zone": setup.zone,
        "weekly": {str(day): [str(span) for span in spans] for day, spans in setup.hours.weekly.items()},
        "special": {day.isoformat(): [str(span) for span in spans] for day, spans in setup.hours.special.items()},
        "step_min": setup.step_min,
        "max_per_day": setup.max_per_day,
        "connection": setup.connection,
        "options": dict(setup.options),
    }
    done = await tx.execute(
        update(CalendarRow).where(CalendarRow.name == setup.name).values(**values).returning(CalendarRow.name)
    )
    if done.first() is None:
        await tx.execute(insert(CalendarRow).values(name=setup.name, **values))


async def setup(tx: AsyncConnection, name: str, *, lock: bool = False) -> CalendarSetup:
    """`lock`: to the end of the transaction nobody else can book in this calendar. Raises `CalendarMissing`."""
    query = select(CalendarRow.__table__).where(CalendarRow.name == name)
    row = (await tx.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise CalendarMissing(f"There is no calendar '{name}'. Name one in the flow that is there, such as 'main'.")
    hours = WorkingHours(
        {int(day): _spans(spans) for day, spans in row.weekly.items()},
        {date.fromisoformat(day): _spans(spans) for day, spans in row.special.items()},
    )
    return CalendarSetup(row.name, row.zone, hours, row.step_min, row.max_per_day, row.connection, row.options)


async def calendars(tx: AsyncConnection) -> Sequence[str]:
    """Names of all calendars."""
    return [row.name for row in await tx.execute(select(CalendarRow.name).order_by(CalendarRow.name))]


async def add_block(tx: AsyncConnection, calendar: str, start: datetime, end: datetime, reason: str) -> Block:
    """Staff take the time. Whoever holds it will not get it; appointments that stand there stay."""
    if start >= end:
        raise ValueError("Blocked time must end after it begins.")
    block = Block(new_id("blk"), start, end, reason)
    await tx.execute(
        insert(BlockRow).values(id=block.id, calendar=calendar, starts_at=start, ends_at=end, reason=reason)
    )
    return block


async def remove_block(tx: AsyncConnection, block_id: str) -> None:
    """Unknown ids are no error."""
    await tx.execute(delete(BlockRow).where(BlockRow.id == block_id))


async def blocks(tx: AsyncConnection, calendar: str, since: datetime) -> Sequence[Block]:
    """Blocked times that end after `since`, soonest first."""
    query = select(BlockRow.__table__).where(BlockRow.calendar == calendar, BlockRow.ends_at > since)
    return [
        Block(row.id, row.starts_at, row.ends_at, row.reason)
        for row in await tx.execute(query.order_by(BlockRow.starts_at))
    ]


async def appointments(
    tx: AsyncConnection, calendar: str, since: datetime, *, cancelled: bool = False
) -> Sequence[Appointment]:
    """Appointments that end after `since`, soonest first; cancelled ones only if asked for. What another service was
    asked for and has not answered is none yet."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.ends_at > since,
        or_(AppointmentRow.remote_state != THEIRS, AppointmentRow.remote_id != ""),
    )
    if not cancelled:
        query = query.where(AppointmentRow.cancelled_at.is_(None))
    return [_appointment(row) for row in (await tx.execute(query.order_by(AppointmentRow.starts_at))).mappings()]


async def with_key(tx: AsyncConnection, calendar: str, key: str) -> Appointment | None:
    """The appointment that stands for this call and need."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar, AppointmentRow.key == key, AppointmentRow.cancelled_at.is_(None)
    )
    row = (await tx.execute(query)).mappings().first()
    return _appointment(row) if row else None


async def with_id(tx: AsyncConnection, calendar: str, booking_id: str) -> Appointment | None:
    """The appointment if it stands."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar, AppointmentRow.id == booking_id, AppointmentRow.cancelled_at.is_(None)
    )
    row = (await tx.execute(query)).mappings().first()
    return _appointment(row) if row else None


async def upcoming(tx: AsyncConnection, calendar: str, attendee: Attendee, now: datetime) -> Sequence[Appointment]:
    """Appointments of a person that have not begun, soonest first."""
    ways = []
    if attendee.phone:
        ways.append(AppointmentRow.phone == attendee.phone)
    if attendee.email:
        ways.append(func.lower(AppointmentRow.email) == attendee.email.lower())
    if not ways:
        return []
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.starts_at > now,
        AppointmentRow.cancelled_at.is_(None),
        or_(*ways),
    )
    return [_appointment(row) for row in (await tx.execute(query.order_by(AppointmentRow.starts_at))).mappings()]


async def taken(
    tx: AsyncConnection, calendar: str, now: datetime, key: str = "", hold_id: str = "", own_hold: str = ""
) -> list[Taken]:
    """All that stands in the way of the caller named by `key`: appointments and live holds of others, blocked time.
    `own_hold`: of the caller by that name, only the hold does not stand in the way.

    Times from a day before `now` count, so that today's appointments are all there for the limit of the day.
    """
    since = now - timedelta(days=1)
    booked = select(AppointmentRow.starts_at, AppointmentRow.ends_at, AppointmentRow.buffer_min).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.ends_at > since,
        AppointmentRow.cancelled_at.is_(None),
        AppointmentRow.key != key,
    )
    held = select(HoldRow.starts_at, HoldRow.ends_at, HoldRow.buffer_min).where(
        HoldRow.calendar == calendar,
        HoldRow.expires_at > now,
        HoldRow.key.not_in((key, own_hold or key)),
        HoldRow.id != hold_id,
    )
    standing = [
        Taken(row.starts_at, row.ends_at, row.buffer_min) for query in (booked, held) for row in await tx.execute(query)
    ]
    return standing + [Taken(block.start, block.end, appointment=False) for block in await blocks(tx, calendar, since)]


async def keep_hold(tx: AsyncConnection, calendar: str, key: str, hold: Hold, buffer_min: int, now: datetime) -> None:
    """Write the hold; the caller's earlier one goes, and so do all that ran out a day ago."""
    old = now - timedelta(days=1)
    await tx.execute(
        delete(HoldRow).where(HoldRow.calendar == calendar, (HoldRow.key == key) | (HoldRow.expires_at <= old))
    )
    await tx.execute(
        insert(HoldRow).values(
            id=hold.id,
            calendar=calendar,
            key=key,
            starts_at=hold.opening.start,
            ends_at=hold.opening.end,
            buffer_min=buffer_min,
            expires_at=hold.expires_at,
        )
    )


async def held_buffer(tx: AsyncConnection, hold_id: str) -> int | None:
    """The buffer, in minutes, of a hold that is still written down, run out or not."""
    return (await tx.execute(select(HoldRow.buffer_min).where(HoldRow.id == hold_id))).scalar_one_or_none()


async def drop_hold(tx: AsyncConnection, hold_id: str) -> None:
    await tx.execute(delete(HoldRow).where(HoldRow.id == hold_id))


async def book(
    tx: AsyncConnection,
    calendar: str,
    key: str,
    booking: Booking,
    details: BookingDetails,
    buffer_min: int,
    now: datetime,
    *,
    moves: bool,
) -> None:
    """Write the appointment; `moves`: it is there already, under another time and perhaps another call's key."""
    values = {
        "key": key,
        "starts_at": booking.opening.start,
        "ends_at": booking.opening.end,
        "zone": booking.zone,
        "buffer_min": buffer_min,
        "status": booking.status,
        "staff": booking.staff,
        "link": booking.link,
        **asdict(details),
    }
    if moves:
        changed = {"moved_at": now, "changes": AppointmentRow.changes + 1}
        await tx.execute(update(AppointmentRow).where(AppointmentRow.id == booking.id).values(**changed, **values))
    else:
        await tx.execute(insert(AppointmentRow).values(id=booking.id, calendar=calendar, booked_at=now, **values))


async def cancel(tx: AsyncConnection, booking_id: str, at: datetime) -> None:
    """Unknown and cancelled ids are no error."""
    await tx.execute(
        update(AppointmentRow)
        .where(AppointmentRow.id == booking_id, AppointmentRow.cancelled_at.is_(None))
        .values(cancelled_at=at, changes=AppointmentRow.changes + 1)
    )


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    return tuple(Span.read(one) for one in texts)


def _appointment(row: RowMapping) -> Appointment:
    zone = ZoneInfo(cast(str, row["zone"]))
    opening = Opening(row["starts_at"].astimezone(zone), row["ends_at"].astimezone(zone))
    return Appointment(
        booking=Booking(row["id"], opening, row["zone"], row["status"], row["staff"], row["link"], row["title"]),
        key=row["key"],
        details=BookingDetails(
            title=row["title"],
            name=row["name"],
            phone=row["phone"],
            email=row["email"],
            address=row["address"],
            notes=row["notes"],
        ),
        buffer_min=row["buffer_min"],
        cancelled=row["cancelled_at"] is not None,
        booked_at=row["booked_at"],
        changes=row["changes"],
    )

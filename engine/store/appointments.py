"""What the built-in calendar keeps: its working hours and staff, what staff blocked, holds and appointments.

Plain queries; who gets an opening is decided by `engine.schedule` and made atomic by `engine.store.calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, case, delete, false, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.schedule import Staff, Taken, Team, WorkingHours
from engine.schedule.openings import STEP_MIN
from engine.sdk import Attendee, Booking, BookingDetails, Hold, Json, Opening
from engine.store.appointment_tables import THEIRS, AppointmentRow, BlockRow, CalendarRow, HoldRow
from engine.store.base import new_id
from engine.store.database import one_at_a_time
from engine.store.staff_documents import (
    read_special,
    read_staff,
    read_weekly,
    special_document,
    staff_document,
    weekly_document,
)


class CalendarMissing(Exception):
    """There is no calendar of that name. The message says where to add it."""


@dataclass(frozen=True, slots=True)
class CalendarSetup:
    """`zone`: IANA name. `step_min`: openings start that often. `max_per_day`: appointments a day, None: no limit.
    `connection`: name of the account at another service that keeps the calendar, empty: we do; `options`: what that
    service needs to know besides. `staff`: whom appointments are made with; none: the calendar is one person's."""

    name: str
    zone: str
    hours: WorkingHours = field(default_factory=WorkingHours)
    step_min: int = STEP_MIN
    max_per_day: int | None = None
    connection: str = ""
    options: Mapping[str, Json] = field(default_factory=dict)
    staff: tuple[Staff, ...] = ()

    @property
    def team(self) -> Team:
        """Raises ZoneInfoNotFoundError."""
        return Team(ZoneInfo(self.zone), self.hours, self.staff, self.step_min, self.max_per_day)


@dataclass(frozen=True, slots=True)
class Block:
    """Time that staff took for something else. `staff`: who; empty: everybody."""

    id: str
    start: datetime
    end: datetime
    reason: str
    staff: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """An entry of the calendar as the business's staff sees it. `key`: the call and need it was booked for, or moved
    for last. `changes`: how often it was moved or cancelled. `place`: ZIP code of where it takes place. `remote_state`:
    how far a service that keeps the calendar too knows of it, see `engine.store.linked_appointments`."""

    booking: Booking
    key: str
    details: BookingDetails
    buffer_min: int
    cancelled: bool
    booked_at: datetime
    changes: int
    place: str = ""
    remote_state: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a hold was made with. `staff`: whose time it keeps."""

    buffer_min: int
    staff: str
    place: str


async def save_setup(tx: AsyncConnection, setup: CalendarSetup, renamed: Mapping[str, str] | None = None) -> None:
    """Add the calendar or change its hours and staff; appointments stay as they are. `renamed`: staff who have another
    name now, old name to new. Raises ZoneInfoNotFoundError."""
    ZoneInfo(setup.zone)
    await one_at_a_time(tx, f"calendar:{setup.name}")
    values = {
        "zone": setup.zone,
        "weekly": weekly_document(setup.hours.weekly),
        "special": special_document(setup.hours.special),
        "step_min": setup.step_min,
        "max_per_day": setup.max_per_day,
        "connection": setup.connection,
        "options": dict(setup.options),
        "staff": staff_document(setup.staff),
    }
    done = await tx.execute(
        update(CalendarRow).where(CalendarRow.name == setup.name).values(**values).returning(CalendarRow.name)
    )
    if done.first() is None:
        await tx.execute(insert(CalendarRow).values(name=setup.name, **values))
    if renamed:
        for table, column in (
            (AppointmentRow, AppointmentRow.staff),
            (AppointmentRow, AppointmentRow.other_staff),
            (HoldRow, HoldRow.staff),
            (BlockRow, BlockRow.staff),
        ):
            await tx.execute(
                update(table)
                .where(table.calendar == setup.name, column.in_(renamed))
                .values({column: case(dict(renamed), value=column)})
            )


async def setup(tx: AsyncConnection, name: str, *, lock: bool = False) -> CalendarSetup:
    """`lock`: to the end of the transaction nobody else can book in this calendar. Raises `CalendarMissing`."""
    query = select(CalendarRow.__table__).where(CalendarRow.name == name)
    row = (await tx.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise CalendarMissing(f"There is no calendar '{name}'. Name one in the flow that is there, such as 'main'.")
    hours = WorkingHours(read_weekly(row.weekly), read_special(row.special))
    staff = read_staff(row.staff)
    return CalendarSetup(row.name, row.zone, hours, row.step_min, row.max_per_day, row.connection, row.options, staff)


async def calendars(tx: AsyncConnection) -> Sequence[str]:
    """Names of all calendars."""
    return [row.name for row in await tx.execute(select(CalendarRow.name).order_by(CalendarRow.name))]


async def add_block(
    tx: AsyncConnection, calendar: str, start: datetime, end: datetime, reason: str, staff: str = ""
) -> Block:
    """Staff take the time, one of them or all. Whoever holds it will not get it; appointments that stand there stay."""
    if start >= end:
        raise ValueError("Blocked time must end after it begins.")
    block = Block(new_id("blk"), start, end, reason, staff)
    await tx.execute(
        insert(BlockRow).values(
            id=block.id, calendar=calendar, starts_at=start, ends_at=end, reason=reason, staff=staff
        )
    )
    return block


async def remove_block(tx: AsyncConnection, block_id: str) -> None:
    """Unknown ids are no error."""
    await tx.execute(delete(BlockRow).where(BlockRow.id == block_id))


async def blocks(tx: AsyncConnection, calendar: str, since: datetime) -> Sequence[Block]:
    """Blocked times that end after `since`, soonest first."""
    query = select(BlockRow.__table__).where(BlockRow.calendar == calendar, BlockRow.ends_at > since)
    return [
        Block(row.id, row.starts_at, row.ends_at, row.reason, row.staff)
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
        SURE,
    )
    if not cancelled:
        query = query.where(AppointmentRow.cancelled_at.is_(None))
    return [appointment_of(row) for row in (await tx.execute(query.order_by(AppointmentRow.starts_at))).mappings()]


SURE: Final = (AppointmentRow.remote_state != "writing") & (
    (AppointmentRow.remote_state != THEIRS) | (AppointmentRow.remote_id != "")
)
"""Not one that another service was asked for and has not answered yet: that is none."""


async def with_key(tx: AsyncConnection, calendar: str, key: str) -> Appointment | None:
    """The appointment that stands for this call and need."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar, AppointmentRow.key == key, AppointmentRow.cancelled_at.is_(None)
    )
    row = (await tx.execute(query)).mappings().first()
    return appointment_of(row) if row else None


async def with_id(tx: AsyncConnection, calendar: str, booking_id: str) -> Appointment | None:
    """The appointment if it stands."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar, AppointmentRow.id == booking_id, AppointmentRow.cancelled_at.is_(None)
    )
    row = (await tx.execute(query)).mappings().first()
    return appointment_of(row) if row else None


async def any_with_id(tx: AsyncConnection, booking_id: str) -> Appointment | None:
    """The appointment of any calendar, whether it stands or was cancelled."""
    query = select(AppointmentRow.__table__).where(AppointmentRow.id == booking_id)
    row = (await tx.execute(query)).mappings().first()
    return appointment_of(row) if row else None


def made_by(attendee: Attendee) -> ColumnElement[bool]:
    """Whether an appointment is of that person, by telephone number or e-mail address; of nobody, if neither is
    known."""
    ways = []
    if attendee.phone:
        ways.append(AppointmentRow.phone == attendee.phone)
    if attendee.email:
        ways.append(func.lower(AppointmentRow.email) == attendee.email.lower())
    return or_(false(), *ways)


async def upcoming(tx: AsyncConnection, calendar: str, attendee: Attendee, now: datetime) -> Sequence[Appointment]:
    """Appointments of a person that have not begun, soonest first."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.starts_at > now,
        AppointmentRow.cancelled_at.is_(None),
        SURE,
        made_by(attendee),
    )
    return [appointment_of(row) for row in (await tx.execute(query.order_by(AppointmentRow.starts_at))).mappings()]


async def taken(
    tx: AsyncConnection, calendar: str, now: datetime, key: str = "", hold_id: str = "", own_hold: str = ""
) -> list[Taken]:
    """All that stands in the way of the caller named by `key`: appointments and live holds of others, blocked time.
    `own_hold`: of the caller by that name, only the hold does not stand in the way.

    Times from a day before `now` count, so that today's appointments are all there for the limit of the day.
    """
    since = now - timedelta(days=1)
    booked = select(
        AppointmentRow.starts_at, AppointmentRow.ends_at, AppointmentRow.buffer_min, AppointmentRow.staff
    ).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.ends_at > since,
        AppointmentRow.cancelled_at.is_(None),
        AppointmentRow.key != key,
    )
    moving = select(
        AppointmentRow.other_starts_at.label("starts_at"),
        AppointmentRow.other_ends_at.label("ends_at"),
        AppointmentRow.buffer_min,
        AppointmentRow.other_staff.label("staff"),
    ).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.other_ends_at > since,
        AppointmentRow.cancelled_at.is_(None),
        AppointmentRow.key != key,
    )
    held = select(HoldRow.starts_at, HoldRow.ends_at, HoldRow.buffer_min, HoldRow.staff).where(
        HoldRow.calendar == calendar,
        HoldRow.expires_at > now,
        HoldRow.key.not_in((key, own_hold or key)),
        HoldRow.id != hold_id,
    )
    standing = [
        Taken(row["starts_at"], row["ends_at"], row["buffer_min"], staff=row["staff"])
        for query in (booked, moving, held)
        for row in (await tx.execute(query)).mappings()
    ]
    blocked = await blocks(tx, calendar, since)
    return standing + [Taken(each.start, each.end, appointment=False, staff=each.staff) for each in blocked]


async def keep_hold(tx: AsyncConnection, calendar: str, key: str, hold: Hold, kept: Kept, now: datetime) -> None:
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
            expires_at=hold.expires_at,
            **asdict(kept),
        )
    )


async def kept_by(tx: AsyncConnection, hold_id: str) -> Kept | None:
    """What a hold that is still written down, run out or not, was made with."""
    row = (await tx.execute(select(HoldRow.__table__).where(HoldRow.id == hold_id))).first()
    return None if row is None else Kept(row.buffer_min, row.staff, row.place)


async def drop_hold(tx: AsyncConnection, hold_id: str) -> None:
    await tx.execute(delete(HoldRow).where(HoldRow.id == hold_id))


async def book(
    tx: AsyncConnection,
    calendar: str,
    key: str,
    booking: Booking,
    details: BookingDetails,
    kept: Kept,
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
        "buffer_min": kept.buffer_min,
        "place": kept.place,
        "status": booking.status,
        "staff": booking.staff,
        "link": booking.link,
        **asdict(details),
    }
    if moves:
        linked = (AppointmentRow.id == booking.id) & (AppointmentRow.remote_state == "written")
        # Its entry at another service, if the calendar was linked to one, stays at the old time: it is taken out.
        due_at = datetime.now(UTC)  # whoever does it goes by real time
        leaves = {"remote_state": "leaving", "other_diary": AppointmentRow.diary, "diary": "", "due_at": due_at}
        await tx.execute(update(AppointmentRow).where(linked).values(leaves))
        changed = {"moved_at": now, "changes": AppointmentRow.changes + 1}
        await tx.execute(update(AppointmentRow).where(AppointmentRow.id == booking.id).values(**changed, **values))
    else:
        await tx.execute(insert(AppointmentRow).values(id=booking.id, calendar=calendar, booked_at=now, **values))


async def cancel(tx: AsyncConnection, booking_id: str, at: datetime) -> None:
    """Unknown and cancelled ids are no error. What stands of it at another service is taken out behind our back."""
    standing = (AppointmentRow.id == booking_id) & AppointmentRow.cancelled_at.is_(None)
    written = AppointmentRow.remote_state.in_(("writing", "written", "moving", "returning", "leaving"))
    await tx.execute(update(AppointmentRow).where(standing, written).values(remote_state="removing", due_at=at))
    await tx.execute(update(AppointmentRow).where(standing).values(cancelled_at=at, changes=AppointmentRow.changes + 1))


def appointment_of(row: RowMapping) -> Appointment:
    """A row of the table as the dataclass."""
    return Appointment(
        booking=booking_of(row),
        key=row["key"],
        details=details_of(row),
        buffer_min=row["buffer_min"],
        cancelled=row["cancelled_at"] is not None,
        booked_at=row["booked_at"],
        changes=row["changes"],
        place=row["place"],
        remote_state=row["remote_state"],
    )


def booking_of(row: RowMapping) -> Booking:
    """What the call is told of an appointment's row."""
    opening = in_zone(Opening(row["starts_at"], row["ends_at"]), row["zone"])
    return Booking(row["id"], opening, row["zone"], row["status"], row["staff"], row["link"], row["title"])


def details_of(row: RowMapping) -> BookingDetails:
    """What the call told when the appointment's row was written."""
    return BookingDetails(**{name: row[name] for name in ("title", "name", "phone", "email", "address", "notes")})


def in_zone(opening: Opening, zone: str) -> Opening:
    """The same time by the clocks of a zone (IANA name)."""
    there = ZoneInfo(zone)
    return Opening(opening.start.astimezone(there), opening.end.astimezone(there))

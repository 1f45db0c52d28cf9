"""Our memory of appointments at a service that decides by itself who is free (Cal.com).

Such an appointment is a row of `appointment` with `remote_state` THEIRS. It is written before the service is asked, so
that no crash can lose what may stand there: `remote_id` empty means that it was asked for and that no answer is known.
Such a row is looked after from `due_at` on, and so are those that stand, now and then: people move and cancel at the
service too. `due_at` is real time. Plain queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Attendee, Booking, BookingDetails, Hold, Opening
from engine.store.appointment_tables import THEIRS, AppointmentRow, HoldRow
from engine.store.appointments import booking_of, details_of, in_zone, made_by
from engine.store.base import new_id
from engine.store.database import one_at_a_time

ANSWERED_WITHIN: Final = timedelta(minutes=2)
"""Whoever asks has given up long before."""

LOOKED_AT_AGAIN: Final = timedelta(minutes=30)
"""So long a reminder may go by what people have changed at the service."""
AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class RemoteBooking:
    """`remote_id`: the service's name for it; empty: asked for, no answer known. `repeated`: not for the first time."""

    booking: Booking
    key: str
    details: BookingDetails
    remote_id: str
    repeated: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service says of an appointment."""

    remote_id: str
    opening: Opening
    status: Literal["confirmed", "requested"]
    staff: str = ""
    link: str = ""
    title: str = ""


async def ask(
    tx: AsyncConnection,
    calendar: str,
    key: str,
    moves: str,
    opening: Opening,
    zone: str,
    details: BookingDetails,
    now: datetime,
) -> RemoteBooking:
    """The appointment of this call and need, or the one that it `moves`; a new one, asked for at `opening`, if there is
    neither. One that no answer is known of may be moved to `opening` by whoever asks again."""
    await one_at_a_time(tx, f"remote_booking:{calendar}:{key}")
    found = await with_key(tx, calendar, key)
    if found is None and moves:
        found = await with_id(tx, calendar, moves)
    if found is not None:
        if not found.remote_id:
            # Nobody may take it for given up while the answer is waited for.
            row = update(AppointmentRow).where(AppointmentRow.id == found.booking.id)
            await tx.execute(row.values(due_at=datetime.now(UTC) + ANSWERED_WITHIN))
        return found
    booking = Booking(new_id("apt"), opening, zone, status="requested", title=details.title)
    await tx.execute(
        insert(AppointmentRow).values(
            id=booking.id,
            calendar=calendar,
            key=key,
            starts_at=opening.start,
            ends_at=opening.end,
            zone=zone,
            buffer_min=0,
            status=booking.status,
            remote_state=THEIRS,
            due_at=datetime.now(UTC) + ANSWERED_WITHIN,
            booked_at=now,
            **asdict(details),
        )
    )
    return RemoteBooking(booking, key, details, "", repeated=False)


async def adopt(
    tx: AsyncConnection, calendar: str, key: str, zone: str, details: BookingDetails, answer: Answer, now: datetime
) -> Booking:
    """Remember an appointment that somebody made at the service itself."""
    asked = await ask(tx, calendar, key, "", answer.opening, zone, details, now)
    return await answered(tx, asked, key, details, answer, now)


async def answered(
    tx: AsyncConnection, asked: RemoteBooking, key: str, details: BookingDetails, answer: Answer, now: datetime
) -> Booking:
    """Write down what the service said. `key`: the call and need that it belongs to from now on."""
    moved = bool(asked.remote_id) and asked.booking.opening.start != answer.opening.start
    title = answer.title or details.title
    values: dict[str, object] = {
        **asdict(details),
        "key": key,
        "starts_at": answer.opening.start,
        "ends_at": answer.opening.end,
        "status": answer.status,
        "staff": answer.staff,
        "link": answer.link,
        "title": title,
        "remote_id": answer.remote_id,
        "due_at": datetime.now(UTC) + LOOKED_AT_AGAIN if answer.opening.start > now else None,
    }
    if moved:
        values |= {"moved_at": now, "changes": AppointmentRow.changes + 1}
    await tx.execute(update(AppointmentRow).where(AppointmentRow.id == asked.booking.id).values(**values))
    zone = asked.booking.zone
    opening = in_zone(answer.opening, zone)
    return Booking(asked.booking.id, opening, zone, answer.status, answer.staff, answer.link, title)


async def forget(tx: AsyncConnection, booking_id: str) -> None:
    """The service has said no: there is no such appointment. One that an answer is known of stays."""
    await tx.execute(delete(AppointmentRow).where(AppointmentRow.id == booking_id, AppointmentRow.remote_id == ""))


async def gone(tx: AsyncConnection, booking_id: str, at: datetime) -> None:
    """It was cancelled, by us or at the service. Unknown and cancelled ids are no error."""
    await tx.execute(
        update(AppointmentRow)
        .where(AppointmentRow.id == booking_id, AppointmentRow.cancelled_at.is_(None))
        .values(cancelled_at=at, changes=AppointmentRow.changes + 1, due_at=None)
    )


async def with_key(tx: AsyncConnection, calendar: str, key: str) -> RemoteBooking | None:
    return next(iter(await _read(tx, calendar, AppointmentRow.key == key)), None)


async def with_id(tx: AsyncConnection, calendar: str, booking_id: str) -> RemoteBooking | None:
    return next(iter(await _read(tx, calendar, AppointmentRow.id == booking_id)), None)


async def of_person(tx: AsyncConnection, calendar: str, attendee: Attendee, since: datetime) -> Sequence[RemoteBooking]:
    """Appointments of a person, as last known, that begin after `since`; soonest first."""
    return await _read(tx, calendar, and_(AppointmentRow.starts_at > since, made_by(attendee)))


async def take_due(tx: AsyncConnection, calendar: str, now: datetime) -> Sequence[RemoteBooking]:
    """Those that are to be looked at: no answer came, or the last look is long ago. Of several who ask one gets each;
    nobody else does for some minutes. `now`: real time."""
    due = (
        AppointmentRow.calendar == calendar,
        AppointmentRow.remote_state == THEIRS,
        AppointmentRow.cancelled_at.is_(None),
        AppointmentRow.due_at <= now,
    )
    some = select(AppointmentRow.id).where(*due).order_by(AppointmentRow.due_at).limit(AT_ONCE)
    taking = update(AppointmentRow).where(AppointmentRow.id.in_(some), AppointmentRow.due_at <= now)
    taken = [
        row.id for row in await tx.execute(taking.values(due_at=now + ANSWERED_WITHIN).returning(AppointmentRow.id))
    ]
    return await _read(tx, calendar, AppointmentRow.id.in_(taken)) if taken else []


async def calendars_due(tx: AsyncConnection, now: datetime) -> Sequence[str]:
    """Names of the calendars that have such appointments. `now`: real time."""
    query = select(AppointmentRow.calendar).where(
        AppointmentRow.remote_state == THEIRS, AppointmentRow.cancelled_at.is_(None), AppointmentRow.due_at <= now
    )
    return [row.calendar for row in await tx.execute(query.distinct())]


async def held(tx: AsyncConnection, calendar: str, key: str, now: datetime) -> Hold | None:
    """What the caller of that key holds, unless it has run out."""
    query = select(HoldRow.__table__).where(HoldRow.calendar == calendar, HoldRow.key == key, HoldRow.expires_at > now)
    row = (await tx.execute(query)).first()
    return None if row is None else Hold(row.id, Opening(row.starts_at, row.ends_at), row.expires_at)


async def keep_hold(tx: AsyncConnection, calendar: str, key: str, hold: Hold) -> None:
    """Write the hold in place of the one before."""
    await tx.execute(delete(HoldRow).where(HoldRow.calendar == calendar, HoldRow.key == key))
    await tx.execute(
        insert(HoldRow).values(
            id=hold.id,
            calendar=calendar,
            key=key,
            starts_at=hold.opening.start,
            ends_at=hold.opening.end,
            buffer_min=0,
            expires_at=hold.expires_at,
        )
    )


async def _read(tx: AsyncConnection, calendar: str, condition: ColumnElement[bool]) -> list[RemoteBooking]:
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.remote_state == THEIRS,
        AppointmentRow.cancelled_at.is_(None),
        condition,
    )
    return [_remote(row) for row in (await tx.execute(query.order_by(AppointmentRow.starts_at))).mappings()]


def _remote(row: RowMapping) -> RemoteBooking:
    return RemoteBooking(booking_of(row), row["key"], details_of(row), row["remote_id"])

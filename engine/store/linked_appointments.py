"""How far appointments and their entries at another service agree. Plain queries; `engine.calendars` carries them out.

Our row is the truth. `remote_state` of a row says what may be under way at the service:

    ""         nothing: the appointment is ours alone
    writing    new; its entry may stand there or not
    written    its entry stands there
    moving     its entry may stand at the old time or at the other one; the old time stands until that is settled
    returning  a move that came to nothing; its entry is being put back to the old time
    leaving    moved; its old entry, in `other_diary`, is being taken out
    removing   cancelled; its entry is being taken out
    removed    cancelled, and nothing of it stands there
    theirs     the service decides by itself: `engine.store.remote_bookings`

Whoever works on an unfinished one sets `due_at`; until then nobody else takes it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.schedule import Staff
from engine.sdk import BookingDetails, Opening
from engine.store.appointment_tables import THEIRS, AppointmentRow
from engine.store.appointments import Appointment, Kept, appointment_of
from engine.store.base import new_id

State = Literal["", "writing", "written", "moving", "returning", "leaving", "removing", "removed", "theirs"]


@dataclass(frozen=True, slots=True)
class Place:
    """A diary: `connection` is the account's name, `diary` its name there, empty: the account's own."""

    connection: str
    diary: str = ""

    def __str__(self) -> str:
        return f"{self.connection}:{self.diary}"

    @classmethod
    def read(cls, text: str) -> Place:
        connection, _, diary = text.partition(":")
        return cls(connection, diary)


@dataclass(frozen=True, slots=True)
class Other:
    """Where an appointment is being moved to: when, with whom, into which diary, and for which call and need."""

    opening: Opening
    staff: str
    place: Place
    key: str


@dataclass(frozen=True, slots=True)
class Linked:
    """An appointment with what is known of its entry. `place`: where that stands, or will; None: nowhere. `left`: a
    diary that an entry is still to be taken out of."""

    appointment: Appointment
    calendar: str
    state: State
    place: Place | None
    other: Other | None
    left: Place | None
    due_at: datetime | None

    @property
    def id(self) -> str:
        return self.appointment.booking.id


async def standing(tx: AsyncConnection, calendar: str, key: str, moves: str) -> Linked | None:
    """The appointment of this call and need, or the one that it moves or is moving already."""
    for which in (AppointmentRow.key == key, AppointmentRow.other_key == key, AppointmentRow.id == moves):
        query = select(AppointmentRow.__table__).where(
            AppointmentRow.calendar == calendar, AppointmentRow.cancelled_at.is_(None), which
        )
        if row := (await tx.execute(query)).mappings().first():
            return _linked(row)
    return None


async def read(tx: AsyncConnection, booking_id: str) -> Linked | None:
    """Also one that is cancelled."""
    query = select(AppointmentRow.__table__).where(AppointmentRow.id == booking_id)
    row = (await tx.execute(query)).mappings().first()
    return _linked(row) if row else None


async def add(
    tx: AsyncConnection,
    calendar: str,
    key: str,
    opening: Opening,
    zone: str,
    member: Staff,
    place: Place,
    details: BookingDetails,
    kept: Kept,
    now: datetime,
    due_at: datetime,
) -> Linked:
    """A new one, `writing`."""
    id = new_id("apt")
    await tx.execute(
        insert(AppointmentRow).values(
            id=id,
            calendar=calendar,
            key=key,
            starts_at=opening.start,
            ends_at=opening.end,
            zone=zone,
            buffer_min=kept.buffer_min,
            place=kept.place,
            staff=member.name,
            diary=str(place),
            remote_state="writing",
            booked_at=now,
            due_at=due_at,
            **asdict(details),
        )
    )
    found = await read(tx, id)
    assert found is not None
    return found


async def forget(tx: AsyncConnection, booking_id: str) -> None:
    """Nothing of it was written and nobody was told: there never was such an appointment."""
    await tx.execute(delete(AppointmentRow).where(_of(booking_id, "writing")))


async def move(tx: AsyncConnection, linked: Linked, other: Other, due_at: datetime) -> Linked:
    """It is `moving` there; both times are taken until that is settled."""
    values = {
        "remote_state": "moving",
        "other_starts_at": other.opening.start,
        "other_ends_at": other.opening.end,
        "other_staff": other.staff,
        "other_diary": str(other.place),
        "other_key": other.key,
        "due_at": due_at,
    }
    await tx.execute(update(AppointmentRow).where(_of(linked.id)).values(values))
    found = await read(tx, linked.id)
    assert found is not None
    return found


async def written(tx: AsyncConnection, booking_id: str, remote_id: str, link: str) -> bool:
    """False if it has been taken back meanwhile."""
    done = (
        update(AppointmentRow)
        .where(_of(booking_id, "writing"))
        .values(remote_state="written", remote_id=remote_id, link=link, due_at=None)
    )
    return bool((await tx.execute(done)).rowcount)


async def moved(
    tx: AsyncConnection,
    linked: Linked,
    remote_id: str,
    link: str,
    details: BookingDetails,
    kept: Kept | None,
    now: datetime,
    due_at: datetime,
) -> bool:
    """The other time is the appointment's now. Whoever was to be told of the move is; False if it was taken back."""
    other = linked.other
    assert other is not None
    leaving = linked.place is not None and linked.place != other.place
    values = {
        "starts_at": other.opening.start,
        "ends_at": other.opening.end,
        "staff": other.staff,
        "diary": str(other.place),
        "key": other.key,
        "remote_id": remote_id,
        "link": link,
        "remote_state": "leaving" if leaving else "written",
        "other_diary": str(linked.place) if leaving else "",
        "due_at": due_at if leaving else None,
        "moved_at": now,
        "changes": AppointmentRow.changes + 1,
        **asdict(details),
        **_NO_OTHER,
    }
    if kept is not None:
        values |= {"buffer_min": kept.buffer_min, "place": kept.place}
    done = update(AppointmentRow).where(_of(linked.id, "moving")).values(values)
    return bool((await tx.execute(done)).rowcount)


async def returning(tx: AsyncConnection, booking_id: str, due_at: datetime) -> None:
    """The move comes to nothing; its entry is to be put back."""
    done = update(AppointmentRow).where(_of(booking_id, "moving", "returning"))
    await tx.execute(done.values(remote_state="returning", due_at=due_at))


async def returned(tx: AsyncConnection, linked: Linked) -> bool:
    """Its entry stands at the old time. False if it was cancelled meanwhile."""
    state = "written" if linked.place else ""
    done = update(AppointmentRow).where(_of(linked.id, "returning"))
    values = {"remote_state": state, "other_diary": "", "due_at": None, **_NO_OTHER}
    return bool((await tx.execute(done.values(values))).rowcount)


async def left(tx: AsyncConnection, linked: Linked) -> None:
    """The old entry is out of the diary that it has left."""
    state = "written" if linked.place else ""
    done = update(AppointmentRow).where(_of(linked.id, "leaving"))
    await tx.execute(done.values(remote_state=state, other_diary="", due_at=None))


async def take_out(tx: AsyncConnection, booking_id: str, at: datetime, due_at: datetime) -> None:
    """Cancelled; its entry is to be taken out."""
    done = update(AppointmentRow).where(_of(booking_id)).where(AppointmentRow.cancelled_at.is_(None))
    values = {"cancelled_at": at, "remote_state": "removing", "due_at": due_at, "changes": AppointmentRow.changes + 1}
    await tx.execute(done.values(values))


async def taken_out(tx: AsyncConnection, booking_id: str) -> None:
    done = update(AppointmentRow).where(_of(booking_id, "removing"))
    await tx.execute(done.values(remote_state="removed", due_at=None))


async def postpone(tx: AsyncConnection, booking_id: str, due_at: datetime) -> None:
    """Whoever comes then takes it on, if it is unfinished."""
    done = update(AppointmentRow).where(_of(booking_id)).where(AppointmentRow.due_at.is_not(None))
    await tx.execute(done.values(due_at=due_at))


async def unfinished(tx: AsyncConnection, now: datetime, limit: int = 100) -> Sequence[str]:
    """Ids of those that somebody has to take on, longest due first. Those of services that decide who is free are
    looked after elsewhere (`engine.store.remote_bookings`)."""
    due = (AppointmentRow.due_at <= now, AppointmentRow.remote_state != THEIRS)
    query = select(AppointmentRow.id).where(*due).order_by(AppointmentRow.due_at).limit(limit)
    return list((await tx.execute(query)).scalars())


async def take_on(tx: AsyncConnection, booking_id: str, now: datetime, due_at: datetime) -> Linked | None:
    """Of several who ask for one that is due one gets it; nobody else does until `due_at`."""
    done = update(AppointmentRow).where(_of(booking_id)).where(AppointmentRow.due_at <= now)
    if not (await tx.execute(done.values(due_at=due_at))).rowcount:
        return None
    return await read(tx, booking_id)


async def entries(tx: AsyncConnection, calendar: str, since: datetime) -> Mapping[Place, Mapping[str, list[Opening]]]:
    """By diary and key: times that entries of ours take there, as far as we know."""
    query = select(AppointmentRow.__table__).where(
        AppointmentRow.calendar == calendar,
        AppointmentRow.cancelled_at.is_(None),
        or_(AppointmentRow.diary != "", AppointmentRow.other_starts_at.is_not(None)),
        or_(AppointmentRow.ends_at > since, AppointmentRow.other_ends_at > since),
    )
    found: dict[Place, dict[str, list[Opening]]] = {}
    for linked in [_linked(row) for row in (await tx.execute(query)).mappings()]:
        if linked.place is not None:
            found.setdefault(linked.place, {})[linked.id] = [linked.appointment.booking.opening]
        if linked.other is not None:
            found.setdefault(linked.other.place, {}).setdefault(linked.id, []).append(linked.other.opening)
    return found


_NO_OTHER: Final = {"other_starts_at": None, "other_ends_at": None, "other_staff": "", "other_key": ""}


def _of(booking_id: str, *states: State) -> ColumnElement[bool]:
    """The appointment, if it is in one of these states."""
    this = AppointmentRow.id == booking_id
    return this & AppointmentRow.remote_state.in_(states) if states else this


def _linked(row: RowMapping) -> Linked:
    zone = ZoneInfo(cast(str, row["zone"]))
    state = cast(State, row["remote_state"])
    other = None
    if row["other_starts_at"] is not None:
        opening = Opening(row["other_starts_at"].astimezone(zone), row["other_ends_at"].astimezone(zone))
        other = Other(opening, row["other_staff"], Place.read(row["other_diary"]), row["other_key"])
    return Linked(
        appointment_of(row),
        row["calendar"],
        state,
        Place.read(row["diary"]) if row["diary"] else None,
        other,
        Place.read(row["other_diary"]) if row["other_diary"] and other is None else None,
        row["due_at"],
    )

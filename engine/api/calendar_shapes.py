"""What calendars look like over the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from engine.schedule import Span, Staff
from engine.schedule.hours import DAYS
from engine.sdk import Json
from engine.store.appointments import Appointment, Block, CalendarSetup

Hours = dict[str, list[str]]


class StaffOut(BaseModel):
    """Somebody whom appointments are made with. `weekly`: own hours, null for the calendar's. `special`: own days that
    differ. `areas`: ZIP codes, or their beginnings with a star (`941*`); none: everywhere. `max_per_day`: null for no
    limit. `diary`: their calendar at the connected service, by its id; empty: the account's own."""

    name: str = Field(max_length=80)
    weekly: Hours | None = None
    special: Hours = Field(default_factory=dict)
    areas: list[str] = Field(default_factory=list, max_length=500)
    max_per_day: int | None = Field(default=None, ge=1, le=100)
    diary: str = Field(default="", max_length=500)
    email: str = Field(default="", max_length=254)


class StaffIn(StaffOut):
    """The same; `was`: under which name they are known so far, if it was changed: their appointments go with it."""

    was: str = Field(default="", max_length=80)


class CalendarBase(BaseModel):
    """`zone`: IANA name. `weekly`: spans of the business's own time by weekday, `{"monday": ["09:00-12:00"]}`; a day
    that is missing is closed. `special`: dates that differ, an empty list for a day that is closed. `step_min`:
    openings start that often. `max_per_day`: appointments a day, null for no limit."""

    zone: str
    weekly: Hours
    special: Hours = Field(default_factory=dict)
    step_min: int = Field(default=30, ge=5, le=480)
    max_per_day: int | None = Field(default=None, ge=1, le=500)


class CalendarIn(CalendarBase):
    """`connection`: name of the account at another service that keeps the calendar, empty for none; `options`: what
    that service needs to know besides. `staff`: whom appointments are made with, preferred ones first. What of these
    three is left out or null stays as it is."""

    connection: str | None = Field(default=None, max_length=64)
    options: dict[str, Json] | None = None
    staff: list[StaffIn] | None = Field(default=None, max_length=50)


class CalendarOut(CalendarBase):
    """A calendar that appointments are booked in."""

    name: str
    connection: str
    options: dict[str, Json]
    staff: list[StaffOut]

    @classmethod
    def of(cls, setup: CalendarSetup) -> CalendarOut:
        return cls(
            name=setup.name,
            zone=setup.zone,
            weekly=_weekly(setup.hours.weekly),
            special=_special(setup.hours.special),
            step_min=setup.step_min,
            max_per_day=setup.max_per_day,
            connection=setup.connection,
            options=dict(setup.options),
            staff=[_staff(each) for each in setup.staff],
        )


class BlockIn(BaseModel):
    """Time that staff need for something else. `start` and `end` with an offset; `end` is behind `start`. `staff`: who;
    empty for everybody."""

    start: AwareDatetime
    end: AwareDatetime
    reason: str = Field(default="", max_length=200)
    staff: str = Field(default="", max_length=80)


class BlockOut(BlockIn):
    """Time that is kept free of appointments."""

    id: str

    @classmethod
    def of(cls, block: Block) -> BlockOut:
        return cls(id=block.id, start=block.start, end=block.end, reason=block.reason, staff=block.staff)


class AppointmentOut(BaseModel):
    """`zone`: where the appointment takes place. Name and phone are the lead's. `staff`: who comes; `place`: ZIP code.
    `status`: `requested` means that the service or a person must still agree. `settled`: false while its entry at the
    connected service follows a change."""

    id: str
    start: datetime
    end: datetime
    zone: str
    title: str
    name: str
    phone: str
    staff: str
    place: str
    status: Literal["confirmed", "requested"]
    settled: bool

    @classmethod
    def of(cls, entry: Appointment) -> AppointmentOut:
        booking = entry.booking
        return cls(
            id=booking.id,
            start=booking.opening.start,
            end=booking.opening.end,
            zone=booking.zone,
            title=entry.details.title,
            name=entry.details.name,
            phone=entry.details.phone,
            staff=booking.staff,
            place=entry.place,
            status=booking.status,
            settled=entry.remote_state in ("", "written", "theirs"),
        )


class CalendarFull(CalendarOut):
    """`blocks` and `appointments` that are not over yet, soonest first."""

    blocks: list[BlockOut]
    appointments: list[AppointmentOut]


def _weekly(weekly: Mapping[int, tuple[Span, ...]]) -> Hours:
    return {DAYS[day]: [str(span) for span in spans] for day, spans in sorted(weekly.items())}


def _special(special: Mapping[date, tuple[Span, ...]]) -> Hours:
    return {day.isoformat(): [str(span) for span in spans] for day, spans in sorted(special.items())}


def _staff(member: Staff) -> StaffOut:
    return StaffOut(
        name=member.name,
        weekly=None if member.weekly is None else _weekly(member.weekly),
        special=_special(member.special),
        areas=list(member.areas),
        max_per_day=member.max_per_day,
        diary=member.diary,
        email=member.email,
    )

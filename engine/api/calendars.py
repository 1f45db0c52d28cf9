"""The built-in calendars: when appointments may be made, what staff blocked, and what is booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, BaseModel, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.schedule import HoursProblem, WorkingHours
from engine.schedule.hours import DAYS
from engine.store import appointments
from engine.store.appointments import CalendarMissing, CalendarSetup

router = APIRouter(prefix="/calendars", tags=["calendars"], dependencies=[NEEDS_TOKEN])

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="Small letters, digits, _ and -.")]
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {422: {"model": ProblemOut}}


class CalendarIn(BaseModel):
    """`zone`: IANA name. `weekly`: spans of the business's own time by weekday, `{"monday": ["09:00-12:00"]}`; a day
    that is missing is closed. `special`: dates that differ, an empty list for a day that is closed. `step_min`:
    openings start that often. `max_per_day`: appointments a day, null for no limit."""

    zone: str
    weekly: dict[str, list[str]]
    special: dict[str, list[str]] = Field(default_factory=dict)
    step_min: int = Field(default=30, ge=5, le=480)
    max_per_day: int | None = Field(default=None, ge=1, le=500)


class CalendarOut(CalendarIn):
    """A calendar that appointments are booked in."""

    name: str


class BlockIn(BaseModel):
    """Time that staff need for something else. `start` and `end` with an offset; `end` is behind `start`."""

    start: AwareDatetime
    end: AwareDatetime
    reason: str = Field(default="", max_length=200)


class BlockOut(BlockIn):
    """Time that is kept free of appointments."""

    id: str


class AppointmentOut(BaseModel):
    """`zone`: where the appointment takes place. Name and phone are the lead's."""

    id: str
    start: datetime
    end: datetime
    zone: str
    title: str
    name: str
    phone: str


class CalendarFull(CalendarOut):
    """`blocks` and `appointments` that are not over yet, soonest first."""

    blocks: list[BlockOut]
    appointments: list[AppointmentOut]


@router.get("")
async def list_calendars(use: Use) -> list[CalendarOut]:
    """All calendars by name."""
    async with use.database.read() as tx:
        return [_out(await appointments.setup(tx, name)) for name in await appointments.calendars(tx)]


@router.get("/{name}", responses=_MISSING)
async def one_calendar(name: Name, use: Use) -> CalendarFull:
    """A calendar, what staff blocked in it and what is booked."""
    now = use.clock.now()
    try:
        async with use.database.read() as tx:
            setup = await appointments.setup(tx, name)
            blocks = await appointments.blocks(tx, name, now)
            booked = await appointments.appointments(tx, name, now)
    except CalendarMissing as problem:
        raise Problem(404, str(problem)) from None
    return CalendarFull(
        **_out(setup).model_dump(),
        blocks=[BlockOut(id=each.id, start=each.start, end=each.end, reason=each.reason) for each in blocks],
        appointments=[
            AppointmentOut(
                id=each.booking.id,
                start=each.booking.opening.start,
                end=each.booking.opening.end,
                zone=each.booking.zone,
                title=each.details.title,
                name=each.details.name,
                phone=each.details.phone,
            )
            for each in booked
        ],
    )


@router.put("/{name}", dependencies=[NEEDS_PUBLISHER], responses=_REFUSED)
async def save_calendar(name: Name, new: CalendarIn, use: Use) -> CalendarOut:
    """Add a calendar or change its hours. Appointments stay as they are."""
    try:
        ZoneInfo(new.zone)
        hours = WorkingHours.read(new.weekly, new.special)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        if isinstance(problem, HoursProblem):
            raise Problem(422, str(problem)) from None
        raise Problem(422, f"'{new.zone}' is no time zone. Name one like America/New_York.") from None
    setup = CalendarSetup(name, new.zone, hours, new.step_min, new.max_per_day)
    async with use.database.begin() as tx:
        await appointments.save_setup(tx, setup)
    return _out(setup)


@router.post("/{name}/blocks", status_code=201, responses={**_MISSING, **_REFUSED})
async def block_time(name: Name, new: BlockIn, use: Use) -> BlockOut:
    """Staff take the time: nothing is booked in it from now on; appointments that stand there stay."""
    if not new.start < new.end <= new.start + timedelta(days=366):
        raise Problem(422, "Blocked time must end after it begins, and within a year.")
    try:
        async with use.database.begin() as tx:
            await appointments.setup(tx, name, lock=True)
            block = await appointments.add_block(tx, name, new.start, new.end, new.reason)
    except CalendarMissing as problem:
        raise Problem(404, str(problem)) from None
    return BlockOut(id=block.id, start=block.start, end=block.end, reason=block.reason)


@router.delete("/{name}/blocks/{block_id}", status_code=204)
async def unblock_time(name: Name, block_id: str, use: Use) -> Response:
    """The time is free again; a block that is not there is no error."""
    async with use.database.begin() as tx:
        await appointments.remove_block(tx, block_id)
    return Response(status_code=204)


def _out(setup: CalendarSetup) -> CalendarOut:
    hours = setup.hours
    return CalendarOut(
        name=setup.name,
        zone=setup.zone,
        weekly={DAYS[day]: [str(span) for span in spans] for day, spans in sorted(hours.weekly.items())},
        special={day.isoformat(): [str(span) for span in spans] for day, spans in sorted(hours.special.items())},
        step_min=setup.step_min,
        max_per_day=setup.max_per_day,
    )

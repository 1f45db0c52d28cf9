"""The calendars that appointments are booked in: when and with whom, what staff blocked, and what is booked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN
from engine.api.calendar_checks import check
from engine.api.calendar_shapes import AppointmentOut, BlockIn, BlockOut, CalendarFull, CalendarIn, CalendarOut
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.calendars.calcom_account import Plan
from engine.calendars.calcom_kind import CALCOM
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.providers.stored import vault_of
from engine.sdk import Json
from engine.store import appointments, connections
from engine.store.appointments import CalendarMissing, CalendarSetup
from engine.store.connections import WrongKey

router = APIRouter(prefix="/calendars", tags=["calendars"], dependencies=[NEEDS_TOKEN])

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="Small letters, digits, _ and -.")]
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {422: {"model": ProblemOut}}


@router.get("")
async def list_calendars(use: Use) -> list[CalendarOut]:
    """All calendars by name."""
    async with use.database.read() as tx:
        return [CalendarOut.of(await appointments.setup(tx, name)) for name in await appointments.calendars(tx)]


@router.get("/{name}", responses=_MISSING)
async def one_calendar(name: Name, use: Use) -> CalendarFull:
    """A calendar, what staff blocked in it and what is booked."""
    now = use.clock.now()
    async with use.database.read() as tx:
        setup = await _there(tx, name)
        blocks = await appointments.blocks(tx, name, now)
        booked = await appointments.appointments(tx, name, now)
    return CalendarFull(
        **CalendarOut.of(setup).model_dump(),
        blocks=[BlockOut.of(each) for each in blocks],
        appointments=[AppointmentOut.of(each) for each in booked],
    )


@router.put("/{name}", dependencies=[NEEDS_PUBLISHER], responses=_REFUSED)
async def save_calendar(name: Name, new: CalendarIn, use: Use) -> CalendarOut:
    """Add a calendar or change its hours, its staff and where it is kept. Appointments stay as they are. What is wrong
    is told field by field in `problems`."""
    async with use.database.begin() as tx:
        try:
            kept = await appointments.setup(tx, name, lock=True)
        except CalendarMissing:
            kept = None
        kinds = {each.name: each.kind for each in await connections.overview(tx)}
        booked = await appointments.appointments(tx, name, use.clock.now())
        checked = check(name, new, kept, kinds, Counter(each.booking.staff for each in booked))
        if kinds.get(checked.setup.connection) == CALCOM.kind:
            checked.problems |= await _calcom_problems(tx, checked.setup, use)
        if checked.problems:
            told: list[Json] = [
                {"field": place, "problem": problem, "fix": ""} for place, problem in checked.problems.items()
            ]
            raise Problem(422, " ".join(checked.problems.values()), problems=told)
        await appointments.save_setup(tx, checked.setup, checked.renamed)
    return CalendarOut.of(checked.setup)


@router.post("/{name}/blocks", status_code=201, responses={**_MISSING, **_REFUSED})
async def block_time(name: Name, new: BlockIn, use: Use) -> BlockOut:
    """Staff take the time: nothing is booked in it from now on; appointments that stand there stay."""
    if not new.start < new.end <= new.start + timedelta(days=366):
        raise Problem(422, "Blocked time must end after it begins, and within a year.")
    async with use.database.begin() as tx:
        setup = await _there(tx, name, lock=True)
        if new.staff and new.staff not in {each.name for each in setup.staff}:
            raise Problem(422, f"Nobody called '{new.staff}' works with this calendar. Choose one of its staff.")
        block = await appointments.add_block(tx, name, new.start, new.end, new.reason, new.staff)
    return BlockOut.of(block)


@router.delete("/{name}/blocks/{block_id}", status_code=204)
async def unblock_time(name: Name, block_id: str, use: Use) -> Response:
    """The time is free again; a block that is not there is no error."""
    async with use.database.begin() as tx:
        await appointments.remove_block(tx, block_id)
    return Response(status_code=204)


async def _calcom_problems(tx: AsyncConnection, setup: CalendarSetup, use: Services) -> dict[str, str]:
    """What is wrong with the options of a calendar at Cal.com."""
    try:
        Plan.read(await connections.read(tx, vault_of(use.settings), setup.connection), setup.options)
    except (ConnectionUnusable, WrongKey) as problem:
        return {"options": str(problem)}
    return {}


async def _there(tx: AsyncConnection, name: str, *, lock: bool = False) -> CalendarSetup:
    try:
        return await appointments.setup(tx, name, lock=lock)
    except CalendarMissing as problem:
        raise Problem(404, str(problem)) from None

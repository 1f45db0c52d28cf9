"""Do-not-call lists of the country and of states, uploaded from time to time; and states stopped by hand."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.compliance.law import law
from engine.sdk import Json
from engine.store import audit, do_not_call_lists, stopped_states
from engine.store.do_not_call_lists import ListTooOld, NumberList
from engine.store.stopped_states import StoppedState

router = APIRouter(prefix="/do-not-call", tags=["do not call"])

GOOD_FOR: Final = timedelta(days=31)
"""So old a list may be to count for the law; campaigns may ask for less."""

WARN_AFTER: Final = timedelta(days=24)
"""A week before that it is time for the next one."""

LONGEST_STOP: Final = timedelta(days=366)

State = Annotated[str, Path(pattern="^[A-Z]{2}$", description="Two letters.")]


class ListOut(BaseModel):
    """A list of a registry. `state`: empty for the national one. `status`: loading, complete (it counts), replaced,
    failed (`problem` says why). `listed_at`: the date of the list itself, `good_until`: so long it counts for the law.
    `age`: fresh, due (get the next one) or old. `areas`: how many area codes it speaks of. `numbers` grows while the
    list is loaded."""

    id: int
    name: str
    state: str
    status: str
    listed_at: datetime
    good_until: datetime
    age: str
    began_at: datetime
    loaded_at: datetime | None
    replaced_at: datetime | None
    loaded_by: str
    numbers: int
    unreadable: int
    areas: int
    sha256: str
    problem: str

    @classmethod
    def of(cls, found: NumberList, now: datetime) -> ListOut:
        old = now - found.listed_at
        given = {name: getattr(found, name) for name in cls.model_fields if name not in {"good_until", "age", "areas"}}
        return cls(
            **given,
            good_until=found.listed_at + GOOD_FOR,
            age="old" if old > GOOD_FOR else "due" if old > WARN_AFTER else "fresh",
            areas=len(found.areas),
        )


class ListsOut(BaseModel):
    """`in_force`: those that count, the national one first. `before`: what was loaded before or is being, newest
    first. `national_missing`: no national list counts, or only one that is too old."""

    in_force: list[ListOut]
    before: list[ListOut]
    national_missing: bool


class StoppedOut(BaseModel):
    """A state in which nobody is called until then. `by`: who has stopped it, `at`: when."""

    state: str
    until: datetime
    why: str
    by: str
    at: datetime

    @classmethod
    def of(cls, found: StoppedState) -> StoppedOut:
        return cls(state=found.state, until=found.until, why=found.why, by=found.by, at=found.at)


class StopIn(BaseModel):
    """No calls to a state until a moment, such as a governor's order or a storm."""

    model_config = ConfigDict(extra="forbid")
    until: datetime = Field(description="With a time zone.")
    why: str = Field(min_length=3, max_length=300)


@router.get("/lists", dependencies=[NEEDS_TOKEN])
async def read_do_not_call_lists(use: Use) -> ListsOut:
    """The lists that count, their age, and how far a list is that is being loaded."""
    now = use.clock.now()
    async with use.database.read() as tx:
        in_force = [ListOut.of(each, now) for each in await do_not_call_lists.in_force(tx)]
        before = [ListOut.of(each, now) for each in await do_not_call_lists.lists(tx) if each.status != "complete"]
    missing = not any(each.state == do_not_call_lists.NATIONAL and each.age != "old" for each in in_force)
    return ListsOut(in_force=in_force, before=before, national_missing=missing)


@router.post(
    "/lists",
    status_code=202,
    dependencies=[NEEDS_PUBLISHER],
    responses={409: {"model": ProblemOut}, 422: {"model": ProblemOut}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("text/plain", "text/csv", "application/zip", "application/octet-stream")
            },
        }
    },
)
async def upload_do_not_call_list(
    request: Request,
    asking: Asking,
    use: Use,
    listed_on: Annotated[date, Query(description="The date of the list itself, as the registry states it.")],
    state: Annotated[str, Query(pattern="^([A-Z]{2})?$", description="Two letters; empty: the national list.")] = "",
    name: Annotated[str, Query(max_length=100)] = "",
    may_shrink: Annotated[bool, Query(description="Take it though it has far fewer numbers than before.")] = False,
) -> ListOut:
    """Load a registry's file, as text or zip: ten digits a line, or `area,number`. The file is the body, as it is. It
    takes the place of the list before as a whole, when all of it is there; until then that one counts. Ask `GET
    /do-not-call/lists` how far it is."""
    if state and state not in law().states:
        raise Problem(422, f"There is no state '{state}'. Use its two letters, such as TX.")
    now = use.clock.now()
    listed_at = datetime.combine(listed_on, time(), UTC)
    if listed_at > now + timedelta(days=1):
        raise Problem(422, "The date of the list lies in the future. Enter the date that the registry gave it.")
    if now - listed_at > GOOD_FOR:
        raise Problem(
            422, f"This list is older than {GOOD_FOR.days} days, so it does not count. Download a new one first."
        )
    file, sha256 = await _spooled(request, use)
    try:
        async with use.database.begin() as tx:
            called = name or (f"Registry of {law().states[state].name}" if state else "National registry")
            list_id = await do_not_call_lists.begin(
                tx, state, called, listed_at, asking.author("a program"), now, sha256
            )
            detail: dict[str, Json] = {
                "state": state,
                "listed_on": listed_on.isoformat(),
                "sha256": sha256,
                "list": list_id,
            }
            await audit.add(tx, asking.who, "uploaded_registry", f"do_not_call_list:{list_id}", detail, now)
            made = await do_not_call_lists.read(tx, list_id)
    except ListTooOld as problem:
        file.close()
        raise Problem(409, str(problem)) from None
    except BaseException:
        file.close()
        raise
    assert made is not None
    use.list_loading.start(list_id, file, sha256, may_shrink=may_shrink)
    return ListOut.of(made, now)


@router.delete(
    "/lists/{list_id}", status_code=204, dependencies=[NEEDS_PUBLISHER], responses={404: {"model": ProblemOut}}
)
async def remove_do_not_call_list(list_id: int, asking: Asking, use: Use) -> Response:
    """A list counts no more, and none takes its place."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        if not await do_not_call_lists.remove(tx, list_id, now):
            raise Problem(404, "There is no such list that counts.")
        await audit.add(tx, asking.who, "removed_registry", f"do_not_call_list:{list_id}", {}, now)
    use.list_loading.start_sweep()
    return Response(status_code=204)


@router.get("/states", dependencies=[NEEDS_TOKEN])
async def read_stopped_states(use: Use) -> list[StoppedOut]:
    """States in which nobody is called now because somebody has stopped it."""
    async with use.database.read() as tx:
        return [StoppedOut.of(each) for each in await stopped_states.read(tx, use.clock.now())]


@router.put("/states/{state}", dependencies=[NEEDS_PUBLISHER], responses={422: {"model": ProblemOut}})
async def stop_state(state: State, given: StopIn, asking: Asking, use: Use) -> StoppedOut:
    """Nobody who may be in this state is called until then. Calls that are due wait."""
    now = use.clock.now()
    if state not in law().states:
        raise Problem(422, f"There is no state '{state}'. Use its two letters, such as LA.")
    if given.until.tzinfo is None:
        raise Problem(422, "'until' needs a time zone, such as 2026-11-30T08:00:00-06:00.")
    if not now < given.until <= now + LONGEST_STOP:
        raise Problem(422, "Enter a moment that lies ahead, within a year.")
    async with use.database.begin() as tx:
        await stopped_states.stop(tx, state, given.until, given.why, asking.author("a program"), now)
        detail = {"until": given.until.isoformat(), "why": given.why}
        await audit.add(tx, asking.who, "stopped_state", f"state:{state}", detail, now)
    return StoppedOut(state=state, until=given.until, why=given.why, by=asking.author("a program"), at=now)


@router.delete(
    "/states/{state}", status_code=204, dependencies=[NEEDS_PUBLISHER], responses={404: {"model": ProblemOut}}
)
async def resume_state(state: State, asking: Asking, use: Use) -> Response:
    """People in this state may be called again."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        if not await stopped_states.resume(tx, state):
            raise Problem(404, f"Calls to {state} are not stopped.")
        await audit.add(tx, asking.who, "resumed_state", f"state:{state}", {}, now)
    return Response(status_code=204)


async def _spooled(request: Request, use: Services) -> tuple[BinaryIO, str]:
    """The body in a file without a name, which is gone with the process; and its SHA-256."""
    folder = use.settings.data_dir / "uploads"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    file: BinaryIO = await asyncio.to_thread(tempfile.TemporaryFile, dir=folder)
    checksum = hashlib.sha256()
    try:
        async for piece in request.stream():
            checksum.update(piece)
            await asyncio.to_thread(file.write, piece)
    except BaseException:
        file.close()
        raise
    return file, checksum.hexdigest()

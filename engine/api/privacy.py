"""What a person may ask for (to see what is kept, to be forgotten), legal holds, and who saw or changed what."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, BackgroundTasks, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_ADMIN, NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.privacy.erasing import NoSuchLead, StillNeeded, erase_person
from engine.privacy.exporting import gather, write
from engine.providers.stored import vault_of
from engine.sdk import Json
from engine.store import audit, lead_story, leads, legal_holds
from engine.store.audit import Entry
from engine.store.lead_payloads import PURPOSE as PAYLOADS
from engine.store.lead_payloads import Seal
from engine.store.legal_holds import LegalHold
from engine.store.people import Role

log = logging.getLogger(__name__)
router = APIRouter(tags=["privacy"])

_NONE: Final[dict[int | str, dict[str, type[BaseModel]]]] = {404: {"model": ProblemOut}}
_Why = Annotated[str, Field(min_length=3, max_length=500)]


class HoldIn(BaseModel):
    """`why`: the matter for which the data must stay."""

    why: _Why


class HoldOut(BaseModel):
    """A legal hold. `released_at`: null while it stands."""

    id: str
    why: str
    by: str
    at: datetime
    released_at: datetime | None
    released_by: str

    @classmethod
    def of(cls, hold: LegalHold) -> HoldOut:
        return cls(**{name: getattr(hold, name) for name in cls.model_fields})


class EraseIn(BaseModel):
    """`why`: for the record of the deletion, without naming anybody. `confirm`: the lead's id once more."""

    why: _Why
    confirm: str


class CopyOut(BaseModel):
    """What lies in another system and is deleted there."""

    call_id: str
    card: str
    external_id: str


class ErasedOut(BaseModel):
    """How much was deleted. `copies`: what cards have written elsewhere; that is deleted there, not by Leadline."""

    leads: int
    calls: int
    recordings: int
    appointments: int
    copies: list[CopyOut]


class AuditEntryOut(BaseModel):
    """Somebody saw or changed something. `hash`: over the entry and the one before."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Json]
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> AuditEntryOut:
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class AuditPage(BaseModel):
    """`next`: pass it as `before` for the page that follows; null on the last one."""

    entries: list[AuditEntryOut]
    next: int | None


class AuditState(BaseModel):
    """`broken_at`: the first entry that is not as it was written, or before which some are missing; null if none."""

    entries: int
    broken_at: int | None


@router.get(
    "/leads/{lead_id}/export",
    dependencies=[NEEDS_PUBLISHER],
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}}, **_NONE},
    operation_id="export_person",
)
async def export(lead_id: str, use: Use, asking: Asking, after: BackgroundTasks) -> FileResponse:
    """Everything that is kept about the person of this lead, as a ZIP archive: for them, and as proof. What the sources
    sent, word for word, is in it for administrators."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        # Word for word it is for administrators only: fields that no mapping took may say anything.
        seal = Seal(lambda: vault_of(use.settings).derived(PAYLOADS)) if asking.role >= Role.admin else None
        found = await gather(tx, lead_id, use.settings.data_dir / "recordings", now, asking.who, seal)
        if found is None:
            raise Problem(404, f"There is no lead {lead_id}.")
        await audit.add(tx, asking.who, "exported_person", f"lead:{lead_id}", {}, now)
        await lead_story.add(tx, lead_id, "exported", {"by": asking.who}, now)
    path = Path(await asyncio.to_thread(_empty_file))
    after.add_task(path.unlink, missing_ok=True)
    await write(found, path)
    return FileResponse(path, media_type="application/zip", filename=f"{lead_id}.zip")


@router.post(
    "/leads/{lead_id}/erase",
    dependencies=[NEEDS_ADMIN],
    responses={409: {"model": ProblemOut}, 422: {"model": ProblemOut}, **_NONE},
    operation_id="erase_person",
)
async def erase(lead_id: str, given: EraseIn, use: Use, asking: Asking) -> ErasedOut:
    """Delete the person of this lead for good: every lead with the same number, calls, recordings, past appointments.
    That they said stop stays known, without the number."""
    if given.confirm != lead_id:
        raise Problem(422, "Repeat the lead's id in 'confirm': what is deleted does not come back.")
    try:
        data = use.settings.data_dir
        done = await erase_person(
            use.database, data / "recordings", data / "imports", lead_id, given.why, asking.who, use.clock.now()
        )
    except NoSuchLead as missing:
        raise Problem(404, str(missing)) from None
    except StillNeeded as needed:
        raise Problem(409, str(needed)) from None
    except OSError as error:
        log.warning("A file of a person who is to be deleted cannot be deleted: %s", error.strerror)
        raise Problem(
            500, "A file of theirs cannot be deleted, so nothing was. The log says why; put it right and try again."
        ) from None
    return ErasedOut(
        leads=done.leads,
        calls=done.calls,
        recordings=done.recordings,
        appointments=done.appointments,
        copies=[CopyOut(call_id=each.call_id, card=each.card, external_id=each.external_id) for each in done.copies],
    )


@router.get("/leads/{lead_id}/holds", dependencies=[NEEDS_TOKEN], responses={**_NONE}, operation_id="list_legal_holds")
async def list_holds(lead_id: str, use: Use) -> list[HoldOut]:
    """Legal holds on this lead, oldest first."""
    await _lead(use, lead_id)
    async with use.database.read() as tx:
        return [HoldOut.of(each) for each in await legal_holds.of_lead(tx, lead_id)]


@router.post(
    "/leads/{lead_id}/holds",
    status_code=201,
    dependencies=[NEEDS_PUBLISHER],
    responses={**_NONE},
    operation_id="place_legal_hold",
)
async def place_hold(lead_id: str, given: HoldIn, use: Use, asking: Asking) -> HoldOut:
    """Keep everything about this person, whatever was asked or is due, until the hold is released."""
    now = use.clock.now()
    await _lead(use, lead_id)
    async with use.database.begin() as tx:
        hold_id = await legal_holds.place(tx, lead_id, given.why, asking.who, now)
        await audit.add(tx, asking.who, "placed_legal_hold", f"lead:{lead_id}", {"hold": hold_id}, now)
        await lead_story.add(tx, lead_id, "held", {"why": given.why, "by": asking.who}, now)
        return next(HoldOut.of(each) for each in await legal_holds.of_lead(tx, lead_id) if each.id == hold_id)


@router.post(
    "/leads/{lead_id}/holds/{hold_id}/release",
    dependencies=[NEEDS_ADMIN],
    responses={**_NONE},
    operation_id="release_legal_hold",
)
async def release_hold(lead_id: str, hold_id: str, use: Use, asking: Asking) -> HoldOut:
    """The matter is over: retention and erasure take their course again."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        there = [each for each in await legal_holds.of_lead(tx, lead_id) if each.id == hold_id]
        if not there or not await legal_holds.release(tx, hold_id, asking.who, now):
            raise Problem(404, "There is no such hold on this lead that stands.")
        await audit.add(tx, asking.who, "released_legal_hold", f"lead:{lead_id}", {"hold": hold_id}, now)
        await lead_story.add(tx, lead_id, "held", {"why": there[0].why, "by": asking.who, "released": True}, now)
        return next(HoldOut.of(each) for each in await legal_holds.of_lead(tx, lead_id) if each.id == hold_id)


@router.get("/audit", dependencies=[NEEDS_ADMIN], operation_id="read_audit_log")
async def audit_log(
    use: Use,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(description="Number of the last entry of the page before.")] = None,
    subject: Annotated[str | None, Query(description="Such as lead:lead_31 or campaign:roofs.")] = None,
    who: Annotated[str | None, Query(description="A log-in name.")] = None,
) -> AuditPage:
    """Who saw or changed what, newest first."""
    async with use.database.read() as tx:
        found = await audit.recent(tx, limit, before, subject, who)
    following = found[-1].number if len(found) == limit else None
    return AuditPage(entries=[AuditEntryOut.of(each) for each in found], next=following)


@router.get("/audit/check", dependencies=[NEEDS_ADMIN], operation_id="check_audit_log")
async def check_audit_log(use: Use) -> AuditState:
    """Whether the log is as it was written: each entry is held against the hash of the one before."""
    async with use.database.read() as tx:
        count, broken = await audit.verify(tx)
    return AuditState(entries=count, broken_at=broken)


async def _lead(use: Services, lead_id: str) -> None:
    async with use.database.read() as tx:
        if await leads.read(tx, lead_id) is None:
            raise Problem(404, f"There is no lead {lead_id}.")


def _empty_file() -> str:
    with tempfile.NamedTemporaryFile(prefix="leadline-export-", suffix=".zip", delete=False) as file:
        return file.name

"""Recordings of calls, and the tickets by which a page in the browser listens to one or follows a call that runs."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel

from engine.api.auth import NEEDS_TO_WATCH, NEEDS_VIEWER, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.privacy.files import kept_file
from engine.store import calls
from engine.store.calls import CallRecord
from engine.telephony.call_tickets import WATCH_S

router = APIRouter(prefix="/calls", tags=["calls"])


class WatchTicket(BaseModel):
    """`ticket`: send it as `Authorization: Bearer ...` for the events and the recording of this one call."""

    ticket: str
    expires_at: datetime


@router.post(
    "/{call_id}/watch-ticket",
    operation_id="watch_call",
    dependencies=[NEEDS_VIEWER],
    responses={404: {"model": ProblemOut}},
)
async def watch(call_id: str, use: Use, asking: Asking) -> WatchTicket:
    """A ticket for a page in the browser, which is never given the API's token."""
    await _record(use, call_id)
    await use.looks.note(asking.who, "may_hear_call", f"call:{call_id}", use.clock.now())
    now = time.time()
    return WatchTicket(
        ticket=use.call_tickets.watch(call_id, now), expires_at=datetime.fromtimestamp(now + WATCH_S, UTC)
    )


@router.get(
    "/{call_id}/recording",
    operation_id="read_recording",
    dependencies=[NEEDS_TO_WATCH],
    response_class=FileResponse,
    responses={200: {"content": {"audio/wav": {}}}, 401: {"model": ProblemOut}, 404: {"model": ProblemOut}},
)
async def recording(call_id: str, use: Use) -> FileResponse:
    """Both sides of the call as stereo WAV: the caller left, the assistant right."""
    return FileResponse(await recording_file(use, call_id), media_type="audio/wav", filename=f"{call_id}.wav")


async def recording_file(use: Use, call_id: str) -> Path:
    """Where the recording of a call lies. Raises `Problem` if none is kept."""
    record = await _record(use, call_id)
    if record.recording is None:
        raise Problem(404, "No recording of this call was kept: it was declined, deleted, or nobody spoke.")
    path = await asyncio.to_thread(kept_file, record.recording, use.settings.data_dir / "recordings")
    if path is None:
        raise Problem(404, "The recording's file is not there any more. It may have been deleted by hand.")
    return path


async def _record(use: Use, call_id: str) -> CallRecord:
    async with use.database.read() as tx:
        record = await calls.read(tx, call_id)
    if record is None:
        raise Problem(404, f"There is no call {call_id}.")
    return record

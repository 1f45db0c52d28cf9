"""A running call as a stream of server-sent events: what was before, then what happens, to its end.

    id: 12
    event: caller_said
    data: {"number": 12, "at_ms": 8120, "kind": "caller_said", "facts": {"text": "...", "turn": 1}}

`id` counts without gaps, so that a page which lost its connection goes on where it was (`Last-Event-ID`).
The last event is `ended`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from engine.api.auth import NEEDS_TO_WATCH
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.call.live import LiveCall
from engine.store import calls, journal
from engine.store.journal import Entry

router = APIRouter(prefix="/calls", tags=["calls"], dependencies=[NEEDS_TO_WATCH])

QUIET_S: Final = 10.0
"""After so long without news a comment is sent, so that nothing on the way takes the stream for dead."""

ELSEWHERE_S: Final = 0.5
"""How often a call is looked at that another process holds."""


@router.get(
    "/{call_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, 404: {"model": ProblemOut}},
)
async def events(
    call_id: str, use: Use, last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None
) -> StreamingResponse:
    """Events of a call, from its beginning: agent_says, caller_said, slot, moved, latency, closing, ended, more."""
    async with use.database.read() as tx:
        if await calls.read(tx, call_id) is None:
            raise Problem(404, f"There is no call {call_id}.")
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else 0
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(use, call_id, after), media_type="text/event-stream", headers=headers)


async def _stream(use: Services, call_id: str, after: int) -> AsyncIterator[str]:
    last, quiet_s = after, 0.0
    while True:
        live = use.switchboard.live(call_id)
        if live is None:
            # Read whether it is over before its entries: what is missing then can only come later.
            over = await _is_over(use, call_id)
            async for entry in _stored(use, call_id, last):
                last, quiet_s = entry.seq, 0.0
                yield _event(entry)
                if entry.kind == "ended":
                    return
            if over:
                yield _event(Entry(last + 1, 0, "ended", {}))
                return
            await asyncio.sleep(ELSEWHERE_S)
            quiet_s += ELSEWHERE_S
            if quiet_s >= QUIET_S:
                quiet_s = 0.0
                yield ": still here\n\n"
            continue
        with live.journal.subscribed() as subscription:
            news = aiter(subscription)
            upcoming: asyncio.Task[object] | None = None
            try:
                await live.journal.flush()
                while True:
                    async for entry in _stored(use, call_id, last):
                        last = entry.seq
                        yield _event(entry)
                        if entry.kind == "ended":
                            return
                    upcoming = upcoming or asyncio.ensure_future(anext(news, None))
                    done, _ = await asyncio.wait({upcoming}, timeout=QUIET_S)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    finished, upcoming = upcoming.result() is None, None
                    await live.journal.flush()
                    if finished or live.finished.is_set():
                        break
            finally:
                if upcoming is not None:
                    upcoming.cancel()
        await _settled(live)


async def _settled(live: LiveCall) -> None:
    try:
        async with asyncio.timeout(ELSEWHERE_S):
            await live.finished.wait()
    except TimeoutError:
        return


async def _is_over(use: Services, call_id: str) -> bool:
    async with use.database.read() as tx:
        record = await calls.read(tx, call_id)
    return record is None or record.state not in calls.UNDER_WAY


async def _stored(use: Services, call_id: str, after: int) -> AsyncIterator[Entry]:
    async with use.database.read() as tx:
        entries = await journal.read(tx, call_id, after)
    for entry in entries:
        yield entry


def _event(entry: Entry) -> str:
    data = {"number": entry.seq, "at_ms": entry.at_ms, "kind": entry.kind, "facts": dict(entry.facts)}
    return f"id: {entry.seq}\nevent: {entry.kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"

"""Recordings for other systems, such as a CRM, which fetch them by a link that Leadline gave them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from engine.api.problems import Problem, ProblemOut
from engine.api.recordings import recording_file
from engine.api.services import Use
from engine.call import stereo_file
from engine.call.stereo_file import NoSuchPart, Part
from engine.recording_links import PATH

router = APIRouter(prefix=PATH, tags=["calls"])

PIECE: Final = 65_536
"""Bytes read at once."""

_SOUND: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.api_route("/{link}", methods=["HEAD"], include_in_schema=False)
@router.get(
    "/{link}",
    operation_id="read_linked_recording",
    response_class=Response,
    responses={
        200: {"content": _SOUND, "description": "Stereo WAV"},
        206: {"content": _SOUND, "description": "The part that was asked for"},
        404: {"model": ProblemOut},
        416: {"description": "The recording has no such part"},
    },
)
async def linked_recording(
    link: str, use: Use, asked_for: Annotated[str | None, Header(alias="Range")] = None
) -> Response:
    """The recording that a link stands for: whole, or the part that a `Range` header asks for. The link is the proof;
    no token is asked for."""
    found = use.recording_links.read(link, datetime.now(UTC))
    if found is None:
        raise Problem(404, "This link to a recording is wrong, or its time is over.")
    path = await recording_file(use, found.call_id)
    await use.looks.note("whoever has the link", "heard_recording", f"call:{found.call_id}", use.clock.now())
    size = (await asyncio.to_thread(path.stat)).st_size
    try:
        part = stereo_file.wanted(asked_for, size)
    except NoSuchPart:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    headers = {
        "accept-ranges": "bytes",
        "content-length": str(part.length),
        "content-disposition": f'attachment; filename="{found.call_id}.wav"',
        # Whoever has the address can listen: nobody on the way shall keep the sound, and no search engine the address.
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
    }
    if not part.whole:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    pieces = _pieces(path, part, turned=found.left == "assistant")
    return StreamingResponse(pieces, 200 if part.whole else 206, headers, "application/octet-stream")


async def _pieces(path: Path, part: Part, *, turned: bool) -> AsyncIterator[bytes]:
    for at in range(part.start, part.stop, PIECE):
        yield await asyncio.to_thread(stereo_file.read, path, at, min(PIECE, part.stop - at), turned=turned)

"""How much a request may carry. Counted as it arrives: a length that was promised proves nothing."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.api.cross_origin import FORMS
from engine.api.problems import answer

BODY_BYTES: Final = 256 * 1024
FLOW_BODY_BYTES: Final = 12 * 1024 * 1024
"""A flow may have 5 MB; as a text inside JSON its quotes take two characters each."""

IMPORT_BODY_BYTES: Final = 51 * 1024 * 1024
"""A file of 50 MB, and what a form puts around it. It goes to the disk as it comes in."""
_IMPORT: Final = re.compile(r"/lead-sources/[^/]+/imports")

LIST_BODY_BYTES: Final = 8 * 1024 * 1024 * 1024
"""The national do-not-call registry has a quarter of a billion numbers; it goes to a file as it comes in."""
NUMBERS_BODY_BYTES: Final = 64 * 1024 * 1024
"""Numbers for the business's own list, read as they come in."""

_BEGINNINGS: Final = (
    ("/flows", FLOW_BODY_BYTES),
    ("/do-not-call/lists", LIST_BODY_BYTES),
    ("/do-not-call/numbers", NUMBERS_BODY_BYTES),
)


class _TooMuch(Exception):
    pass


class BodyLimit:
    """Answers 413 instead of reading on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit(scope["path"])
        promised = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        size = f"{limit // 1024**2} MB" if limit >= 1024**2 else f"{limit // 1024} KB"
        refusal = answer(
            413,
            f"The request is too large: at most {size} are taken here.",
            # Told to the script of a form, which would else take it for a broken line and send it again.
            {"Access-Control-Allow-Origin": "*"} if scope["path"].startswith(FORMS) else {},
        )
        if promised.isdigit() and int(promised) > limit:
            await refusal(scope, receive, send)
            return
        count, begun = 0, False

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > limit:
                raise _TooMuch
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooMuch:
            if not begun:
                await refusal(scope, receive, send)


def _limit(path: str) -> int:
    if _IMPORT.fullmatch(path):
        return IMPORT_BODY_BYTES
    return next((limit for beginning, limit in _BEGINNINGS if path.startswith(beginning)), BODY_BYTES)

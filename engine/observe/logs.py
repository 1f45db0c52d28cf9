"""One line a message, with the call it belongs to, and nothing personal in it: phones, e-mails and names are hidden.

Hiding happens at the very end, on the finished line, so that no library and no traceback gets around it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal, TextIO

from engine.sdk.redact import hide_text

_call: ContextVar[str] = ContextVar("call", default="")
_people: ContextVar[tuple[str, ...]] = ContextVar("people", default=())

_QUIET: Final = ("httpx", "httpcore", "websockets", "urllib3", "alembic", "uvicorn.access", "asyncio")


@contextmanager
def about_call(call_id: str, people: tuple[str, ...] = ()) -> Iterator[None]:
    """Lines logged inside, also by tasks begun inside, name the call; the names of `people` are hidden in them."""
    call, hidden = _call.set(call_id), _people.set(people)
    try:
        yield
    finally:
        _call.reset(call)
        _people.reset(hidden)


class PlainLine(logging.Formatter):
    """`2026-11-24T12:00:00.123Z INFO engine.call.switchboard call=call_31 Call ended: booked`"""

    def format(self, record: logging.LogRecord) -> str:
        call = _call.get()
        about = f" call={call}" if call else ""
        return hide_text(
            f"{_moment(record)} {record.levelname} {record.name}{about} {_message(self, record)}", _people.get()
        )


class JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = hide_text(_message(self, record), _people.get())
        line = {"at": _moment(record), "level": record.levelname.lower(), "logger": record.name, "message": message}
        if call := _call.get():
            line["call"] = call
        return json.dumps(line, ensure_ascii=False)


def set_up(
    level: Literal["debug", "info", "warning", "error"] = "info",
    format: Literal["text", "json"] = "text",
    stream: TextIO | None = None,
) -> None:
    """Take over the logging of this process. Idempotent."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLine() if format == "json" else PlainLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text += f" | {formatter.formatException(record.exc_info)}"
    return " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())

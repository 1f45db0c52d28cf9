"""Tickets: what a page in the browser shows to the engine instead of the token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read


@dataclass(frozen=True, slots=True)
class Ticket:
    """Good for one flow, or one call, until `expires_at`."""

    ticket: str
    expires_at: datetime


_TICKET: Final = TypeAdapter(Ticket)


def to_edit(engine: Engine, flow_id: str, by: str) -> Ticket:
    """For the canvas. Raises `EngineTrouble`."""
    return read(_TICKET, engine.send("POST", "/editor/tickets", json={"flow_id": flow_id, "by": by}))


def to_watch(engine: Engine, call_id: str) -> Ticket:
    """For the recording and the events of a call. Raises `EngineTrouble`."""
    return read(_TICKET, engine.send("POST", f"/calls/{part(call_id)}/watch-ticket"))

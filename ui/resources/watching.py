"""Tickets by which the browser itself listens to a call's recording or follows a call that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket: str
    expires_at: datetime


_TICKET: Final = TypeAdapter(Ticket)


def ticket(engine: Engine, call_id: str) -> Ticket:
    return read(_TICKET, engine.send("POST", f"/calls/{part(call_id)}/watch-ticket"))

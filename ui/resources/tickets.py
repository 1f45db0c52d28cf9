"""Tickets: what a page in the browser shows to the engine instead of the token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.client import Engine, read

Purpose = Literal["edit", "call"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """Good for one flow until `expires_at`."""

    ticket: str
    expires_at: datetime


_TICKET: Final = TypeAdapter(Ticket)


def new_ticket(engine: Engine, flow_id: str, by: str, purpose: Purpose) -> Ticket:
    """Raises `EngineTrouble`."""
    wanted = {"flow_id": flow_id, "by": by, "purpose": purpose}
    return read(_TICKET, engine.send("POST", "/editor/tickets", json={**wanted}, fine=(HTTPStatus.CREATED,)))

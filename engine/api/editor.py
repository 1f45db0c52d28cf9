"""What an open editor in the browser needs from its server: tickets to talk to the engine itself."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_VIEWER, Asking
from engine.api.flow_shapes import no_flow
from engine.api.problems import ProblemOut
from engine.api.services import Use
from engine.api.tickets import GOOD_FOR, Ticket
from engine.store import edits

router = APIRouter(prefix="/editor", tags=["editor"], dependencies=[NEEDS_VIEWER])


class TicketIn(BaseModel):
    """`by`: as whom its bearer signs; a person who has logged in always signs with their own name."""

    flow_id: str = Field(max_length=64)
    by: str = Field("", max_length=200)


class TicketOut(BaseModel):
    """Send it as `Authorization: Bearer <ticket>`. An answer 401 with `code` "ticket_expired" means: get a new one."""

    ticket: str
    expires_at: datetime


@router.post("/tickets", status_code=201, responses={404: {"model": ProblemOut}}, operation_id="make_ticket")
async def make_ticket(wanted: TicketIn, use: Use, asking: Asking) -> TicketOut:
    """A ticket for one flow, good for a quarter of an hour: what a page shows instead of the token. It lets its bearer
    read and change that draft as whoever asked for it may do, and nothing else."""
    async with use.database.read() as tx:
        if await edits.head(tx, wanted.flow_id) is None:
            raise no_flow(wanted.flow_id)
    # Real time, not the clock of business: what proves somebody must not depend on a simulated day.
    expires_at = datetime.now(UTC).replace(microsecond=0) + GOOD_FOR
    ticket = Ticket(wanted.flow_id, asking.author(wanted.by), asking.person, int(asking.role), expires_at)
    return TicketOut(ticket=use.tickets.write(ticket), expires_at=expires_at)

"""Who may use the API: programs with the token of the settings, and people who have logged in.

While neither a token is set nor a person entered, this machine alone is let in. A browser on this machine also runs
other people's pages; they are kept out by looking at whom the browser thinks it talks to (`Host`, against rebound
names) and for whom it asks (`Origin`).
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from engine.api import tickets
from engine.api.problems import Problem
from engine.api.services import services_of
from engine.signed_claims import NotOurs
from engine.store import people
from engine.store.people import LOGIN_PREFIX, Role
from engine.telephony import call_tickets
from engine.telephony.call_tickets import CallTicket

_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_READING: Final = frozenset({"GET", "HEAD"})
_bearer = HTTPBearer(
    auto_error=False, description="The token of the setting LEADLINE_API_TOKEN, or that of a log-in (POST /log-in)."
)
_Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `person`: the name they log in with, empty for a program with the token and for this machine."""

    role: Role
    person: str = ""
    shown: str = ""

    def author(self, given: str = "") -> str:
        """Whom a change is written to: a person cannot sign with another's name, a program says for whom it asks."""
        return self.shown or given

    @property
    def who(self) -> str:
        """How the audit log names whoever asks. A program with the token has no name, nor has this machine."""
        return self.person or "a program"


def same(given: str, expected: str) -> bool:
    """Compares secrets in constant time."""
    # JSON can bring half a character alone: it fits no secret, and is no error of ours.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


async def _caller(request: Request, given: _Given) -> Caller:
    use = services_of(request)
    token = use.settings.api_token
    if given is not None and token is not None and same(given.credentials, token.get_secret_value()):
        return Caller(Role.admin)
    if given is not None and given.credentials.startswith(LOGIN_PREFIX):
        # Real time, not the clock of business: what proves somebody must not depend on a simulated day.
        async with use.database.read() as tx:
            person = await people.logged_in(tx, given.credentials, datetime.now(UTC))
        if person is None:
            raise _unknown("Your log-in has ended. Log in again; what you were doing is kept.", "login_ended")
        return Caller(person.role, person.name, person.shown)
    if token is not None:
        raise _unknown(
            "The token is missing or wrong. Send the header 'Authorization: Bearer <LEADLINE_API_TOKEN>', or log in."
        )
    async with use.database.read() as tx:
        somebody = await people.count(tx)
    if somebody:
        raise _unknown("Log in first (POST /log-in). Programs need the token of the setting LEADLINE_API_TOKEN.")
    if not from_here(request):
        raise Problem(403, "Without LEADLINE_API_TOKEN the API answers this machine only. Set a token to open it.")
    return Caller(Role.admin)


def from_here(request: Request) -> bool:
    """Whether a request comes from a page or a program of this very machine."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    origin = request.headers.get("origin")
    return host in _HERE and (origin is None or (urlsplit(origin).hostname or "") in _HERE)


def _unknown(sentence: str, code: str = "") -> Problem:
    more = {"code": code} if code else {}
    return Problem(401, sentence, headers={"WWW-Authenticate": "Bearer"}, **more)


Asking = Annotated[Caller, Depends(_caller)]
"""A parameter of a resource that wants to know who asks."""


async def _caller_or_ticket(request: Request, given: _Given) -> Caller:
    if given is None or not given.credentials.startswith(tickets.PREFIX):
        return await _caller(request, given)
    try:
        ticket = services_of(request).tickets.read(given.credentials, datetime.now(UTC))
    except tickets.TicketExpired:
        raise _unknown(
            "This ticket's time is over. Get a new one; what you were doing is kept.", "ticket_expired"
        ) from None
    except NotOurs:
        raise _unknown("This is no ticket of this Leadline. Get a new one.", "ticket_bad") from None
    flow_id = request.path_params.get("flow_id", ticket.flow_id)
    if flow_id != ticket.flow_id:
        raise Problem(
            403, "This ticket was made out for something else. Get one for this flow.", code="ticket_elsewhere"
        )
    return Caller(Role(ticket.role), ticket.person, ticket.by)


AskingWithTicket = Annotated[Caller, Depends(_caller_or_ticket)]
"""As `Asking`, for the few resources that an editor in the browser asks by itself, with a ticket (`POST
/editor/tickets`)."""


def _at_least(role: Role | None) -> Callable[[Request, Caller], Coroutine[Any, Any, None]]:
    async def allowed(request: Request, asking: Asking) -> None:
        _require(request, asking, role)

    return allowed


async def _allowed_with_ticket(request: Request, asking: AskingWithTicket) -> None:
    _require(request, asking, None)


def _require(request: Request, asking: Caller, role: Role | None) -> None:
    require_role(asking, role or (Role.viewer if request.method in _READING else Role.editor))


def require_role(asking: Caller, needed: Role) -> None:
    """Raises `Problem` for one whose role is lower."""
    if asking.role < needed:
        raise Problem(
            403,
            f"{asking.shown} may not do this: it takes the role '{needed.name}' and theirs is "
            f"'{asking.role.name}'. An administrator can change it.",
            code="role_too_low",
        )


async def _watching(call_id: str, request: Request, given: _Given) -> None:
    if given is not None and given.credentials.startswith(call_tickets.PREFIX):
        ticket = services_of(request).call_tickets.read(given.credentials, time.time())
        if isinstance(ticket, CallTicket) and (ticket.use, ticket.call_id) == ("watch", call_id):
            return
        raise _unknown("This page has followed the call for too long. Open the call's own page.", "ticket_expired")
    _require(request, await _caller(request, given), Role.viewer)


NEEDS_TOKEN: Final = Depends(_at_least(None))
"""For resources of the builder: reading takes a viewer, everything else an editor."""
NEEDS_TOKEN_OR_TICKET: Final = Depends(_allowed_with_ticket)
"""The same for what an editor in the browser asks by itself."""
NEEDS_VIEWER: Final = Depends(_at_least(Role.viewer))
"""For questions that come by POST and change nothing."""
NEEDS_PUBLISHER: Final = Depends(_at_least(Role.publisher))
NEEDS_TO_WATCH: Final = Depends(_watching)
"""For what happens in one call: a viewer, or a page that has the call's own ticket."""
NEEDS_ADMIN: Final = Depends(_at_least(Role.admin))

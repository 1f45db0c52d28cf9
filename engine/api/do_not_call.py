"""The do-not-call list of the business itself: look a number up, add one or a file of them, take one off.

This is also the door for other systems: a CRM that hears 'no more calls' posts it here with its token.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.api.auth import NEEDS_ADMIN, NEEDS_TOKEN, NEEDS_VIEWER, Asking
from engine.api.opting_out import opt_out, silence
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.leads.number_file import Lines, NumberReader, any_number
from engine.sdk import Json
from engine.store import audit, consents, do_not_call_lists, leads, opt_outs, suppression
from engine.store.consents import Consent
from engine.store.opt_outs import ASKED_TO_STOP, AT_ONCE, NotTakenOff
from engine.store.suppression import Suppressed

router = APIRouter(prefix="/do-not-call", tags=["do not call"])

LINES_TOLD: Final = 200
"""So many unreadable lines of a file are named."""

Text = Annotated[str, Field(max_length=200)]


class EntryOut(BaseModel):
    """An entry of your own list. `door`: how the wish came in: voice, key, text, link, api, upload or person; empty for
    entries from before that was noted. `source`: the call, message or system. `number`: null where the person had all
    their data deleted and only a hash is kept."""

    number: str | None
    reason: str
    source: str
    door: str
    added_at: datetime

    @classmethod
    def of(cls, entry: Suppressed) -> EntryOut:
        number = None if entry.hashed else entry.number
        return cls(number=number, reason=entry.reason, source=entry.source, door=entry.door, added_at=entry.added_at)


class EntryPage(BaseModel):
    """`total`: all entries, those of which only a hash is kept included. `next`: pass it as `before`; null at the
    end."""

    entries: list[EntryOut]
    total: int
    next: str | None


class ListedOut(BaseModel):
    """A list of the country (no state) or of a state that has the number."""

    name: str
    state: str
    listed_at: datetime


class NewConsentOut(BaseModel):
    """Written consent that was given after the opt-out: with it an administrator can take the number off."""

    id: str
    lead_id: str
    given_at: datetime
    source: str


class NumberOut(BaseModel):
    """Where a number stands. `own`: the entry of your own list; null if it is not there: lists of registries do not
    forbid a call to somebody who has agreed to it in writing, your own list always does."""

    number: str
    own: EntryOut | None
    lists: list[ListedOut]
    new_consents: list[NewConsentOut]


class NumberIn(BaseModel):
    """The number to look up."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(max_length=40, description="With country code, or as it is written in the US.")


class NoMoreCalls(BaseModel):
    """Somebody wants no more calls: by `number` or `lead_id`. `source`: which system or person says so. `words`: what
    the person wrote or said; it is kept with the lead only."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field("", max_length=40)
    lead_id: str = Field("", max_length=64)
    reason: Text = ASKED_TO_STOP
    source: Text = ""
    words: str = Field("", max_length=2000)

    @model_validator(mode="after")
    def _somebody(self) -> NoMoreCalls:
        if bool(self.number) == bool(self.lead_id):
            raise ValueError("Give either 'number' or 'lead_id'")
        return self


class RecordedOut(BaseModel):
    """`new`: false if the number was on the list before. `leads`: how many leads were closed. `called_off`: calls that
    were about to be made, `hung_up`: phones that were ringing."""

    new: bool
    leads: int
    called_off: int
    hung_up: int


class TakenOff(BaseModel):
    """`consent_id`: the new written consent for this number."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(max_length=40)
    reason: str = Field(min_length=3, max_length=500, description="Why, for the audit log. Names nobody.")
    consent_id: str = Field(max_length=64)


class UploadOut(BaseModel):
    """What became of a file of numbers. `unreadable`: how many lines hold no number; `lines`: which, from 1, the first
    200 of them. `already`: numbers that were on the list before, or twice in the file."""

    numbers: int
    added: int
    already: int
    leads: int
    called_off: int
    hung_up: int
    unreadable: int
    lines: list[int]


@router.get("", dependencies=[NEEDS_TOKEN], responses={422: {"model": ProblemOut}})
async def read_do_not_call(
    use: Use,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(max_length=60, description="What the page before gave as `next`.")] = None,
) -> EntryPage:
    """Your own list, latest entries first."""
    until, skip = _place(before) if before else (None, 0)
    async with use.database.read() as tx:
        found = await suppression.recent(tx, limit, until, skip)
        total = await suppression.count(tx)
    following = None
    if len(found) == limit:
        last = found[-1].added_at
        seen = sum(each.added_at == last for each in found) + (skip if last == until else 0)
        following = f"{last.isoformat()}~{seen}"
    return EntryPage(entries=[EntryOut.of(each) for each in found], total=total, next=following)


def _place(before: str) -> tuple[datetime, int]:
    """Where a page begins: a moment, and how many entries of that moment have been seen. No number stands in it."""
    moment, _, seen = before.partition("~")
    try:
        until, skip = datetime.fromisoformat(moment), int(seen or 0)
    except ValueError:
        until, skip = None, 0
    if until is None or until.tzinfo is None or skip < 0:
        raise Problem(422, "'before' is not what a page gave as 'next'. Pass that on as it is.")
    return until, skip


@router.post("/look-up", dependencies=[NEEDS_VIEWER], responses={422: {"model": ProblemOut}})
async def look_up_number(given: NumberIn, use: Use) -> NumberOut:
    """Is a number on a list, since when, and how did it get there? By POST, so that it stands in no log."""
    number = _number(given.number)
    async with use.database.read() as tx:
        own = await suppression.read(tx, number)
        lists = await do_not_call_lists.lookup(tx, number)
        given_again = [each for each in await consents.for_phone(tx, number) if own is not None and _renews(each, own)]
    return NumberOut(
        number=number,
        own=EntryOut.of(own) if own else None,
        lists=[ListedOut(name=each.name, state=each.state, listed_at=each.listed_at) for each in lists],
        new_consents=[
            NewConsentOut(
                id=each.id,
                lead_id=each.lead_id,
                given_at=each.evidence.given_at or each.received_at,
                source=each.evidence.source,
            )
            for each in given_again
        ],
    )


def _renews(consent: Consent, own: Suppressed) -> bool:
    written = consent.evidence.level == "written"
    return written and consent.revoked_at is None and consent.received_at > own.added_at


@router.post("", status_code=201, dependencies=[NEEDS_TOKEN], responses={404: {"model": ProblemOut}})
async def stop_calls(given: NoMoreCalls, asking: Asking, use: Use) -> RecordedOut:
    """Never call or text somebody again, at once: planned calls are cancelled and a phone that rings is hung up. The
    person may be known by number or as a lead. May be sent twice."""
    number = _number(given.number) if given.number else ""
    lead_id = given.lead_id
    if lead_id:
        async with use.database.read() as tx:
            if await leads.read(tx, lead_id) is None:
                raise Problem(404, f"There is no lead {lead_id}.")
    door: Literal["person", "api"] = "person" if asking.person else "api"
    source = ", ".join(part for part in (asking.person, given.source) if part) or asking.who
    done = await opt_out(
        use,
        number,
        source,
        f"told us by {source}",
        door=door,
        words=given.words,
        reason=given.reason or ASKED_TO_STOP,
        also=[lead_id] if lead_id else (),
        who=asking.who,
    )
    return RecordedOut(
        new=bool(done.new), leads=len(done.leads), called_off=len(done.called_off), hung_up=len(done.ringing)
    )


@router.post(
    "/numbers",
    dependencies=[NEEDS_TOKEN],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}},
        }
    },
)
async def upload_do_not_call(
    request: Request,
    asking: Asking,
    use: Use,
    name: Annotated[str, Query(max_length=100, description="Of the file; kept with each entry.")] = "a file",
    region: Annotated[str, Query(pattern="^[A-Z]{2}$", description="Of numbers without a country code.")] = "US",
) -> UploadOut:
    """Put every number of a file on your own list: one a line, `area,number`, or a table with a column of numbers. The
    file is the body, as it is. Read while it comes in; what was read before a connection broke is on the list."""
    reader, lines = NumberReader(region, keep=LINES_TOLD), Lines()
    report = UploadOut(numbers=0, added=0, already=0, leads=0, called_off=0, hung_up=0, unreadable=0, lines=[])
    checksum = hashlib.sha256()
    waiting: list[str] = []
    async for piece in _pieces(request):
        checksum.update(piece)
        waiting += reader.read(lines.feed(piece, last=not piece))
        while waiting and (len(waiting) >= AT_ONCE or not piece):
            await _take(use, waiting[:AT_ONCE], name, report)
            del waiting[:AT_ONCE]
    report.unreadable, report.lines = reader.bad, reader.unreadable
    async with use.database.begin() as tx:
        detail: dict[str, Json] = {"numbers": report.numbers, "added": report.added, "sha256": checksum.hexdigest()}
        await audit.add(tx, asking.who, "uploaded_do_not_call", "do_not_call", detail, use.clock.now())
    return report


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes in, then an empty piece."""
    async for piece in request.stream():
        if piece:
            yield piece
    yield b""


async def _take(use: Services, numbers: list[str], name: str, report: UploadOut) -> None:
    async with use.database.begin() as tx:
        done = await opt_outs.record_all(
            tx, set(numbers), name, f"in the file '{name}'", use.clock.now(), "upload", "on a list of your own"
        )
    await silence(use, done.ringing)
    report.numbers += len(numbers)
    report.added += len(done.new)
    report.already += len(numbers) - len(done.new)
    report.leads += len(done.leads)
    report.called_off += len(done.called_off)
    report.hung_up += len(done.ringing)


@router.post(
    "/taken-off",
    status_code=204,
    dependencies=[NEEDS_ADMIN],
    responses={409: {"model": ProblemOut}, 422: {"model": ProblemOut}},
)
async def take_off_do_not_call(given: TakenOff, asking: Asking, use: Use) -> Response:
    """Take a number off your own list, because its person has given new written consent since. No file does this, and
    no lead who merely sends another form."""
    number, now = _number(given.number), use.clock.now()
    try:
        async with use.database.begin() as tx:
            consent = await opt_outs.take_off(tx, number, given.consent_id, now)
            detail = {"reason": given.reason, "consent": consent.id}
            await audit.add(tx, asking.who, "took_off_do_not_call", f"lead:{consent.lead_id}", detail, now)
    except NotTakenOff as why:
        raise Problem(409, str(why)) from None
    return Response(status_code=204)


def _number(typed: str) -> str:
    number = any_number(typed, "US")
    if number is None:
        raise Problem(422, "This is not a phone number. Enter it with area code, such as +1 415 555 0123.")
    return number

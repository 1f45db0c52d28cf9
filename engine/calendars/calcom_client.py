"""Talks to Cal.com's API v2 over HTTP. Cal.com publishes no client for Python.

A caller waits for what is asked here: all requests of one question share a few seconds. What Cal.com says no to comes
as `Refused`, `OpeningTaken` or `SignInRefused`; where nobody can tell whether a booking was made, as `Unclear`. All but
`OpeningTaken` are a `CalendarDown`, so that whoever does not look closer hears that.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from engine.calendars.calcom_account import Account
from engine.calendars.calcom_answers import (
    Found,
    Reservation,
    booking,
    bookings,
    free_times,
    is_taken,
    refusal,
    reservation,
)
from engine.calendars.patience import SHORTEST_S, Patience, retry_after_s
from engine.calendars.web import Answer, NoAnswer, ask
from engine.sdk import CalendarDown, Json, Opening, OpeningTaken

log = logging.getLogger(__name__)

QUESTION_S: Final = 7.0  # all requests of a question together; the booking card gives up after 8 s
WRITE_S: Final = 5.0  # of a request that writes, so that time is left to look what came of it
RESERVE_S: Final = 2.5  # of one that only keeps a time
LET_GO_S: Final = 1.0
PAUSE_S: Final = 1.0  # after "too many requests" without a word on when to come again
MOST_PAUSES: Final = 3
RESERVED_MIN: Final = 5

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class Refused(CalendarDown):
    """Cal.com does not do it. `status`: 400 to 499. The message is a sentence for people."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SignInRefused(Refused):
    """The key is not accepted, or may not do this."""


class NotReached(CalendarDown):
    """No request came through."""


class Unclear(CalendarDown):
    """Nobody knows whether it was done. `over`: Cal.com works on it no more, so a look tells what came of it."""

    def __init__(self, message: str, *, over: bool) -> None:
        super().__init__(message)
        self.over = over


class Client:
    """For one question. `zone`: in which openings are given."""

    def __init__(self, account: Account, zone: str, question_s: float = QUESTION_S) -> None:
        self._account, self._zone = account, zone
        self._patience = Patience(question_s)

    async def free_times(
        self, event_type: int, since: datetime, until: datetime, *, length_min: int | None = None, moving: str = ""
    ) -> Sequence[Opening]:
        """`moving`: uid of the booking that is to move; what it takes is free for it."""
        asked = {
            "eventTypeId": str(event_type),
            "start": utc(since),
            "end": utc(until),
            "timeZone": self._zone,
            "format": "range",
        }
        if length_min is not None:
            asked["duration"] = str(length_min)
        if moving:
            asked["bookingUidToReschedule"] = moving
        return free_times(await self._read("/slots", self._account.slots_version, asked), self._zone)

    async def reserve(self, event_type: int, start: datetime, length_min: int | None = None) -> Reservation:
        """Keep a free time while the caller makes up their mind. Raises `OpeningTaken`."""
        body: dict[str, Json] = {
            "eventTypeId": event_type,
            "slotStart": utc(start),
            "reservationDuration": RESERVED_MIN,
        }
        if length_min is not None:
            body["slotDuration"] = length_min
        version = self._account.slots_version
        return reservation(await self._ask("POST", "/slots/reservations", version, body=body, limit_s=RESERVE_S))

    async def let_go(self, uid: str) -> None:
        """Give a reservation back. What goes wrong is no drama: it ends by itself after some minutes."""
        try:
            path = f"/slots/reservations/{_part(uid)}"
            await self._ask("DELETE", path, self._account.slots_version, limit_s=LET_GO_S)
        except (CalendarDown, OpeningTaken) as problem:
            log.info("A reservation at Cal.com stays until it runs out: %s", problem)

    async def book(self, body: Mapping[str, Json], start: datetime) -> Found:
        """Raises `OpeningTaken`, also if it is our own earlier request that took the time."""
        return self._made(await self._ask("POST", "/bookings", self._account.bookings_version, body=body), start)

    async def move(self, uid: str, start: datetime) -> Found:
        """The booking at its new time: it has another uid. Raises `OpeningTaken`, also if it was moved before."""
        body: dict[str, Json] = {"start": utc(start), "reschedulingReason": "Asked for by phone"}
        path = f"/bookings/{_part(uid)}/reschedule"
        return self._made(await self._ask("POST", path, self._account.bookings_version, body=body), start)

    def _made(self, data: Json, start: datetime) -> Found:
        """What was made just now. It was made, even if the answer cannot be read."""
        try:
            return booking(data, self._zone, start)
        except CalendarDown as problem:
            raise Unclear(str(problem), over=True) from problem

    async def cancel(self, uid: str) -> None:
        body: dict[str, Json] = {"cancellationReason": "Asked for by phone"}
        await self._ask("POST", f"/bookings/{_part(uid)}/cancel", self._account.bookings_version, body=body)

    async def booking(self, uid: str) -> Found | None:
        """None if Cal.com knows of none."""
        try:
            return booking(await self._read(f"/bookings/{_part(uid)}", self._account.bookings_version, {}), self._zone)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    async def newest(self, since: datetime, *, email: str = "", event_type: int | None = None) -> Sequence[Found]:
        """The hundred bookings that were made last, of those that begin after `since`: of an attendee, or of an event
        type."""
        asked = {"afterStart": utc(since), "take": "100", "sortCreated": "desc"}
        if email:
            asked["attendeeEmail"] = email
        elif event_type is not None:
            asked["eventTypeId"] = str(event_type)
        return bookings(await self._read("/bookings", self._account.bookings_version, asked), self._zone)

    async def event_type(self, number: int) -> Mapping[str, Json]:
        data = await self._read(f"/event-types/{number}", self._account.event_types_version, {})
        return data if isinstance(data, dict) else {}

    # --- one request ---

    async def _read(self, path: str, version: str, asked: Mapping[str, str]) -> Json:
        """A question that changes nothing: asked once more where the first answer was lost."""
        try:
            return await self._ask("GET", path, version, asked=asked)
        except Unclear as unclear:
            if self._patience.left_s < 2 * SHORTEST_S:
                raise
            log.info("Cal.com is asked once more: %s", unclear)
            return await self._ask("GET", path, version, asked=asked)

    async def _ask(
        self,
        method: str,
        path: str,
        version: str,
        *,
        asked: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
        limit_s: float = WRITE_S,
    ) -> Json:
        """`data` of the answer."""
        for pauses in range(MOST_PAUSES + 1):
            answer = await self._send(method, path, version, asked, body, limit_s)
            if answer.status != 429:
                return _judged(answer)
            pause = retry_after_s(_when(answer.headers), datetime.now(UTC))
            pause = PAUSE_S if pause is None else pause
            if pauses == MOST_PAUSES or pause > self._patience.left_s - 2 * SHORTEST_S:
                break
            await asyncio.sleep(pause)
        raise CalendarDown("Cal.com has had too many requests at this moment.")

    async def _send(
        self,
        method: str,
        path: str,
        version: str,
        asked: Mapping[str, str] | None,
        body: Mapping[str, Json] | None,
        limit_s: float,
    ) -> Answer:
        left = self._patience.left_s
        if left < SHORTEST_S:
            raise CalendarDown("Cal.com is too slow at this moment.")
        url = f"{self._account.host}{path}{'?' + urlencode(asked) if asked else ''}"
        headers = {"authorization": f"Bearer {self._account.token}", "cal-api-version": version}
        if body is not None:
            headers["content-type"] = "application/json"
        content = json.dumps(body).encode() if body is not None else None
        try:
            return await ask(method, url, headers, content, left if method == "GET" else min(left, limit_s))
        except NoAnswer as problem:
            if not problem.sent:
                raise NotReached(f"Cal.com: {problem.why}.") from problem
            raise Unclear(f"Cal.com: {problem.why}.", over=not problem.late) from problem


def _when(headers: Mapping[str, str]) -> str:
    """When to come again, as a number of seconds or a date."""
    return headers.get("retry-after", "") or headers.get("x-ratelimit-reset", "")


def _judged(response: Answer) -> Json:
    status = response.status
    answer = _read(response)
    if status >= 500:
        raise Unclear(f"Cal.com has a problem of its own (answer {status}).", over=True)
    if 200 <= status < 300:
        if not isinstance(answer, dict) or answer.get("status") == "error":
            raise Unclear(
                "Something else than Cal.com answered: perhaps a proxy or a login page of your network.", over=True
            )
        return answer.get("data")
    said = refusal(answer)
    if status in (401, 403):
        raise SignInRefused(
            f"Cal.com does not accept the API key (answer {status}). Make a new one in Cal.com and enter it in the "
            "connection.",
            status,
        )
    if is_taken(status, said):
        raise OpeningTaken("This time is not free any more. Offer another one.")
    raise Refused(f"Cal.com refused (answer {status}){f': {said}' if said else '.'}", status)


def _read(response: Answer) -> Json:
    """The answer as JSON; None for anything else, such as a web page."""
    try:
        found: Json = json.loads(response.body)
    except (ValueError, UnicodeDecodeError):
        return None
    return found


def utc(moment: datetime) -> str:
    """As Cal.com wants moments: 2026-11-24T08:00:00Z."""
    return moment.astimezone(UTC).strftime(_FORM)


def _part(text: str) -> str:
    """A uid as a part of a path."""
    return quote(text, safe="")

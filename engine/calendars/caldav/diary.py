"""A calendar on a CalDAV server as a `Diary`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar

from engine.calendars.caldav import busy, discovery, entry, xml
from engine.calendars.caldav.discovery import Collection
from engine.calendars.caldav.requests import Refused, Server
from engine.calendars.caldav.xml import CAL, DAV, Unreadable
from engine.calendars.intervals import Span, clipped, pieces, told_apart
from engine.calendars.patience import Patience
from engine.calendars.web import Unclear
from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone, WrittenEntry
from engine.sdk import CalendarDown, Opening

log = logging.getLogger(__name__)

NOT_OFFERED: Final = (400, 403, 405, 501)
"""Answers of servers that have no free/busy."""
NO_EXPANSION_S: Final = 600.0
"""So long a server that could not expand recurring entries is not asked to again."""
_BAD_DATA: Final = ("valid-", "supported-", "max-", "min-")
UTF8: Final = "text/calendar; charset=utf-8"


@dataclass(slots=True)
class Place:
    """A calendar that was found. `own`: e-mail addresses of whose it is. `free_busy`: whether the server offers it, as
    far as is known. `no_expansion_until`: by the monotonic clock."""

    collection: Collection
    own: frozenset[str]
    free_busy: bool = True
    no_expansion_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry of ours as it was read. `etag`: empty if the server tells none."""

    url: str
    etag: str
    text: str
    opening: Opening
    cancelled: bool

    def at(self, opening: Opening) -> bool:
        """Compared in UTC: Python takes the two 1:30s of an autumn night for equal."""
        wanted = opening.start.astimezone(UTC), opening.end.astimezone(UTC)
        return not self.cancelled and (self.opening.start, self.opening.end) == wanted

    def written(self, zone: tzinfo | None = None) -> WrittenEntry:
        start, end = self.opening.start.astimezone(zone or UTC), self.opening.end.astimezone(zone or UTC)
        return WrittenEntry(self.url, Opening(start, end))


class CalDavDiary:
    """One calendar. Many calls may use it at once, in one event loop. `place`: finds it, or knows it already;
    `forget`: it was not there any more."""

    def __init__(
        self, server: Server, place: Callable[[Patience], Awaitable[Place]], forget: Callable[[], object]
    ) -> None:
        self._server = server
        self._place = place
        self._forget = forget

    async def busy(self, since: datetime, until: datetime) -> Sequence[BusyTime]:
        if since >= until:
            return []
        patience = Patience()
        place = await self._place(patience)
        try:
            async with asyncio.TaskGroup() as group:
                parts = [group.create_task(self._taken(patience, place, *piece)) for piece in pieces(since, until)]
        except ExceptionGroup as problems:
            raise _first(problems) from None
        # An entry that lies in two parts of the range is found twice.
        found = {each for part in parts for each in clipped(part.result(), since, until)}
        return sorted(found, key=lambda each: (each.start, each.end, each.ours))

    async def find(self, key: str) -> WrittenEntry | None:
        patience = Patience()
        found = await self._find(patience, await self._place(patience), key)
        return None if found is None or found.cancelled else found.written()

    async def write(self, wanted: DiaryEntry) -> WrittenEntry:
        patience = Patience()
        place = await self._place(patience)
        while True:
            url = f"{place.collection.url}{entry.name_of(wanted.key)}.ics"
            headers = {"Content-Type": UTF8, "If-None-Match": "*"}
            try:
                await self._server.write(patience, "PUT", url, headers, entry.new(wanted, _now()))
            except Unclear:
                pass
            except Refused as refused:
                if not _is_there(refused):
                    raise self._gone(place, refused) from None
            else:
                return WrittenEntry(url, wanted.opening)
            found = await self._find(patience, place, wanted.key)
            if found is not None and (moved := await self._move(patience, found, wanted)) is not None:
                return moved.written(wanted.opening.start.tzinfo)
            await self._rest(patience)

    async def remove(self, key: str) -> None:
        patience = Patience()
        place = await self._place(patience)
        while (found := await self._find(patience, place, key)) is not None:
            try:
                await self._server.write(patience, "DELETE", found.url, {})
            except Unclear:
                await self._rest(patience)
            except Refused as refused:
                if refused.status not in (404, 410):
                    raise self._gone(place, refused) from None
            else:
                return

    # --- asking ---

    async def _taken(self, patience: Patience, place: Place, since: datetime, until: datetime) -> list[BusyTime]:
        try:
            async with asyncio.TaskGroup() as group:
                asked = group.create_task(self._free_busy(patience, place, since, until))
                listing = group.create_task(self._listed(patience, place, since, until))
        except ExceptionGroup as problems:
            raise _first(problems) from None
        told, (listed, complete) = asked.result(), listing.result()
        if told is None and not complete:
            raise CalendarDown(f"{self._server.access.host} could not say on which days recurring entries fall.")
        # Servers take whole days for days of UTC; ours are those of the calendar's zone, so these are added.
        return told_apart([*(told or ()), *((each.start, each.end) for each in listed)], listed)

    async def _free_busy(self, patience: Patience, place: Place, since: datetime, until: datetime) -> list[Span] | None:
        """None where the server does not offer it."""
        if not place.free_busy:
            return None
        query = xml.free_busy_query(since, until)
        try:
            reply = await self._server.read(patience, "REPORT", place.collection.url, query, depth="1")
            return busy.free_busy(reply.body.decode())
        except Refused as refused:
            if refused.status not in NOT_OFFERED:
                raise self._gone(place, refused) from None
            place.free_busy = False
            return None
        except (Unreadable, UnicodeDecodeError):
            raise self._not_understood() from None

    async def _listed(
        self, patience: Patience, place: Place, since: datetime, until: datetime
    ) -> tuple[list[BusyTime], bool]:
        """Entries that take time, and whether those that recur are among them."""
        if time.monotonic() >= place.no_expansion_until:
            query = xml.entries_query(since, until, expand=True)
            try:
                # A server that fails at this fails at every try.
                reply = await self._server.read(patience, "REPORT", place.collection.url, query, depth="1", again=False)
                return self._entries(place, reply.body, expanded=True), True
            except CalendarDown as problem:
                log.info("%s expands no recurring entries: %s", self._server.access.host, problem)
                place.no_expansion_until = time.monotonic() + NO_EXPANSION_S
            except Refused as refused:
                if refused.status not in NOT_OFFERED:
                    raise self._gone(place, refused) from None
        query = xml.entries_query(since, until, expand=False)
        try:
            reply = await self._server.read(patience, "REPORT", place.collection.url, query, depth="1")
        except Refused as refused:
            raise self._gone(place, refused) from None
        return self._entries(place, reply.body, expanded=False), False

    def _entries(self, place: Place, body: bytes, *, expanded: bool) -> list[BusyTime]:
        zone = self._zone(place)
        try:
            return [
                time
                for found in xml.multistatus(body)
                if (data := found.text(f"{CAL}calendar-data"))
                for time in busy.taken(data, zone, place.own, expanded=expanded)
            ]
        except Unreadable:
            raise self._not_understood() from None

    async def _find(self, patience: Patience, place: Place, key: str) -> Standing | None:
        url = f"{place.collection.url}{entry.name_of(key)}.ics"
        try:
            reply = await self._server.read(patience, "GET", url)
            return self._standing(
                place, url, await self._etag(patience, url, reply.headers.get("etag", "")), reply.body
            )
        except Refused as refused:
            if refused.status not in (404, 410):
                raise self._gone(place, refused) from None
        # Programs may have stored it under a name of their own.
        try:
            query = xml.uid_query(entry.uid_of(key))
            reply = await self._server.read(patience, "REPORT", place.collection.url, query, depth="1")
            found = [each for each in xml.multistatus(reply.body) if each.text(f"{CAL}calendar-data")]
        except Refused as refused:
            raise self._gone(place, refused) from None
        except Unreadable:
            raise self._not_understood() from None
        for each in found:
            there = self._server.access.joined(reply.url, each.href)
            data = each.text(f"{CAL}calendar-data")
            if there is not None and f"UID:{entry.uid_of(key)}" in data:
                return self._standing(place, there, each.text(f"{DAV}getetag"), data.encode())
        return None

    async def _etag(self, patience: Patience, url: str, told: str) -> str:
        """Not every server names it with the entry."""
        if told:
            return told
        try:
            reply = await self._server.read(patience, "PROPFIND", url, xml.propfind("getetag"))
            return next((each.text(f"{DAV}getetag") for each in xml.multistatus(reply.body)), "")
        except (Refused, Unreadable):
            return ""

    def _standing(self, place: Place, url: str, etag: str, body: bytes) -> Standing:
        try:
            text = body.decode()
            event = entry.main_event(Calendar.from_ical(text))
            span = busy.when(event, self._zone(place)) if event is not None else None
        except (Unreadable, ValueError, KeyError, IndexError):
            event = span = None
        if event is None or span is None:
            raise self._not_understood()
        cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
        return Standing(url, etag, text, Opening(*span), cancelled)

    def _zone(self, place: Place) -> ZoneInfo:
        """Of whole days, and of times that name none."""
        return ZoneInfo(self._server.access.zone or place.collection.zone or "UTC")

    # --- writing ---

    async def _move(self, patience: Patience, standing: Standing, wanted: DiaryEntry) -> Standing | None:
        """To the entry's time; one that somebody has cancelled is written anew. None: read it again."""
        if standing.at(wanted.opening):
            return standing
        body = entry.new(wanted, _now()) if standing.cancelled else entry.moved(standing.text, wanted.opening, _now())
        headers = {"Content-Type": UTF8, "If-Match": standing.etag or "*"}
        try:
            await self._server.write(patience, "PUT", standing.url, headers, body)
        except Unclear:
            return None
        except Refused as refused:
            if refused.status in (404, 409, 410, 412):
                return None
            raise self._refused(standing.url, refused) from None
        opening = Opening(wanted.opening.start.astimezone(UTC), wanted.opening.end.astimezone(UTC))
        return Standing(standing.url, "", "", opening, cancelled=False)

    async def _rest(self, patience: Patience) -> None:
        if not await patience.rest():
            host = self._server.access.host
            raise CalendarDown(f"The calendar server {host} did not answer in time; whether the entry stands is open.")

    def _gone(self, place: Place, refused: Refused) -> DiaryGone:
        if refused.status in (404, 409, 410):
            self._forget()
            return discovery.gone(self._server, place.collection.url)
        return self._refused(place.collection.url, refused)

    def _refused(self, url: str, refused: Refused) -> DiaryGone:
        access = self._server.access
        if refused.status in (403, 405):
            return DiaryGone(
                f"The user of the connection '{access.name}' may not do this in the calendar at {access.host}. Give "
                "them the right to change it, or choose another calendar."
            )
        if refused.status == 507:
            return DiaryGone(f"The calendar server {access.host} has no room left. Make room there.")
        rule = f", {refused.rule}" if refused.rule else ""
        return DiaryGone(f"The calendar server {access.host} refused an entry (answer {refused.status}{rule}).")

    def _not_understood(self) -> CalendarDown:
        return CalendarDown(f"The answer of the calendar server {self._server.access.host} could not be understood.")


def _is_there(refused: Refused) -> bool:
    """Whether a new entry was refused because it stands already, under this name or another one."""
    return refused.rule == "no-uid-conflict" or (refused.status == 412 and not refused.rule.startswith(_BAD_DATA))


def _now() -> datetime:
    return datetime.now(UTC)


def _first(problems: ExceptionGroup[Exception]) -> Exception:
    """The one that a person must mend comes first."""
    return next((each for each in problems.exceptions if isinstance(each, DiaryGone)), problems.exceptions[0])

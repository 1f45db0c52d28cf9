"""A Google calendar as a `Diary`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from engine.calendars.google import event as events
from engine.calendars.google.api import Api, Refused, gone
from engine.calendars.google.event import ATTEMPTS, KEY, Event
from engine.calendars.intervals import Span, clipped, pieces, told_apart
from engine.calendars.patience import Patience
from engine.calendars.web import Unclear
from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone, WrittenEntry
from engine.sdk import CalendarDown, Json

log = logging.getLogger(__name__)

PAGES: Final = 8
CONFERENCE_PAUSES_S: Final = (0.3, 0.6, 1.0)
"""A video link may come a little later; the entry stands without it."""


class GoogleDiary:
    """One calendar. Many calls may use it at once, in one event loop. `calendar`: its id, or `primary`. `events`: path
    of its events."""

    def __init__(self, api: Api, calendar: str, refused_guests: set[str] | None = None) -> None:
        self._api = api
        self._calendar = calendar
        self.events = f"/calendars/{quote(calendar, safe='')}/events"
        self._no_guests = refused_guests if refused_guests is not None else set()

    async def busy(self, since: datetime, until: datetime) -> Sequence[BusyTime]:
        if since >= until:
            return []
        patience = Patience()
        try:
            async with asyncio.TaskGroup() as group:
                taken = [group.create_task(self._free_busy(patience, *piece)) for piece in pieces(since, until)]
                listed = group.create_task(self._listed(patience, since, until))
        except ExceptionGroup as problems:
            raise _first(problems) from None
        spans = [span for each in taken for span in each.result()]
        return clipped(told_apart(spans, clipped(listed.result(), since, until)), since, until)

    async def find(self, key: str) -> WrittenEntry | None:
        found = await self._find(Patience(), key)
        return None if found is None else found.written()

    async def write(self, entry: DiaryEntry) -> WrittenEntry:
        patience = Patience()
        for attempt in range(ATTEMPTS):
            standing = await self._insert(patience, entry, events.event_id(entry.key, attempt))
            if standing is None:
                continue
            if not standing.at(entry.opening):
                standing = await self._move(patience, standing, entry)
                if standing is None:
                    continue  # deleted in this very moment
            return (await self._with_link(patience, standing)).written(entry.opening.start.tzinfo)
        raise CalendarDown("The entry was deleted again and again in Google Calendar while it was being written.")

    async def remove(self, key: str) -> None:
        patience = Patience()
        for _ in range(ATTEMPTS):
            found = await self._find(patience, key)
            if found is None:
                return
            query = {"sendUpdates": "all" if found.has_attendees else "none"}
            try:
                await self._api.write(patience, "DELETE", self._path(found.id), query)
            except Unclear:
                await self._rest(patience)
            except Refused as refused:
                if refused.status not in (404, 410):
                    raise self._gone(refused) from None
            else:
                return

    # --- asking ---

    async def _free_busy(self, patience: Patience, since: datetime, until: datetime) -> list[Span]:
        items: list[Json] = [{"id": self._calendar}]
        body: dict[str, Json] = {
            "timeMin": since.isoformat(timespec="seconds"),
            "timeMax": until.isoformat(timespec="seconds"),
            "timeZone": "UTC",
            "items": items,
        }
        try:
            found = await self._api.read(patience, "/freeBusy", body=body)
        except Refused as refused:
            raise self._gone(refused) from None
        return self._spans(found)

    def _spans(self, found: Mapping[str, Json]) -> list[Span]:
        calendars = found.get("calendars")
        answers = calendars if isinstance(calendars, dict) else {}
        # The one calendar that was asked for may be told under its real name.
        told = answers.get(self._calendar) or (next(iter(answers.values())) if len(answers) == 1 else None)
        busy = told.get("busy") if isinstance(told, dict) else None
        errors = told.get("errors") if isinstance(told, dict) else None
        if errors:
            # Such a calendar looks free; it is not.
            first = errors[0] if isinstance(errors, list) else {}
            reason = str(first.get("reason", "")) if isinstance(first, dict) else ""
            if reason in ("internalError", "backendError", "rateLimitExceeded"):
                raise CalendarDown("Google Calendar could not tell when the calendar is busy. Try again in a minute.")
            raise self._gone(Refused(404, reason, ""))
        if not isinstance(busy, list):
            raise CalendarDown("Google Calendar's answer about busy times could not be understood.")
        spans = []
        for each in busy:
            start, end = (
                events.moment(str(each.get(side, ""))) if isinstance(each, dict) else None for side in ("start", "end")
            )
            if start is None or end is None:
                raise CalendarDown("Google Calendar's answer about busy times could not be understood.")
            spans.append((start, end))
        return spans

    async def _listed(self, patience: Patience, since: datetime, until: datetime) -> list[BusyTime]:
        """The entries themselves: busy times do not say which of them are ours. None where they may not be read."""
        query = {
            "timeMin": since.isoformat(timespec="seconds"),
            "timeMax": until.isoformat(timespec="seconds"),
            "singleEvents": "true",
            "maxResults": "2500",
            "fields": f"timeZone,{events.FIELDS}",
        }
        found: list[BusyTime] = []
        for _ in range(PAGES):
            try:
                page = await self._api.read(patience, self.events, query)
            except Refused as refused:
                if refused.status == 403:
                    return []
                raise self._gone(refused) from None
            items, zone = page.get("items"), _zone(page.get("timeZone"))
            for each in items if isinstance(items, list) else ():
                time = events.busy_time(each, zone) if isinstance(each, dict) else None
                found += [time] if time is not None else []
            following = page.get("nextPageToken")
            if not isinstance(following, str) or not following:
                break
            query["pageToken"] = following
        return found

    async def _find(self, patience: Patience, key: str) -> Event | None:
        for attempt in range(ATTEMPTS):
            found = await self._get(patience, events.event_id(key, attempt))
            if found is None:
                break
            if found.stands and found.key == key:
                return found
        # Google forgets deleted events after a while, and with them which ids are used up.
        query = {"privateExtendedProperty": f"{KEY}={key}", "maxResults": "10"}
        try:
            page = await self._api.read(patience, self.events, query)
        except Refused as refused:
            raise self._gone(refused) from None
        items = page.get("items")
        listed = [events.event(each) for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        return next((each for each in listed if each.stands and each.key == key), None)

    async def _get(self, patience: Patience, id: str) -> Event | None:
        try:
            return events.event(await self._api.read(patience, self._path(id)))
        except Refused as refused:
            if refused.status in (404, 410):
                return None
            raise self._gone(refused) from None

    # --- writing ---

    async def _insert(self, patience: Patience, entry: DiaryEntry, id: str) -> Event | None:
        """The event that stands under this id then; None if the id is used up."""
        invite = entry.invite and self._api.access.invite and self._calendar not in self._no_guests
        video = self._api.access.video
        forbidden = False
        while True:
            written = events.body(entry, id, invite=invite, video=video)
            query = {"sendUpdates": "all" if "attendees" in written else "none"}
            if video:
                query["conferenceDataVersion"] = "1"
            try:
                made = await self._api.write(patience, "POST", self.events, query, written)
            except Unclear:
                found = await self._get(patience, id)
                if found is not None:
                    return found if found.stands and found.key == entry.key else None
                await self._rest(patience)
            except Refused as refused:
                if refused.status == 409:
                    found = await self._get(patience, id)
                    return found if found is not None and found.stands and found.key == entry.key else None
                if refused.status in (400, 403) and "attendees" in written:
                    # 403: this account may invite nobody. 400: the address is none; it may have been misheard.
                    invite, forbidden = False, refused.status == 403
                elif refused.status == 400 and video:
                    video = False
                    log.warning("The calendar of '%s' takes no video links; entries go without.", self._api.access.name)
                else:
                    raise self._gone(refused) from None
            else:
                if forbidden:
                    self._tell_of_guests()
                return events.event(made)

    async def _move(self, patience: Patience, standing: Event, entry: DiaryEntry) -> Event | None:
        """To the entry's time. None if it does not stand any more."""
        while not standing.at(entry.opening):
            query = {"sendUpdates": "all" if standing.has_attendees else "none"}
            body = events.other_times(entry.opening, entry.zone)
            try:
                moved = await self._api.write(patience, "PATCH", self._path(standing.id), query, body, standing.etag)
                return events.event(moved)
            except Unclear:
                pass
            except Refused as refused:
                if refused.status in (404, 410):
                    return None
                if refused.status != 412:
                    raise self._gone(refused) from None
            found = await self._get(patience, standing.id)
            if found is None or not found.stands:
                return None
            standing = found
            if not standing.at(entry.opening):
                await self._rest(patience)
        return standing

    async def _with_link(self, patience: Patience, standing: Event) -> Event:
        for pause in CONFERENCE_PAUSES_S:
            if standing.conference != "pending" or patience.left_s < 2 * pause:
                break
            await asyncio.sleep(pause)
            try:
                found = await self._get(patience, standing.id)
            except CalendarDown:
                break
            standing = found if found is not None else standing
        return standing

    async def _rest(self, patience: Patience) -> None:
        if not await patience.rest():
            raise CalendarDown("Google Calendar did not answer in time; whether the entry stands is not known.")

    def _tell_of_guests(self) -> None:
        if self._calendar in self._no_guests:
            return
        self._no_guests.add(self._calendar)
        log.warning(
            "Google lets the connection '%s' invite nobody: entries are written without the lead as a guest. Let the "
            "service account act for a person (“Acts for”), or let Leadline send the invitations.",
            self._api.access.name,
        )

    def _path(self, id: str) -> str:
        return f"{self.events}/{quote(id, safe='')}"

    def _gone(self, refused: Refused) -> DiaryGone:
        return gone(self._api.access, self._calendar, refused)


def _first(problems: ExceptionGroup[Exception]) -> Exception:
    """The one that a person must mend comes first."""
    return next((each for each in problems.exceptions if isinstance(each, DiaryGone)), problems.exceptions[0])


def _zone(name: Json) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or "UTC"))
    except (ValueError, KeyError, OSError):
        return ZoneInfo("UTC")

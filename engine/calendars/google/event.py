"""Entries as Google Calendar writes and tells them. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from engine.calendars.entry_text import description, one_line
from engine.schedule.diary import BusyTime, DiaryEntry, WrittenEntry
from engine.sdk import Json, Opening

KEY: Final = "leadline_key"
"""Our private property of an event: the key of its entry."""
ATTEMPTS: Final = 12
"""Ids of one entry: a new one for each time that it was deleted and written again."""
FIELDS: Final = (
    "nextPageToken,items(id,status,start,end,transparency,attendees(self,responseStatus),extendedProperties/private)"
)


def event_id(key: str, attempt: int) -> str:
    """Google's name for an entry, made by us so that it can be written once only: 0-9 and a-f lie within base32hex.
    `attempt`: counts up where an id is used up, for that of a deleted event can never be used again."""
    digest = hashlib.sha256(f"leadline\n{attempt}\n{key}".encode()).hexdigest()
    return f"ll{digest[:40]}"


def key_in(found: Mapping[str, Json]) -> str:
    """The key of an event of ours; empty for those of others, and for copies that people have made of ours."""
    key = _text(_part(_part(found, "extendedProperties"), "private"), KEY)
    ours = key and _text(found, "id") in (event_id(key, attempt) for attempt in range(ATTEMPTS))
    return key if ours else ""


def body(entry: DiaryEntry, id: str, *, invite: bool, video: bool) -> dict[str, Json]:
    """A new event. `invite`: the lead becomes an attendee, whom Google writes to. `video`: with a Meet link."""
    details = entry.details
    written: dict[str, Json] = {
        "id": id,
        "status": "confirmed",
        "summary": one_line(details.title),
        "description": description(details),
        **times(entry.opening, entry.zone),
        "extendedProperties": {"private": {KEY: entry.key}},
        "reminders": {"useDefault": True},
    }
    if details.address.strip():
        written["location"] = one_line(details.address)
    if invite and details.email.strip():
        written["attendees"] = [{"email": details.email.strip(), "displayName": one_line(details.name)}]
    if video:
        solution: dict[str, Json] = {"type": "hangoutsMeet"}
        request: dict[str, Json] = {"requestId": id, "conferenceSolutionKey": solution}
        written["conferenceData"] = {"createRequest": request}
    return written


def times(opening: Opening, zone: str) -> dict[str, Json]:
    return {"start": _time(opening.start, zone), "end": _time(opening.end, zone)}


def other_times(opening: Opening, zone: str) -> dict[str, Json]:
    """For an event that stands, also for one that somebody has made one of whole days."""
    start, end = _time(opening.start, zone), _time(opening.end, zone)
    return {"start": {**start, "date": None}, "end": {**end, "date": None}}


def _time(at: datetime, zone: str) -> dict[str, Json]:
    return {"dateTime": at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was read. `opening`: in UTC; None where Google told no times. `whole_days`: somebody made it one
    of those. `conference`: state of its video link; empty if it has none."""

    id: str
    etag: str
    status: str
    key: str
    opening: Opening | None
    whole_days: bool
    link: str
    conference: str
    has_attendees: bool

    @property
    def stands(self) -> bool:
        return self.status != "cancelled" and self.opening is not None

    def at(self, opening: Opening) -> bool:
        """Whether it stands at this time. Compared in UTC: Python takes the two 1:30s of an autumn night for equal."""
        if self.opening is None or self.whole_days:
            return False
        wanted = opening.start.astimezone(UTC), opening.end.astimezone(UTC)
        return (self.opening.start, self.opening.end) == wanted

    def written(self, zone: tzinfo | None = None) -> WrittenEntry:
        """`zone`: of its times. Only for one that stands."""
        assert self.opening is not None
        start, end = self.opening.start.astimezone(zone or UTC), self.opening.end.astimezone(zone or UTC)
        return WrittenEntry(self.id, Opening(start, end), self.link)


def event(found: Mapping[str, Json]) -> Event:
    """What Google told of one. Fields that are missing are empty: deleted ones have little more than an id."""
    conference = _part(found, "conferenceData")
    request = _part(_part(conference, "createRequest"), "status")
    attendees = found.get("attendees")
    sides = _part(found, "start"), _part(found, "end")
    start, end = (_moment(side) or _day(side, ZoneInfo("UTC")) for side in sides)
    return Event(
        _text(found, "id"),
        _text(found, "etag"),
        _text(found, "status") or "confirmed",
        key_in(found),
        Opening(start, end) if start is not None and end is not None else None,
        "date" in sides[0],
        _link(found, conference),
        _text(request, "statusCode"),
        isinstance(attendees, list) and bool(attendees),
    )


def busy_time(found: Mapping[str, Json], zone: ZoneInfo) -> BusyTime | None:
    """The time that an event of a list takes, if it takes any. `zone`: the calendar's, for whole days."""
    if found.get("status") == "cancelled" or found.get("transparency") == "transparent" or _declined(found):
        return None
    start, end = (_moment(_part(found, side)) or _day(_part(found, side), zone) for side in ("start", "end"))
    if start is None or end is None:
        return None
    return BusyTime(start, end, key_in(found))


def _declined(found: Mapping[str, Json]) -> bool:
    attendees = found.get("attendees")
    if not isinstance(attendees, list):
        return False
    return any(
        isinstance(each, dict) and each.get("self") is True and each.get("responseStatus") == "declined"
        for each in attendees
    )


def _link(found: Mapping[str, Json], conference: Mapping[str, Json]) -> str:
    link = _text(found, "hangoutLink")
    points = conference.get("entryPoints")
    if not link and isinstance(points, list):
        videos = [each for each in points if isinstance(each, dict) and each.get("entryPointType") == "video"]
        link = _text(videos[0], "uri") if videos else ""
    return link if re.fullmatch(r"https://\S+", link) else ""


def moment(text: str) -> datetime | None:
    """A moment of Google's, in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def _moment(side: Mapping[str, Json]) -> datetime | None:
    return moment(_text(side, "dateTime"))


def _day(side: Mapping[str, Json], zone: ZoneInfo) -> datetime | None:
    try:
        day = date.fromisoformat(_text(side, "date"))
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _part(found: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _text(found: Mapping[str, Json], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""

"""The calendars that Google keeps, who may do what in them, and their events, the deleted ones too."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.emulators.google_calendar import refusals

Json = dict[str, Any]
ROLES: Final = ("", "freeBusyReader", "reader", "writer", "owner")
STAMP: Final = "2026-11-22T14:00:00.000Z"


@dataclass
class Stored:
    """An event. `body`: as Google tells it. `pending`: so many looks until its video link is ready."""

    body: Json
    version: int = 1
    pending: int = 0

    @property
    def etag(self) -> str:
        return f'"{3400000000000000 + self.version}"'

    @property
    def cancelled(self) -> bool:
        return bool(self.body["status"] == "cancelled")

    def span(self, zone: str) -> tuple[datetime, datetime]:
        """In UTC. `zone`: the calendar's, for whole days."""
        return _moment(self.body["start"], zone), _moment(self.body["end"], zone)


@dataclass
class Calendar:
    """`roles`: by e-mail address. `busy_error`: reason that free/busy gives instead of an answer. `video`: takes video
    links."""

    id: str
    summary: str
    zone: str = "America/Los_Angeles"
    roles: dict[str, str] = field(default_factory=dict)
    events: dict[str, Stored] = field(default_factory=dict)
    busy_error: str = ""
    video: bool = True

    def role(self, who: str) -> str:
        return "owner" if who == self.id else self.roles.get(who, "")

    def standing(self) -> list[Stored]:
        return [each for each in self.events.values() if not each.cancelled]

    def busy(self, since: datetime, until: datetime) -> list[Json]:
        """Merged, within the range."""
        spans: list[list[datetime]] = []
        taking = [each for each in self.standing() if each.body.get("transparency") != "transparent"]
        taking = [each for each in taking if not _declined(each.body, self.id)]
        for start, end in sorted(each.span(self.zone) for each in taking):
            start, end = max(start, since), min(end, until)
            if start >= end:
                continue
            if spans and start <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, end])
        return [{"start": _z(start), "end": _z(end)} for start, end in spans]

    def insert(self, given: Json, new_id: str) -> Stored:
        id = given.get("id", new_id)
        if not re.fullmatch(r"[a-v0-9]{5,1024}", id):
            raise refusals.invalid("Invalid resource id value.")
        if id in self.events:
            raise refusals.duplicate()
        if "iCalUID" in given and "id" in given:
            raise refusals.invalid("Only one of id and iCalUID may be given.")
        _checked(given, self.zone)
        stored = Stored(
            {
                "kind": "calendar#event",
                "status": "confirmed",
                **copy.deepcopy({name: value for name, value in given.items() if name != "conferenceData"}),
                "id": id,
                "iCalUID": f"{id}@google.com",
                "htmlLink": f"https://www.google.com/calendar/event?eid={id}",
                "created": STAMP,
                "updated": STAMP,
                "sequence": 0,
                "eventType": "default",
            }
        )
        self.events[id] = stored
        return stored

    def change(self, stored: Stored, given: Json) -> None:
        body = copy.deepcopy(stored.body)
        _laid_over(body, given)
        _checked(body, self.zone)
        moved = (body["start"], body["end"]) != (stored.body["start"], stored.body["end"])
        body["sequence"] += moved
        stored.body = body
        stored.version += 1

    def delete(self, stored: Stored) -> None:
        stored.body["status"] = "cancelled"
        stored.version += 1


def _laid_over(body: Json, given: Json) -> None:
    for name, value in given.items():
        if value is None:
            body.pop(name, None)
        elif isinstance(value, dict) and isinstance(body.get(name), dict):
            _laid_over(body[name], value)
        else:
            body[name] = value


def _checked(body: Json, zone: str) -> None:
    """Raises `Refusal` for times or guests that Google would not take."""
    for side in ("start", "end"):
        told = body.get(side)
        if not isinstance(told, dict) or bool(told.get("dateTime")) == bool(told.get("date")):
            raise refusals.invalid(f"Missing {side} time." if not told else "Invalid start time.", "required")
    if ("date" in body["start"]) != ("date" in body["end"]):
        raise refusals.invalid("Bad Request: start and end times must either both be date or both be dateTime.")
    try:
        start, end = _moment(body["start"], zone), _moment(body["end"], zone)
    except (ValueError, KeyError, OSError):
        raise refusals.invalid("Invalid time value") from None
    if start > end:
        raise refusals.invalid("The specified time range is empty.", "timeRangeEmpty")
    for guest in body.get("attendees", []):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", guest.get("email", "")):
            raise refusals.invalid("Invalid attendee email.")


def _moment(side: Json, zone: str) -> datetime:
    if side.get("dateTime"):
        at = datetime.fromisoformat(side["dateTime"])
        at = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(side["timeZone"]))
        ZoneInfo(side.get("timeZone", "UTC"))
    else:
        day = date.fromisoformat(side["date"])
        at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)


def _declined(body: Json, calendar: str) -> bool:
    return any(
        each.get("email") == calendar and each.get("responseStatus") == "declined" for each in body.get("attendees", [])
    )


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Entries of ours as iCalendar. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

from icalendar import Calendar, Event
from icalendar.cal import Component

from engine.calendars.entry_text import description, one_line
from engine.schedule.diary import DiaryEntry
from engine.sdk import Opening

KEY: Final = "X-LEADLINE-KEY"
PRODUCT: Final = "-//Leadline//Leadline//EN"


def name_of(key: str) -> str:
    """The file name of an entry, without its ending; the same at every try."""
    return f"leadline-{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def uid_of(key: str) -> str:
    return f"{name_of(key)}@leadline"


def key_in(event: Component) -> str:
    """The key of an entry of ours; empty for those of others, and for copies that people have made of ours."""
    key = unquote(str(event.get(KEY, "")))
    return key if key and str(event.get("UID", "")) == uid_of(key) else ""


def new(entry: DiaryEntry, now: datetime) -> bytes:
    """A calendar object with one entry, times in UTC. The lead is no attendee: servers that know scheduling would
    write to them unasked."""
    event = Event()
    event.add("UID", uid_of(entry.key))
    event.add("DTSTAMP", _stamp(now))
    event.add("DTSTART", _stamp(entry.opening.start))
    event.add("DTEND", _stamp(entry.opening.end))
    event.add("SUMMARY", one_line(entry.details.title))
    if entry.details.address.strip():
        event.add("LOCATION", one_line(entry.details.address))
    event.add("DESCRIPTION", description(entry.details))
    event.add("STATUS", "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    event.add("SEQUENCE", 0)
    event.add(KEY, quote(entry.key, safe=""))
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def moved(text: str, opening: Opening, now: datetime) -> bytes:
    """The same object at another time. What people have changed in it stays. Raises ValueError."""
    calendar = Calendar.from_ical(text)
    event = main_event(calendar)
    if event is None:
        raise ValueError("no entry")
    count = event.get("SEQUENCE", 0)
    for name in ("DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"):
        event.pop(name, None)
    event.add("DTSTART", _stamp(opening.start))
    event.add("DTEND", _stamp(opening.end))
    event.add("DTSTAMP", _stamp(now))
    event.add("LAST-MODIFIED", _stamp(now))
    event.add("SEQUENCE", int(count) + 1)
    return bytes(calendar.to_ical())


def main_event(calendar: Component) -> Component | None:
    """The entry itself, not one of the days that differ if somebody made it recur."""
    return next((each for each in calendar.walk("VEVENT") if each.get("RECURRENCE-ID") is None), None)


def _stamp(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)

"""An appointment as mail and calendar programs read it: iCalendar (RFC 5545) for invitations by mail (RFC 6047). Pure.

An invitation, its changes and its cancellation share one UID; of two, programs believe the one with the higher
SEQUENCE. Times are in UTC, so no definition of a time zone is needed and none can be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Final, Literal

import icalendar

from engine.sdk.result import AppointmentPart

PRODUCT: Final = "-//Leadline//Leadline//EN"

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the guest's calendar. `organizer`: where answers go. `stamp`: when this version was made, aware.
    `remind_min`: minutes before the start at which the guest's program reminds; 0: it does not."""

    title: str
    text: str
    place: str
    organizer: Address
    guest: Address
    stamp: datetime
    remind_min: int = 0


def uid(appointment: AppointmentPart) -> str:
    """The same for an appointment as long as it lives, whoever sends the mail."""
    return f"{appointment.id}@leadline"


def invitation(appointment: AppointmentPart, entry: Entry, method: Method) -> bytes:
    """The calendar object: CRLF line ends, long lines folded, UTF-8."""
    event = icalendar.Event()
    event.add("uid", uid(appointment))
    event.add("sequence", appointment.changes)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("dtstart", appointment.start.astimezone(UTC))
    event.add("dtend", appointment.end.astimezone(UTC))
    event.add("summary", entry.title)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if entry.text:
        event.add("description", entry.text)
    if entry.place:
        event.add("location", entry.place)
    if appointment.link.startswith(("https://", "http://")):
        event.add("url", appointment.link)
    event.add("organizer", _person(entry.organizer), encode=False)
    guest = _person(entry.guest)
    guest.params["CUTYPE"] = "INDIVIDUAL"
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    if method == "REQUEST":
        guest.params["PARTSTAT"] = "NEEDS-ACTION"
        guest.params["RSVP"] = "TRUE"
    event.add("attendee", guest, encode=False)
    if entry.remind_min and method == "REQUEST":
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", timedelta(minutes=-entry.remind_min))
        event.add_component(alarm)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _person(person: Address) -> icalendar.vCalAddress:
    address = icalendar.vCalAddress(f"mailto:{person.addr_spec}")
    # A quotation mark ends the parameter in which the name stands, and there is no way to write one inside.
    name = "".join(each for each in person.display_name.replace('"', "'") if each.isprintable()).strip()
    if name:
        address.params["CN"] = name
    return address

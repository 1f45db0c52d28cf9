"""What the emulated account holds: event types with their free times, reservations, bookings."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]


@dataclass
class EventType:
    """`lengths`: those that it may have, if several. `hosts`: as many may be booked at one time, one after the other
    (a round robin). `confirmation`: a host must agree first. `recurring`: answers are lists. `by_phone`: attendees
    need no e-mail address."""

    id: int
    title: str = "Site visit"
    length_min: int = 60
    lengths: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ("Robin Host",)
    confirmation: bool = False
    recurring: bool = False
    by_phone: bool = False
    location: str = "https://meet.example.com/abc"
    free: list[datetime] = field(default_factory=list)

    def view(self) -> Json:
        return {
            "id": self.id,
            "title": self.title,
            "slug": self.title.lower().replace(" ", "-"),
            "lengthInMinutes": self.length_min,
            **({"lengthInMinutesOptions": list(self.lengths)} if self.lengths else {}),
            "confirmationPolicy": {"type": "always"} if self.confirmation else {"disabled": True},
            "beforeEventBuffer": 0,
            "afterEventBuffer": 15,
        }


@dataclass
class Booked:
    id: int
    uid: str
    event_type: int
    start: datetime
    end: datetime
    attendee: Json
    host: str
    status: str
    metadata: Json
    title: str
    location: str
    fields: Json
    was: str = ""
    became: str = ""
    tells_where_it_went: bool = True

    @property
    def stands(self) -> bool:
        return self.status in ("accepted", "pending")

    def view(self) -> Json:
        return {
            "id": self.id,
            "uid": self.uid,
            "title": self.title,
            "status": self.status,
            "start": wire(self.start),
            "end": wire(self.end),
            "duration": round((self.end - self.start).total_seconds() / 60),
            "eventTypeId": self.event_type,
            "eventType": {"id": self.event_type, "slug": "site-visit"},
            "hosts": [{"id": 7, "name": self.host, "email": "host@example.com", "timeZone": "America/Los_Angeles"}],
            "attendees": [{**self.attendee, "absent": False}],
            "location": self.location,
            "icsUid": f"{self.uid}@Cal.com",
            "metadata": self.metadata,
            "bookingFieldsResponses": self.fields,
            **({"rescheduledFromUid": self.was} if self.was else {}),
            **({"rescheduledToUid": self.became} if self.became and self.tells_where_it_went else {}),
        }


@dataclass
class Reserved:
    uid: str
    event_type: int
    start: datetime
    end: datetime
    until: datetime


@dataclass
class Store:
    event_types: dict[int, EventType] = field(default_factory=dict)
    bookings: list[Booked] = field(default_factory=list)
    reservations: dict[str, Reserved] = field(default_factory=dict)
    numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1001))

    def standing(self, event_type: int, start: datetime, end: datetime, but: str = "") -> list[Booked]:
        """Bookings that stand in the way of that time."""
        return [
            each
            for each in self.bookings
            if each.stands
            and each.event_type == event_type
            and each.uid != but
            and each.start < end
            and start < each.end
        ]

    def reserved(self, event_type: int, start: datetime, end: datetime, now: datetime) -> list[Reserved]:
        return [
            each
            for each in self.reservations.values()
            if each.event_type == event_type and each.until > now and each.start < end and start < each.end
        ]

    def book(
        self,
        kind: EventType,
        start: datetime,
        length_min: int,
        attendee: Json,
        metadata: Json,
        fields: Json,
        was: str = "",
    ) -> Booked:
        end = start + timedelta(minutes=length_min)
        busy = {each.host for each in self.standing(kind.id, start, end, but=was)}
        made = Booked(
            id=next(iter(self.numbers)),
            uid=secrets.token_urlsafe(16),
            event_type=kind.id,
            start=start,
            end=end,
            attendee={"language": "en", **attendee},
            host=next(host for host in kind.hosts if host not in busy),
            status="pending" if kind.confirmation else "accepted",
            metadata=metadata,
            title=f"{kind.title} between {kind.hosts[0]} and {attendee['name']}",
            location=kind.location,
            fields=fields,
            was=was,
        )
        self.bookings.append(made)
        return made

    def reserve(self, event_type: int, start: datetime, end: datetime, until: datetime) -> Reserved:
        made = Reserved(str(uuid.uuid4()), event_type, start, end, until)
        self.reservations[made.uid] = made
        return made


def wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

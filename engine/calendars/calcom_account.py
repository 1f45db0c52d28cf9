"""What Leadline knows of an account at Cal.com: how to sign in, and which event type serves whom. Pure.

The connection says how to sign in and names an event type; the options of a calendar may say more:

    {"event_type": "2026302", "by_area": [{"areas": ["941*", "94014"], "event_type": "77"}],
     "without_email": "visits+{phone}@example.com", "several_lengths": "yes"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from engine.calendars.unusable_connection import ConnectionUnusable
from engine.calendars.web import on_this_machine
from engine.sdk import BookingDetails, CalendarDown, Connection, Json

HOST: Final = "https://api.cal.com/v2"
SLOTS_VERSION: Final = "2024-09-04"
BOOKINGS_VERSION: Final = "2024-08-13"
EVENT_TYPES_VERSION: Final = "2024-06-14"

REFUSE: Final = "refuse"
BY_PHONE: Final = "phone"

_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"[1-9]\d{0,17}")
_ADDRESS: Final = re.compile(r"[^@\s{}]*(?:\{phone\})?[^@\s{}]*@[^@\s{}]+\.[^@\s{}]+")


@dataclass(frozen=True, slots=True)
class Account:
    """`token` is secret. `host`: without a slash at its end. The versions are Cal.com's, one for each endpoint."""

    name: str
    token: str
    host: str
    slots_version: str
    bookings_version: str
    event_types_version: str

    def __repr__(self) -> str:
        return f"Account(name={self.name!r})"

    @classmethod
    def read(cls, connection: Connection) -> Account:
        """Raises `ConnectionUnusable`: it says what to enter."""
        given = {name: value.strip() for name, value in connection.settings.items()}
        if connection.kind != "calcom":
            raise _unusable(f"'{connection.name}' is a connection of the kind '{connection.kind}', not Cal.com.")
        token = given.get("token", "")
        if not token or not token.isascii() or any(letter.isspace() for letter in token):
            raise _unusable(
                f"The connection '{connection.name}' has no usable API key. Make one in Cal.com under Settings, "
                "Developer, API keys; it begins with cal_."
            )
        host = given.get("endpoint", "").rstrip("/")
        if host and not _an_emulator(host):
            raise _unusable(
                f"The emulator of the connection '{connection.name}' must be on this machine, such as "
                "http://127.0.0.1:9005. Leave it out for Cal.com itself."
            )
        versions = [
            given.get("slots_version") or SLOTS_VERSION,
            given.get("bookings_version") or BOOKINGS_VERSION,
            given.get("event_types_version") or EVENT_TYPES_VERSION,
        ]
        for version in versions:
            if not _VERSION.fullmatch(version):
                raise _unusable(
                    f"'{version}' is no version of Cal.com's API. Write it like {BOOKINGS_VERSION}, or leave it out."
                )
        return cls(connection.name, token, host or HOST, *versions)


def _unusable(sentence: str) -> ConnectionUnusable:
    return ConnectionUnusable((sentence,))


def _an_emulator(address: str) -> bool:
    try:
        parts = urlsplit(address)
        plain = parts.scheme == "http" and parts.port is not None and not parts.username and not parts.query
    except ValueError:
        return False
    return plain and on_this_machine(parts.hostname or "")


@dataclass(frozen=True, slots=True)
class AreaEventType:
    """`areas`: ZIP codes, or beginnings of them with a star (941*)."""

    areas: tuple[str, ...]
    event_type: int

    def covers(self, place: str) -> bool:
        return any(place.startswith(area[:-1]) if area.endswith("*") else place == area for area in self.areas)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a calendar uses the account. `event_type` None: only the areas that are named are served.

    `without_email`: what is done for somebody who has no e-mail address: `refuse`; `phone`: they are booked by phone
    number alone, as the event type must allow; else the address that is given in place of theirs.
    """

    event_type: int | None
    by_area: tuple[AreaEventType, ...] = ()
    without_email: str = REFUSE
    several_lengths: bool = False

    @classmethod
    def read(cls, connection: Connection, options: Mapping[str, Json]) -> Plan:
        """Raises `ConnectionUnusable`: it says what to enter."""
        default = str(options.get("event_type") or connection.settings.get("event_type", "")).strip()
        by_area = options.get("by_area") or []
        if not isinstance(by_area, list):
            raise _unusable("“by_area” of a Cal.com calendar must be a list of areas with their event types.")
        rows = tuple(_area(each) for each in by_area)
        if not default and not rows:
            raise _unusable(
                f"The connection '{connection.name}' names no event type. Enter its number: it stands at the end of "
                "the address when you edit the event type in Cal.com."
            )
        without = str(options.get("without_email") or connection.settings.get("without_email") or REFUSE).strip()
        if without not in (REFUSE, BY_PHONE) and not _ADDRESS.fullmatch(without):
            raise _unusable(
                f"“{without}” cannot be used for people without an e-mail address. Write refuse, phone, or an address "
                "of yours such as visits+{phone}@example.com."
            )
        several = str(options.get("several_lengths") or connection.settings.get("several_lengths", "")).strip().lower()
        return cls(_number(default) if default else None, rows, without, several in ("yes", "true"))

    def serving(self, place: str) -> int | None:
        """The event type for a visit at `place` (ZIP code, empty: not known); None if nobody goes there."""
        return next((row.event_type for row in self.by_area if place and row.covers(place)), self.event_type)

    @property
    def event_types(self) -> frozenset[int]:
        own = {self.event_type} if self.event_type is not None else set()
        return frozenset(own | {row.event_type for row in self.by_area})

    def email_for(self, details: BookingDetails) -> str:
        """The address that Cal.com gets; empty if the booking goes by phone number alone. Raises `CalendarDown`."""
        if details.email:
            return details.email
        if self.without_email == REFUSE:
            raise CalendarDown(
                "Cal.com books for people with an e-mail address only, and this lead has none. Ask for it before the "
                "booking card, or say in the connection what is to be done without one."
            )
        digits = "".join(letter for letter in details.phone if letter.isdigit())
        if not digits:
            raise CalendarDown(
                "This lead has neither an e-mail address nor a phone number that Cal.com could book for."
            )
        return "" if self.without_email == BY_PHONE else self.without_email.replace("{phone}", digits)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _unusable(
            f"“{text}” is not the number of an event type. It stands at the end of the address when you edit the event "
            "type in Cal.com."
        )
    return int(text)


def _area(given: Json) -> AreaEventType:
    areas = given.get("areas") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(areas, list) or not areas:
        raise _unusable("Every entry of “by_area” needs “areas”, a list of ZIP codes, and “event_type”.")
    return AreaEventType(tuple(str(each).strip() for each in areas), _number(str(given.get("event_type", "")).strip()))

"""What a booking node needs of a calendar, whoever keeps it.

A free time is an *opening* (never a slot: slots are things to find out). Booking has two steps, because people need
half a minute to say yes: `hold` keeps the opening for a short while, `confirm` makes it an appointment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Opening:
    """A free time. Both ends are aware datetimes in the calendar's zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """An opening kept for one caller until `expires_at`."""

    id: str
    opening: Opening
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BookingDetails:
    """What the calendar entry says. Shown to the business's own staff only."""

    title: str
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    notes: str = ""

    def completed_by(self, older: BookingDetails) -> BookingDetails:
        """For an appointment that moves: what is empty here stays as it stood."""
        filled = {name: value for name, value in asdict(self).items() if value}
        return replace(older, **filled)


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment that stands in the calendar. `zone`: IANA name of the zone it was booked in.

    `status`: `requested` means that somebody of the business must still agree: never tell the caller that it is booked.
    `staff`: who comes, if the calendar knows. `link`: where to meet online. `title`: what the calendar entry says.
    """

    id: str
    opening: Opening
    zone: str
    status: Literal["confirmed", "requested"] = "confirmed"
    staff: str = ""
    link: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Whom an appointment is for, as far as is known. `phone`: E.164."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How openings are cut out of a calendar: all in minutes but `horizon_days`.

    `notice_min`: the earliest opening lies this far from now. `buffer_min`: kept free before and after appointments.
    `place`: ZIP code of where the appointment takes place; staff who do not go there are left out. Empty: not known.
    """

    length_min: int = 60
    buffer_min: int = 30
    notice_min: int = 120
    horizon_days: int = 14
    place: str = ""


class CalendarError(Exception):
    """A calendar said no or could not be asked. The message says what to do."""


class OpeningTaken(CalendarError):
    """Somebody else has the opening: offer another one."""


class CalendarDown(CalendarError):
    """The calendar did not answer; whether a booking exists is unknown until it does."""


class Calendar(Protocol):
    """One calendar. Every method may raise `CalendarDown`."""

    @property
    def zone(self) -> str:
        """IANA name of the calendar's time zone."""
        ...

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        """All openings between `now` plus notice and the horizon, soonest first. `key`: whose own hold does not
        count as taken: a call that is taken up after its line dropped must not find its own time gone."""
        ...

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        """Keep `opening` for the caller named by `key` (about 90 s). The same key may hold one opening at a time:
        holding another lets the first go. Raises `OpeningTaken`."""
        ...

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        """Make the held opening an appointment. `key` is the idempotency key (call and need): repeated with the same
        opening it gives the same booking; with another opening it moves the booking. `moves`: id of a booking of an
        earlier call that moves here; its id may change, and what `details` leave empty stays as it stood. Raises
        `OpeningTaken`, and then the old time stands."""
        ...

    async def release(self, hold: Hold) -> None:
        """Let a hold go. Unknown or expired holds are no error."""
        ...

    async def cancel(self, booking_id: str) -> None:
        """Take an appointment out of the calendar. Unknown ids are no error."""
        ...

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        """Appointments of a person that have not begun, soonest first: those with the phone or the e-mail address."""
        ...

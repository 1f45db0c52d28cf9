"""Reading what Cal.com answers: free times, bookings, and what its refusals mean. Pure.

Every answer is `{"status": "success", "data": ...}`; a refusal is `{"status": "error", "error": {"code", "message"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engine.sdk import CalendarDown, Json, Opening
from engine.store.remote_bookings import Answer

KEY: Final = "leadline_key"
CALL: Final = "leadline_call_id"
METADATA_VALUE: Final = 500
"""Characters that Cal.com keeps of a value."""

_TAKEN: Final = (
    "already has booking",
    "no_available_users_found",
    "is not available",
    "already booked",
    "already reserved",
    "reserved this slot before you",
    "no more seats",
    "booking_seats_full",
    "hosts_unavailable",
    "can't be booked at the",
    "booking_time_out_of_bounds",
    "in the past",
)
"""Parts of the sentences in which Cal.com says that a time cannot be had (any more). The statuses differ from version
to version (400, 409, 422), so the words decide; a 409 is a conflict whatever it says."""

_ENDED: Final = frozenset({"cancelled", "rejected"})


@dataclass(frozen=True, slots=True)
class Found:
    """A booking at Cal.com. `number`: it counts upwards, so of two the lower one was made first. `became`: uid of the
    booking that it was moved to; `was`: of the one that was moved here."""

    number: int
    uid: str
    status: str
    opening: Opening
    title: str
    staff: str
    link: str
    key: str
    event_type: int
    email: str
    name: str
    phone: str
    was: str = ""
    became: str = ""

    @property
    def stands(self) -> bool:
        return self.status not in _ENDED

    @property
    def answer(self) -> Answer:
        status: Literal["confirmed", "requested"] = "confirmed" if self.status == "accepted" else "requested"
        return Answer(self.uid, self.opening, status, self.staff, self.link, self.title)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A free time that Cal.com keeps for us. `until`: aware."""

    uid: str
    until: datetime


def is_taken(status: int, message: str) -> bool:
    """Whether a refusal means that somebody else has the time."""
    said = message.casefold()
    return status == 409 or (400 <= status < 500 and any(words in said for words in _TAKEN))


def refusal(answer: Json) -> str:
    """The sentence of a refusal, in Cal.com's words; empty if there is none."""
    error = answer.get("error") if isinstance(answer, dict) else None
    said = error.get("message") if isinstance(error, dict) else error if isinstance(error, str) else None
    if said is None and isinstance(answer, dict):
        said = answer.get("message")
    if isinstance(said, list):
        said = "; ".join(str(each) for each in said)
    return str(said or "")[:300]


def free_times(data: Json, zone: str) -> list[Opening]:
    """`data` of GET /slots with format=range. Raises `CalendarDown` for the form of another version."""
    days = data if isinstance(data, dict) else None
    if days is None or "slots" in days:
        raise _other_version("times")
    found: list[Opening] = []
    for day in days.values():
        for each in day if isinstance(day, list) else ():
            if not isinstance(each, dict) or "start" not in each or "end" not in each:
                raise _other_version("times")
            found.append(_opening(each["start"], each["end"], zone))
    return found


def reservation(data: Json) -> Reservation:
    """`data` of POST /slots/reservations. Raises `CalendarDown` if there is none in it."""
    uid = data.get("reservationUid") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(uid, str) or not uid:
        raise _other_version("reservations")
    return Reservation(uid, _moment(data.get("reservationUntil")))


def booking(data: Json, zone: str, start: datetime | None = None) -> Found:
    """`data` of a booking that was made, moved or read. Of the array that recurring event types give, the one at
    `start`, else the first. Raises `CalendarDown` if there is none in it."""
    if isinstance(data, list):
        several = [_booking(each, zone) for each in data]
        if not several:
            raise _other_version("bookings")
        return next((each for each in several if each.opening.start == start), several[0])
    return _booking(data, zone)


def bookings(data: Json, zone: str) -> list[Found]:
    """`data` of GET /bookings."""
    if not isinstance(data, list):
        raise _other_version("bookings")
    return [_booking(each, zone) for each in data]


def standing(found: Sequence[Found], key: str) -> list[Found]:
    """Those that stand and were asked for under this key, the one that was made first in front."""
    return sorted(
        (each for each in found if each.stands and each.key == key[:METADATA_VALUE]), key=lambda it: it.number
    )


def _booking(data: Json, zone: str) -> Found:
    if not isinstance(data, dict) or not data.get("uid") or "start" not in data or "end" not in data:
        raise _other_version("bookings")
    hosts, attendees = _first(data.get("hosts")), _first(data.get("attendees"))
    metadata = data.get("metadata")
    event_type = data.get("eventType")
    number = event_type.get("id") if isinstance(event_type, dict) else data.get("eventTypeId")
    location = _text(data, "location") or _text(data, "meetingUrl")
    return Found(
        number=_whole(data.get("id")),
        uid=_text(data, "uid"),
        status=_text(data, "status").casefold(),
        opening=_opening(data["start"], data["end"], zone),
        title=_text(data, "title"),
        staff=_text(hosts, "name"),
        link=location if location.startswith(("https://", "http://")) else "",
        key=_text(metadata if isinstance(metadata, dict) else {}, KEY),
        event_type=_whole(number),
        email=_text(attendees, "email"),
        name=_text(attendees, "name"),
        phone=_text(attendees, "phoneNumber"),
        was=_text(data, "rescheduledFromUid"),
        became=_text(data, "rescheduledToUid"),
    )


def _first(several: Json) -> Mapping[str, Json]:
    one = several[0] if isinstance(several, list) and several else None
    return one if isinstance(one, dict) else {}


def _text(data: Mapping[str, Json], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _opening(start: Json, end: Json, zone: str) -> Opening:
    there = ZoneInfo(zone)
    return Opening(_moment(start).astimezone(there), _moment(end).astimezone(there))


def _moment(text: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise _other_version("times") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _other_version(what: str) -> CalendarDown:
    return CalendarDown(
        f"Cal.com answered in a form that Leadline does not know ({what}). Look at the version that the connection "
        "asks for; without one Leadline asks for the version that it was written for."
    )

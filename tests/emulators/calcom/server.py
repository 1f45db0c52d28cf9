"""The HTTP side: paths, versions by endpoint, faults. In a thread, so that no test's event loop can stop it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from tests.emulators.calcom import rules
from tests.emulators.calcom.rules import Refusal
from tests.emulators.calcom.store import Booked, EventType, Store, wire
from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.web import Answer, InAThread

Json = dict[str, Any]
SLOTS, EVENT_TYPES = "2024-09-04", "2024-06-14"
BOOKINGS = ("2024-08-13", "2026-02-25")


class CalComEmulator(InAThread):
    """`clock`: what the emulated account takes for now. `reservation_blocks`: a reservation stands in the way of its
    owner's own booking too. `faults_on`: only requests that begin so ("POST /v2/bookings") can be hit. `served`:
    requests, as "POST /v2/bookings"."""

    def __init__(
        self,
        *,
        token: str = "cal_test_1",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        reservation_blocks: bool = False,
        port: int = 0,
    ) -> None:
        super().__init__(port)
        self.token, self.clock, self.reservation_blocks = token, clock, reservation_blocks
        self.store = Store()
        self.faults = FaultPlan()
        self.faults_on = ""
        self.served: list[str] = []
        self.tells_where_it_went = True
        """Whether a booking that was moved says to which one."""

    @property
    def address(self) -> str:
        """With the path of the API: the `endpoint` of a connection."""
        return f"{super().address}/v2"

    def add(self, event_type: EventType, free: Iterable[datetime] = ()) -> EventType:
        event_type.free = sorted(start.astimezone(UTC) for start in free)
        self.store.event_types[event_type.id] = event_type
        return event_type

    @property
    def standing(self) -> list[Booked]:
        return [each for each in self.store.bookings if each.stands]

    def booking_at(self, start: datetime) -> Booked:
        """The one that stands at that time."""
        return next(each for each in self.standing if each.start == start)

    def booked_by_somebody(self, event_type: int, start: datetime, email: str = "stranger@example.com") -> Booked:
        """A booking that a stranger makes on the web page."""
        with self._lock:
            kind = self.store.event_types[event_type]
            attendee = {"name": "A Stranger", "email": email, "timeZone": "America/Los_Angeles"}
            return self.store.book(kind, start.astimezone(UTC), kind.length_min, attendee, {}, {})

    # --- one request ---

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """None: the connection is to be cut."""
        line = f"{method} {urlsplit(target).path}"
        with self._lock:
            self.served.append(line)
            fault = self.faults.strike() if line.startswith(self.faults_on) else None
        if fault is not None and fault.kind == "delay":
            self._closing.wait(fault.seconds)
        with self._lock:
            answer = self._judged(method, target, headers, body, fault)
        if fault is not None and fault.kind == "stall":
            self._closing.wait(fault.seconds or None)
            return None
        if fault is not None and fault.kind == "cut":
            return None
        if fault is not None and fault.kind == "corrupt":
            return Answer(200, rules.PAGE.encode(), {"Content-Type": "text/html"})
        if fault is not None and fault.error == "502 after the write":
            return Answer(502, rules.PAGE.encode(), {"Content-Type": "text/html"})
        return answer

    def _judged(self, method: str, target: str, headers: dict[str, str], body: bytes, fault: Fault | None) -> Answer:
        try:
            if headers.get("authorization") != f"Bearer {self.token}":
                raise rules.REFUSALS["401"]
            if fault is not None and fault.kind == "rate_limit":
                raise rules.rate_limited(fault.seconds)
            if fault is not None and fault.kind == "refuse" and fault.error in rules.REFUSALS:
                raise rules.REFUSALS[fault.error]
            parts = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            version = headers.get("cal-api-version", "")
            status, data = self._route(method, parts.path, version, query, json.loads(body) if body else {})
        except Refusal as refusal:
            kind = "text/html" if refusal.page else "application/json; charset=utf-8"
            return Answer(refusal.status, refusal.body(), {"Content-Type": kind, **refusal.headers})
        told = {"status": "success", "data": data}
        return Answer(status, json.dumps(told).encode(), {"Content-Type": "application/json; charset=utf-8"})

    def _route(self, method: str, path: str, version: str, query: dict[str, str], body: Json) -> tuple[int, Any]:
        if path == "/v2/slots" and method == "GET":
            return 200, self._slots(query, version)
        if path == "/v2/slots/reservations" and method == "POST":
            return 201, self._reserve(body)
        if found := re.fullmatch(r"/v2/slots/reservations/([^/]+)", path):
            self.store.reservations.pop(unquote(found[1]), None)
            return 200, {}
        if found := re.fullmatch(r"/v2/event-types/(\d+)", path):
            kind = self._event_type(int(found[1]))
            old = {"id": kind.id, "length": kind.length_min, "title": kind.title}
            return 200, kind.view() if version == EVENT_TYPES else old
        if path.startswith("/v2/bookings") and version not in BOOKINGS:
            # The version of long ago: another body, another answer.
            raise Refusal(400, "end should not be empty; language should not be empty; responses should not be empty")
        if path == "/v2/bookings":
            return (201, self._book(body)) if method == "POST" else (200, self._list(query))
        if found := re.fullmatch(r"/v2/bookings/([^/]+)", path):
            return 200, self._view(self._booking(unquote(found[1])))
        if found := re.fullmatch(r"/v2/bookings/([^/]+)/(cancel|reschedule)", path):
            booked = self._booking(unquote(found[1]))
            return (201, self._move(booked, body)) if found[2] == "reschedule" else (200, self._cancel(booked))
        raise Refusal(404, f"Cannot {method} {path}", "NotFoundException")

    def _event_type(self, number: int) -> EventType:
        if number not in self.store.event_types:
            raise Refusal(404, f"Event type with id {number} not found.", "NotFoundException")
        return self.store.event_types[number]

    def _booking(self, uid: str) -> Booked:
        found = next((each for each in self.store.bookings if each.uid == uid), None)
        if found is None:
            raise Refusal(404, f"Booking with uid={uid} was not found in the database", "NotFoundException")
        return found

    def _slots(self, query: dict[str, str], version: str) -> Json:
        kind = self._event_type(int(query["eventTypeId"]))
        since, until = _moment(query["start"]), _moment(query["end"])
        zone = ZoneInfo(query.get("timeZone", "UTC"))
        length = timedelta(minutes=int(query.get("duration", kind.length_min)))
        days: dict[str, list[Json]] = {}
        for start in kind.free:
            end = start + length
            busy = self.store.standing(kind.id, start, end, but=query.get("bookingUidToReschedule", ""))
            kept = self.store.reserved(kind.id, start, end, self.clock())
            if not since <= start <= until or len(busy) + len(kept) >= len(kind.hosts):
                continue
            there = start.astimezone(zone)
            times = {"start": there.isoformat(timespec="milliseconds")}
            if query.get("format") == "range":
                times["end"] = end.astimezone(zone).isoformat(timespec="milliseconds")
            days.setdefault(f"{there:%Y-%m-%d}", []).append(times if version == SLOTS else {"time": wire(start)})
        return days if version == SLOTS else {"slots": days}

    def _reserve(self, body: Json) -> Json:
        kind = self._event_type(body["eventTypeId"])
        start = rules.start_of(body["slotStart"])
        end = start + timedelta(minutes=body.get("slotDuration", kind.length_min))
        if len(self.store.standing(kind.id, start, end)) >= len(kind.hosts):
            raise Refusal(422, "Can't reserve a slot if the event is already booked.", "UnprocessableEntityException")
        if self.store.reserved(kind.id, start, end, self.clock()):
            raise Refusal(
                422,
                "This time slot is already reserved by another user. Please choose a different time.",
                "UnprocessableEntityException",
            )
        minutes = body.get("reservationDuration", 5)
        made = self.store.reserve(kind.id, start, end, self.clock() + timedelta(minutes=minutes))
        return {
            "eventTypeId": kind.id,
            "slotStart": wire(start),
            "slotEnd": wire(end),
            "slotDuration": kind.length_min,
            "reservationUid": made.uid,
            "reservationDuration": minutes,
            "reservationUntil": wire(made.until),
        }

    def _book(self, body: Json) -> Any:
        kind = self._event_type(body["eventTypeId"])
        start = rules.check_booking(body, kind)
        length = body.get("lengthInMinutes", kind.length_min)
        self._require_free(kind, start, length)
        made = self.store.book(
            kind, start, length, body["attendee"], body.get("metadata", {}), body.get("bookingFieldsResponses", {})
        )
        return [self._view(made)] if kind.recurring else self._view(made)

    def _move(self, booked: Booked, body: Json) -> Any:
        if not booked.stands:
            where = f" and rescheduled already to booking with uid={booked.became}" if booked.became else ""
            raise Refusal(400, f"Can't reschedule booking with uid={booked.uid} because it has been cancelled{where}.")
        kind = self._event_type(booked.event_type)
        start = rules.start_of(body["start"])
        length = round((booked.end - booked.start).total_seconds() / 60)
        self._require_free(kind, start, length, but=booked.uid)
        moved = self.store.book(kind, start, length, booked.attendee, booked.metadata, booked.fields, was=booked.uid)
        booked.status, booked.became = "cancelled", moved.uid
        return [self._view(moved)] if kind.recurring else self._view(moved)

    def _cancel(self, booked: Booked) -> Json:
        if not booked.stands:
            raise Refusal(400, f"Can't cancel booking with uid={booked.uid} because it has been cancelled already.")
        booked.status = "cancelled"
        return self._view(booked)

    def _require_free(self, kind: EventType, start: datetime, length_min: int, but: str = "") -> None:
        if start not in kind.free:
            raise rules.REFUSALS["OUT OF BOUNDS"]
        end = start + timedelta(minutes=length_min)
        busy = len(self.store.standing(kind.id, start, end, but=but))
        if self.reservation_blocks:
            busy += len(self.store.reserved(kind.id, start, end, self.clock()))
        if busy >= len(kind.hosts):
            raise rules.REFUSALS["TAKEN" if len(kind.hosts) == 1 else "TAKEN TEAM"]

    def _list(self, query: dict[str, str]) -> list[Json]:
        found = [
            each
            for each in self.store.bookings
            if query.get("attendeeEmail", each.attendee.get("email")) == each.attendee.get("email")
            and int(query.get("eventTypeId", each.event_type)) == each.event_type
            and ("afterStart" not in query or each.start > _moment(query["afterStart"]))
        ]
        found.sort(key=lambda each: each.id, reverse=query.get("sortCreated") == "desc")
        return [self._view(each) for each in found[: int(query.get("take", "100"))]]

    def _view(self, booked: Booked) -> Json:
        booked.tells_where_it_went = self.tells_where_it_went
        return booked.view()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

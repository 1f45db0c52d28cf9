"""The HTTP side: paths, tokens, faults. In a thread, as Google's own client library is synchronous."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.gemini.tokens import EMAIL
from tests.emulators.google_calendar import refusals
from tests.emulators.google_calendar.fields import partial
from tests.emulators.google_calendar.refusals import PAGE, REFUSALS, Refusal
from tests.emulators.google_calendar.service import Caller, Service
from tests.emulators.google_calendar.sign_in import SCOPE, CalendarSignIn
from tests.emulators.google_calendar.store import Calendar, Stored
from tests.emulators.web import Answer, InAThread

Json = dict[str, Any]
CALENDAR = "sales@example.com"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(frozen=True)
class Served:
    """`request`: such as "POST /calendar/v3/freeBusy", percent-encoded as it came."""

    request: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json | None


class GoogleCalendarEmulator(InAThread):
    """`address`: its root; the API is at `address` + /calendar/v3/. `token_faults`: of the token endpoint, `faults`: of
    the rest. The calendar `CALENDAR` is there and shared with the service account of `key_file`."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.faults, self.token_faults = FaultPlan(), FaultPlan()
        self.sign_in = CalendarSignIn()
        self.service = Service()
        self.calendar = self.add(CALENDAR, "Sales visits", {EMAIL: "writer"})
        self.served: list[Served] = []

    @property
    def key_file(self) -> str:
        """Of the service account that is known here."""
        return self.sign_in.key_file(f"{self.address}/token", "emulated-project")

    def add(self, id: str, summary: str, roles: dict[str, str], zone: str = "America/Los_Angeles") -> Calendar:
        calendar = Calendar(id, summary, zone, dict(roles))
        self.service.calendars[id] = calendar
        return calendar

    def entered(self, calendar: str = CALENDAR, **body: Any) -> Stored:
        """An event that a person has typed in."""
        with self._lock:
            there = self.service.calendars[calendar]
            return there.insert(body, f"person{len(there.events):05d}")

    def events(self, calendar: str = CALENDAR) -> list[Json]:
        """What stands in a calendar."""
        with self._lock:
            return [each.body for each in self.service.calendars[calendar].standing()]

    def asked(self, method: str) -> list[Served]:
        return [each for each in self.served if each.request.startswith(method)]

    # --- one request ---

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """None: the connection is to be cut."""
        parts = urlsplit(target)
        signing_in = parts.path == "/token"
        with self._lock:
            told = None if signing_in or not body else json.loads(body)
            self.served.append(Served(f"{method} {parts.path}", dict(parse_qsl(parts.query)), headers, told))
            fault = (self.token_faults if signing_in else self.faults).strike()
        if fault is not None and fault.kind == "delay":
            self._closing.wait(fault.seconds)
        with self._lock:
            found = self._judged(method, target, headers, body, fault)
        if fault is not None and fault.kind == "stall":
            self._closing.wait(fault.seconds)
            return None
        if fault is not None and fault.kind == "cut":
            return None
        if fault is not None and fault.kind == "corrupt":
            return Answer(200, PAGE.encode(), {"Content-Type": "text/html"})
        if fault is not None and fault.error == "500 after the write":
            return Answer(500, REFUSALS["500"].body(), _JSON)
        return found

    def _judged(self, method: str, target: str, headers: dict[str, str], body: bytes, fault: Fault | None) -> Answer:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        try:
            if fault is not None and fault.kind == "rate_limit":
                raise REFUSALS["403 rateLimitExceeded"]
            if fault is not None and fault.kind == "refuse" and fault.error in REFUSALS:
                raise REFUSALS[fault.error]
            if parts.path == "/token":
                status, told = self.sign_in.grant(dict(parse_qsl(body.decode())))
                return Answer(status, json.dumps(told).encode(), _JSON)
            by = self._caller(headers)
            return self._routed(by, method, parts.path, query, json.loads(body) if body else {}, headers)
        except Refusal as refusal:
            kind = {"Content-Type": "text/html"} if refusal.page else _JSON
            return Answer(refusal.status, refusal.body(), {**kind, **refusal.headers})

    def _caller(self, headers: dict[str, str]) -> Caller:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self.sign_in.holds(token) != "ok" or token not in self.sign_in.whose:
            raise refusals.not_signed_in()
        who, scopes = self.sign_in.whose[token]
        return Caller(who, scopes, robot=who == EMAIL)

    def _routed(
        self, by: Caller, method: str, path: str, query: dict[str, str], body: Json, headers: dict[str, str]
    ) -> Answer:
        found = re.fullmatch(r"/calendar/v3(/.*)", path)
        if found is None or query.get("alt", "json") != "json":
            raise Refusal(404, page="<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")
        place, service = found[1], self.service
        if (method, place) == ("POST", "/freeBusy"):
            return _told(service.free_busy(by, body), query)
        if (method, place) == ("GET", "/users/me/calendarList"):
            return _told(service.list_calendars(by), query)
        named = re.fullmatch(r"/calendars/([^/]+)/events(?:/([^/]+))?", place)
        if named is None:
            raise refusals.not_found()
        calendar, id = unquote(named[1]), unquote(named[2] or "")
        match (method, bool(id)):
            case ("GET", False):
                return _told(service.list_events(by, calendar, query), query)
            case ("POST", False):
                return _event(service.insert(by, calendar, query, body))
            case ("GET", True):
                stored = service.get(by, calendar, id)
                return Answer(304, headers=_JSON) if headers.get("if-none-match") == stored.etag else _event(stored)
            case ("PATCH", True):
                return _event(service.patch(by, calendar, id, query, body, headers.get("if-match", "")))
            case ("DELETE", True):
                service.delete(by, calendar, id, query, headers.get("if-match", ""))
                return Answer(204, headers=_JSON)
        raise refusals.not_found()


def allow(emulator: GoogleCalendarEmulator, person: str, *scopes: str) -> None:
    """Domain-wide delegation: the service account may act for `person`."""
    emulator.sign_in.delegated[person] = {f"{SCOPE}{scope}" for scope in scopes}


def _told(found: Json, query: dict[str, str]) -> Answer:
    return Answer(200, json.dumps(partial(found, query["fields"]) if "fields" in query else found).encode(), _JSON)


def _event(stored: Stored) -> Answer:
    return Answer(200, json.dumps({**stored.body, "etag": stored.etag}).encode(), {**_JSON, "ETag": stored.etag})

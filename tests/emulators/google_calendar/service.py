"""Google Calendar's methods: free/busy, events, the list of calendars. Knows no HTTP."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.emulators.google_calendar import refusals
from tests.emulators.google_calendar.sign_in import SCOPE
from tests.emulators.google_calendar.store import ROLES, Calendar, Stored

Json = dict[str, Any]
EVENTS = frozenset({f"{SCOPE}calendar", f"{SCOPE}calendar.events"})
FREE_BUSY = frozenset({f"{SCOPE}calendar", f"{SCOPE}calendar.readonly", f"{SCOPE}calendar.freebusy"})
LIST = frozenset({f"{SCOPE}calendar", f"{SCOPE}calendar.readonly", f"{SCOPE}calendar.calendarlist.readonly"})


@dataclass(frozen=True)
class Caller:
    """Who asks. `robot`: a service account that acts for nobody."""

    who: str
    scopes: frozenset[str]
    robot: bool


@dataclass
class Service:
    """`looks`: how often an event is asked for until its video link is ready. `mails`: whom Google wrote to, and why.
    `page`: most events of one answer, whatever was asked for."""

    calendars: dict[str, Calendar] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    looks: int = 0
    page: int = 2500

    def free_busy(self, by: Caller, body: Json) -> Json:
        _may(by, FREE_BUSY)
        since, until = _aware(body.get("timeMin")), _aware(body.get("timeMax"))
        if since >= until:
            raise refusals.invalid("The specified time range is empty.", "timeRangeEmpty")
        if (until - since).days > 92:
            raise refusals.invalid("The requested time range is too long.", "timeRangeTooLong")
        answers: Json = {}
        for item in body.get("items", []):
            calendar = self._named(by, item["id"])
            error = "notFound" if calendar is None or not calendar.role(by.who) else calendar.busy_error
            if calendar is None or error:
                answers[item["id"]] = {"errors": [{"domain": "global", "reason": error}], "busy": []}
            else:
                answers[item["id"]] = {"busy": calendar.busy(since, until)}
        return {
            "kind": "calendar#freeBusy",
            "timeMin": body["timeMin"],
            "timeMax": body["timeMax"],
            "calendars": answers,
        }

    def list_events(self, by: Caller, calendar_id: str, query: dict[str, str]) -> Json:
        calendar = self._calendar(by, calendar_id, "freeBusyReader")
        since = _aware(query["timeMin"]) if "timeMin" in query else datetime.min.replace(tzinfo=UTC)
        until = _aware(query["timeMax"]) if "timeMax" in query else datetime.max.replace(tzinfo=UTC)
        found = list(calendar.events.values()) if query.get("showDeleted") == "true" else calendar.standing()
        found = [each for each in found if each.span(calendar.zone)[0] < until and each.span(calendar.zone)[1] > since]
        if wanted := query.get("privateExtendedProperty"):
            name, _, value = wanted.partition("=")
            found = [each for each in found if _private(each).get(name) == value]
        found.sort(key=lambda each: each.span(calendar.zone))
        first, most = int(query.get("pageToken", "0")), min(self.page, int(query.get("maxResults", "250")))
        role = calendar.role(by.who)
        items = [_seen(each, role) for each in found[first : first + most]]
        more = {"nextPageToken": str(first + most)} if first + most < len(found) else {}
        return {
            "kind": "calendar#events",
            "summary": calendar.summary,
            "timeZone": calendar.zone,
            "accessRole": role,
            "items": items,
            **more,
        }

    def get(self, by: Caller, calendar_id: str, id: str) -> Stored:
        calendar = self._calendar(by, calendar_id, "reader")
        stored = _event(calendar, id)
        if stored.pending:
            stored.pending -= 1
            if not stored.pending:
                _link_ready(stored)
        return stored

    def insert(self, by: Caller, calendar_id: str, query: dict[str, str], body: Json) -> Stored:
        calendar = self._calendar(by, calendar_id, "writer")
        self._guests(by, body)
        conference = body.get("conferenceData") if query.get("conferenceDataVersion") == "1" else None
        if conference is not None and not calendar.video:
            raise refusals.invalid("Invalid conference type value.")
        stored = calendar.insert(body, secrets.token_hex(13))
        if conference is not None:
            request = copy.deepcopy(conference["createRequest"])
            stored.pending = self.looks
            stored.body["conferenceData"] = {"createRequest": {**request, "status": {"statusCode": "pending"}}}
            if not self.looks:
                _link_ready(stored)
        self._mail(stored, query, "invited")
        return stored

    def patch(self, by: Caller, calendar_id: str, id: str, query: dict[str, str], body: Json, match: str) -> Stored:
        calendar = self._calendar(by, calendar_id, "writer")
        stored = _event(calendar, id)
        if match and match != stored.etag:
            raise refusals.changed()
        self._guests(by, body)
        calendar.change(stored, body)
        self._mail(stored, query, "moved")
        return stored

    def delete(self, by: Caller, calendar_id: str, id: str, query: dict[str, str], match: str) -> None:
        calendar = self._calendar(by, calendar_id, "writer")
        stored = _event(calendar, id)
        if stored.cancelled:
            raise refusals.deleted()
        if match and match != stored.etag:
            raise refusals.changed()
        calendar.delete(stored)
        self._mail(stored, query, "cancelled")

    def list_calendars(self, by: Caller) -> Json:
        _may(by, LIST)
        # A calendar that was shared with a service account is not in its list until it is put there.
        own = [each for each in self.calendars.values() if each.role(by.who) and not by.robot]
        items = [
            {
                "kind": "calendar#calendarListEntry",
                "id": each.id,
                "summary": each.summary,
                "timeZone": each.zone,
                "accessRole": each.role(by.who),
                **({"primary": True} if each.id == by.who else {}),
            }
            for each in own
        ]
        return {"kind": "calendar#calendarList", "items": items}

    def _calendar(self, by: Caller, id: str, needed: str) -> Calendar:
        _may(by, EVENTS)
        calendar = self._named(by, id)
        if calendar is None or not calendar.role(by.who):
            raise refusals.not_found()
        if ROLES.index(calendar.role(by.who)) < ROLES.index(needed):
            raise refusals.forbidden()
        return calendar

    def _named(self, by: Caller, id: str) -> Calendar | None:
        return self.calendars.get(by.who if id == "primary" else id)

    def _guests(self, by: Caller, body: Json) -> None:
        if body.get("attendees") and by.robot:
            raise refusals.no_guests()

    def _mail(self, stored: Stored, query: dict[str, str], why: str) -> None:
        if query.get("sendUpdates") == "all":
            self.mails += [(guest["email"], why) for guest in stored.body.get("attendees", [])]


def _event(calendar: Calendar, id: str) -> Stored:
    stored = calendar.events.get(id)
    if stored is None:
        raise refusals.not_found()
    return stored


def _may(by: Caller, scopes: frozenset[str]) -> None:
    if not by.scopes & scopes:
        raise refusals.scope_missing()


def _private(stored: Stored) -> Json:
    private: Json = stored.body.get("extendedProperties", {}).get("private", {})
    return private


def _seen(stored: Stored, role: str) -> Json:
    if stored.cancelled:
        return {"kind": "calendar#event", "id": stored.body["id"], "etag": stored.etag, "status": "cancelled"}
    if role == "freeBusyReader":
        return {name: stored.body[name] for name in ("id", "status", "start", "end")}
    return {**stored.body, "etag": stored.etag}


def _link_ready(stored: Stored) -> None:
    link = f"https://meet.google.com/{stored.body['id'][2:5]}-{stored.body['id'][5:9]}-{stored.body['id'][9:12]}"
    conference = stored.body["conferenceData"]
    conference["createRequest"]["status"]["statusCode"] = "success"
    conference["entryPoints"] = [{"entryPointType": "video", "uri": link}]
    stored.body["hangoutLink"] = link


def _aware(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise refusals.invalid("Bad Request", "badRequest") from None
    if at.tzinfo is None:
        raise refusals.invalid("Bad Request", "badRequest")
    return at

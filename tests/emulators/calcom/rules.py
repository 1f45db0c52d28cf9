"""What Cal.com says no to, in its words, and what it asks of a booking."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from tests.emulators.calcom.store import EventType

Json = dict[str, Any]
PAGE = "<!doctype html><html><body>Bad gateway</body></html>"
NO_USER = "User either already has booking at this time or is not available"
NO_HOST = "One of the hosts either already has booking at this time or is not available"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Refusal(Exception):
    """`page`: a web page comes instead of JSON. `headers`: of the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = "BadRequestException",
        *,
        page: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.page, self.headers = status, message, code, page, headers or {}

    def body(self) -> bytes:
        if self.page:
            return PAGE.encode()
        error = {"code": self.code, "message": self.message, "details": {"message": self.message}}
        return json.dumps({"status": "error", "timestamp": "2026-11-26T10:00:00.000Z", "error": error}).encode()


REFUSALS = {
    "401": Refusal(401, "Invalid Access Token.", "UnauthorizedException"),
    "403": Refusal(403, "Forbidden", "ForbiddenException"),
    "404": Refusal(404, "Event type with id 10 not found.", "NotFoundException"),
    "TAKEN": Refusal(400, NO_USER),
    "TAKEN 409": Refusal(409, "no_available_users_found_error", "ConflictException"),
    "TAKEN TEAM": Refusal(400, NO_HOST),
    "RESERVED": Refusal(400, "Someone else reserved this slot before you. It will be freed up in 120 seconds."),
    "OUT OF BOUNDS": Refusal(400, 'The event type can\'t be booked at the "start" time provided.'),
    "FIELD": Refusal(400, "responses - {company}error_required_field"),
    "500": Refusal(500, "Internal server error", "InternalServerError"),
    "502": Refusal(502, "Bad gateway", page=True),
}
"""By the `error` of a fault: what a request is answered with, before anything is written."""


def rate_limited(seconds: float) -> Refusal:
    wait = str(max(1, round(seconds)))
    headers = {"Retry-After": wait, "X-RateLimit-Limit": "120", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": wait}
    return Refusal(429, "ThrottlerException: Too Many Requests", "ThrottlerException", headers=headers)


def check_booking(body: Json, event_type: EventType) -> datetime:
    """The start, if the booking is as Cal.com wants it."""
    unknown = set(body) - {
        "eventTypeId", "start", "attendee", "bookingFieldsResponses", "metadata", "location", "lengthInMinutes"
    }  # fmt: skip
    if unknown:
        raise Refusal(400, f"property {sorted(unknown)[0]} should not exist")
    attendee = body.get("attendee")
    if not isinstance(attendee, dict) or not attendee.get("name") or not attendee.get("timeZone"):
        raise Refusal(400, "attendee.name and attendee.timeZone should not be empty")
    email = attendee.get("email", "")
    if not email and not (event_type.by_phone and attendee.get("phoneNumber")):
        raise Refusal(400, "responses - {email}error_required_field")
    if email and not _EMAIL.fullmatch(email):
        raise Refusal(400, "attendee.email must be an email")
    metadata = body.get("metadata", {})
    if len(metadata) > 50 or any(len(key) > 40 or len(str(value)) > 500 for key, value in metadata.items()):
        raise Refusal(400, "metadata: at most 50 keys of 40 characters, values of 500 characters")
    if any(not isinstance(value, str) for value in metadata.values()):
        raise Refusal(400, "metadata values must be strings")
    if "lengthInMinutes" in body and not event_type.lengths:
        raise Refusal(
            400, "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths."
        )
    return start_of(body["start"])


def start_of(text: str) -> datetime:
    """Only UTC is taken."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None or moment.utcoffset() != UTC.utcoffset(None):
        raise Refusal(400, "start must be in UTC")
    return moment

"""What Google Calendar refuses, in its own words and shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PAGE: Final = "<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title><p>That's all we know."


@dataclass
class Refusal(Exception):
    """An error of Google. `page`: a web page instead of JSON."""

    status: int
    reason: str = ""
    message: str = ""
    domain: str = "global"
    headers: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def body(self) -> bytes:
        if self.page:
            return self.page.encode()
        detail = {"domain": self.domain, "reason": self.reason, "message": self.message}
        return json.dumps({"error": {"code": self.status, "message": self.message, "errors": [detail]}}).encode()


def invalid(message: str, reason: str = "invalid") -> Refusal:
    return Refusal(400, reason, message)


def not_found() -> Refusal:
    return Refusal(404, "notFound", "Not Found")


def duplicate() -> Refusal:
    return Refusal(409, "duplicate", "The requested identifier already exists.")


def deleted() -> Refusal:
    return Refusal(410, "deleted", "Resource has been deleted")


def changed() -> Refusal:
    return Refusal(412, "conditionNotMet", "Precondition Failed")


def not_signed_in() -> Refusal:
    return Refusal(401, "authError", "Invalid Credentials", headers={"WWW-Authenticate": "Bearer"})


def forbidden(message: str = "You need to have writer access to this calendar.") -> Refusal:
    return Refusal(403, "requiredAccessLevel", message, "calendar")


def no_guests() -> Refusal:
    return Refusal(
        403,
        "forbiddenForServiceAccounts",
        "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
        "calendar",
    )


def scope_missing() -> Refusal:
    return Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")


REFUSALS: Final[Mapping[str, Refusal]] = {
    "401": not_signed_in(),
    "403 rateLimitExceeded": Refusal(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "403 userRateLimitExceeded": Refusal(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits"),
    "403 accessNotConfigured": Refusal(
        403,
        "accessNotConfigured",
        "Google Calendar API has not been used in project 123 before or it is disabled.",
        "usageLimits",
    ),
    "403": forbidden(),
    "404": not_found(),
    "429": Refusal(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "429 in 30": Refusal(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits", {"Retry-After": "30"}),
    "500": Refusal(500, "backendError", "Backend Error"),
    "502": Refusal(502, page=PAGE),
    "503": Refusal(503, "backendError", "Service unavailable. Please try again"),
}
"""What `Fault("refuse", error=...)` may name; all before anything is done. `500 after the write` comes after it."""

"""What HubSpot refuses, in its own words and shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

CORRELATION: Final = "aeb5f871-7f07-4993-9211-075dc63e7cbf"

STANDARD: Final[Mapping[str, frozenset[str]]] = {
    "contacts": frozenset(
        {"email", "firstname", "lastname", "phone", "mobilephone", "company", "city", "zip", "lifecyclestage",
         "hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number", "hubspot_owner_id"}
    ),
    "calls": frozenset(
        {"hs_timestamp", "hs_call_title", "hs_call_body", "hs_call_direction", "hs_call_duration", "hs_call_status",
         "hs_call_from_number", "hs_call_to_number", "hs_call_disposition", "hs_call_recording_url",
         "hs_call_callee_object_id", "hs_call_callee_object_type", "hubspot_owner_id"}
    ),
    "notes": frozenset({"hs_timestamp", "hs_note_body", "hubspot_owner_id"}),
    "meetings": frozenset(
        {"hs_timestamp", "hs_meeting_title", "hs_meeting_body", "hs_meeting_start_time", "hs_meeting_end_time",
         "hs_meeting_outcome", "hs_meeting_location", "hubspot_owner_id"}
    ),
}  # fmt: skip
CALCULATED: Final = frozenset({"hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number"})
ASSOCIATIONS: Final[Mapping[str, int]] = {"calls": 194, "notes": 202, "meetings": 200}
"""Of a record with a contact, from the record's side."""
STATUSES: Final = frozenset(
    {"BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS", "NO_ANSWER", "QUEUED",
     "RINGING"}
)  # fmt: skip
DISPOSITIONS: Final = frozenset(
    {"9d9162e7-6cf3-4944-bf63-4dff82258764", "f240bbac-87c9-4f6e-bf70-924b57d47db7",
     "a4c4c377-d246-4b32-a13b-75a56a4cd0ff", "b2cf5968-551e-4856-9783-52b3da59a7d0",
     "73a0d17f-1163-4015-bdd5-ec830791da20", "17b47fee-58de-441e-a44c-c6300d46f273"}
)  # fmt: skip
BODIES: Final = frozenset({"hs_call_body", "hs_note_body", "hs_meeting_body"})
BODY_LIMIT: Final = 65_536
MOMENTS: Final = frozenset({"hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time"})


@dataclass
class Refusal(Exception):
    """An error of HubSpot. `page`: a web page instead of JSON."""

    status: int
    category: str = "VALIDATION_ERROR"
    message: str = "Invalid input"
    errors: list[dict[str, object]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)
    page: str = ""

    def body(self) -> bytes:
        if self.page:
            return self.page.encode()
        found: dict[str, object] = {"status": "error", "message": self.message, "correlationId": CORRELATION}
        found |= self.extra or {"category": self.category}
        if self.errors:
            found["errors"] = self.errors
        return json.dumps(found).encode()


def wrong_values(kind: str, name: str, code: str, value: str) -> Refusal:
    detail = [{"isValid": False, "message": f"{value} is not valid for {name}", "error": code, "name": name}]
    return Refusal(
        400,
        message=f"Property values were not valid: {json.dumps(detail)}",
        errors=[{"message": f"{value} is not valid", "code": code, "context": {"propertyName": [name]}}],
    )


def contact_exists(id: str) -> Refusal:
    return Refusal(409, "CONFLICT", f"Contact already exists. Existing ID: {id}")


def value_taken(name: str, value: str, id: str) -> Refusal:
    message = f"Cannot set PropertyValueCoordinates{{propertyName={name}, value={value}}}. {id} already has that value."
    return Refusal(
        400,
        message=message,
        errors=[{"message": message, "code": "CONFLICTING_UNIQUE_VALUE", "context": {"propertyName": [name]}}],
    )


def not_found(what: str = "Object not found") -> Refusal:
    return Refusal(404, "OBJECT_NOT_FOUND", what)


def not_signed_in() -> Refusal:
    return Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or invalid.")


def missing_scopes(scope: str) -> Refusal:
    message = "This app hasn't been granted all required scopes to make this call."
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": [scope]},
    }
    return Refusal(403, "MISSING_SCOPES", message, errors=[detail])


def rate_limited(policy: str, retry_after: str = "") -> Refusal:
    name = {"DAILY": "daily", "SECONDLY": "secondly"}.get(policy, "ten_secondly_rolling")
    return Refusal(
        429,
        message=f"You have reached your {name} limit.",
        headers={"Retry-After": retry_after} if retry_after else {},
        extra={"errorType": "RATE_LIMIT", "policyName": policy},
    )


PAGE: Final = "<!DOCTYPE html><html><head><title>Error</title></head><body>upstream</body></html>"

REFUSALS: Final[Mapping[str, Refusal]] = {
    "400": wrong_values("contacts", "zip", "INVALID_OPTION", "94107"),
    "401": not_signed_in(),
    "MISSING_SCOPES": missing_scopes("crm.objects.contacts.write"),
    "403": Refusal(403, "FORBIDDEN", "You may not."),
    "409": Refusal(409, "CONFLICT", "The record is being written."),
    "418": Refusal(418, "TEAPOT", "No."),
    "423": Refusal(423, "LOCKED", "The resource is locked."),
    "429": rate_limited("TEN_SECONDLY_ROLLING"),
    "429 in 4": rate_limited("TEN_SECONDLY_ROLLING", "4"),
    "429 DAILY": rate_limited("DAILY"),
    "429 SECONDLY": rate_limited("SECONDLY"),
    "477": Refusal(477, "MIGRATION_IN_PROGRESS", "Migration in progress.", headers={"Retry-After": "900"}),
    "500": Refusal(500, "INTERNAL_ERROR", "internal error"),
    "502": Refusal(502, page=PAGE),
    "503": Refusal(503, "UNAVAILABLE", "Service unavailable", headers={"Retry-After": "7"}),
    "504": Refusal(504, page=PAGE),
    "521": Refusal(521, page=PAGE),
    "302": Refusal(302, page=PAGE, headers={"Location": "http://127.0.0.1:9/login"}),
}
"""What `Fault("refuse", error=...)` may name."""


def check_value(kind: str, name: str, value: object) -> None:
    """Raises `Refusal` for a value that a standard property does not take."""
    if not isinstance(value, str):
        raise Refusal(
            400, message=f"Invalid input JSON: Cannot deserialize value of type `java.lang.String` for {name}"
        )
    wrong = ""
    if name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", value):
        wrong = "INVALID_EMAIL"
    elif name == "hs_call_duration" and not value.isdigit():
        wrong = "INVALID_INTEGER"
    elif (
        (name == "hs_call_status" and value not in STATUSES)
        or (name == "hs_call_direction" and value not in ("INBOUND", "OUTBOUND"))
        or (name == "hs_call_disposition" and value not in DISPOSITIONS)
        or (name == "leadline_do_not_call" and value not in ("true", "false"))
    ):
        wrong = "INVALID_OPTION"
    elif name in MOMENTS and not _moment(value):
        wrong = "INVALID_DATE"
    elif name in BODIES and len(value) > BODY_LIMIT:
        wrong = "PROPERTY_VALUE_TOO_LONG"
    elif name in CALCULATED:
        wrong = "READ_ONLY_VALUE"
    if wrong:
        raise wrong_values(kind, name, wrong, value[:100])


def _moment(value: str) -> bool:
    if re.fullmatch(r"\d{13}", value):
        return True
    try:
        return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False

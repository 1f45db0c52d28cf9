"""A call as one flat row of named values, for people who build without code. Pure.

Nested JSON is hard to pick from in those services: every value stands at the top, under a name that stays, and is there
(empty) also where a call has none of it, so that one example shows all names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from engine.sdk import CallResult, Json, Scalar
from engine.sdk.result import Event

Flat = dict[str, Scalar]

FIELDS: Final[Mapping[str, str]] = {
    "event": "what has happened, such as `call.completed`",
    "event_id": "the same at every try of this card and different for every call: drop repeats by it",
    "test": "true for a test call or a test message: count it for nothing",
    "occurred_at": "when the call ended",
    "flow_id": "id of the flow",
    "flow_name": "name of the flow",
    "lead_id": "Leadline's id of the person",
    "lead_external_id": "their id where they came from",
    "lead_source": "where they came from",
    "first_name": "first name",
    "last_name": "last name",
    "full_name": "both",
    "phone": "number with country code",
    "email": "e-mail address",
    "call_id": "Leadline's id of the call",
    "call_direction": "`outbound` or `inbound`",
    "call_started_at": "when it began",
    "call_duration_s": "seconds",
    "outcome": "the outcome's code, such as `booked`",
    "outcome_reason": "the reason's code",
    "qualified": "true, false, or empty where it was not found out",
    "explanation": "why, in a sentence",
    "flags": "marks of the call, separated by commas",
    "opted_out": "true: wants no more calls",
    "summary": "a few sentences",
    "answers": "all answers, a line each",
    "appointment_start": "when the visit begins",
    "appointment_end": "when it ends",
    "appointment_time_zone": "its zone, such as `America/Los_Angeles`",
    "appointment_address": "where",
    "appointment_status": "`confirmed` and the like",
    "callback_at": "when another call was agreed",
    "callback_by": "`assistant` or `human`",
    "callback_why": "what for",
    "transfer_to": "the colleague",
    "transfer_result": "whether they answered",
    "recording_url": "where the recording can be fetched without logging in; only if the card sends it",
    "transcript": "who said what, a line each; only if the card sends it",
    "left_out": "parts that were too long to be sent, separated by commas",
}
"""Names that every message holds, with their meaning. Beside them: `answer_<id>`, `form_<name>`, `custom_<name>`, and
the card's own fields."""


def flat(result: CallResult, event_id: str, more: Mapping[str, str], recording_url: str = "") -> Flat:
    """`result`: cut to a length that can be sent. `more`: fields of the card's own. Moments are ISO 8601; those of the
    appointment have its own offset, all others are UTC."""
    lead, call, outcome = result.lead, result.call, result.outcome
    booked, callback, transfer = result.appointment, result.callback, result.transfer
    row: Flat = {
        "event": result.event,
        "event_id": event_id,
        "test": result.test,
        "occurred_at": _moment(result.occurred_at),
        "flow_id": result.flow_id,
        "flow_name": result.flow_name,
        "lead_id": lead.id,
        "lead_external_id": lead.external_id or "",
        "lead_source": lead.source,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "full_name": f"{lead.first_name} {lead.last_name}".strip(),
        "phone": lead.phone,
        "email": lead.email or "",
        "call_id": call.id,
        "call_direction": call.direction,
        "call_started_at": _moment(call.started_at),
        "call_duration_s": round(call.duration_s),
        "outcome": outcome.disposition,
        "outcome_reason": outcome.reason or "",
        "qualified": "" if outcome.qualified is None else outcome.qualified,
        "explanation": outcome.explanation,
        "flags": ", ".join(outcome.flags),
        "opted_out": result.opted_out,
        "summary": result.summary,
        "answers": "\n".join(f"{each.label}: {_words(each.value)}" for each in result.answers),
        "appointment_start": booked.start.isoformat() if booked else "",
        "appointment_end": booked.end.isoformat() if booked else "",
        "appointment_time_zone": booked.time_zone if booked else "",
        "appointment_address": (booked.address or "") if booked else "",
        "appointment_status": booked.status if booked else "",
        "callback_at": _moment(callback.at) if callback else "",
        "callback_by": callback.by if callback else "",
        "callback_why": callback.why if callback else "",
        "transfer_to": transfer.to if transfer else "",
        "transfer_result": transfer.result if transfer else "",
        "recording_url": recording_url,
        "transcript": "\n".join(f"{each.who}: {each.text}" for each in result.transcript),
        "left_out": ", ".join(result.left_out),
    }
    for answer in result.answers:
        _put(row, f"answer_{answer.slot}", answer.value)
    for name, text in lead.form.items():
        _put(row, f"form_{name}", text)
    for name, part in result.custom.items():
        _spread(row, f"custom_{name}", part)
    for name, text in more.items():
        row[name] = text
    return row


def _spread(row: Flat, name: str, value: Json) -> None:
    """Objects become names joined by _, lists of plain values one text, other lists are numbered from 1."""
    if isinstance(value, dict):
        for key, part in value.items():
            _spread(row, f"{name}_{key}", part)
    elif isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        _put(row, name, ", ".join(_words(each) for each in value))
    elif isinstance(value, list):
        for number, part in enumerate(value, 1):
            _spread(row, f"{name}_{number}", part)
    else:
        _put(row, name, "" if value is None else value)


def _put(row: Flat, name: str, value: Scalar) -> None:
    """Under a name of small letters, digits and _, which a second of the same spelling does not overwrite."""
    plain = wanted = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    number = 2
    while wanted in row:
        wanted, number = f"{plain}_{number}", number + 1
    row[wanted] = value


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sample(now: datetime, event: Event = "call.completed") -> CallResult:
    """A call that never was, marked as such in everything that people read, to show all names."""
    return CallResult.model_validate(
        {
            "event": event,
            "event_id": "test",
            "occurred_at": now,
            "flow_id": "test",
            "flow_version": 0,
            "flow_name": "Test message from Leadline",
            "test": True,
            "lead": {
                "id": "test", "first_name": "Test", "last_name": "Message", "phone": "+14155550100",
                "email": "test@example.com", "source": "test",
            },
            "call": {"id": "test", "started_at": now},
            "outcome": {"disposition": "test", "explanation": "Nobody was called."},
            "answers": [
                {"slot": "example", "label": "Example", "value": "an answer", "said": "an answer", "turn": 1,
                 "confidence": 1.0, "source": "call", "confirmed": False},
            ],
            "summary": "This is a test message from Leadline. Nobody was called.",
        }
    )  # fmt: skip

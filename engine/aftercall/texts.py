"""Texts of after-call cards: their {placeholders} filled from the finished call. Pure."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Final

from engine.aftercall import dates
from engine.flow.checks.placeholders import AFTER_CALL
from engine.sdk import CallResult, Permanent
from engine.sdk.result import AppointmentPart

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)(?::([\w.-]+))?\}")

NAMES: Final = tuple(sorted(AFTER_CALL))
"""What may stand in braces besides {slot:<id>}."""


def fill(
    template: str, result: CallResult, seller: str, assistant: str, seller_phone: str, opt_out_link: str = ""
) -> str:
    """The text for this call. `opt_out_link`: the address at which the lead opts out.

    A slot without an answer leaves nothing. Raises `Permanent` for a name nobody knows."""

    def value(match: re.Match[str]) -> str:
        name, argument = match[1], match[2]
        if name == "slot" and argument:
            return next((_plain(answer.value) for answer in result.answers if answer.slot == argument), "")
        if name not in NAMES or argument:
            raise Permanent(f"The text uses {match[0]}, which nobody can fill. It may use: {{slot:...}}, {_all()}.")
        if name == "opt_out_link":
            return opt_out_link
        return _fact(name, result, seller, assistant, seller_phone)

    return _PLACEHOLDER.sub(value, template)


def _fact(name: str, result: CallResult, seller: str, assistant: str, seller_phone: str) -> str:
    lead, call, outcome = result.lead, result.call, result.outcome
    match name:
        case "first_name" | "last_name" | "phone" | "email" | "source":
            return getattr(lead, name) or ""
        case "seller":
            return seller
        case "seller_phone":
            return seller_phone
        case "assistant":
            return assistant
        case "flow":
            return result.flow_name
        case "call_id":
            return call.id
        case "started":
            return f"{call.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case "disposition":
            return outcome.disposition.replace("_", " ")
        case "reason":
            return (outcome.reason or "").replace("_", " ")
        case "explanation":
            return outcome.explanation
        case "summary":
            return result.summary
        case "answers":
            return "\n".join(f"{answer.label}: {_plain(answer.value)}" for answer in result.answers)
        case "transcript":
            who = {"caller": lead.first_name or "Caller", "agent": assistant}
            return "\n".join(f"{who[turn.who]}: {turn.text}" for turn in result.transcript)
        case "appointment" | "appointment_day" | "appointment_time" | "address" | "staff" | "meeting_link":
            return _of_appointment(name, result.appointment) if result.appointment else ""
        case "callback":
            return f"{result.callback.at:%A, %d %B %Y, %H:%M %Z}" if result.callback else ""
        case _:
            minutes, seconds = divmod(round(call.duration_s), 60)
            return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _of_appointment(name: str, booked: AppointmentPart) -> str:
    match name:
        case "appointment":
            return dates.full(booked.start, booked.time_zone)
        case "appointment_day":
            return dates.day(booked.start, booked.time_zone)
        case "appointment_time":
            return dates.clock(booked.start, booked.time_zone)
        case "address":
            return booked.address or ""
        case "staff":
            return booked.staff
        case _:
            return booked.link


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _all() -> str:
    return ", ".join(f"{{{name}}}" for name in NAMES)

"""What HubSpot is told of a call: properties of its call, note and meeting. Pure."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Final

from engine.sdk import CallResult
from engine.sdk.result import AppointmentPart

CALL_TO_CONTACT: Final = 194
NOTE_TO_CONTACT: Final = 202
MEETING_TO_CONTACT: Final = 200
"""Types of associations, from the record to the contact; the other way round they have other numbers."""

TEXT_LIMIT: Final = 65_536
"""Characters of a note or of a call's text, HTML included."""
CUT: Final = "<br><br>(Shortened. The whole of it is kept in Leadline.)"
TITLE_LIMIT: Final = 255

_BUSY: Final = "9d9162e7-6cf3-4944-bf63-4dff82258764"
_CONNECTED: Final = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_LIVE_MESSAGE: Final = "a4c4c377-d246-4b32-a13b-75a56a4cd0ff"
_VOICEMAIL: Final = "b2cf5968-551e-4856-9783-52b3da59a7d0"
_NO_ANSWER: Final = "73a0d17f-1163-4015-bdd5-ec830791da20"
_WRONG_NUMBER: Final = "17b47fee-58de-441e-a44c-c6300d46f273"

OUTCOMES: Final = {
    "no_answer": ("NO_ANSWER", _NO_ANSWER),
    "busy": ("BUSY", _BUSY),
    "failed": ("FAILED", ""),
    "invalid_number": ("FAILED", ""),
    "voicemail_left": ("COMPLETED", _VOICEMAIL),
    "voicemail_no_message": ("COMPLETED", _NO_ANSWER),
    "screened": ("COMPLETED", _NO_ANSWER),
    "wrong_number": ("COMPLETED", _WRONG_NUMBER),
    "third_party_answered": ("COMPLETED", _LIVE_MESSAGE),
    "deferred_quiet_hours": ("CANCELED", ""),
    "blocked_compliance": ("CANCELED", ""),
    "duplicate": ("CANCELED", ""),
}
"""HubSpot's status and outcome of a call by our disposition. All others are conversations."""
CONVERSATION: Final = ("COMPLETED", _CONNECTED)


def outcome_of(disposition: str) -> tuple[str, str]:
    """HubSpot's status, and the id of one of the outcomes that every account has (empty: none fits)."""
    return OUTCOMES.get(disposition, CONVERSATION)


def call(result: CallResult, title: str, text: str, contact_id: str, owner: str, recording: str = "") -> dict[str, str]:
    """`recording`: address by which HubSpot fetches the sound itself, whoever placed the call on the left."""
    status, outcome = outcome_of(result.outcome.disposition)
    talk = result.call
    return _filled(
        {
            "hs_timestamp": moment(talk.started_at),
            "hs_call_title": _line(title),
            "hs_call_body": as_html(text),
            "hs_call_direction": "OUTBOUND" if talk.direction == "outbound" else "INBOUND",
            "hs_call_duration": str(round(talk.duration_s * 1000)),
            "hs_call_status": status,
            "hs_call_disposition": outcome,
            "hs_call_from_number": talk.from_,
            "hs_call_to_number": talk.to,
            "hs_call_recording_url": recording,
            "hs_call_callee_object_id": contact_id,
            "hs_call_callee_object_type": "contact",
            "hubspot_owner_id": owner,
        }
    )


def note(result: CallResult, text: str, owner: str) -> dict[str, str]:
    at = result.call.ended_at or result.call.started_at
    return _filled({"hs_timestamp": moment(at), "hs_note_body": as_html(text), "hubspot_owner_id": owner})


def meeting(booked: AppointmentPart, title: str, owner: str) -> dict[str, str]:
    return _filled(
        {
            "hs_timestamp": moment(booked.start),
            "hs_meeting_title": _line(title),
            "hs_meeting_start_time": moment(booked.start),
            "hs_meeting_end_time": moment(booked.end),
            "hs_meeting_outcome": "SCHEDULED",
            "hs_meeting_location": _line(booked.address or ""),
            "hubspot_owner_id": owner,
        }
    )


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def as_html(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text as HTML that shows it and does nothing else; never longer than HubSpot takes, never cut inside a sign."""
    pieces = ["<br>" if sign == "\n" else html.escape(sign) for sign in _clean(text).strip()]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    left, kept = limit - len(CUT), []
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            break
        kept.append(piece)
    return "".join(kept) + CUT


def _clean(text: str) -> str:
    """Without control characters and halves of characters, which no JSON reader has to take."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))


def _line(text: str) -> str:
    return " ".join(_clean(text).split())[:TITLE_LIMIT]


def _filled(properties: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value}

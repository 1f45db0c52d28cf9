"""What the carrier's webhooks say, as typed events (vonage-voice.md, section 6).

Numbers are personal data: they are kept out of every `repr`, so that an event can be logged as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.telephony.numbers import e164_from_carrier

Leg = Literal["phone", "websocket", "unknown"]
"""Which end of the call an event is about. `unknown`: the event names no far end (machine detection)."""


class MalformedWebhook(ValueError):
    """The body of a webhook is not what Vonage documents. Answer 400."""


@dataclass(frozen=True, slots=True)
class LegStatus:
    """One leg of the call changed. `at`: the carrier's clock; `duration_s` and `price_eur`: with `completed` only."""

    uuid: str
    conversation_uuid: str
    status: str
    leg: Leg
    at: datetime | None = None
    detail: str = ""
    sub_state: str = ""
    duration_s: float | None = None
    price_eur: float | None = None
    ended_by: str = ""
    to: str = field(default="", repr=False)
    from_number: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RecordingReady:
    """The carrier's own recording can be fetched from `url`, for 30 days, with our application's token."""

    conversation_uuid: str
    recording_uuid: str
    url: str
    size: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NccoError:
    """The carrier could not run our NCCO. `reason` is its own wording."""

    conversation_uuid: str
    reason: str
    uuid: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeysEntered:
    """What was pressed on the phone that an NCCO asked for keys. `digits`: empty if none was in time."""

    uuid: str
    conversation_uuid: str
    digits: str


@dataclass(frozen=True, slots=True)
class Reached:
    """An NCCO has come to its `notify`; the answer may be another one."""

    conversation_uuid: str
    payload: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OtherNotice:
    """Something we do not act on (transfers, transcriptions); `keys` for whoever reads the log."""

    uuid: str
    conversation_uuid: str
    keys: tuple[str, ...]


CarrierEvent = LegStatus | RecordingReady | NccoError | KeysEntered | Reached | OtherNotice


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """The callee picked up and Vonage asks what to do. `region_url`: whom to ask when ending this call."""

    uuid: str
    conversation_uuid: str
    region_url: str = ""
    to: str = field(default="", repr=False)
    from_number: str = field(default="", repr=False)


def parse_event(body: bytes) -> CarrierEvent:
    """Read the body of an event webhook. Raises `MalformedWebhook`."""
    data = _object(body)
    uuid = _text(data, "uuid") or _text(data, "call_uuid")  # human and machine events say call_uuid
    conversation = _text(data, "conversation_uuid")
    status = _text(data, "status").lower()
    at = _moment(_text(data, "timestamp"))
    if url := _text(data, "recording_url"):
        size = _number(data, "size")
        return RecordingReady(conversation, _text(data, "recording_uuid"), url, None if size is None else int(size), at)
    if status and _text(data, "type") != "record":
        if not uuid:
            raise MalformedWebhook("The event has a status but names no call (uuid or call_uuid).")
        to = _text(data, "to")
        return LegStatus(
            uuid=uuid,
            conversation_uuid=conversation,
            status=status,
            leg="websocket" if to.startswith(("ws:", "wss:")) else "phone" if to else "unknown",
            at=at,
            detail=_text(data, "detail"),
            sub_state=_text(data, "sub_state"),
            duration_s=_number(data, "duration"),
            price_eur=_number(data, "price"),
            ended_by=_text(data, "disconnected_by"),
            to=e164_from_carrier(to),
            from_number=e164_from_carrier(_text(data, "from")),
            headers=_texts(data, "headers"),
        )
    if reason := _text(data, "reason"):
        return NccoError(conversation, reason, uuid, at)
    if isinstance(keys := data.get("dtmf"), dict):
        return KeysEntered(uuid, conversation, _text(keys, "digits"))
    if isinstance(data.get("payload"), dict):
        return Reached(conversation, _texts(data, "payload"))
    return OtherNotice(uuid, conversation, tuple(sorted(str(key)[:40] for key in data))[:20])


def parse_answer(body: bytes) -> AnswerRequest:
    """Read the body of an answer webhook (POST). Raises `MalformedWebhook`."""
    data = _object(body)
    uuid = _text(data, "uuid")
    if not uuid:
        raise MalformedWebhook("The answer webhook names no call (uuid).")
    return AnswerRequest(
        uuid=uuid,
        conversation_uuid=_text(data, "conversation_uuid"),
        region_url=_text(data, "region_url"),
        to=e164_from_carrier(_text(data, "to")),
        from_number=e164_from_carrier(_text(data, "from")),
    )


def _object(body: bytes) -> dict[str, object]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedWebhook("The body is not JSON.") from None
    if not isinstance(data, dict):
        raise MalformedWebhook("The body is not a JSON object.")
    return data


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _number(data: Mapping[str, object], key: str) -> float | None:
    """Numbers come as strings mostly; an empty one means that there is none."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _texts(data: Mapping[str, object], key: str) -> dict[str, str]:
    value = data.get(key)
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}

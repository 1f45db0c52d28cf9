"""Reads the application's NCCO as strictly as the carrier does: what it would refuse, is refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from engine.speech.audio import RATE

_NUMBER = re.compile(r"[1-9]\d{6,14}")


class NccoRefused(ValueError):
    """The NCCO is not valid; the message is the `reason` of the carrier's error event."""


@dataclass(frozen=True, slots=True)
class JoinSocket:
    """`authorization`: `vonage` (a signed token), a value to send as it is, or empty. `headers`: at most 512 bytes."""

    uri: str
    headers: Mapping[str, object] = field(default_factory=dict)
    authorization: str = ""
    event_url: str = ""
    synchronous: bool = False


@dataclass(frozen=True, slots=True)
class JoinPhone:
    """`detection`: what is wanted about voicemails, `continue` or `hangup`; empty: nothing."""

    number: str
    ring_s: float = 60.0
    event_url: str = ""
    synchronous: bool = False
    ringback_url: str = ""
    detection: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """`barge_in`: a key for the `AskKeys` behind it cuts it off."""

    text: str
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class AskKeys:
    timeout_s: float = 3.0
    most: int = 4
    until_hash: bool = False
    event_url: str = ""


@dataclass(frozen=True, slots=True)
class Meet:
    """A named room. `starts`: it begins with this phone; `ends`: it is over for all when this phone leaves."""

    name: str
    starts: bool = True
    ends: bool = False
    mute: bool = False


@dataclass(frozen=True, slots=True)
class StartRecording:
    event_url: str = ""


@dataclass(frozen=True, slots=True)
class PlayFile:
    url: str


@dataclass(frozen=True, slots=True)
class Notify:
    payload: Mapping[str, object]
    event_url: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Step = JoinSocket | JoinPhone | Say | AskKeys | Meet | StartRecording | PlayFile | Notify | Pause


def read_ncco(data: object) -> list[Step]:
    """The steps of a decoded NCCO. Raises `NccoRefused`."""
    if not isinstance(data, list):
        raise NccoRefused("An NCCO is a JSON array of actions.")
    steps = [_step(item, place) for place, item in enumerate(data, start=1)]
    for place, step in enumerate(steps, start=1):
        if (
            isinstance(step, Say)
            and step.barge_in
            and not any(isinstance(each, AskKeys) for each in steps[place : place + 1])
        ):
            raise NccoRefused(f"Action {place}: bargeIn needs an input action behind it.")
    return steps


def _step(item: object, place: int) -> Step:
    if not isinstance(item, dict):
        raise NccoRefused(f"Action {place} is not an object.")
    match item.get("action"):
        case "connect":
            return _connect(item, place)
        case "talk":
            text = _required(item, "text", place)
            if len(text) > 1500:
                raise NccoRefused(f"Action {place}: text is longer than 1500 characters.")
            return Say(text, _flag(item, "bargeIn", False, place))
        case "input":
            return _input(item, place)
        case "conversation":
            return Meet(
                _required(item, "name", place),
                _flag(item, "startOnEnter", True, place),
                _flag(item, "endOnExit", False, place),
                _flag(item, "mute", False, place),
            )
        case "record":
            return StartRecording(_url(item, "eventUrl"))
        case "stream":
            return PlayFile(_url(item, "streamUrl") or _missing("streamUrl", place))
        case "notify":
            payload = item.get("payload")
            if not isinstance(payload, dict):
                raise NccoRefused(f"Action {place}: payload must be an object.")
            return Notify(payload, _url(item, "eventUrl") or _missing("eventUrl", place))
        case "wait":
            return Pause(_number(item, "timeout", 10.0, 0.1, 7200.0, place))
        case action:
            raise NccoRefused(f"Action {place}: {str(action)[:40]!r} is not an action of this network.")


def _connect(item: Mapping[str, object], place: int) -> JoinSocket | JoinPhone:
    ends = item.get("endpoint")
    if not isinstance(ends, list) or len(ends) != 1 or not isinstance(ends[0], dict):
        raise NccoRefused(f"Action {place}: endpoint must be an array of exactly one object.")
    end = ends[0]
    event_url, synchronous = _url(item, "eventUrl"), item.get("eventType") == "synchronous"
    if ("from" in item) == (item.get("randomFromNumber") is True):
        raise NccoRefused(f"Action {place}: give either from or randomFromNumber.")
    if "from" in item and not _NUMBER.fullmatch(str(item["from"])):
        raise NccoRefused(f"Action {place}: from must be 7 to 15 digits without a plus sign.")
    match end.get("type"):
        case "phone":
            number = _required(end, "number", place)
            if not _NUMBER.fullmatch(number):
                raise NccoRefused(f"Action {place}: number must be 7 to 15 digits without a plus sign.")
            _number(item, "limit", 7200.0, 1.0, 7200.0, place)
            ring_s = _number(item, "timeout", 60.0, 1.0, 7200.0, place)
            return JoinPhone(
                number, ring_s, event_url, synchronous, _url(item, "ringbackTone"), _detection(item, place)
            )
        case "websocket":
            return _socket(end, place, event_url, synchronous)
        case kind:
            raise NccoRefused(f"Action {place}: the endpoint type {str(kind)[:20]!r} is not on this network.")


def _socket(end: Mapping[str, object], place: int, event_url: str, synchronous: bool) -> JoinSocket:
    uri = _required(end, "uri", place)
    if not uri.startswith(("ws://", "wss://")):
        raise NccoRefused(f"Action {place}: uri must begin with ws:// or wss://.")
    if end.get("content-type") != f"audio/l16;rate={RATE}":
        raise NccoRefused(
            f"Action {place}: this network plays audio/l16;rate={RATE} only, not {end.get('content-type')!r}."
        )
    headers = end.get("headers", {})
    if not isinstance(headers, dict):
        raise NccoRefused(f"Action {place}: headers must be an object.")
    if (size := len(json.dumps(headers, separators=(",", ":")).encode())) > 512:
        raise NccoRefused(f"Action {place}: headers take {size} bytes, more than 512.")
    authorization = end.get("authorization")
    value = ""
    if isinstance(authorization, dict):
        value = "vonage" if authorization.get("type") == "vonage" else str(authorization.get("value", ""))
    return JoinSocket(uri, headers, value, event_url, synchronous)


def _input(item: Mapping[str, object], place: int) -> AskKeys:
    if item.get("type") != ["dtmf"]:
        raise NccoRefused(f'Action {place}: this network takes keys only, type ["dtmf"].')
    keys = item.get("dtmf", {})
    if not isinstance(keys, dict):
        raise NccoRefused(f"Action {place}: dtmf must be an object.")
    return AskKeys(
        _number(keys, "timeOut", 3.0, 0.0, 10.0, place),
        int(_number(keys, "maxDigits", 4.0, 1.0, 20.0, place)),
        _flag(keys, "submitOnHash", False, place),
        _url(item, "eventUrl"),
    )


def _detection(item: Mapping[str, object], place: int) -> str:
    """What is wanted about voicemails; the advanced form beats the plain one."""
    advanced = item.get("advancedMachineDetection")
    wish = advanced.get("behavior", "continue") if isinstance(advanced, dict) else item.get("machineDetection", "")
    if isinstance(advanced, dict):
        _number(advanced, "beep_timeout", 45.0, 45.0, 120.0, place)
    if wish not in ("", "continue", "hangup"):
        raise NccoRefused(f"Action {place}: machine detection must be continue or hangup.")
    return str(wish)


def _flag(item: Mapping[str, object], key: str, default: bool, place: int) -> bool:
    value = item.get(key, default)
    if not isinstance(value, bool):
        raise NccoRefused(f"Action {place}: {key} must be true or false.")
    return value


def _required(item: Mapping[str, object], key: str, place: int) -> str:
    value = item.get(key)
    return value if isinstance(value, str) and value else _missing(key, place)


def _missing(key: str, place: int) -> NoReturn:
    raise NccoRefused(f"Action {place}: {key} is missing.")


def _url(item: Mapping[str, object], key: str) -> str:
    """An address written, as Vonage wants it, as an array of one; empty if there is none."""
    value = item.get(key)
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def _number(item: Mapping[str, object], key: str, default: float, low: float, high: float, place: int) -> float:
    value = item.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise NccoRefused(f"Action {place}: {key} must be {low:g} to {high:g}.")
    return float(value)

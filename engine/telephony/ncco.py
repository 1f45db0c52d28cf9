"""NCCOs: the little programmes we hand to Vonage, saying what happens on an answered call.

Built here as typed actions and written out once, because the SDK's models drop unknown keys in silence and insist
on fields that a media socket does not need (vonage-voice.md, section 3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.speech.audio import RATE
from engine.telephony.numbers import carrier_digits

CONTENT_TYPE: Final = f"audio/l16;rate={RATE}"
HEADER_LIMIT: Final = 512
"""Bytes that Vonage allows for a socket's headers, written as JSON."""
TALK_LIMIT: Final = 1500

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class ConnectSocket:
    """Join our media socket to the call. `headers` come back, flattened, in the socket's first message."""

    uri: str
    headers: Mapping[str, str] = field(repr=False)
    event_url: str
    from_number: str
    signed_handshake: bool = True

    def __post_init__(self) -> None:
        if not self.uri.startswith(("ws://", "wss://")):
            raise ValueError(f"A media socket's address begins with ws:// or wss://; this one is {self.uri!r}.")
        if taken := {"event", "content-type"} & set(self.headers):
            raise ValueError(f"The header {sorted(taken)[0]!r} is Vonage's own in the first message; rename it.")
        size = len(json.dumps(dict(self.headers), separators=(",", ":")).encode())
        if size > HEADER_LIMIT:
            raise ValueError(f"The socket's headers take {size} bytes; Vonage allows {HEADER_LIMIT}.")

    def write(self) -> dict[str, Json]:
        endpoint: dict[str, Json] = {
            "type": "websocket",
            "uri": self.uri,
            "content-type": CONTENT_TYPE,
            "headers": dict(self.headers),
        }
        if self.signed_handshake:
            endpoint["authorization"] = {"type": "vonage"}
        return {
            "action": "connect",
            # Synchronous: only then can the event of a failed or dropped socket be answered with a new NCCO.
            "eventType": "synchronous",
            "eventUrl": [self.event_url],
            "from": carrier_digits(self.from_number),
            "endpoint": [endpoint],
        }


@dataclass(frozen=True, slots=True)
class ConnectPhone:
    """Put another phone on the line (a transfer). `ring_s`: how long it may ring before the next action runs.
    `ringback_url`: sound that the caller hears meanwhile. `detect_machine`: tell us of a voicemail."""

    to: str = field(repr=False)
    from_number: str
    event_url: str
    ring_s: int = 30
    ringback_url: str = ""
    detect_machine: bool = False

    def write(self) -> dict[str, Json]:
        action: dict[str, Json] = {
            "action": "connect",
            "eventType": "synchronous",
            "eventUrl": [self.event_url],
            "from": carrier_digits(self.from_number),
            "timeout": self.ring_s,
            "endpoint": [{"type": "phone", "number": carrier_digits(self.to)}],
        }
        if self.ringback_url:
            action["ringbackTone"] = [self.ringback_url]
        if self.detect_machine:
            action["advancedMachineDetection"] = {"behavior": "continue", "mode": "default", "beep_timeout": 45}
        return action


@dataclass(frozen=True, slots=True)
class Talk:
    """Have Vonage's own voice say `text` (at most 1500 characters; longer text is cut). `barge_in`: a key of the `Keys`
    behind it cuts it off."""

    text: str
    language: str = "en-US"
    barge_in: bool = False

    def write(self) -> dict[str, Json]:
        action: dict[str, Json] = {"action": "talk", "text": self.text[:TALK_LIMIT], "language": self.language}
        return {**action, "bargeIn": True} if self.barge_in else action


@dataclass(frozen=True, slots=True)
class Keys:
    """Wait for one key, at most `wait_s` (1 to 10). Its result goes to `event_url`, which may answer with an NCCO."""

    event_url: str
    wait_s: int = 10

    def write(self) -> dict[str, Json]:
        return {
            "action": "input",
            "type": ["dtmf"],
            "dtmf": {"timeOut": self.wait_s, "maxDigits": 1},
            "eventUrl": [self.event_url],
        }


@dataclass(frozen=True, slots=True)
class Room:
    """Meet all others who are sent to the room of this name. It closes, for all, as soon as one of them leaves."""

    name: str

    def write(self) -> dict[str, Json]:
        return {"action": "conversation", "name": self.name, "startOnEnter": True, "endOnExit": True}


@dataclass(frozen=True, slots=True)
class Tell:
    """Let `event_url` know that the programme has come this far; it may answer with another one."""

    event_url: str
    payload: Mapping[str, str]

    def write(self) -> dict[str, Json]:
        return {"action": "notify", "payload": dict(self.payload), "eventUrl": [self.event_url]}


@dataclass(frozen=True, slots=True)
class Record:
    """Record both sides from here until the call ends; `event_url` is told where the file is."""

    event_url: str
    format: Literal["wav", "mp3", "ogg"] = "wav"

    def write(self) -> dict[str, Json]:
        return {
            "action": "record",
            "format": self.format,
            "split": "conversation",
            "eventUrl": [self.event_url],
        }


Action = ConnectSocket | ConnectPhone | Talk | Keys | Room | Tell | Record


@dataclass(frozen=True, slots=True)
class Ncco:
    """What happens on the call, in order. The call ends after the last action."""

    actions: tuple[Action, ...]

    def write(self) -> list[dict[str, Json]]:
        return [action.write() for action in self.actions]

    def body(self) -> bytes:
        """What the answer webhook responds, as `application/json`."""
        return json.dumps(self.write(), separators=(",", ":"), ensure_ascii=False).encode()


HOLD_THE_LINE: Final = (
    "One moment, please.",
    "I'm sorry, the line dropped. Please stay on, I'll be right back with you.",
    "Thank you for holding. I'm still getting back on the line.",
    "Just a little longer, please. I'm almost back with you.",
    "Thank you for your patience. One more moment, please.",
)
"""What the carrier's own voice says between two tries to reach us, so that the caller is never left in silence. The
tries are spread over about twenty seconds: a web server that is started again needs ten."""


def talk_with_fallback(
    call_id: str, tokens: Sequence[str], media_uri: str, event_url: str, from_number: str, apology: str
) -> Ncco:
    """Join our media socket; if it drops or cannot be reached and nobody answers the carrier's event, try again.

    `tokens`: of the lines to try, in order; as many tries as there are tokens, at most one more than `HOLD_THE_LINE`
    has sentences. `apology`: what the carrier says when all of them failed. A connect is left behind when its socket is
    gone (section 5.5); when we hang up, the rest is never reached.
    """
    actions: list[Action] = []
    for place, token in enumerate(tokens):
        if place:
            actions.append(Talk(HOLD_THE_LINE[place - 1]))
        actions.append(ConnectSocket(media_uri, {"call_id": call_id, "token": token}, event_url, from_number))
    return Ncco((*actions, Talk(apology)))


def say_and_end(text: str, language: str = "en-US") -> Ncco:
    """The fallback when we cannot talk ourselves: one sentence by Vonage's voice, then the call ends."""
    return Ncco((Talk(text, language),))


def ring_colleague(connect: ConnectPhone) -> Ncco:
    """A cold transfer. When the colleague's phone is done, we are asked what now: also if its events were lost."""
    return Ncco((connect, Tell(connect.event_url, {"after": "colleague"})))


def whisper(summary: str, event_url: str, language: str = "en-US") -> Ncco:
    """What a colleague hears who is asked to take a call: a sentence, then ten seconds to press a key."""
    return Ncco((Talk(summary, language, barge_in=True), Keys(event_url)))


def to_room(name: str, say_first: str = "", language: str = "en-US") -> Ncco:
    room = Room(name)
    return Ncco((Talk(say_first, language), room) if say_first else (room,))

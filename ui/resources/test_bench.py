"""Trying a draft out: talks in text, runs of its callers, and calls to a real phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.call_records import Turn
from ui.client import Engine, part, read
from ui.records import Json, Scalar

MoveKind = Literal["picks_up", "says", "is_silent", "hangs_up"]

ANSWER_S: Final = 45.0
"""So long an answer may take: a hosted model may be slow, and a long talk that is held again takes its time."""


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A move of the caller and what came of it. `cards`: those that were open, in order. `problem`: why a call would
    break off here."""

    number: int
    kind: MoveKind
    caller: str
    why: Turn
    agent: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    standing: str = "open"
    problem: str = ""
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ChatSlot:
    """A thing to find out as it stands. `words`: the caller's own. `from_form`: only suggested by the form so far.
    `wanted`: the open card asks for it."""

    slot: str
    label: str
    need: str = "must"
    state: str = "unknown"
    value: Scalar | None = None
    in_words: str = ""
    words: str = ""
    source: str = ""
    turn: int = 0
    confidence: float = 0.0
    asks: int = 0
    wanted: bool = False
    from_form: bool = False


@dataclass(frozen=True, slots=True)
class ChatEnd:
    disposition: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()
    opted_out: bool = False
    appointment: datetime | None = None
    callback: datetime | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """A talk. `revision`: of the draft that talks; `newest`: of the draft as it stands. `card`: the open one.
    `replies`: answers that can be given with one press. `mind`: who understands and words, in order."""

    id: str
    flow_id: str
    revision: int
    newest: int
    turns: tuple[ChatTurn, ...] = ()
    slots: tuple[ChatSlot, ...] = ()
    card: str = ""
    visited: tuple[str, ...] = ()
    asked: str = ""
    replies: tuple[str, ...] = ()
    standing: str = "open"
    explanation: str = ""
    over: bool = False
    end: ChatEnd | None = None
    mind: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """`about`: which expectation did not hold."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    who: Literal["caller", "agent"]
    text: str


@dataclass(frozen=True, slots=True)
class CallerRow:
    """One caller. `state`: passed, failed, or left_out with the reason in `why`."""

    scenario: str
    title: str
    state: str
    who: str = ""
    wants: str = ""
    why: str = ""
    expected: str = ""
    outcome: str = ""
    reason: str = ""
    qualified: bool | None = None
    turns: int = 0
    failures: tuple[Failure, ...] = ()
    transcript: tuple[Line, ...] = ()
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """`current`: the document that was played is the draft as it stands."""

    id: str
    flow_id: str
    revision: int
    state: str
    current: bool
    started_at: datetime
    started_by: str = ""
    wanted: int = 0
    done: int = 0
    passed: int = 0
    failed: int = 0
    left_out: int = 0
    problem: str = ""
    rows: tuple[CallerRow, ...] = ()

    @property
    def running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class Placed:
    call_id: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a talk is held. `local_time`: without a zone, by the clock of the business; None for now."""

    first_name: str = "Dana"
    form: Mapping[str, str] = field(default_factory=dict)
    local_time: datetime | None = None
    calendar: str = "free"
    colleague: bool = True
    inbound: bool = False

    def document(self) -> dict[str, Json]:
        return {
            "lead": {"first_name": self.first_name, "form": dict(self.form)},
            "local_time": self.local_time.isoformat() if self.local_time else None,
            "calendar": self.calendar,
            "colleague": self.colleague,
            "inbound": self.inbound,
        }


_CHAT: Final = TypeAdapter(Chat)
_RUN: Final = TypeAdapter(Run)
_PLACED: Final = TypeAdapter(Placed)


def begin_chat(engine: Engine, flow_id: str, how: Circumstances, moves: Sequence[ChatTurn] = ()) -> Chat:
    """A new talk. `moves`: of a talk that is gone, made again."""
    body: dict[str, Json] = {"flow_id": flow_id, **how.document()}
    body["moves"] = [{"kind": turn.kind, "text": turn.caller} for turn in moves]
    return read(_CHAT, engine.send("POST", "/test-chats", json=body, timeout_s=ANSWER_S))


def read_chat(engine: Engine, chat_id: str) -> Chat:
    return engine.get(_CHAT, f"/test-chats/{part(chat_id)}")


def say(engine: Engine, chat: Chat, text: str) -> Chat:
    return _move(engine, chat, "says", {"text": text, "seen": len(chat.turns)})


def be_silent(engine: Engine, chat: Chat) -> Chat:
    return _move(engine, chat, "silence", {"seen": len(chat.turns)})


def hang_up(engine: Engine, chat: Chat) -> Chat:
    return _move(engine, chat, "hang-up", {"seen": len(chat.turns)})


def take_back(engine: Engine, chat: Chat) -> Chat:
    return _move(engine, chat, "back", {"seen": len(chat.turns)})


def restart(engine: Engine, chat: Chat, *, keep: bool) -> Chat:
    """Begin anew with the newest draft, or hold the same talk with it."""
    return _move(engine, chat, "restart", {"keep": keep})


def _move(engine: Engine, chat: Chat, what: str, body: dict[str, Json]) -> Chat:
    path = f"/test-chats/{part(chat.id)}/{what}"
    return read(_CHAT, engine.send("POST", path, json=body, timeout_s=ANSWER_S))


def run_callers(engine: Engine, flow_id: str, by: str, only: Sequence[str] | None = None) -> Run:
    body: dict[str, Json] = {"by": by, "only": list(only) if only is not None else None}
    return read(_RUN, engine.send("POST", f"/flows/{part(flow_id)}/scenario-runs", json=body, fine=(202,)))


def latest_run(engine: Engine, flow_id: str) -> Run:
    """Raises `EngineTrouble` of kind `missing` while nobody has called."""
    return engine.get(_RUN, f"/flows/{part(flow_id)}/scenario-runs/latest")


def read_run(engine: Engine, run_id: str) -> Run:
    return engine.get(_RUN, f"/scenario-runs/{part(run_id)}")


def stop_run(engine: Engine, run_id: str) -> None:
    engine.send("DELETE", f"/scenario-runs/{part(run_id)}", fine=(204,))


def call_phone(
    engine: Engine, flow_id: str, *, number: str, first_name: str, agreed: bool, effects: Sequence[str], by: str
) -> Placed:
    """Have the draft call a phone."""
    body: dict[str, Json] = {
        "flow_id": flow_id, "kind": "phone", "number": number, "first_name": first_name, "agreed": agreed,
        "effects": list(effects), "by": by,
    }  # fmt: skip
    return read(_PLACED, engine.send("POST", "/test-calls", json=body, timeout_s=ANSWER_S))

"""Trying a draft out in one sentence, and having answers judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json, Scalar


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence says about one thing to find out. `state`: heard, refused, not_taken or nothing."""

    slot: str
    label: str
    state: str
    value: Scalar | None = None
    in_words: str = ""
    words: str = ""
    confidence: float = 0.0
    denied: tuple[str, ...] = ()
    asks: int = 1
    why: str = ""
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A behaviour in a sentence. `answers`: the reflex that would act."""

    trigger: str
    reflex: str = ""
    label: str = ""
    words: str = ""
    confidence: float = 0.0
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    understood: Understood
    others: tuple[Understood, ...] = ()
    questions: tuple[str, ...] = ()
    noticed: tuple[Noticed, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A knowledge entry with its likeness to a question, 0 to 1."""

    id: str
    question: str
    say: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`entry`: what would be told; None: `unknown` is said. `certain`: the likeness from which an entry is told."""

    entry: Near | None
    as_question: bool
    unknown: str
    nearest: tuple[Near, ...]
    certain: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion. `verdict`: met, failed or open."""

    id: str
    label: str
    kind: str
    verdict: str
    rule: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state`: qualified, unqualified or open."""

    state: str
    reason: str
    explanation: str
    criteria: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class _Noticing:
    noticed: tuple[Noticed, ...] = ()


_HEARD: Final = TypeAdapter(Heard)
_ANSWER: Final = TypeAdapter(Answer)
_NOTICED: Final = TypeAdapter(_Noticing)
_VERDICT: Final = TypeAdapter(Verdict)


def understand(engine: Engine, flow_id: str, slot: str, text: str) -> Heard:
    """Raises `EngineTrouble`, as all of these do."""
    return read(_HEARD, _ask(engine, flow_id, "understand", {"slot": slot, "text": text}))


def answer(engine: Engine, flow_id: str, question: str, known: Mapping[str, Scalar]) -> Answer:
    return read(_ANSWER, _ask(engine, flow_id, "answer", {"question": question, "known": dict(known)}))


def notice(engine: Engine, flow_id: str, text: str) -> tuple[Noticed, ...]:
    return read(_NOTICED, _ask(engine, flow_id, "notice", {"text": text})).noticed


def judge(engine: Engine, flow_id: str, answers: Mapping[str, Scalar]) -> Verdict:
    return read(_VERDICT, _ask(engine, flow_id, "judge", {"slots": dict(answers)}))


def _ask(engine: Engine, flow_id: str, what: str, body: dict[str, Json]) -> httpx.Response:
    return engine.send("POST", f"/flows/{part(flow_id)}/{what}", json=body)

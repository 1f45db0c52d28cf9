"""Leads with what became of them, one lead's story, figures; and what a person may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json

PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A lead with its newest call, whose fields are None without any. `form_to_ring_ms`: of the first call."""

    id: str
    source: str
    first_name: str
    last_name: str
    phone: str | None
    phone_typed: str
    email: str | None
    received_at: datetime
    state: str
    reason: str
    next_call_at: datetime | None
    calls: int
    call_state: str | None
    disposition: str | None
    call_reason: str | None
    form_to_ring_ms: int | None
    campaign_id: str | None = None
    source_id: str | None = None
    test: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def under_way(self) -> bool:
        return self.call_state in ("placed", "ringing", "answered")


@dataclass(frozen=True, slots=True)
class LeadLines:
    leads: tuple[LeadLine, ...]
    counts: dict[str, int]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """`since_start_ms`: since the first that is known; `took_ms`: since the one before."""

    name: str
    at: datetime
    since_start_ms: int
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call to the lead; `decision`: why it was allowed, rule by rule."""

    call_id: str
    attempt: int
    direction: str
    state: str
    placed_at: datetime
    disposition: str | None
    reason: str | None
    problem: str
    stages: tuple[Stage, ...]
    decision: Json = None


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    kind: str
    data: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Story:
    """`source_name`: what staff call the source; empty for the installation's own form. `held_up`: why nobody calls
    although a call is due or planned."""

    lead_id: str
    held_up: str
    campaign: str | None
    source_name: str
    events: tuple[Event, ...]
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds over `count` leads."""

    count: int
    p50: int
    p95: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """Numbers of leads; rates are 0 to 1, None where nobody is counted."""

    leads: int
    unusable: int
    dialled: int
    talked: int
    qualified: int
    booked: int
    opted_out: int
    wrong_number: int
    contact_rate: float | None
    qualification_rate: float | None
    booking_rate: float | None
    opt_out_rate: float | None
    too_many_opt_outs: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Over the leads of the last days. `to_ring`: speed-to-lead. `stages`: each from the one before it."""

    to_ring: Quantiles | None
    to_answer: Quantiles | None
    to_first_word: Quantiles | None
    greeting: Quantiles | None
    stages: dict[str, Quantiles]
    all: Funnel
    by_source: dict[str, Funnel]
    by_hour: dict[int, Funnel]
    outcomes: dict[str, int]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold; `released_at` is None while it stands."""

    id: str
    why: str
    by: str
    at: datetime
    released_at: datetime | None = None
    released_by: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    call_id: str
    card: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Erased:
    leads: int
    calls: int
    recordings: int
    appointments: int
    copies: tuple[Copy, ...] = field(default_factory=tuple)


_LINES: Final = TypeAdapter(LeadLines)
_STORY: Final = TypeAdapter(Story)
_FIGURES: Final = TypeAdapter(Figures)
_HOLD: Final = TypeAdapter(Hold)
_HOLDS: Final = TypeAdapter(tuple[Hold, ...])
_ERASED: Final = TypeAdapter(Erased)


def lines(engine: Engine, where: Mapping[str, str], before: str | None = None) -> LeadLines:
    """`where`: the filters of GET /lead-list that are set."""
    query = {name: value for name, value in where.items() if value} | {"limit": str(PAGE)}
    return engine.get(_LINES, "/lead-list", query | ({"before": before} if before else {}))


def story(engine: Engine, lead_id: str) -> Story:
    return engine.get(_STORY, f"/leads/{part(lead_id)}/story")


def figures(engine: Engine, days: int, zone: str) -> Figures:
    return engine.get(_FIGURES, "/figures/leads", {"days": str(days), "zone": zone})


def export(engine: Engine, lead_id: str) -> bytes:
    """Everything about the person, as a ZIP archive."""
    return engine.send("GET", f"/leads/{part(lead_id)}/export").content


def erase(engine: Engine, lead_id: str, why: str) -> Erased:
    return read(_ERASED, engine.send("POST", f"/leads/{part(lead_id)}/erase", json={"why": why, "confirm": lead_id}))


def holds(engine: Engine, lead_id: str) -> tuple[Hold, ...]:
    return engine.get(_HOLDS, f"/leads/{part(lead_id)}/holds")


def hold(engine: Engine, lead_id: str, why: str) -> Hold:
    return read(_HOLD, engine.send("POST", f"/leads/{part(lead_id)}/holds", json={"why": why}, fine=(201,)))


def release(engine: Engine, lead_id: str, hold_id: str) -> Hold:
    return read(_HOLD, engine.send("POST", f"/leads/{part(lead_id)}/holds/{part(hold_id)}/release"))


def ask_again(engine: Engine, lead_id: str) -> None:
    """Have a lead called that a rule had kept from it. Raises `EngineTrouble` of kind `conflict` for any other."""
    engine.send("POST", f"/leads/{part(lead_id)}/ask-again")

"""What the engine's API answers, as far as the screens need it. Pure: JSON in, frozen dataclasses out.

Fields that a newer engine adds are ignored; fields that an older one lacks have a default, so that a page shows what
there is. Moments are aware and in UTC; durations named `_ms` are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue
Scalar: TypeAlias = bool | int | float | str

UNDER_WAY = ("placed", "ringing", "answered")
"""States of a call that is not over."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field of a form, and what to do about it."""

    field: str
    problem: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class LeadTaken:
    """`new` is False when this very form had come before: nobody is called twice."""

    lead_id: str
    new: bool = True
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """Evidence that the lead may be called."""

    level: str = ""
    text: str = ""
    given_at: datetime | None = None
    received_at: datetime | None = None
    form_url: str = ""
    revoked_at: datetime | None = None
    revoked_how: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """`state`: waiting, unusable or closed; `reason` why. `consents`, `calls`: only when one lead was asked for."""

    id: str
    source: str
    received_at: datetime
    flow_id: str | None
    first_name: str
    last_name: str
    phone: str | None
    phone_typed: str
    email: str | None
    state: str
    reason: str
    next_call_at: datetime | None
    form: dict[str, str] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class LeadPage:
    leads: tuple[Lead, ...]
    next: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the list. `form_to_ring_ms`: from the lead's arrival to the first ring."""

    id: str
    lead_id: str | None
    flow_id: str
    flow_version: int
    direction: str
    attempt: int
    state: str
    person: str
    from_number: str
    to_number: str
    placed_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    form_to_ring_ms: int | None
    answered_by: str
    ended_by: str
    disposition: str | None
    reason: str | None
    qualified: bool | None
    problem: str
    has_recording: bool = False
    test: bool = False

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def talked(self) -> bool:
        """Whether a person was on the line."""
        return self.answered_at is not None and self.answered_by in ("", "person", "human")


@dataclass(frozen=True, slots=True)
class CallPage:
    calls: tuple[Call, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One defect of a flow. `level`: error (forbids publishing) or warning. `place`, `id`, `field`: where it is."""

    code: str
    level: str
    place: str
    id: str
    field: str
    sentence: str
    fix: str

    @property
    def is_error(self) -> bool:
        return self.level == "error"


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A flow in the list. `latest`: the newest published version, 0 if there is none. `unpublished`: its draft says
    something else than that version. `errors`, `warnings`: of the draft. `calls_week`: of the last seven days."""

    id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    latest: int
    published_at: datetime | None = None
    published_by: str = ""
    archived_at: datetime | None = None
    unpublished: bool = False
    errors: int = 0
    warnings: int = 0
    calls_week: int = 0
    seller: str = ""
    description: str = ""
    cards: int = 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each part says `ok`, or in plain words what is wrong with it."""

    ready: bool
    database: str = "ok"
    models: str = "ok"
    calls: str = "ok"
    dialling: str = "ok"


@dataclass(frozen=True, slots=True)
class CardExit:
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class CardType:
    """`kind`: talk, quiet or after_call. `settings`: JSON Schema of a card's settings."""

    type: str
    title: str
    kind: str
    shelf: str
    version: int
    help: str
    package: str
    exits: tuple[CardExit, ...] = ()
    icon: str = ""
    ends_the_call: bool = False
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenPackage:
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class CardTypes:
    nodes: tuple[CardType, ...] = ()
    broken: tuple[BrokenPackage, ...] = ()

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
class CallOutcome:
    disposition: str = ""
    reason: str | None = None
    qualified: bool | None = None
    failed_criteria: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A thing found out, with the words that prove it. `source`: call, lead_form, crm or rule."""

    slot: str
    label: str
    value: Scalar
    said: str
    turn: int
    at_ms: int | None
    confidence: float
    source: str
    confirmed: bool
    corrected_from: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """`time_zone`: IANA name of the seller's zone, in which the appointment was agreed."""

    start: datetime
    end: datetime
    time_zone: str
    calendar: str = ""
    address: str | None = None
    status: str = "confirmed"


@dataclass(frozen=True, slots=True)
class Callback:
    at: datetime
    by: str
    why: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """The last try to put the caller through. `result`: answered, busy, no_answer, declined, voicemail or failed."""

    to: str
    mode: str
    result: str
    code: str | None = None
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One side's words. `heard`: for the assistant, what was really played before it was interrupted."""

    who: str
    text: str
    at_ms: int
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    said: bool
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CallResult:
    flow_name: str
    outcome: CallOutcome
    answers: tuple[Answer, ...] = ()
    appointment: Appointment | None = None
    callback: Callback | None = None
    transfer: Transfer | None = None
    opted_out: bool = False
    disclosures: dict[str, Disclosure] = field(default_factory=dict)
    transcript: tuple[Utterance, ...] = ()
    summary: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Considered:
    """Edges looked at on one way out of a card; each line is `edge id: verdict`."""

    card: str = ""
    exit: str = ""
    considered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """`why`: `edge <id>`, or a sentence."""

    card: str = ""
    came_from: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class SlotChange:
    slot: str = ""
    value: Scalar | None = None
    was: Scalar | None = None
    words: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class ReflexFired:
    reflex: str = ""
    words: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said and all that came of it; turn 0 is what the assistant did before. `latency_ms`: the parts of
    the answer's delay (wait, stt, mind, voice, queue) and their `total`. `commands`: what the words were taken for, by
    `what`; `guarded`: sentences kept back, each with `why`; `actions`: what was done in the world; `asked`: what the
    assistant then asked for."""

    turn: int
    at_ms: int
    caller: str = ""
    agent: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    slots: tuple[SlotChange, ...] = ()
    considered: tuple[Considered, ...] = ()
    moves: tuple[Move, ...] = ()
    reflexes: tuple[ReflexFired, ...] = ()
    commands: tuple[dict[str, Json], ...] = ()
    guarded: tuple[dict[str, Json], ...] = ()
    actions: tuple[dict[str, Json], ...] = ()
    asked: str = ""
    latency_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    number: int
    at_ms: int
    kind: str
    facts: dict[str, Json] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A fact as text; empty if it is not there."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class AfterStep:
    """A card of the after-call lane. `note`: what was done, or why not."""

    id: str
    state: str
    attempt: int
    note: str


@dataclass(frozen=True, slots=True)
class AfterCall:
    """`run_url`: the run in Prefect's dashboard, if the engine tells it."""

    state: str
    problem: str
    steps: tuple[AfterStep, ...] = ()
    run_url: str | None = None


@dataclass(frozen=True, slots=True)
class CallFull(Call):
    """Everything about one call. `result` is None until it is over, and for calls that failed."""

    result: CallResult | None = None
    turns: tuple[Turn, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    journal_intact: bool = True
    after_call: AfterCall | None = None


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
class FlowVersion:
    version: int
    note: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class FlowFull:
    """A flow's draft. `text`: the flow document, byte for byte. `versions`: newest first."""

    id: str
    name: str
    text: str
    revision: int
    edited_at: datetime
    edited_by: str
    issues: tuple[Issue, ...] = ()
    versions: tuple[FlowVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    publishable: bool
    issues: tuple[Issue, ...] = ()


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

"""One call in full, as the engine tells it: result, turns with their reasons, journal, what was done afterwards. Pure.

What `ui.records` says of fields that are new or missing holds here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ui.records import Call, Json, Scalar


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
    """`heard`: `whole`, `cut` or `no`. `times`: how often it was begun. `confirmed`: the network played all of it."""

    said: bool
    at_ms: int | None = None
    until_ms: int | None = None
    text: str = ""
    heard: str = ""
    times: int = 0
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class CallMoments:
    """`greeting_delay_ms`: from the person's hello, or from the answer if none was heard, to our first word."""

    greeted_at: datetime | None = None
    greeting_delay_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CallResult:
    flow_name: str
    outcome: CallOutcome
    call: CallMoments = CallMoments()
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
    """A card of the after-call lane. `note`: what was done, or why not. `until`: the moment it waits for, if it is
    `waiting`."""

    id: str
    state: str
    attempt: int
    note: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReplayNote:
    """Somebody had it done again. `step`: one card, empty for all that was not done."""

    step: str
    at: datetime
    by: str
    differs: str = ""


@dataclass(frozen=True, slots=True)
class AfterCall:
    """`run_url`: the run in Prefect's dashboard, if the engine tells it. `next_at`: when a lane that is `pending` is
    taken up again. `summary`: written by a card of the lane."""

    state: str
    problem: str
    next_at: datetime | None = None
    summary: str | None = None
    steps: tuple[AfterStep, ...] = ()
    run_url: str | None = None
    replays: tuple[ReplayNote, ...] = ()


@dataclass(frozen=True, slots=True)
class CallFull(Call):
    """Everything about one call. `result` is None until it is over, and for calls that failed."""

    result: CallResult | None = None
    turns: tuple[Turn, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    journal_intact: bool = True
    after_call: AfterCall | None = None

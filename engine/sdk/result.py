"""The result of a call: what the CRM, webhooks and people get. Its JSON form is schemas/call-result.schema.json."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk.transfer import TransferResult
from engine.sdk.values import Json, Scalar

Event = Literal["call.completed", "call.analyzed", "appointment.booked", "lead.opted_out", "transfer.completed"]
"""What a receiver of webhooks can be told has happened. The data is the same."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadPart(_Part):
    id: str
    external_id: str | None = None
    first_name: str
    last_name: str
    phone: str
    email: str | None = None
    source: str
    received_at: datetime | None = None
    form: dict[str, str] = Field(default_factory=dict)


class CallPart(_Part):
    """One phone call; times in UTC. `greeted_at`: the person's hello was over, null if none was heard. `first_word_at`:
    our first word was on the line. `greeting_delay_ms`: between the two, or from the answer if no hello was heard."""

    id: str
    direction: Literal["outbound", "inbound", "browser", "text"] = "outbound"
    attempt: int = 1
    from_: str = Field(default="", alias="from")
    to: str = ""
    started_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    greeted_at: datetime | None = None
    first_word_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float = 0.0
    form_to_ring_ms: int | None = None
    greeting_delay_ms: int | None = None
    answered_by: str = "person"
    ended_by: Literal["assistant", "caller", "carrier", "limit", "failure"] = "assistant"

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OutcomePart(_Part):
    disposition: str
    reason: str | None = None
    qualified: bool | None = None
    failed_criteria: list[str] = Field(default_factory=list)
    flags: list[str] = Field(default_factory=list)
    explanation: str = ""


class AnswerPart(_Part):
    """A slot with the words that prove it. `at_ms`: when they were said, from the start of the call."""

    slot: str
    label: str
    value: Scalar
    said: str
    turn: int
    at_ms: int | None = None
    confidence: float
    source: str
    confirmed: bool
    corrected_from: Scalar | None = None


class AppointmentPart(_Part):
    """An appointment. `requested`: somebody of the business must still agree. `time_zone`: IANA name, in which the
    business speaks of it. `changes`: how often it was moved or cancelled since it was booked. `call_id`: the call in
    which it got the time that it has now."""

    id: str
    status: Literal["confirmed", "requested", "cancelled"] = "confirmed"
    start: datetime
    end: datetime
    time_zone: str
    calendar: str
    address: str | None = None
    staff: str = ""
    link: str = ""
    booked_at: datetime | None = None
    changes: int = 0
    call_id: str = ""


class CallbackPart(_Part):
    at: datetime
    by: Literal["assistant", "human"]
    why: str
    language: str | None = None


class TransferPart(_Part):
    """The last try to put the caller through. `to`: what the colleague is called; `wait_s`: from the wish until the
    two were joined, or until it was clear that they would not be. `code`: why it failed."""

    to: str
    mode: Literal["warm", "cold"]
    result: TransferResult
    code: str | None = None
    wait_s: float = 0.0
    at_ms: int = 0


class TranscriptTurn(_Part):
    """`at_ms`: start of the utterance from the start of the call. `heard`: for the agent, what was really played."""

    who: Literal["caller", "agent"]
    text: str
    at_ms: int
    heard: str | None = None


class DisclosurePart(_Part):
    """Something that had to be made known. `said`: it was heard to its end. `at_ms`, `until_ms`: when, from the start
    of the call; of the last try, if it was cut. `text`: the words. `times`: how often it was begun. `confirmed`: the
    carrier has told us that it played all of it."""

    said: bool
    at_ms: int | None = None
    until_ms: int | None = None
    text: str = ""
    heard: Literal["whole", "cut", "no"] = "no"
    times: int = 0
    confirmed: bool = False


class RecordingPart(_Part):
    status: Literal["on", "declined", "off_by_policy"] = "on"
    path: str | None = None
    seconds: float = 0.0


class CallResult(_Part):
    """Everything about a finished call, one event. `test`: it tried out a draft; `flow_version` is then 0. `left_out`:
    parts that are empty here only because the whole was too long to be sent."""

    event: Event = "call.completed"
    event_id: str
    schema_version: Literal["1.0"] = "1.0"
    occurred_at: datetime
    flow_id: str
    flow_version: int
    flow_name: str
    test: bool = False
    lead: LeadPart
    call: CallPart
    outcome: OutcomePart
    answers: list[AnswerPart] = Field(default_factory=list)
    appointment: AppointmentPart | None = None
    callback: CallbackPart | None = None
    transfer: TransferPart | None = None
    opted_out: bool = False
    disclosures: dict[str, DisclosurePart] = Field(default_factory=dict)
    recording: RecordingPart = Field(default_factory=RecordingPart)
    transcript: list[TranscriptTurn] = Field(default_factory=list)
    summary: str = ""
    metrics: dict[str, float] = Field(default_factory=dict)
    custom: dict[str, Json] = Field(default_factory=dict)
    left_out: list[Literal["transcript", "custom", "form"]] = Field(default_factory=list)

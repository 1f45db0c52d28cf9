"""From a finished call to its result: the one document that the CRM, webhooks and people get. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from engine.call.disclosed import Disclosed
from engine.call.facts import spoken_value
from engine.call.first_word import FirstWord
from engine.call.outcome import Outcome, Spoken
from engine.dialogue.slots import SlotBook, SlotRecord
from engine.flow.model import Flow
from engine.flow.rules import Qualification
from engine.sdk import CallResult, Lead, SlotState, SlotType
from engine.sdk.result import (
    AnswerPart,
    AppointmentPart,
    CallbackPart,
    CallPart,
    DisclosurePart,
    LeadPart,
    OutcomePart,
    RecordingPart,
    TranscriptTurn,
    TransferPart,
)

QUALIFIED: Final[Mapping[str, bool | None]] = {"qualified": True, "unqualified": False, "open": None}

NOT_CONNECTED: Final = frozenset({"no_answer", "busy", "failed", "invalid_number"})
"""Dispositions of calls in which nobody spoke: nothing can be said about qualification."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the shell knows of a call. `from_number`: ours, whoever called. Moments are aware; `length_s` counts
    from the answer. `test`: it tried out a draft. `recording_path`: None if nothing was kept. `must_disclose`: what the
    flow's cards have to make known."""

    call_id: str
    event_id: str
    flow_version: int
    attempt: int
    from_number: str
    placed_at: datetime
    ended_at: datetime
    direction: Literal["outbound", "inbound", "browser"] = "outbound"
    test: bool = False
    answered_at: datetime | None = None
    length_s: float = 0.0
    answered_by: str = "person"
    ended_by: Literal["assistant", "caller", "carrier", "limit", "failure"] = "carrier"
    form_to_ring_ms: int | None = None
    ringing_at: datetime | None = None
    first_word: FirstWord | None = None
    external_id: str | None = None
    recording_path: str | None = None
    recording_s: float = 0.0
    must_disclose: Collection[str] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    transfer: TransferPart | None = None


def build_result(
    facts: CallFacts, flow: Flow, lead: Lead, outcome: Outcome, book: SlotBook, standing: Qualification
) -> CallResult:
    """The result of a call, answered or not. Slots stand in it only with the words or the source that prove them."""
    answers = [part for record in book if (part := _answer(record, outcome)) is not None]
    qualified = None if outcome.disposition in NOT_CONNECTED else QUALIFIED[standing.state]
    return CallResult(
        event_id=facts.event_id,
        occurred_at=facts.ended_at,
        flow_id=flow.id,
        flow_version=facts.flow_version,
        flow_name=flow.name,
        test=facts.test,
        lead=LeadPart(
            id=lead.id,
            external_id=facts.external_id,
            first_name=lead.first_name,
            last_name=lead.last_name,
            phone=lead.phone,
            email=_email(lead, book),
            source=lead.source,
            received_at=lead.received_at,
            form=dict(lead.form),
        ),
        call=CallPart(
            id=facts.call_id,
            direction=facts.direction,
            attempt=facts.attempt,
            from_=lead.phone if facts.direction == "inbound" else facts.from_number,
            to=facts.from_number if facts.direction == "inbound" else lead.phone,
            started_at=facts.placed_at,
            ringing_at=facts.ringing_at,
            answered_at=facts.answered_at,
            greeted_at=_at(facts, facts.first_word.greeted_s if facts.first_word else None),
            first_word_at=_at(facts, facts.first_word.spoken_s if facts.first_word else None),
            greeting_delay_ms=facts.first_word.delay_ms if facts.first_word else None,
            ended_at=facts.ended_at,
            duration_s=round(facts.length_s, 2),
            form_to_ring_ms=facts.form_to_ring_ms,
            answered_by=facts.answered_by,
            ended_by=facts.ended_by,
        ),
        outcome=OutcomePart(
            disposition=outcome.disposition,
            reason=outcome.reason or None,
            qualified=qualified,
            failed_criteria=list(standing.failed) if qualified is not None else [],
            flags=list(outcome.flags),
            explanation=_explanation(outcome, standing, qualified),
        ),
        answers=answers,
        appointment=_appointment(outcome, book),
        callback=CallbackPart(
            at=outcome.callback.at, by=outcome.callback.by, why=outcome.callback.why, language=outcome.callback.language
        )
        if outcome.callback
        else None,
        transfer=facts.transfer,
        opted_out=outcome.opted_out,
        disclosures=_disclosures(outcome, facts.must_disclose),
        recording=RecordingPart(
            status=outcome.recording, path=facts.recording_path, seconds=round(facts.recording_s, 2)
        ),
        # Who does not want to be recorded is not written down either (compliance.md, section 8).
        transcript=[_turn(turn) for turn in outcome.transcript] if outcome.recording == "on" else [],
        summary=_summary(flow, lead, outcome, book, facts.transfer),
        metrics=dict(facts.metrics),
    )


def _at(facts: CallFacts, second: float | None) -> datetime | None:
    """The moment of a second on the call's clock."""
    if facts.answered_at is None or second is None:
        return None
    return facts.answered_at + timedelta(seconds=second)


def _answer(record: SlotRecord, outcome: Outcome) -> AnswerPart | None:
    view = record.view()
    if view.value is None or view.evidence is None:
        return None
    said_at = next(
        (turn.at for turn in outcome.transcript if turn.who == "caller" and turn.turn == view.evidence.turn), None
    )
    return AnswerPart(
        slot=record.slot.id,
        label=record.slot.label,
        value=view.value,
        said=view.evidence.words,
        turn=view.evidence.turn,
        at_ms=_ms(said_at) if said_at is not None and view.evidence.source == "call" else None,
        confidence=view.confidence,
        source=view.evidence.source,
        confirmed=view.state is SlotState.CONFIRMED,
        corrected_from=view.corrected_from,
    )


def _email(lead: Lead, book: SlotBook) -> str | None:
    """The address that was given in the call, else the one on the form."""
    told = (record.value for record in book if record.slot.type is SlotType.EMAIL and record.known)
    return next((value for value in told if isinstance(value, str) and value), lead.email)


def _appointment(outcome: Outcome, book: SlotBook) -> AppointmentPart | None:
    booking = outcome.appointment
    if booking is None:
        return None
    address = next(
        (str(record.value) for record in book if record.slot.type is SlotType.ADDRESS and record.known), None
    )
    return AppointmentPart(
        id=booking.id,
        status="cancelled" if outcome.cancelled else booking.status,
        start=booking.opening.start,
        end=booking.opening.end,
        time_zone=booking.zone,
        calendar=outcome.calendar,
        address=address,
        staff=booking.staff,
        link=booking.link,
    )


def _disclosures(outcome: Outcome, must: Collection[str]) -> dict[str, DisclosurePart]:
    told = outcome.disclosures.told
    return {name: _disclosure(told.get(name)) for name in sorted({*must, *told})}


def _disclosure(told: Disclosed | None) -> DisclosurePart:
    if told is None:
        return DisclosurePart(said=False)
    return DisclosurePart(
        said=told.whole,
        at_ms=_ms(told.started),
        until_ms=_ms(told.ended),
        text=told.text,
        heard="whole" if told.whole else "cut",
        times=told.times,
        confirmed=told.confirmed,
    )


def _turn(turn: Spoken) -> TranscriptTurn:
    return TranscriptTurn(who=turn.who, text=turn.text, at_ms=_ms(turn.at), heard=turn.heard)


def _explanation(outcome: Outcome, standing: Qualification, qualified: bool | None) -> str:
    if outcome.problem:
        return outcome.problem
    return "" if qualified is None and outcome.disposition in NOT_CONNECTED else standing.explanation


def _summary(flow: Flow, lead: Lead, outcome: Outcome, book: SlotBook, transfer: TransferPart | None) -> str:
    """Plain sentences from the facts; no model is asked."""
    if outcome.disposition in NOT_CONNECTED:
        return f"{lead.first_name or 'The lead'} was not reached ({outcome.disposition.replace('_', ' ')})."
    found = [
        f"{record.slot.label}: {spoken_value(record.slot, record.value)}"
        for record in book
        if record.known and record.value is not None and record.slot.type is not SlotType.APPOINTMENT
    ]
    sentences = [f"Call with {lead.first_name or 'the lead'} for {flow.seller.say_as}: {outcome.disposition}."]
    if found:
        sentences.append(f"{'; '.join(found)}.")
    if outcome.appointment is not None:
        start = outcome.appointment.opening.start
        when = f"{start:%A}, {start.day} {start:%B} {start.year} at {start:%H:%M}"
        if outcome.cancelled:
            sentences.append(f"The appointment on {when} was cancelled.")
        elif outcome.booked:
            sentences.append(f"Appointment on {when}.")
        else:
            sentences.append(f"An appointment on {when} was requested; somebody must still agree to it.")
    if outcome.callback is not None:
        at = outcome.callback.at
        sentences.append(f"To be called back on {at:%A}, {at.day} {at:%B} at {at:%H:%M} by {outcome.callback.by}.")
    if transfer is not None and transfer.result == "answered":
        sentences.append(f"Put through to {transfer.to} after {transfer.wait_s:.0f} seconds.")
    elif transfer is not None and transfer.code != "called_off":
        sentences.append(f"Could not be put through to {transfer.to} ({transfer.result.replace('_', ' ')}).")
    return " ".join(sentences)


def _ms(at: float) -> int:
    return max(0, round(1000 * at))

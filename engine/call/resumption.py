"""The state of a talk as a small JSON document, and back: what a process needs to go on with a call it never held.

At the end of each turn the conversation notes a `checkpoint` in the journal: slots, open card, open question, outcome,
counters. What only grows (transcript, what was heard, actions) is not in it: the journal's other entries tell that.
`replay` reads a journal into a fresh conversation:

    entry, entry, checkpoint, entry, entry, checkpoint, entry, entry, <the process died>
    └───────── transcript, heard, actions ────────────────────────┘
                                            └ state ┘ └ slots heard since, words not answered yet ┘

The words not answered are then taken once more (`FlowConversation.returned`): commands, rules and cards run again from
the checkpoint, and what they do in the world they do under the same idempotency keys, so nothing is done twice.

Documents are versioned. One that a newer Leadline made is read as far as it is understood; what is not understood is
kept and stands in the next checkpoint again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol, cast, get_args

from engine.call.acts import Played
from engine.call.disclosed import disclosures_in
from engine.call.outcome import Action, Callback, Outcome, Spoken
from engine.dialogue.brief import Ask, Expecting
from engine.dialogue.slots import SlotBook, SlotRecord
from engine.sdk import Booking, Disclosure, Evidence, Json, Opening, Scalar, SlotState
from engine.sdk.values import Source

VERSION: Final = 1

CHECKPOINT: Final = "checkpoint"
"""The kind of journal entry that holds a state, under `memory`."""

Memory = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a journal. `at`: seconds on the call's clock."""

    kind: str
    at: float
    facts: Mapping[str, Json]


class Replayed(Protocol):
    """What a conversation offers to a journal that is read into it."""

    @property
    def book(self) -> SlotBook: ...

    @property
    def outcome(self) -> Outcome: ...

    def recall(self, memory: Memory) -> None:
        """Take on the state of a checkpoint."""
        ...

    def said_before(
        self, id: int, text: str, kind: str, discloses: tuple[Disclosure, ...], at: float, turn: int
    ) -> None:
        """The agent said this; whether it was heard comes later."""
        ...

    def heard_before(self, played: Played) -> None: ...

    def confirmed(self, id: int) -> None: ...

    def take_up(self, unanswered: str, at: float) -> None:
        """All is read. `unanswered`: what the caller said last, if no turn of ours came of it. `at`: of the last
        entry."""
        ...


def replay(conversation: Replayed, notes: Sequence[Note]) -> None:
    """Read a journal, as far as it goes, into a conversation that has not begun. Entries that are damaged or unknown
    are passed over: a call goes on with what there is."""
    last = max((place for place, note in enumerate(notes) if note.kind == CHECKPOINT), default=-1)
    unanswered = ""
    for place, note in enumerate(notes):
        facts, outcome = note.facts, conversation.outcome
        match note.kind:
            case "checkpoint" if place == last:
                memory = facts.get("memory")
                conversation.recall(memory if isinstance(memory, dict) else {})
            case "caller_said":
                words, turn = _text(facts, "text"), _count(facts, "turn")
                outcome.transcript.append(Spoken("caller", words, note.at, turn))
                if place > last:
                    unanswered = words
            case "revised":
                if words := _text(facts, "words"):
                    _misheard(outcome, words)
                if place > last and (unanswered or facts.get("again") is True):
                    unanswered = words
            case "agent_says":
                told = facts.get("discloses")
                conversation.said_before(
                    _count(facts, "id"), _text(facts, "text"), _text(facts, "spoken_as"),
                    disclosures_in(told if isinstance(told, list) else ()), note.at, _count(facts, "turn"),
                )  # fmt: skip
            case "agent_heard":
                began = facts.get("began")
                started = float(began) if isinstance(began, int | float) else note.at
                complete = facts.get("complete") is True
                played = Played(_count(facts, "id"), _text(facts, "text"), complete, started, note.at)
                conversation.heard_before(played)
            case "agent_confirmed":
                conversation.confirmed(_count(facts, "id"))
            case "listening" | "waiting" if outcome.transcript and outcome.transcript[-1].kind != "prompt":
                outcome.transcript[-1].asked = _text(facts, "asked")
            case "acted":
                details = facts.get("details")
                kept = {k: v for k, v in details.items() if _scalar(v)} if isinstance(details, dict) else {}
                outcome.actions.append(Action(_text(facts, "action"), cast(dict[str, Scalar], kept), note.at))
            case "slot" if place > last:
                _heard_since(conversation.book, facts)
            case "recording_discarded":
                outcome.recording = "declined"
            case _:
                pass
    conversation.take_up(unanswered, notes[-1].at if notes else 0.0)


def _misheard(outcome: Outcome, words: str) -> None:
    """The caller's last turn was written down anew."""
    turn = next((each for each in reversed(outcome.transcript) if each.who == "caller"), None)
    if turn is not None:
        turn.text = words


def _heard_since(book: SlotBook, facts: Mapping[str, Json]) -> None:
    """A slot that was filled in the turn that was never answered."""
    slot, value, words = _text(facts, "slot"), facts.get("value"), _text(facts, "words")
    if slot not in book:
        return
    if facts.get("state") == SlotState.REFUSED.value:
        book.refuse(slot, words, _count(facts, "turn"))
    elif _scalar(value):
        confidence = facts.get("confidence")
        sure = float(confidence) if isinstance(confidence, int | float) else 0.8
        book.write(slot, cast(Scalar, value), Evidence("call", words, _count(facts, "turn")), sure)
    else:
        book.forget(slot)


# Slots.


def slots_out(book: SlotBook) -> dict[str, Json]:
    """All slots about which anything is known; ids to their state."""
    return {record.slot.id: kept for record in book if (kept := _record_out(record))}


def slots_in(book: SlotBook, memory: Json) -> None:
    """Put every slot into the state of `memory`; one that it does not name is as if never heard of."""
    known = memory if isinstance(memory, dict) else {}
    for record in book:
        kept = known.get(record.slot.id)
        _record_in(record, kept if isinstance(kept, dict) else {})


def _record_out(record: SlotRecord) -> dict[str, Json]:
    evidence = record.evidence
    everything: dict[str, Json] = {
        "value": record.value,
        "state": record.state.value if record.state is not SlotState.UNKNOWN else None,
        "confidence": record.confidence or None,
        "evidence": [evidence.source, evidence.words, evidence.turn] if evidence is not None else None,
        "corrected_from": record.corrected_from,
        "suggestion": record.suggestion,
        "suggestion_words": record.suggestion_words or None,
        "suggestion_source": record.suggestion_source if record.suggestion is not None else None,
        "asks": record.asks or None,
        "worded": record.worded or None,
        "given_up": record.given_up or None,
    }
    return {key: value for key, value in everything.items() if value is not None}


def _record_in(record: SlotRecord, kept: Mapping[str, Json]) -> None:
    record.value = _maybe_scalar(kept.get("value"))
    state = kept.get("state")
    record.state = SlotState(state) if state in set(SlotState) else SlotState.UNKNOWN
    confidence = kept.get("confidence")
    record.confidence = float(confidence) if isinstance(confidence, int | float) else 0.0
    match kept.get("evidence"):
        case [str(source), str(words), int(turn)] if source in get_args(Source):
            record.evidence = Evidence(cast(Source, source), words, turn)
        case _:
            record.evidence = None
    record.corrected_from = _maybe_scalar(kept.get("corrected_from"))
    record.suggestion = _maybe_scalar(kept.get("suggestion"))
    record.suggestion_words = _text(kept, "suggestion_words")
    record.suggestion_source = "crm" if kept.get("suggestion_source") == "crm" else "lead_form"
    record.asks, record.worded = _count(kept, "asks"), _count(kept, "worded")
    record.given_up = kept.get("given_up") is True
    if record.value is not None and record.evidence is None:
        # No value stands without what proves it: it is asked for again.
        record.value, record.state = None, SlotState.UNKNOWN


# The outcome, but for what only grows.


def outcome_out(outcome: Outcome) -> dict[str, Json]:
    booking, callback = outcome.appointment, outcome.callback
    return {
        "disposition": outcome.disposition,
        "reason": outcome.reason,
        "flags": list(outcome.flags),
        "appointment": [
            booking.id, booking.opening.start.isoformat(), booking.opening.end.isoformat(), booking.zone,
            outcome.calendar,
        ] if booking is not None else None,
        "appointment_more": {
            "status": booking.status, "staff": booking.staff, "link": booking.link, "title": booking.title,
            "told_zone": outcome.told_zone, "cancelled": outcome.cancelled,
        } if booking is not None else None,
        "callback": [callback.at.isoformat(), callback.by, callback.why, callback.language]
        if callback is not None
        else None,
        "recording": outcome.recording,
        "disclosures": outcome.disclosures.memory(),
        "corrections": {slot: list(pair) for slot, pair in outcome.corrections.items()},
        "silence_prompts": outcome.silence_prompts,
        "answered_by": outcome.answered_by,
        "actions": len(outcome.actions),
    }  # fmt: skip


def outcome_in(outcome: Outcome, memory: Json) -> None:
    """Go back to a checkpoint. What has happened in the world since is not undone by it: a wish not to be called or
    recorded, and disclosures that were heard."""
    kept = memory if isinstance(memory, dict) else {}
    outcome.disposition, outcome.reason = _text(kept, "disposition"), _text(kept, "reason")
    flags, corrections = kept.get("flags"), kept.get("corrections")
    outcome.flags = [str(flag) for flag in flags] if isinstance(flags, list) else []
    outcome.appointment, outcome.calendar, outcome.callback = None, "", None
    outcome.told_zone, outcome.cancelled = "", False
    match kept.get("appointment"):
        case [str(id), str(start), str(end), str(zone), str(calendar)]:
            opening = Opening(datetime.fromisoformat(start), datetime.fromisoformat(end))
            more = kept.get("appointment_more")
            told = more if isinstance(more, dict) else {}
            outcome.appointment, outcome.calendar = _booking(id, opening, zone, told), calendar
            outcome.told_zone, outcome.cancelled = _text(told, "told_zone"), told.get("cancelled") is True
    match kept.get("callback"):
        case [str(moment), str(by), str(why), language]:
            whom: Literal["assistant", "human"] = "assistant" if by == "assistant" else "human"
            outcome.callback = Callback(datetime.fromisoformat(moment), whom, why, str(language) if language else None)
    if kept.get("recording") == "declined":
        outcome.recording = "declined"
    outcome.disclosures.recall(kept.get("disclosures"))
    outcome.corrections = {
        slot: (cast(Scalar, pair[0]), cast(Scalar, pair[1]))
        for slot, pair in (corrections.items() if isinstance(corrections, dict) else ())
        if isinstance(pair, list) and len(pair) == 2 and all(_scalar(each) for each in pair)
    }
    outcome.silence_prompts = _count(kept, "silence_prompts")
    outcome.answered_by = _text(kept, "answered_by")


def _booking(id: str, opening: Opening, zone: str, told: Mapping[str, Json]) -> Booking:
    status: Literal["confirmed", "requested"] = "requested" if told.get("status") == "requested" else "confirmed"
    return Booking(id, opening, zone, status, _text(told, "staff"), _text(told, "link"), _text(told, "title"))


# A question.


def ask_out(ask: Ask | None) -> Json:
    return None if ask is None else [ask.wording, ask.about, ask.slot, ask.expecting]


def ask_in(memory: Json, book: SlotBook) -> Ask | None:
    """None also for a question about a slot that the flow does not have."""
    match memory:
        case [str(wording), str(about), slot, str(expecting)] if expecting in get_args(Expecting):
            named = slot if isinstance(slot, str) else None
            if named is None or named in book:
                return Ask(wording, about, named, cast(Expecting, expecting))
    return None


@dataclass(slots=True)
class Unknown:
    """Fields of a checkpoint that this version does not know, on their way into the next one."""

    fields: dict[str, Json] = field(default_factory=dict)

    def keep(self, memory: Memory, known: Iterable[str]) -> None:
        self.fields = {key: value for key, value in memory.items() if key not in set(known)}


def _text(facts: Mapping[str, Json], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def _count(facts: Mapping[str, Json], key: str) -> int:
    value = facts.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _scalar(value: Json) -> bool:
    return isinstance(value, str | int | float | bool)


def _maybe_scalar(value: Json) -> Scalar | None:
    return value if isinstance(value, str | int | float | bool) else None

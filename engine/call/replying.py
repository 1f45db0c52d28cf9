"""What a turn of the agent is made of, before it has words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.call.facts import spoken_value
from engine.dialogue.brief import Acknowledge, Answer, Ask, Expecting
from engine.dialogue.commands import Asked
from engine.dialogue.phrases import Phrases
from engine.dialogue.slots import Change, SlotBook, SlotRecord
from engine.flow.model import Flow
from engine.sdk import Line, SlotState, SlotType

Fill = Callable[[str], str]

UNSURE = 0.7
"""Confidence below which a slot with read-back "if unsure" is read back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`reaction`: a reflex speaks first. `opener`: a word about not having understood. `lines`: of the cards passed."""

    reaction: tuple[Line, ...] = ()
    opener: str = ""
    acknowledge: tuple[Acknowledge, ...] = ()
    answers: tuple[Answer, ...] = ()
    lines: tuple[Line, ...] = ()
    ask: Ask | None = None


def expecting(record: SlotRecord) -> Expecting:
    """What the answer to a slot's question sounds like: chooses decoding and endpointing."""
    match record.slot.type:
        case SlotType.ZIP | SlotType.PHONE:
            return "digits"
        case SlotType.EMAIL:
            return "email"
        case SlotType.YES_NO:
            return "yes_no"
        case _:
            return "speech"


def ask_for(record: SlotRecord, fill: Fill, puzzled: bool = False) -> Ask:
    """The next wording of a slot's question. `puzzled`: the last answer was not understood, so ask in another way."""
    slot = record.slot
    if record.asks == 0 and record.suggestion is not None and not record.known and slot.confirm_prefill:
        wording = slot.confirm_prefill.replace("{value}", spoken_value(slot, record.suggestion))
    elif puzzled and slot.ask_again:
        wordings = (*slot.ask_again, *slot.ask)
        wording = wordings[max(record.asks - 1, 0) % len(wordings)]
    else:
        wordings = slot.ask or (f"Could you tell me the {slot.label.lower()}?",)
        wording = wordings[record.worded % len(wordings)]
    return Ask(fill(wording), about=slot.id, slot=slot.id, expecting=expecting(record))


_WHY = re.compile(r"\b(?:why|what for|how come)\b|\bwhat do you (?:need|want) (?:that|this|it)\b", re.IGNORECASE)


def reason_for(record: SlotRecord | None, asked: Sequence[Asked]) -> tuple[Answer, ...]:
    """Why the open question is asked, if that is what the caller wants to know ("Why do you need that?")."""
    if record is None or not record.slot.why:
        return ()
    wanted = any(question.knowledge is None and _WHY.search(question.words) for question in asked)
    return (Answer(f"why:{record.slot.id}", record.slot.why),) if wanted else ()


_WHEN_AGAIN = re.compile(
    r"\b(?:what|which) (?:time|day|date)(?: and (?:time|day|date))?"
    r"(?: (?:was|is) (?:it|that|my|the (?:appointment|visit))\b|(?: again)?\W*$)"
    r"|\bwhen (?:was|is) (?:it|that|my (?:appointment|visit)|the (?:appointment|visit))\b",
    re.IGNORECASE,
)


def asks_for_the_time(asked: Sequence[Asked]) -> bool:
    """Whether the caller wants to hear the time of the appointment once more."""
    return any(_WHEN_AGAIN.search(question.words) for question in asked)


def answers(flow: Flow, asked: Sequence[Asked], fill: Fill) -> tuple[Answer, ...]:
    """The knowledge that answers the caller's questions, each entry once."""
    entries = {entry.id: entry for entry in flow.knowledge}
    wanted = dict.fromkeys(question.knowledge for question in asked if question.knowledge in entries)
    return tuple(Answer(id, fill(entries[id].say), entries[id].money) for id in wanted if id is not None)


def acknowledgements(
    book: SlotBook, changes: Sequence[Change], phrases: Phrases, fill: Fill, reacted: bool
) -> tuple[Acknowledge, ...]:
    """Show what was understood: read-backs always, else one short word for the turn, in the author's wording if any.

    `reacted`: something was already said about the utterance, so that a further "got it" would be noise.
    """
    taken = [change for change in changes if change.value is not None]
    refused = [change for change in changes if change.state is SlotState.REFUSED]
    if refused and not taken and not reacted:
        return (Acknowledge(refused[0].slot, "", phrases.next("refused")),)
    read_back = [
        _read_back(book[change.slot], change, phrases) for change in taken if _wants_read_back(book[change.slot])
    ]
    if read_back or not taken:
        return tuple(read_back)
    first = next((change for change in taken if book[change.slot].slot.acknowledge), taken[0])
    record = book[first.slot]
    assert first.value is not None
    if record.slot.acknowledge:
        own = phrases.pick(f"acknowledge:{first.slot}", record.slot.acknowledge)
        wording = fill(own).replace("{value}", spoken_value(record.slot, first.value))
    elif reacted:
        return ()
    else:
        corrected = any(change.corrected for change in taken)
        wording = phrases.next("acknowledge_correction" if corrected else "acknowledge")
    return (Acknowledge(first.slot, first.value, wording),)


def _wants_read_back(record: SlotRecord) -> bool:
    policy = record.slot.read_back
    return policy == "always" or (policy == "if_unsure" and record.confidence < UNSURE)


def _read_back(record: SlotRecord, change: Change, phrases: Phrases) -> Acknowledge:
    assert change.value is not None
    spoken = spoken_value(record.slot, change.value)
    return Acknowledge(change.slot, change.value, phrases.next("read_back").replace("{value}", spoken), spoken)

"""What a turn of the agent is made of, before it has words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.call.facts import spoken_value
from engine.dialogue.brief import Acknowledge, Answer, Ask, Expecting
from engine.dialogue.commands import Asked
from engine.dialogue.phrases import Phrases
from engine.dialogue.slots import Change, SlotBook, SlotRecord
from engine.flow.model import Flow
from engine.sdk import Line, SlotType

Fill = Callable[[str], str]


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
        wording = slot.ask_again[max(record.asks - 1, 0) % len(slot.ask_again)]
    else:
        wordings = slot.ask or (f"Could you tell me the {slot.label.lower()}?",)
        wording = wordings[record.asks % len(wordings)]
    return Ask(fill(wording), about=slot.id, slot=slot.id, expecting=expecting(record))


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
    given: list[Acknowledge] = []
    plain: Change | None = None
    for change in changes:
        if change.value is None:
            continue
        record = book[change.slot]
        slot = record.slot
        unsure = record.confidence < 0.7
        if slot.read_back == "always" or (slot.read_back == "if_unsure" and unsure):
            spoken = spoken_value(slot, change.value)
            wording = phrases.next("read_back").replace("{value}", spoken)
            given.append(Acknowledge(change.slot, change.value, wording, read_back=spoken))
        elif slot.acknowledge:
            wording = fill(phrases.pick(f"acknowledge:{slot.id}", slot.acknowledge))
            given.append(Acknowledge(change.slot, change.value, wording))
        else:
            plain = plain or change
    if plain is not None and plain.value is not None and not given and not reacted:
        corrected = any(change.corrected for change in changes)
        wording = phrases.next("acknowledge_correction" if corrected else "acknowledge")
        given.append(Acknowledge(plain.slot, plain.value, wording))
    return tuple(given)

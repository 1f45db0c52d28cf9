"""What is left of a turn whose words turned out otherwise, when it can no longer be answered anew (field-lessons R2).

Something was already begun outside, or the caller is speaking again: the slots are put right from the true words, and
the agent's next turn says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.call.checkpoint import Checkpoint
from engine.call.facts import spoken_value
from engine.call.thought import Thought
from engine.dialogue.apply import Applied, apply
from engine.dialogue.commands import Command
from engine.dialogue.phrases import Phrases
from engine.dialogue.proof import Moment
from engine.dialogue.slots import SlotBook
from engine.sdk import Scalar


@dataclass(frozen=True, slots=True)
class Amendment:
    """The true words of a turn, being understood as they would have been then."""

    before: Checkpoint
    thought: Thought

    def apply(self, commands: Sequence[Command], book: SlotBook, moment: Moment) -> Applied:
        """Take back what the misheard words put into the slots and put in what was said."""
        self.thought.drop()
        self.before.take_back_slots(book)
        return apply(book, commands, self.thought.words, self.before.turn, moment)


def values(book: SlotBook) -> dict[str, Scalar | None]:
    return {record.slot.id: record.value for record in book}


def changed(was: Mapping[str, Scalar | None], book: SlotBook) -> Iterator[tuple[str, Scalar | None, Scalar | None]]:
    """Slots whose value is another now: id, value before, value now."""
    for id, before in was.items():
        if book[id].value != before:
            yield id, before, book[id].value


def admission(
    differences: Sequence[tuple[str, Scalar | None, Scalar | None]], book: SlotBook, phrases: Phrases, booked: str
) -> str:
    """The sentence that says what was misheard; empty if nothing that matters was. `booked`: the time of an
    appointment that was made on the misheard words, empty if none was."""
    told = [spoken_value(book[id].slot, value) for id, _, value in differences if value is not None]
    if told:
        return phrases.next("misheard").replace("{value}", " and ".join(told))
    if booked:
        return phrases.next("misheard_booking").replace("{when}", booked)
    return phrases.next("misheard_words") if differences else ""

"""The state of a talk before a turn: one whose words were misheard is answered anew from there (field-lessons R2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.call.outcome import Callback, Outcome
from engine.call.speaker import Speaker
from engine.call.walker import Walker
from engine.dialogue.brief import Ask
from engine.dialogue.model import TurnView
from engine.dialogue.reflexes import ReflexDock
from engine.dialogue.slots import SlotBook, SlotRecord
from engine.sdk import Json, Scalar


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn may change."""

    book: SlotBook
    walker: Walker
    reflexes: ReflexDock
    speaker: Speaker
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`view`: what the model saw. `turn`: number of the caller's turn that follows."""

    view: TurnView
    turn: int
    slots: tuple[SlotRecord, ...]
    place: tuple[str, dict[str, str]]
    reflexes: dict[str, Json]
    open_ask: Ask | None
    last_said: str
    flags: tuple[str, ...]
    actions: int
    corrections: dict[str, tuple[Scalar, Scalar]]
    callback: Callback | None
    opted_out: bool
    booked: bool

    @classmethod
    def of(cls, parts: Parts, view: TurnView, turn: int) -> Checkpoint:
        outcome = parts.outcome
        return cls(
            view=view,
            turn=turn,
            slots=parts.book.copy_records(),
            place=parts.walker.place(),
            reflexes=parts.reflexes.memory(),
            open_ask=parts.speaker.open_ask,
            last_said=parts.speaker.last_said,
            flags=tuple(outcome.flags),
            actions=len(outcome.actions),
            corrections=dict(outcome.corrections),
            callback=outcome.callback,
            opted_out=outcome.opted_out,
            booked=outcome.standing is not None,
        )

    def roll_back(self, parts: Parts) -> None:
        """As if the turn had not been. Nothing that it changed outside the call is undone: ask before."""
        outcome = parts.outcome
        for record in self.slots:
            parts.book.put_back(record)
        parts.walker.return_to(self.place)
        parts.reflexes.recall(self.reflexes)
        parts.speaker.undo_reply(self.open_ask, self.last_said)
        outcome.flags[:] = self.flags
        del outcome.actions[self.actions :]
        outcome.corrections = dict(self.corrections)
        outcome.callback = self.callback

    def take_back_slots(self, book: SlotBook) -> None:
        """Only what the caller's own words of that turn put into the slots; how often they were asked stays."""
        for record in self.slots:
            now = book[record.slot.id]
            evidence = now.evidence
            if evidence is not None and evidence.source == "call" and evidence.turn == self.turn:
                book.put_back(replace(record, asks=now.asks, worded=now.worded))

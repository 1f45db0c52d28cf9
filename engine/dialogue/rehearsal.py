"""What would be made of one sentence, outside any call: the builder's "try it" boxes. Pure.

The same model, recognisers and checks as in a call read the sentence, over the flow as it stands in the draft. A hosted
model understands more than these rules do; it never gets past them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np

from engine.dialogue.apply import apply
from engine.dialogue.brief import Ask
from engine.dialogue.commands import Asked, Behaved, SlotRefused
from engine.dialogue.knowledge import Encoder, Match, Vectors
from engine.dialogue.model import TurnView
from engine.dialogue.offline import OfflineModel
from engine.dialogue.proof import Moment
from engine.dialogue.reflexes import CUSTOM, ReflexDock
from engine.dialogue.slots import SlotBook
from engine.flow.model import Flow
from engine.flow.rules import holds
from engine.sdk import Lead, Scalar

OWN_PHONE: Final = "+12025550123"
"""A number of nobody: stands for the one that was called, for "this number is fine"."""

MOST_ASKS: Final = 2
"""An answer outside the choices is taken only when the question was asked twice."""

NEAREST: Final = 3
_KEPT_VECTORS: Final = 4096

State = Literal["heard", "refused", "not_taken", "nothing"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What one sentence says about one slot. `why`: for `not_taken`, in plain words. `asks`: how often it had to be
    asked. `outside`: name of the list of the flow that the value is not in, empty if it is or need not be."""

    slot: str
    state: State
    value: Scalar | None = None
    words: str = ""
    confidence: float = 0.0
    denied: tuple[Scalar, ...] = ()
    asks: int = 1
    why: str = ""
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A behaviour in a sentence. `reflex`: id of the one that waits for it, empty if none does. `answers`: it is the
    one that would act."""

    trigger: str
    reflex: str
    words: str
    confidence: float
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`asked`: about the slot that was asked for, None if none was. `others`: what else was understood."""

    asked: Understood | None
    others: tuple[Understood, ...] = ()
    questions: tuple[Asked, ...] = ()
    noticed: tuple[Noticed, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """`entry`: id of the entry that would be told, None if the agent would say that it does not know. `as_question`:
    whether the sentence is taken for a question at all. `nearest`: the likeliest entries, the best first. `certain`:
    the score from which one is told."""

    entry: str | None
    as_question: bool
    nearest: tuple[Match, ...]
    certain: float


class Rehearsal:
    """Keeps what is costly to compute for the flows that were asked about last. Not for two threads at once."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._model = OfflineModel(_Remembering(encoder) if encoder is not None else None)

    def hear(self, flow: Flow, words: str, now: datetime, slot: str | None = None) -> Rehearsed:
        """What `words` say; with `slot` as the answer to its question. `now`: aware, in the seller's zone.

        Raises KeyError for a slot that the flow does not have.
        """
        if slot is not None:
            flow.slot(slot)
        for asks in range(1, MOST_ASKS + 1):
            rehearsed = self._hear(flow, words, now, slot, asks)
            if rehearsed.asked is None or rehearsed.asked.state != "nothing":
                return rehearsed
        return self._hear(flow, words, now, slot, 1)

    def _hear(self, flow: Flow, words: str, now: datetime, slot: str | None, asks: int) -> Rehearsed:
        book = SlotBook(flow.slots)
        ask = None
        if slot is not None:
            book[slot].asks = asks
            ask = Ask(next(iter(flow.slot(slot).ask), ""), slot, slot)
        view = TurnView(flow, book, Lead("rehearsal", "", "", OWN_PHONE), now, ask)
        commands = list(self._model.commands(view, words))
        applied = apply(book, commands, words, 1, Moment(now, OWN_PHONE))
        taken = {
            record.slot.id: Understood(
                record.slot.id, "heard", record.value, record.evidence.words if record.evidence else "",
                record.confidence, () if record.corrected_from is None else (record.corrected_from,),
                asks, outside=_outside(flow, record.slot.id, record.value),
            )
            for record in book if record.value is not None
        }  # fmt: skip
        for command in commands:
            if isinstance(command, SlotRefused):
                taken.setdefault(command.slot, Understood(command.slot, "refused", words=command.words, asks=asks))
        for refusal in applied.refusals:
            taken.setdefault(refusal.slot, Understood(refusal.slot, "not_taken", why=refusal.why, asks=asks))
        return Rehearsed(
            (taken.pop(slot, None) or Understood(slot, "nothing", asks=asks)) if slot is not None else None,
            tuple(each for each in taken.values() if each.state == "heard"),
            tuple(each for each in commands if isinstance(each, Asked)),
            _noticed(flow, [each for each in commands if isinstance(each, Behaved)]),
        )

    def answer(self, flow: Flow, question: str, facts: Mapping[str, Scalar | None], now: datetime) -> Found:
        """Which entry would be told. `facts`: what is known by then, by slot."""
        book = SlotBook(flow.slots)
        for slot, value in facts.items():
            if slot in book and value is not None:
                book.suggest(slot, value, "")
        view = TurnView(flow, book, Lead("rehearsal", "", "", OWN_PHONE), now)
        asked = [each for each in self._model.commands(view, question) if isinstance(each, Asked)]
        index = self._model.knowledge(flow)
        told = next((each for each in asked if each.knowledge is not None), None)
        nearest = index.ranked(told.words if told else question, facts)
        return Found(told.knowledge if told else None, bool(asked), tuple(nearest[:NEAREST]), index.certain)


def _outside(flow: Flow, slot: str, value: Scalar | None) -> str:
    check = flow.slot(slot).check
    if check is None or not check.in_list or value is None or check.in_list not in flow.lists:
        return ""
    return "" if holds(flow.lists[check.in_list], value) else check.in_list


def _noticed(flow: Flow, behaviours: Sequence[Behaved]) -> tuple[Noticed, ...]:
    fired = ReflexDock(flow).fire(behaviours, 0.0)
    waiting: dict[str, str] = {}
    for reflex in flow.reflexes:
        waiting.setdefault(f"{CUSTOM}{reflex.id}" if reflex.trigger == "custom" else reflex.trigger, reflex.id)
    found = []
    for each in behaviours:
        reflex_id = waiting.get(each.trigger, "")
        answers = fired is not None and fired.reflex.id == reflex_id and bool(reflex_id)
        trigger = "custom" if each.trigger.startswith(CUSTOM) else each.trigger
        found.append(Noticed(trigger, reflex_id, each.words, each.confidence, answers))
    return tuple(sorted(found, key=lambda each: (not each.answers, -each.confidence)))


class _Remembering:
    """Vectors of sentences that were asked for before: a draft differs from the one before it in a sentence or two."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            for text, vector in zip(new, self._encoder.encode(new), strict=True):
                self._known[text] = vector
        for text in texts:
            self._known.move_to_end(text)
        rows: Vectors = np.stack([self._known[text] for text in texts])
        while len(self._known) > _KEPT_VECTORS:
            self._known.popitem(last=False)
        return rows

"""A dialogue model that gives the answers it gave before: a talk that is held again up to a turn stays the same talk,
and costs nothing a second time."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

from engine.dialogue.brief import Brief
from engine.dialogue.commands import Command
from engine.dialogue.model import DialogueModel, Offer, TurnView


@dataclass(slots=True)
class Answered:
    """One request and what came of it. `asked`: the caller's words, for a turn."""

    kind: Literal["turn", "speak"]
    asked: str
    items: list[Command | Offer | str] = field(default_factory=list)


class RememberedModel:
    """`model` answers what is not remembered. `before`: answers to give again, in order; from the first request that
    is another one than then, all are asked anew."""

    def __init__(self, model: DialogueModel, before: list[Answered] | None = None) -> None:
        self._model = model
        self._before = deque(before or [])
        self.answers: list[Answered] = []

    @property
    def hosted(self) -> bool:
        return self._model.hosted

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        known = self._known("turn", words)
        if known is not None:
            for item in known:
                yield item
            return
        answered = self._begin("turn", words)
        async for item in self._model.turn(view, words):
            answered.items.append(item)
            yield item

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        known = self._known("speak", "")
        if known is not None:
            for item in known:
                if isinstance(item, str):
                    yield item
            return
        answered = self._begin("speak", "")
        async for sentence in self._model.speak(view, brief):
            answered.items.append(sentence)
            yield sentence

    def _known(self, kind: Literal["turn", "speak"], asked: str) -> list[Command | Offer | str] | None:
        if not self._before:
            return None
        if (self._before[0].kind, self._before[0].asked) != (kind, asked):
            self._before.clear()
            return None
        answered = self._before.popleft()
        self.answers.append(answered)
        return answered.items

    def _begin(self, kind: Literal["turn", "speak"], asked: str) -> Answered:
        answered = Answered(kind, asked)
        self.answers.append(answered)
        return answered

"""Begins the model's turns, also ahead of time, and keeps account of what they cost.

A turn drafted on words that may still change is only a running thought: it is adopted when the caller's turn ends with
the same meaning, else dropped and begun anew. Nothing of it is applied, spoken or stored before (field-lessons R8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from engine.call.thought import Thought
from engine.dialogue.meaning import same_meaning
from engine.dialogue.model import DialogueModel, Spent, TurnView

Account = Callable[[Spent, bool, int], None]
"""Told of each request to a hosted model, whether it was for nothing, and the caller's turn that it was for."""

FRUITFUL: Final = frozenset({"ok", "cancelled"})
"""Outcomes of requests that somebody wanted: one that is stopped has given its commands."""


@dataclass
class _Bill:
    """What a thought has cost; held back until it is known whether anybody wanted it."""

    account: Account
    turn: int
    wanted: bool | None = None
    waiting: list[Spent] = field(default_factory=list)

    def spent(self, spent: Spent) -> None:
        if self.wanted is None:
            self.waiting.append(spent)
            return
        wasted = not self.wanted or spent.outcome not in FRUITFUL
        self.account(spent if self.wanted else replace(spent, purpose="draft"), wasted, self.turn)

    def settle(self, wanted: bool) -> None:
        self.wanted = wanted
        waiting, self.waiting = self.waiting, []
        for spent in waiting:
            self.spent(spent)


@dataclass
class _Draft:
    thought: Thought
    bill: _Bill
    state: object


class Thinking:
    """The model's turns of one call. `view`: what the model may know now. `state`: changes whenever the call does."""

    def __init__(
        self, model: DialogueModel, view: Callable[[], TurnView], state: Callable[[], object], account: Account
    ) -> None:
        self._model, self._view, self._state, self._account = model, view, state, account
        self._draft: _Draft | None = None

    @property
    def hosted(self) -> bool:
        return self._model.hosted

    def draft(self, words: str, turn: int) -> None:
        """Begin the turn on these words, though the caller may go on. Models that cost nothing need no such start."""
        if not self._model.hosted:
            return
        self.drop_draft()
        self._draft = _Draft(*self._begin(self._view(), words, turn), self._state())

    def drop_draft(self) -> None:
        """The caller goes on, or something else came between."""
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.bill.settle(wanted=False)
            draft.thought.drop()

    def take(self, words: str, turn: int) -> tuple[Thought, bool]:
        """The turn on `words`: the draft if it was for the same words, else a new one. Says whether it was drafted."""
        draft = self._draft
        if draft is not None and draft.state == self._state() and same_meaning(draft.thought.words, words):
            self._draft = None
            draft.bill.settle(wanted=True)
            return draft.thought, True
        self.drop_draft()
        return self.anew(self._view(), words, turn), False

    def anew(self, view: TurnView, words: str, turn: int) -> Thought:
        """A turn on `words` under a view of the caller's choice."""
        thought, bill = self._begin(view, words, turn)
        bill.settle(wanted=True)
        return thought

    def _begin(self, view: TurnView, words: str, turn: int) -> tuple[Thought, _Bill]:
        bill = _Bill(self._account, turn)
        return Thought(self._model.turn(replace(view, on_spent=bill.spent), words), words), bill

"""The interface of a dialogue model, hosted or offline: it reads an utterance and finds words; it decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.dialogue.brief import Ask, Brief
from engine.dialogue.commands import Command
from engine.dialogue.slots import SlotBook
from engine.flow.model import Edge, Flow
from engine.sdk import Lead


@dataclass(frozen=True, slots=True)
class TurnView:
    """What a model may know of the call. `book` is for reading. `open_edges`: edges with an intention that could be
    taken now. `now`: aware, in the seller's zone. `last_said`: the agent's last turn."""

    flow: Flow
    book: SlotBook
    lead: Lead
    now: datetime
    ask: Ask | None = None
    open_edges: tuple[Edge, ...] = ()
    last_said: str = ""


class ModelError(Exception):
    """A dialogue model failed. The message says which and why, in plain words."""


class DialogueModel(Protocol):
    def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | str]:
        """Commands first; then, from models that can, the speech they would answer with (strings, in pieces).

        The engine releases that speech only if its own plan agrees, else it calls `speak`. Raises `ModelError`.
        """
        ...

    def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        """The words for a brief, sentence by sentence. Raises `ModelError`."""
        ...

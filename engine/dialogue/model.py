"""The interface of a dialogue model, hosted or offline: it reads an utterance and finds words; it decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from engine.dialogue.brief import Ask, Brief
from engine.dialogue.commands import Command
from engine.dialogue.slots import SlotBook
from engine.flow.model import Edge, Flow
from engine.provider_problem import ProviderProblem
from engine.sdk import Lead


@dataclass(frozen=True, slots=True)
class Offer:
    """What the speech that follows would do, so that the engine can hold it against its own plan before a word is said.

    `ask`: what it asks for (`Ask.about`), None if it asks nothing. `answers`: ids of the knowledge entries it tells.
    """

    ask: str | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request to a hosted model cost. Tokens are what the provider told, or an estimate (four characters a
    token) if the request was cancelled before it did. `first_ms`: until the first piece came, None if none did.
    `outcome`: `ok`, `cancelled` (nobody wanted the rest), or a `ProblemKind`."""

    model: str
    purpose: Literal["turn", "speak", "draft", "write"]
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    first_ms: float | None
    total_ms: float
    outcome: str


Heard = tuple[Literal["agent", "caller"], str]


def _ignore(what: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class TurnView:
    """What a model may know of the call. `book` is for reading. `open_edges`: edges with an intention that could be
    taken now. `now`: aware, in the seller's zone. `last_said`: the agent's last turn.

    `card`: id of the open card. `agenda`: what the plan would ask next, in its order and in the author's next wording;
    the first one that the utterance does not settle is what will be asked. `history`: the talk so far, oldest first, of
    the agent only what was really heard. `on_spent`: told of each request to a hosted model, also of cancelled ones.
    `on_note`: told in a sentence what was amiss with a model's answer (a line that could not be read, a model that was
    passed over), for the journal.
    """

    flow: Flow
    book: SlotBook
    lead: Lead
    now: datetime
    ask: Ask | None = None
    open_edges: tuple[Edge, ...] = ()
    last_said: str = ""
    card: str = ""
    agenda: tuple[Ask, ...] = ()
    history: tuple[Heard, ...] = ()
    on_spent: Callable[[Spent], None] = _ignore
    on_note: Callable[[str], None] = _ignore


class ModelError(Exception):
    """A dialogue model failed. The message says which and why, in plain words."""

    def __init__(self, message: str, problem: ProviderProblem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class DialogueModel(Protocol):
    @property
    def hosted(self) -> bool:
        """Whether a turn takes time and costs money: then the engine begins it before the caller has surely finished
        (what it drops is counted, R8), does without it where the author's own wording serves, and opens without it."""
        ...

    def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        """Commands first; then, from models that can, an `Offer` and the speech it announces, in pieces of any length.

        The engine releases that speech only if its own plan agrees, else it words the turn itself or calls `speak`.
        Closing the iterator stops the work behind it. Raises `ModelError`.
        """
        ...

    def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        """The words for a brief, sentence by sentence. Raises `ModelError`."""
        ...

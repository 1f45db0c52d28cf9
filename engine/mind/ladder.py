"""Several dialogue models, the best first; when one refuses, stalls or writes nonsense, the next goes on at once.

The last one should be the offline model: it needs no network, so a caller never waits for nothing. What a model has
understood before it failed is kept, and the next one only adds what is missing. Nothing here acts on the world.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from engine.dialogue.brief import Brief
from engine.dialogue.commands import (
    Agreed,
    Answered,
    Asked,
    Behaved,
    Command,
    Intended,
    SlotDenied,
    SlotHeard,
    SlotRefused,
)
from engine.dialogue.figures import amounts_in
from engine.dialogue.model import DialogueModel, ModelError, Offer, TurnView
from engine.mind.rest import Rest
from engine.provider_problem import ProblemKind, ProviderProblem

PATIENCE_S: Final = 2.2
"""Seconds of a turn after which no model but the last is waited for: with the end of the turn before and the voice
after it, the caller hears something within 3 s (R14)."""

T = TypeVar("T")


@dataclass
class Rung:
    """`name`: as the journal tells it."""

    name: str
    model: DialogueModel
    rest: Rest = field(default_factory=Rest)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A model failed and the next one went on. `rest_s`: how long it is left alone now, 0 if it is not."""

    model: str
    instead: str
    problem: ProviderProblem | None
    rest_s: float

    def __str__(self) -> str:
        why = self.problem.sentence if self.problem is not None else "It failed."
        rest = f" It rests for {self.rest_s:.0f} s." if self.rest_s else ""
        return f"{self.model} was passed over for {self.instead}: {why}{rest}"


def _ignore(passed: PassedOver) -> None:
    return None


class Ladder:
    """Implements `DialogueModel`. Shared by all calls of a process: what one call learns of a model serves the others.

    `on_passed_over`: for metrics and `leadline doctor`; each call's journal is told through `TurnView.on_note`.
    """

    def __init__(
        self,
        rungs: Sequence[Rung],
        on_passed_over: Callable[[PassedOver], None] = _ignore,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        if not rungs:
            raise ValueError("A ladder of models needs at least one model.")
        self.rungs = tuple(rungs)
        self.hosted = len(rungs) > 1
        self._told, self._clock, self._patience = on_passed_over, clock, patience_s

    def standing(self) -> tuple[Rung, ...]:
        """The models that would be asked now, in order. The last one never rests: somebody must answer."""
        now = self._clock()
        return (*(rung for rung in self.rungs[:-1] if not rung.rest.resting(now)), self.rungs[-1])

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        rungs = self.standing()
        until = self._clock() + self._patience
        told: set[tuple[str, ...]] = set()
        for at, rung in enumerate(rungs):
            last = rung is rungs[-1]
            if not last and self._clock() >= until:
                continue
            speaking = False
            failed: ModelError | None = None
            async with _closing(rung.model.turn(view, words)) as items:
                while True:
                    try:
                        # Once it speaks, its own deadlines hold; before, the caller waits in silence.
                        item = await self._within(anext(items, None), None if last or speaking else until)
                    except Exception as error:
                        failed = _as_model_error(error, last)
                        break
                    if item is None:
                        break
                    if isinstance(item, Offer | str):
                        speaking = True
                        yield item
                    elif (key := _subject(item)) not in told:
                        told.add(key)
                        yield item
            if failed is None:
                rung.rest.succeeded()
                return
            if last:
                if told and not speaking:
                    view.on_note(f"{rung.name} failed after its commands: {_why(failed)}")
                    return
                raise failed
            self._pass_over(view, rung, rungs[-1] if self._clock() >= until else rungs[at + 1], failed)
            if speaking:
                # Half of what it would say may have been heard; only who speaks it knows what is missing.
                raise failed

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        rungs = self.standing()
        until = self._clock() + self._patience
        said: list[str] = []
        for at, rung in enumerate(rungs):
            last = rung is rungs[-1]
            if not last and self._clock() >= until:
                continue
            failed: ModelError | None = None
            async with _closing(rung.model.speak(view, brief)) as sentences:
                while True:
                    try:
                        sentence = await self._within(anext(sentences, None), None if last or said else until)
                    except Exception as error:
                        failed = _as_model_error(error, last)
                        break
                    if sentence is None:
                        break
                    said.append(sentence)
                    yield sentence
            if failed is None:
                rung.rest.succeeded()
                return
            if last:
                raise failed
            self._pass_over(view, rung, rungs[-1] if self._clock() >= until else rungs[at + 1], failed)
            brief = still_owed(brief, " ".join(said))
            if brief.empty:
                return

    async def _within(self, work: Awaitable[T], until: float | None) -> T:
        if until is None:
            return await work
        try:
            async with asyncio.timeout(max(0.0, until - self._clock())):
                return await work
        except TimeoutError:
            sentence = f"Gave no answer within {self._patience:g} s."
            problem = ProviderProblem(ProblemKind.TOO_SLOW, sentence)
        raise ModelError(sentence, problem)

    def _pass_over(self, view: TurnView, rung: Rung, instead: Rung, failed: ModelError) -> None:
        retry_after_s = getattr(failed, "retry_after_s", None)
        rest_s = rung.rest.failed(failed.problem, retry_after_s, self._clock())
        passed = PassedOver(rung.name, instead.name, failed.problem, rest_s)
        view.on_note(str(passed))
        self._told(passed)


@asynccontextmanager
async def _closing(items: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Closes a model's iterator when the turn is left, which is what stops the work behind it."""
    try:
        yield items
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


def _as_model_error(error: Exception, last: bool) -> ModelError:
    """A mistake in a model's own code is no reason for a call to end, as long as another model can go on."""
    if isinstance(error, ModelError):
        return error
    if last:
        raise error
    sentence = f"Failed with an error of its own ({type(error).__name__})."
    return ModelError(sentence, ProviderProblem(ProblemKind.UNREADABLE, sentence))


def _why(failed: ModelError) -> str:
    return failed.problem.sentence if failed.problem is not None else str(failed)


def _subject(command: Command) -> tuple[str, ...]:
    """What a command is about: a second model that says the same of the same thing adds nothing."""
    match command:
        case SlotHeard() | SlotDenied() | SlotRefused() | Agreed():
            return ("slot", command.slot)
        case Behaved():
            return ("behaved", command.trigger)
        case Intended():
            return ("intended", command.edge)
        case Answered():
            return ("answered",)
        case Asked():
            return ("asked", command.knowledge or command.words.lower())


def still_owed(brief: Brief, said: str) -> Brief:
    """What of a brief was surely not said yet, when a model broke off after `said`: the question if none was asked, a
    read-back that is missing, an answer none of whose amounts was told and whose words hardly occur."""
    if not said:
        return brief
    spoken = set(said.lower().split())
    return Brief(
        acknowledge=tuple(each for each in brief.acknowledge if each.read_back and each.read_back not in said),
        answers=tuple(
            each
            for each in brief.answers
            if not (set(amounts_in(each.wording)) & set(amounts_in(said)))
            and len(spoken & set(each.wording.lower().split())) < len(set(each.wording.split())) / 2
        ),
        lines=tuple(line for line in brief.lines if line.fixed and line.text not in said),
        ask=brief.ask if "?" not in said else None,
        money_allowed=brief.money_allowed,
    )

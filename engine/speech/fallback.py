"""Recognisers in an order: when one fails, the next takes the running turn over, with all its sound.

The caller notices nothing but a few tenths of a second: the sound of the turn is kept here, and a local recogniser
reads a whole turn in less than that. An answer without words is checked too: a service that has stalled hears nothing,
and the next one is asked for a second opinion on the same sound before the caller is asked to say it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.breaker import Breaker
from engine.speech.ports import Expect, Hints, Revised, SpeechError, SpeechToText, Transcriber, Transcript

log = logging.getLogger(__name__)

OPENS_WITHIN_S: Final = 1.5
ANSWERS_WITHIN_S: Final = 1.1
"""For each recogniser but the last. A call waits 1.6 s for its words in all, and asks again after 1.3."""

DEAF_AFTER: Final = 2
"""So often in a row the next one heard words where this one heard none: it is given up."""


@dataclass(frozen=True, slots=True)
class EarChange:
    """Another recogniser has taken over. `before`, `after`: their names. `problem`: why the first one was given up."""

    before: str
    after: str
    problem: ProviderProblem


Told = Callable[[EarChange], None]


class FallbackEar:
    """Implements `SpeechToText`. `engines` in their order, the surest last. One for a process: what is found broken in
    one call is not asked again in the next (`Breaker`). `clock`: seconds, the loop's own without it."""

    def __init__(self, *engines: SpeechToText, clock: Callable[[], float] | None = None) -> None:
        if not engines:
            raise ValueError("At least one recogniser is needed.")
        self._engines = engines
        self._breakers = tuple(Breaker() for _ in engines)
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._told: Told = _unheeded
        self._of_one_call = False
        self._at = 0

    @property
    def name(self) -> str:
        return ", then ".join(name_of(each) for each in self._engines)

    def for_call(self, told: Told) -> FallbackEar:
        """The same recognisers with the same knowledge of what is broken; one call's changes are told to `told`. A
        call whose line comes back opens another ear of it, by the recogniser that it had come to."""
        twin = FallbackEar(*self._engines, clock=self._clock)
        twin._breakers, twin._told, twin._of_one_call = self._breakers, told, True
        return twin

    async def open(self, hints: Hints, revised: Revised | None = None) -> Transcriber:
        """An ear for one call, by the first recogniser that can. Raises `SpeechError` when none can."""
        call = _CallEar(self._engines, self._breakers, self._clock, self._told, hints, revised, self._came_to)
        await call.begin(self._at)
        return call

    def _came_to(self, at: int) -> None:
        if self._of_one_call:
            self._at = at


class _CallEar:
    def __init__(
        self,
        engines: Sequence[SpeechToText],
        breakers: Sequence[Breaker],
        clock: Callable[[], float],
        told: Told,
        hints: Hints,
        revised: Revised | None,
        came_to: Callable[[int], None],
    ) -> None:
        self._came_to = came_to
        self._engines = engines
        self._breakers = breakers
        self._clock = clock
        self._told = told
        self._hints = hints
        self._revised = revised
        self._at = 0
        self._ear: Transcriber | None = None
        self._second: Transcriber | None = None  # the next one's, once an opinion was asked for
        self._turn: list[bytes] = []
        self._number = 0
        self._deaf = 0
        self._closing: set[asyncio.Task[None]] = set()

    async def begin(self, first: int) -> None:
        """`first`: the recogniser that this call had come to on an earlier line."""
        now = self._clock()
        last = len(self._engines) - 1
        self._at = next((at for at in range(first, last) if self._breakers[at].allows(now)), last)
        self._came_to(self._at)
        await self._open()

    def push(self, pcm: bytes) -> None:
        self._turn.append(pcm)
        if self._ear is not None:
            try:
                self._ear.push(pcm)
            except Exception as error:  # any engine, any error: `text` hands the turn over
                self._give_up(_problem(error, self._name))

    async def text(self, expect: Expect = "speech") -> Transcript:
        while True:
            try:
                if self._ear is None:
                    await self._open()
                assert self._ear is not None
                ear, number = self._ear, self._number
                async with asyncio.timeout(None if self._last else ANSWERS_WITHIN_S):
                    heard = await ear.text(expect)
            except Exception as error:
                problem = _problem(error, self._name)
                if self._forgo_phrases(problem):
                    continue
                if self._last:
                    self._drop()
                    raise SpeechError(str(problem), problem) from error
                self._give_up(problem)
                continue
            if heard.text or self._last or number != self._number:
                if heard.text:
                    self._deaf = 0
                    self._breakers[self._at].worked(self._clock())
                return heard
            return await self._second_opinion(heard, expect)

    def next_turn(self) -> None:
        self._turn = []
        self._number += 1
        for ear in (self._ear, self._second):
            if ear is not None:
                ear.next_turn()

    async def close(self) -> None:
        for ear in (self._ear, self._second):
            if ear is not None:
                await _close_quietly(ear)
        self._ear = self._second = None
        if self._closing:
            await asyncio.wait(self._closing, timeout=1.0)

    @property
    def _last(self) -> bool:
        return self._at == len(self._engines) - 1

    @property
    def _name(self) -> str:
        return name_of(self._engines[self._at])

    async def _open(self) -> None:
        """Open the present recogniser, else one after it, and give it the running turn."""
        while self._ear is None:
            at = self._at

            def revised(text: str, at: int = at) -> None:
                if at == self._at and self._revised is not None:  # else another one has taken over since
                    self._revised(text)

            try:
                async with asyncio.timeout(OPENS_WITHIN_S):
                    self._ear = self._second or await self._engines[at].open(self._hints, revised)
            except Exception as error:
                problem = _problem(error, self._name)
                if self._forgo_phrases(problem):
                    continue
                if self._last:
                    raise SpeechError(str(problem), problem) from error
                self._give_up(problem)
                continue
            fresh, self._second = self._second is None, None
            if fresh:
                for pcm in self._turn:
                    self._ear.push(pcm)

    async def _second_opinion(self, heard: Transcript, expect: Expect) -> Transcript:
        """The next recogniser's answer to a turn in which this one heard nothing."""
        number = self._number
        try:
            if self._second is None:
                self._second = await self._engines[self._at + 1].open(self._hints)
            else:
                self._second.next_turn()
            for pcm in self._turn:
                self._second.push(pcm)
            other = await self._second.text(expect)
        except Exception as error:
            log.info("No second opinion: %r", error)
            return heard
        if not other.text or number != self._number:
            return heard
        self._deaf += 1
        if self._deaf >= DEAF_AFTER:
            name = self._name
            problem = ProviderProblem(
                ProblemKind.TOO_SLOW,
                f"{name} heard nothing where there were words, {self._deaf} times in a row.",
                "Nothing has to be done; it is asked again later.",
            )
            self._give_up(problem, keep_second=True)
        return other

    def _forgo_phrases(self, problem: ProviderProblem) -> bool:
        """Whether the same recogniser is asked once more without the words to favour: a refused request may have been
        refused for them, and hearing a little worse is better than another recogniser. Not in vain twice a call."""
        if problem.kind is not ProblemKind.REFUSED or not self._hints.phrases or self._last:
            return False
        self._hints = replace(self._hints, phrases=())
        log.warning("%s is asked without words to favour: %s", self._name, problem)
        self._drop()
        self._told(EarChange(self._name, f"{self._name} without words to favour", problem))
        return True

    def _give_up(self, problem: ProviderProblem, *, keep_second: bool = False) -> None:
        """The next one is opened when it is needed; this call does not come back to the one before."""
        self._breakers[self._at].failed(self._clock(), problem)
        before = self._name
        second = self._second
        if not keep_second:
            self._second = None
            self._close_later(second)
        self._drop()
        self._deaf = 0
        if self._last:
            return
        self._at += 1
        self._came_to(self._at)
        change = EarChange(before, self._name, problem)
        log.warning("%s takes over from %s: %s", change.after, change.before, problem)
        if keep_second:
            self._ear, self._second = second, None
        self._told(change)

    def _drop(self) -> None:
        ear, self._ear = self._ear, None
        self._close_later(ear)

    def _close_later(self, ear: Transcriber | None) -> None:
        if ear is not None:
            task = asyncio.create_task(_close_quietly(ear))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


def name_of(engine: SpeechToText) -> str:
    """How a recogniser is called in the journal."""
    name = getattr(engine, "name", "")
    return name if isinstance(name, str) and name else type(engine).__name__


def _problem(error: BaseException, name: str) -> ProviderProblem:
    if isinstance(error, SpeechError) and error.problem is not None:
        return error.problem
    if isinstance(error, TimeoutError):
        return ProviderProblem(ProblemKind.TOO_SLOW, f"{name} did not answer in time.", "")
    return ProviderProblem(ProblemKind.CUT, f"{name} failed: {error}", "")


def _unheeded(change: EarChange) -> None:
    pass


async def _close_quietly(ear: Transcriber) -> None:
    try:
        async with asyncio.timeout(1.0):
            await ear.close()
    except Exception as error:
        log.info("A recogniser did not close: %r", error)

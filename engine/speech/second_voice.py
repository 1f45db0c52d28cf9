"""Voices in an order: when one fails, the next speaks, and the caller hears no gap.

A voice that fails before its first sound is replaced within the same request. One that fails in the middle raises
`SpeechError`: only the call knows what was heard of it, and asks for what is left. A call keeps the voice that took
over to its end, unless that one fails too: a voice that changes back and forth is worse than a lesser voice. A single
broken stream changes nothing; the same voice is asked for the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.breaker import Breaker
from engine.speech.ports import SpeechError, TextToSpeech, VoiceChange

log = logging.getLogger(__name__)

FIRST_SOUND_WITHIN_S: Final = 1.0
"""For each voice but the last. Google's first sound comes after 0.2 to 0.4 s; the next voice needs some time too before
the silence is one (field-lessons R14)."""

NEXT_SOUND_WITHIN_S: Final = 0.8

_OF_ONE_VOICE: Final = frozenset(
    {ProblemKind.UNKNOWN_VOICE, ProblemKind.REFUSED, ProblemKind.UNREADABLE, ProblemKind.CUT}
)
"""Problems that another voice of the same provider need not have."""


class SecondVoice(TextToSpeech):
    """`voices` in their order, the surest last. One for a process; `for_call` gives a call its own, with shared
    knowledge of what is broken. `clock`: seconds, the loop's own without it."""

    def __init__(self, voices: Sequence[TextToSpeech], *, clock: Callable[[], float] | None = None) -> None:
        if not voices:
            raise ValueError("At least one voice is needed.")
        self._voices = tuple(voices)
        self._breakers = tuple(Breaker() for _ in voices)
        self._clock = clock or (lambda: asyncio.get_running_loop().time())

    @property
    def voice(self) -> str:
        """The first one: what calls sound like as long as nothing fails."""
        return self._voices[0].voice

    def for_call(self, told: Callable[[VoiceChange], None]) -> _CallVoice:
        return _CallVoice([each.for_call(told) for each in self._voices], self._breakers, self._clock, told)

    def alone(self) -> TextToSpeech:
        return self._voices[0].alone()

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """One text for itself, by the first voice that can."""
        async with aclosing(self.for_call(_nobody).speak(text)) as sound:
            async for pcm in sound:
                yield pcm


class _CallVoice(TextToSpeech):
    def __init__(
        self,
        voices: Sequence[TextToSpeech],
        breakers: Sequence[Breaker],
        clock: Callable[[], float],
        told: Callable[[VoiceChange], None],
    ) -> None:
        self._voices = voices
        self._breakers = breakers
        self._clock = clock
        self._told = told
        self._given_up: set[int] = set()
        self._cut_once = False
        now = clock()
        self._at = next((at for at, each in enumerate(breakers) if each.allows(now)), len(voices) - 1)

    @property
    def voice(self) -> str:
        return self._voices[self._at].voice

    def for_call(self, told: Callable[[VoiceChange], None]) -> _CallVoice:
        return self

    def warm(self) -> None:
        self._voices[self._at].warm()

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        for _ in self._voices:
            at, begun = self._at, False
            try:
                async with aclosing(_in_time(self._voices[at].speak(text), self._first_within(at))) as sound:
                    async for pcm in sound:
                        begun = True
                        yield pcm
            except Exception as error:  # any engine, any error: there is another voice
                problem = _problem(error, self._voices[at].voice)
                if not self._goes_on(at, problem, begun) or begun:
                    raise SpeechError(str(problem), problem) from error
            else:
                self._breakers[at].worked(self._clock())
                return

    def _first_within(self, at: int) -> float | None:
        return None if at == len(self._voices) - 1 else FIRST_SOUND_WITHIN_S

    def _goes_on(self, at: int, problem: ProviderProblem, begun: bool) -> bool:
        """Take note of a failure; whether the next request has a chance."""
        now = self._clock()
        self._breakers[at].failed(now, problem)
        if at != self._at:
            return True  # two sentences were under way, and the other one has changed the voice already
        if begun and problem.kind is ProblemKind.CUT and not self._cut_once:
            self._cut_once = True
            return True
        return self._change(problem, now)

    def _change(self, problem: ProviderProblem, now: float) -> bool:
        before = self._voices[self._at].voice
        self._given_up.add(self._at)
        if problem.kind not in _OF_ONE_VOICE:
            self._given_up |= {at for at, each in enumerate(self._voices) if _provider(each) == _provider_of(before)}
        count = len(self._voices)
        ring = [(self._at + step) % count for step in range(1, count)]
        left = [at for at in ring if at not in self._given_up]
        after = next((at for at in left if self._breakers[at].allows(now)), left[-1] if left else None)
        if after is None:
            self._given_up.clear()  # the next sentence may try them all again
            return False
        self._at = after
        change = VoiceChange(before, self._voices[after].voice, problem)
        log.warning("%s takes over from %s: %s", change.after, change.before, problem)
        self._told(change)
        return True


async def _in_time(pieces: AsyncIterator[bytes], first_within_s: float | None) -> AsyncGenerator[bytes, None]:
    """`pieces`, or `TimeoutError` when one is late; no limits without the first."""
    within = first_within_s
    try:
        while True:
            async with asyncio.timeout(within):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
            within = NEXT_SOUND_WITHIN_S if first_within_s is not None else None
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


def _problem(error: Exception, voice: str) -> ProviderProblem:
    if isinstance(error, SpeechError) and error.problem is not None:
        return error.problem
    if isinstance(error, TimeoutError):
        return ProviderProblem(ProblemKind.TOO_SLOW, f"No sound came from the voice {voice} in time.")
    return ProviderProblem(ProblemKind.UNREADABLE, f"The voice {voice} failed: {str(error) or repr(error)}")


def _provider(voice: TextToSpeech) -> str:
    return _provider_of(voice.voice)


def _provider_of(name: str) -> str:
    return name.split("/", 1)[0]


def _nobody(change: VoiceChange) -> None:
    """Of a text that belongs to no call."""

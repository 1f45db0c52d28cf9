"""The engines of this process: which serve a flow's calls, opened once, shared by all calls that choose the same.

    flow ─ choose ─> ear, voice, mind ─ each opened once for (choice, account) ─> Engines

Whatever cannot be opened (no such connection, a key that is no key) is left out: the engine of this machine serves in
its place, and each call's journal says so; it is tried again after a minute. A connection that is changed is taken up
by the next call; calls under way stay with the engines they began with.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from engine.call.engines import Engines, LeftOut
from engine.call.fixed_audio import FixedAudio
from engine.call.line_files import LineFiles
from engine.call.session_settings import LINES
from engine.dialogue.model import DialogueModel, ModelError
from engine.flow.model import Flow
from engine.providers.accounts import (
    ConnectionInvalid,
    GeminiAccount,
    GoogleAccount,
    gemini_account,
    google_account,
)
from engine.providers.choice import Choice, Defaults, Ear, Mind, Voice, choose
from engine.sdk import Connection, ConnectionMissing
from engine.speech.ports import SpeechError, SpeechStack, SpeechToText, TextToSpeech

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_AFTER_S: Final = 60.0
"""So long what could not be opened is left alone: the reason may have been of the moment."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A connection as it is kept. `changed_at` tells one state of it from the next."""

    connection: Connection
    changed_at: datetime


ReadConnection = Callable[[str], Awaitable[Stored]]
"""Raises `ConnectionMissing`, or `ConnectionInvalid` for one that cannot be opened."""


@dataclass(frozen=True, slots=True)
class OpenedMind:
    """`prepare`: lets the hosted models see a flow before its first call; may take a moment, beside the loop."""

    model: DialogueModel
    prepare: Callable[[Flow], None] | None = None


class Opener(Protocol):
    """Opens hosted engines (`engine.providers.hosted`); each gets the engine that takes over when the service fails.

    `exits`: what is to be closed when the process ends is put there. All raise `SpeechError` or `ModelError`.
    """

    async def ear(
        self, ear: Ear, account: GoogleAccount, behind: SpeechToText, exits: AsyncExitStack
    ) -> SpeechToText: ...

    async def voice(
        self, voice: Voice, account: GoogleAccount, behind: TextToSpeech, exits: AsyncExitStack
    ) -> TextToSpeech: ...

    async def mind(
        self, mind: Mind, account: GeminiAccount, behind: DialogueModel, exits: AsyncExitStack
    ) -> OpenedMind: ...


@dataclass(frozen=True, slots=True)
class _Opened(Generic[T]):
    """`problem`: why the chosen service is not in it, empty if it is. `again_at`: when to try again then."""

    engine: T
    problem: str = ""
    again_at: float = 0.0


class _Part(Generic[T]):
    """The opened engines of one part, by choice and by the state of the account."""

    def __init__(self, read: ReadConnection, now: Callable[[], float]) -> None:
        self._read = read
        self._now = now
        self._opened: dict[tuple[object, datetime], _Opened[T]] = {}

    async def get(
        self, choice: object, connection: str, local: T, make: Callable[[Connection], Awaitable[T]]
    ) -> _Opened[T]:
        if not connection:
            return _Opened(local)
        try:
            stored = await self._read(connection)
        except (ConnectionMissing, ConnectionInvalid) as problem:
            return _Opened(local, str(problem))
        key = (choice, stored.changed_at)
        opened = self._opened.get(key)
        if opened is None or (opened.problem and self._now() >= opened.again_at):
            try:
                opened = _Opened(await make(stored.connection))
            except (ConnectionInvalid, SpeechError, ModelError) as problem:
                opened = _Opened(local, str(problem), self._now() + AGAIN_AFTER_S)
            self._opened[key] = opened
        return opened


class EnginePool:
    """Implements `engine.call.engines.EngineSource`. `local`: the engines of this machine, which serve by default and
    stand behind all others. `files`: where lines of hosted voices are kept, which cost money to make. `now`: seconds
    of a clock that never goes back."""

    def __init__(
        self,
        defaults: Defaults,
        local: Engines,
        read: ReadConnection,
        opener: Opener,
        files: LineFiles | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._defaults = defaults
        self._local = local
        self._opener = opener
        self._opening = asyncio.Lock()
        self._ears = _Part[SpeechToText](read, now)
        self._voices = _Part[TextToSpeech](read, now)
        self._minds = _Part[OpenedMind](read, now)
        self._fixed: dict[int, FixedAudio] = {}
        self._exits = AsyncExitStack()

    async def for_flow(self, flow: Flow) -> Engines:
        """Never raises for a provider's sake."""
        return await self._engines(choose(self._defaults, flow))

    async def open(self, flows: Iterable[Flow] = ()) -> None:
        """Open what the settings and `flows` choose, so that no call has to wait for it. The shell's own lines are made
        with each voice: they must sound even when it fails in the first call."""
        choices = {choose(self._defaults), *(choose(self._defaults, flow) for flow in flows)}
        for choice in choices:
            engines = await self._engines(choice)
            for each in engines.left_out:
                log.warning("%s is left out: %s", each.part, each.problem)
            await engines.fixed.prepare(LINES.values(), lasting=True)

    async def close(self) -> None:
        await self._exits.aclose()

    async def _engines(self, choice: Choice) -> Engines:
        if choice.local:
            return self._local
        local, speech = self._local, self._local.speech
        opener, exits = self._opener, self._exits

        async def open_ear(connection: Connection) -> SpeechToText:
            return await opener.ear(choice.ear, google_account(connection), speech.stt, exits)

        async def open_voice(connection: Connection) -> TextToSpeech:
            return await opener.voice(choice.voice, google_account(connection), speech.tts, exits)

        async def open_mind(connection: Connection) -> OpenedMind:
            return await opener.mind(choice.mind, gemini_account(connection), local.model, exits)

        # One after the other under one lock: two calls that begin together must not open the same engine twice.
        async with self._opening:
            ear = await self._ears.get(choice.ear, choice.ear.connection, speech.stt, open_ear)
            voice = await self._voices.get(choice.voice, choice.voice.connection, speech.tts, open_voice)
            mind = await self._minds.get(choice.mind, choice.mind.connection, OpenedMind(local.model), open_mind)
        found = {"ear": ear.problem, "voice": voice.problem, "mind": mind.problem}
        return Engines(
            SpeechStack(ear.engine, voice.engine, speech.vad, speech.end_of_turn),
            mind.engine.model,
            self._lines_of(voice.engine),
            warm=_both(local.warm, mind.engine.prepare),
            left_out=tuple(LeftOut(part, problem) for part, problem in found.items() if problem),
            order=_in_words(choice, found),
            encoder=local.encoder,
        )

    def _lines_of(self, voice: TextToSpeech) -> FixedAudio:
        """Lines known by heart sound in the voice that speaks the rest: one cache a voice."""
        if voice is self._local.speech.tts:
            return self._local.fixed
        return self._fixed.setdefault(id(voice), FixedAudio(voice, files=self._files))


def _in_words(choice: Choice, problems: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return {part: order[-1:] if problems[part] else order for part, order in choice.order().items()}


def _both(first: Callable[[Flow], None] | None, second: Callable[[Flow], None] | None) -> Callable[[Flow], None] | None:
    if first is None or second is None:
        return first or second

    def warm(flow: Flow) -> None:
        first(flow)
        second(flow)

    return warm

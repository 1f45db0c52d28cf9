"""One turn of the dialogue model while it runs: the commands first, then the speech that it offers.

The model works in a task of its own, so that it can be begun before the caller has surely finished, so that its speech
arrives while the commands are applied, and so that it stops at once when nobody wants the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from engine.dialogue.commands import Command
from engine.dialogue.model import ModelError, Offer
from engine.dialogue.sentences import Sentences

COMMANDS_WITHIN_S: Final = 5.0
"""Longest wait for the first sign of a turn. Before that, the floor covers the wait (`FloorSettings.stall`)."""

NEXT_COMMAND_WITHIN_S: Final = 1.2
"""A model that has begun its commands and then falls silent for so long has given those that it has."""

FIRST_SENTENCE_WITHIN_S: Final = 0.9
"""The plan stands and the author's wording lies ready: a model's own is waited for no longer than this."""

NEXT_SENTENCE_WITHIN_S: Final = 2.0
"""While the sentence before is being heard (R14)."""

FINISH_WITHIN_S: Final = 1.0


class Thought:
    """A running turn on `words`. Whoever begins one ends it with `drop`."""

    def __init__(self, items: AsyncIterator[Command | Offer | str], words: str) -> None:
        self.words = words
        self.offer: Offer | None = None
        self._commands: list[Command] = []
        self._pieces: deque[str] = deque()
        self._speaks = False
        self._ended = self._finishing = False
        self._error: Exception | None = None
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run(items))

    async def commands(self) -> tuple[Command, ...]:
        """What the model made of the words; does not wait for the speech behind it. Raises what the model raised if
        it broke before it had given a single command."""
        known = -1
        while not (self._speaks or self._ended):
            within = NEXT_COMMAND_WITHIN_S if self._commands else COMMANDS_WITHIN_S
            if not await self._more(within) and len(self._commands) == known:
                break
            known = len(self._commands)
        if not self._commands and not self._speaks:
            if self._error is not None:
                raise self._error
            if not self._ended:
                raise ModelError("The dialogue model made nothing of the caller's words in time.")
        return tuple(self._commands)

    @property
    def understood(self) -> tuple[Command, ...] | None:
        """The commands if they are all in already; None if they are still to be waited for."""
        if self._error is not None or not (self._speaks or self._ended):
            return None
        return tuple(self._commands)

    async def sentences(self) -> AsyncIterator[str]:
        """The offered speech, each sentence as soon as it is whole. Raises `ModelError` if it breaks off or stalls."""
        cutter = Sentences()
        within = FIRST_SENTENCE_WITHIN_S
        deadline = asyncio.get_running_loop().time() + within
        while True:
            while self._pieces:
                for sentence in cutter.feed(self._pieces.popleft()):
                    yield sentence
                    within = NEXT_SENTENCE_WITHIN_S
                    deadline = asyncio.get_running_loop().time() + within
            if self._ended:
                break
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or not await self._more(left):
                raise ModelError("The dialogue model's speech stalled.")
        if self._error is not None:
            raise self._error
        if rest := cutter.rest():
            yield rest

    def finish(self) -> None:
        """All that is wanted has come. The model may end its stream by itself, for the sake of a true account."""
        if not self._task.done() and not self._finishing:
            self._finishing = True
            asyncio.get_running_loop().call_later(FINISH_WITHIN_S, self._task.cancel)

    def drop(self) -> None:
        """Nobody wants the rest: stop the work behind it."""
        if not self._task.done() and not self._finishing:
            self._task.cancel()

    async def _more(self, within: float) -> bool:
        """Wait for news; False when there was none in time."""
        self._news.clear()
        try:
            async with asyncio.timeout(within):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self, items: AsyncIterator[Command | Offer | str]) -> None:
        try:
            async for item in items:
                if isinstance(item, str):
                    self._speaks = True
                    self._pieces.append(item)
                elif isinstance(item, Offer):
                    self._speaks, self.offer = True, item
                elif not self._speaks:
                    self._commands.append(item)
                self._news.set()
        except Exception as error:
            self._error = error
        finally:
            self._ended = True
            self._news.set()

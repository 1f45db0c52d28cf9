"""One streamed request to Gemini, with deadlines of our own, that stops the moment nobody wants it any more.

Leaving the SDK's stream, even closing it, does not close the connection; cancelling the task that waits in it does.
So a task of its own does nothing but wait for chunks, and `pieces` looks at them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from google.genai import types

from engine.dialogue.model import Spent
from engine.mind.access import GeminiClient
from engine.mind.answer import AnswerReader, texts_of
from engine.mind.failure import MindFailed
from engine.mind.problems import failure_of
from engine.provider_problem import ProblemKind, ProviderProblem

CHARS_A_TOKEN = 4
"""For the tokens of a request that was cancelled before Gemini told them."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds until the first text, and from one text to the next. Longer, and the next model is asked (R14)."""

    first_s: float = 1.2
    between_s: float = 2.0


@dataclass
class Request:
    """`now`: this machine's clock, to tell whether it is wrong. `on_spent`: told once, however the request ends."""

    client: GeminiClient
    model: str
    config: types.GenerateContentConfig
    message: str
    purpose: Literal["turn", "speak", "write"]
    deadlines: Deadlines
    now: Callable[[], datetime]
    on_spent: Callable[[Spent], None] | None = None

    async def pieces(self) -> AsyncGenerator[str, None]:
        """The text as it comes. Closing the iterator closes the connection at once. Raises `MindFailed`."""
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[types.GenerateContentResponse | MindFailed | None] = asyncio.Queue()
        reader = AnswerReader()
        began, first = loop.time(), None
        outcome = "cancelled"
        waiting = asyncio.create_task(self._wait(arrived))
        try:
            while True:
                chunk = await arrived.get()
                text, problem = "", None
                if isinstance(chunk, MindFailed):
                    outcome = chunk.problem.kind.value
                    raise chunk
                if chunk is None:
                    problem = reader.end()
                else:
                    text, problem = reader.feed(chunk)
                if text:
                    first = first if first is not None else loop.time()
                    yield text
                if problem is not None:
                    outcome = problem.kind.value
                    raise MindFailed(self.model, problem)
                if chunk is None:
                    outcome = "ok"
                    return
        finally:
            waiting.cancel()
            await asyncio.wait({waiting}, timeout=1.0)
            if self.on_spent is not None:
                self.on_spent(self._spent(reader, outcome, began, first, loop.time()))

    async def _wait(self, arrived: asyncio.Queue[types.GenerateContentResponse | MindFailed | None]) -> None:
        """Put each chunk into the queue; at the end None, or what went wrong."""
        failed: MindFailed | None = None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.deadlines.first_s) as limit:
                stream = await self.client.models.generate_content_stream(
                    model=self.model, contents=self.message, config=self.config
                )
                async for chunk in stream:
                    arrived.put_nowait(chunk)
                    if texts_of(chunk):
                        limit.reschedule(loop.time() + self.deadlines.between_s)
        except TimeoutError:
            failed = MindFailed(self.model, self._too_slow())
        except Exception as error:
            failed = failure_of(error, self.client.access, self.model, self.now())
        # Outside of the handlers: the SDK's error, with all that it quotes, is not to travel along as the context.
        arrived.put_nowait(failed)

    def _too_slow(self) -> ProviderProblem:
        first, between = self.deadlines.first_s, self.deadlines.between_s
        return ProviderProblem(
            ProblemKind.TOO_SLOW,
            f"Gemini was silent for longer than it may be ({first:g} s at first, {between:g} s after).",
        )

    def _spent(self, reader: AnswerReader, outcome: str, began: float, first: float | None, ended: float) -> Spent:
        system = self.config.system_instruction
        prompt = len(self.message) + (len(system) if isinstance(system, str) else 0)
        told, written = reader.prompt_tokens, reader.output_tokens
        return Spent(
            model=self.model,
            purpose=self.purpose,
            prompt_tokens=told if told is not None else prompt // CHARS_A_TOKEN,
            cached_tokens=reader.cached_tokens,
            output_tokens=written if written is not None else reader.characters // CHARS_A_TOKEN,
            first_ms=None if first is None else (first - began) * 1000,
            total_ms=(ended - began) * 1000,
            outcome=outcome,
        )

"""Gemini as a writer of short texts behind the call, where seconds do not count but words do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final

from engine.mind.access import GeminiClient
from engine.mind.failure import MindFailed
from engine.mind.gemini import GeminiOptions, config, thinking
from engine.mind.request import Deadlines, Request
from engine.sdk import NoWriter, WrittenText

DEADLINES: Final = Deadlines(first_s=12.0, between_s=6.0)


async def written(client: GeminiClient, models: Sequence[str], instructions: str, text: str) -> WrittenText:
    """What the first of `models` that answers has written. Raises `NoWriter`."""
    told: list[str] = []
    for model in models:
        options = GeminiOptions(model, DEADLINES)
        try:
            return WrittenText(await _asked(client, options, instructions, text), model)
        except MindFailed as failed:
            told.append(str(failed))
    raise NoWriter(" ".join(told) or "No model is named for this flow.")


async def _asked(client: GeminiClient, options: GeminiOptions, instructions: str, text: str) -> str:
    thinks = thinking(options.model) is not None
    try:
        return await _whole(client, options, instructions, text, thinks=thinks)
    except MindFailed as failed:
        if not (thinks and failed.names_thinking):
            raise
    return await _whole(client, options, instructions, text, thinks=False)


async def _whole(client: GeminiClient, options: GeminiOptions, instructions: str, text: str, *, thinks: bool) -> str:
    request = Request(
        client,
        options.model,
        config(options, instructions, thinks=thinks),
        text,
        "write",
        options.deadlines,
        lambda: datetime.now(UTC),
    )
    async with aclosing(request.pieces()) as pieces:
        return "".join([piece async for piece in pieces])

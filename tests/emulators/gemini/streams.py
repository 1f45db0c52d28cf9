"""Chunks of an answer as server-sent events, and as bytes cut anywhere."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.emulators.gemini.protocol import Generate, tokens


@dataclass(frozen=True)
class Chunk:
    """One event. `delay_s`: how long after the one before. `finish`: the finish reason. `block`: the prompt is blocked.
    `raw`: sent as it stands instead of everything else."""

    text: str | None = None
    thought: bool = False
    signature: str = ""
    call: str = ""
    finish: str = ""
    block: str = ""
    delay_s: float = 0.0
    raw: bytes = b""

    def body(self) -> dict[str, Any]:
        if self.block:
            return {"promptFeedback": {"blockReason": self.block}}
        candidate: dict[str, Any] = {"index": 0}
        part: dict[str, Any] = {}
        if self.call:
            part["functionCall"] = {"name": self.call, "args": {}}
        elif self.text is not None:
            part["text"] = self.text
        if self.thought:
            part["thought"] = True
        if self.signature:
            part["thoughtSignature"] = self.signature
        if part:
            candidate["content"] = {"role": "model", "parts": [part]}
        if self.finish:
            candidate["finishReason"] = self.finish
        return {"candidates": [candidate]}


def whole(text: str, finish: str = "STOP") -> list[Chunk]:
    return [Chunk(text), Chunk("", finish=finish)]


def cut_at_random(text: str, chance: random.Random) -> list[Chunk]:
    """As a model streams: pieces of any length, a thought or a lone signature now and then, the stop at the end."""
    chunks: list[Chunk] = []
    if chance.random() < 0.3:
        chunks.append(Chunk("The caller answers.", thought=True))
    at = 0
    while at < len(text):
        size = chance.choice((1, 3, 8, 20, 40))
        chunks.append(Chunk(text[at : at + size]))
        at += size
    if chance.random() < 0.5:
        chunks.append(Chunk("", signature="c2lnbmF0dXJl"))
    if chance.random() < 0.5 and chunks and chunks[-1].text:
        last = chunks.pop()
        return [*chunks, Chunk(last.text, finish="STOP")]
    return [*chunks, Chunk("", finish="STOP")]


def events(request: Generate, chunks: list[Chunk], cached: int) -> Iterator[tuple[Chunk, dict[str, Any]]]:
    """Each chunk with its body: tokens are cumulative, and the answer stops at the cap."""
    cap = request.config.get("maxOutputTokens", 8192)
    written = thought = 0
    for chunk in chunks:
        text = chunk.text or ""
        if chunk.thought:
            thought += tokens(text)
        else:
            written += len(text)
        used = -(-written // 4)
        if used + thought > cap:
            chunk = Chunk("", finish="MAX_TOKENS")
        body = chunk.body()
        body["usageMetadata"] = {
            "promptTokenCount": request.prompt_tokens,
            **({"cachedContentTokenCount": cached} if cached else {}),
            **({"candidatesTokenCount": used} if used else {}),
            **({"thoughtsTokenCount": thought} if thought else {}),
            "totalTokenCount": request.prompt_tokens + used + thought,
        }
        body["modelVersion"], body["responseId"] = request.model, "r1"
        yield chunk, body
        if used + thought > cap:
            return


def event(body: dict[str, Any], line_end: bytes = b"\r\n") -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + line_end + line_end

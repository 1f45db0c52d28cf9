"""Incoming webhooks of Slack: texts for answers, and the limits of messages and blocks."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.web import Answer, Asked, WebEmulator

TEXT = {"Content-Type": "text/html"}  # as Slack labels it
BLOCK_TYPES = {"header", "section", "context", "divider", "image", "actions"}
STATUS = {
    "invalid_payload": 400,
    "invalid_blocks": 400,
    "no_text": 400,
    "invalid_token": 403,
    "action_prohibited": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "channel_is_archived": 410,
    "rollup_error": 500,
}
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


class _No(Exception):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True)
class Posted:
    """A message in the channel. `blocks`: as they were sent."""

    text: str
    blocks: list[dict[str, Any]]

    @property
    def seen(self) -> str:
        """All words as people see them: escapes resolved, links and mentions shown as ⟦what they are⟧."""
        texts = [_shown(self.text)]
        for block in self.blocks:
            texts += [each["text"] if each["type"] == "plain_text" else _shown(each["text"]) for each in _texts(block)]
        return "\n".join(texts)


class SlackEmulator(WebEmulator):
    """`channel`: what was posted, oldest first. `a_second`: so many messages are taken in one second."""

    def __init__(self, port: int = 0, a_second: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(port)
        self.path = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
        self.channel: list[Posted] = []
        self.state = "ok"
        """`no_service`, `channel_is_archived` ...: how the webhook stands."""
        self.a_second, self._clock = a_second, clock
        self._recent: deque[float] = deque()

    @property
    def url(self) -> str:
        return self.address + self.path

    def serve(self, asked: Asked) -> Answer:
        if asked.path != self.path or self.state != "ok":
            return self.refusal("no_service" if asked.path != self.path else self.state)
        now = self._clock()
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.a_second:
            return self.too_many()
        try:
            posted = _read(asked)
        except _No as no:
            return self.refusal(no.word)
        self._recent.append(now)
        self.channel.append(posted)
        return Answer(200, b"ok", TEXT)

    def refusal(self, error: str) -> Answer:
        if error == "redirect":
            return Answer(302, b"", {"Location": "https://slack.com/"})
        return Answer(STATUS[error], error.encode(), TEXT)

    def too_many(self) -> Answer:
        return Answer(429, b"rate_limited", {**TEXT, "Retry-After": "1"})


def _read(asked: Asked) -> Posted:
    try:
        given = json.loads(asked.body)
    except ValueError:
        raise _No("invalid_payload") from None
    if not isinstance(given, dict):
        raise _No("invalid_payload")
    text, blocks = given.get("text", ""), given.get("blocks", [])
    if not text and not blocks:
        raise _No("no_text")
    if not isinstance(blocks, list) or len(blocks) > 50 or not all(fits(block) for block in blocks):
        raise _No("invalid_blocks")
    return Posted(text, blocks)


def fits(block: dict[str, Any]) -> bool:
    limits = {"header": 150, "section": 3_000, "context": 3_000}
    if block.get("type") not in BLOCK_TYPES:
        return False
    if block["type"] == "section" and not (block.get("text") or block.get("fields")):
        return False
    if block["type"] == "header" and block["text"]["type"] != "plain_text":
        return False
    if len(block.get("fields", [])) > 10 or len(block.get("elements", [])) > 10:
        return False
    if any(not 1 <= len(each["text"]) <= 2_000 for each in block.get("fields", [])):
        return False
    return all(1 <= len(each["text"]) <= limits.get(block["type"], 3_000) for each in _texts(block))


def _texts(block: dict[str, Any]) -> list[dict[str, Any]]:
    own = [block["text"]] if isinstance(block.get("text"), dict) else []
    return [*own, *block.get("fields", []), *(each for each in block.get("elements", []) if "text" in each)]


def _shown(text: str) -> str:
    """Markup first, then escapes: what was escaped is never markup."""
    marked = re.sub(r"<([^<>]*)>", r"⟦\1⟧", text)
    return re.sub(r"&(?:lt|gt|amp);", lambda found: _ESCAPES[found[0]], marked)

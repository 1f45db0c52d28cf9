"""Custom webhooks of Make: texts for answers, a queue that may be full, webhooks that are off."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.emulators.web import Answer, Asked, WebEmulator

WINDOW_S, MOST_A_WINDOW = 10.0, 300
TEXT = {"Content-Type": "text/plain"}

REFUSALS = {
    "400": Answer(400, b"Invalid request.", TEXT),
    "queue full": Answer(400, b"Queue is full.", TEXT),
    "404": Answer(404, b"Not found.", TEXT),
    "410": Answer(410, b"There is no scenario listening for this webhook.", TEXT),
    "500": Answer(500, b"Scenario failed to complete.", TEXT),
    "503": Answer(503, b"", {"Retry-After": "7"}),
    "redirect": Answer(302, b"", {"Location": "https://hook.eu1.make.com/elsewhere"}),
}


class MakeEmulator(WebEmulator):
    """`token`: of the one webhook there is. `active`: whether its scenario is on. `room`: free places of its queue.
    `bundles`: what the scenario was given."""

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(port)
        self.token = "abcdefghijklmnop"
        self.active, self.room = True, 10_000
        self.bundles: list[dict[str, Any]] = []
        self._clock = clock
        self._recent: deque[float] = deque()

    @property
    def url(self) -> str:
        return f"{self.address}/{self.token}"

    def serve(self, asked: Asked) -> Answer:
        if asked.path != f"/{self.token}" or not self.active:
            return REFUSALS["410"]
        now = self._clock()
        while self._recent and self._recent[0] <= now - WINDOW_S:
            self._recent.popleft()
        if len(self._recent) >= MOST_A_WINDOW:
            return self.too_many()
        self._recent.append(now)
        if self.room <= 0:
            return REFUSALS["queue full"]
        self.room -= 1
        self.bundles.append(json.loads(asked.body))
        return Answer(200, b"Accepted", TEXT)

    def refusal(self, error: str) -> Answer:
        return REFUSALS[error]

    def too_many(self) -> Answer:
        return Answer(429, b"Too many requests.", TEXT)

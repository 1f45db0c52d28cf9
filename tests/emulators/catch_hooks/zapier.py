"""Webhooks by Zapier: takes anything at `/hooks/catch/{user}/{hook}/`, answers "success", and means "queued"."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.emulators.web import Answer, Asked, WebEmulator

PATH = re.compile(r"/hooks/catch/\d+/\w+/?")
MOST_BYTES = 10 * 1024 * 1024
SECOND, MOST_A_SECOND = 1.0, 30
REDIRECT = {"Location": "https://hooks.zapier.com/elsewhere/"}

REFUSALS = {
    "404": Answer(404, b'{"status":"error"}'),
    "410": Answer(410, b'{"status":"error"}'),
    "413": Answer(413, b'{"status":"error"}'),
    "500": Answer(500, b'{"status":"error"}'),
    "503": Answer(503, b'{"status":"error"}', {"Retry-After": "7"}),
    "redirect": Answer(302, b"", REDIRECT),
}


class ZapierEmulator(WebEmulator):
    """`hooks`: those of Zaps that are on; with all others Zapier also says "success", and nothing runs. `runs`: what
    each run of a Zap was given, flattened as Zapier flattens it."""

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(port)
        self.hooks = {"123456/abcdef"}
        self.runs: list[dict[str, Any]] = []
        self._clock = clock
        self._recent: deque[float] = deque()

    @property
    def url(self) -> str:
        """The address that a person copies from the trigger."""
        return f"{self.address}/hooks/catch/{min(self.hooks, default='0/off')}/"

    def serve(self, asked: Asked) -> Answer:
        if not PATH.fullmatch(asked.path):
            return REFUSALS["404"]
        if len(asked.body) > MOST_BYTES:
            return REFUSALS["413"]
        now = self._clock()
        while self._recent and self._recent[0] <= now - SECOND:
            self._recent.popleft()
        if len(self._recent) >= MOST_A_SECOND:
            return self.too_many()
        self._recent.append(now)
        hook = asked.path.removeprefix("/hooks/catch/").strip("/")
        if hook in self.hooks:
            given = json.loads(asked.body)
            self.runs += [flattened(each) for each in (given if isinstance(given, list) else [given])]
        told = {
            "attempt": f"a-{len(self.requests)}",
            "id": f"r-{len(self.requests)}",
            "request_id": "q",
            "status": "success",
        }
        return Answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def refusal(self, error: str) -> Answer:
        return REFUSALS[error]

    def too_many(self) -> Answer:
        return Answer(429, b'{"status":"error","detail":"throttled"}')


def flattened(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Zapier joins the names of nested fields by two underscores."""
    found: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, dict):
            found |= flattened(part, f"{before}{name}__")
        else:
            found[before + name] = part
    return found

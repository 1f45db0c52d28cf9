"""What webhooks were answered, so that a repeated one gets the same answer and is not acted on again.

The carrier repeats a webhook whose answer did not reach it, and what it then does may hang on that answer: the room
after a colleague's key, the way back of a caller. A repetition is known by its address and body (each body carries the
carrier's time), since it may come with a token of its own (vonage-voice.md, section 7).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from engine.telephony.ncco import Ncco

KEEP_S: Final = 30.0
"""A repetition comes within seconds; later the call may stand elsewhere, and is asked anew."""
MOST: Final = 2000
"""Answers kept at most, of about 3 KB."""

Answer = Ncco | None


class GivenAnswers:
    """For one process. `now`: seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic, keep_s: float = KEEP_S, most: int = MOST) -> None:
        self._now = now
        self._keep_s = keep_s
        self._most = most
        self._given: OrderedDict[str, tuple[float, asyncio.Future[Answer]]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        self._forget()
        return key in self._given

    async def once(self, key: str, act: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `act` answers; for a known `key` what it answered the first time, also if that is still at work. An
        `act` that failed counts as not done."""
        self._forget()
        if key not in self._given:
            # A task of its own: a carrier that hangs up on us must not cut off what its repetition will ask for.
            self._given[key] = (self._now(), asyncio.ensure_future(act()))
        _, answer = self._given[key]
        try:
            return await asyncio.shield(answer)
        except Exception:
            if (kept := self._given.get(key)) is not None and kept[1] is answer:
                del self._given[key]
            raise

    def _forget(self) -> None:
        while self._given:
            key, (since, _) = next(iter(self._given.items()))
            if self._now() - since <= self._keep_s and len(self._given) < self._most:
                break
            del self._given[key]


def delivery(path: str, body: bytes) -> str:
    """The name of a delivery: where it went, and what it said."""
    return f"{path} {hashlib.sha256(body).hexdigest()}"

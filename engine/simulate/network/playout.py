"""The carrier's play-out queue for one media socket: frames and marks in, 20 ms at a time out. No I/O.

Rules: vonage-voice.md, sections 5.2 and 5.3.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.speech.audio import FRAME_BYTES, SILENCE

QUEUE_LIMIT: Final = 3072
"""Frames the carrier holds, about a minute; what comes beyond is lost."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A `notify` waiting for the audio before it to be played. `payload` is sent back as it came."""

    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Breach:
    """The application broke the carrier's rules: `rule` for the machine, `detail` for people."""

    rule: str
    detail: str


class Playout:
    """`marks_survive_clear`: whether `clear` returns pending marks at once (True) or drops them (undocumented)."""

    def __init__(self, *, limit: int = QUEUE_LIMIT, marks_survive_clear: bool = False) -> None:
        self._queue: deque[bytes | Mark] = deque()
        self._frames = 0
        self._limit = limit
        self._marks_survive_clear = marks_survive_clear
        self.received = 0
        self.played = 0
        self.cleared = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """Frames queued and not played yet."""
        return self._frames

    def receive_bytes(self, data: bytes) -> Breach | None:
        """One binary message of the application; audio of another size than 640 bytes is refused."""
        self.received += 1
        if len(data) != FRAME_BYTES:
            self.refused += 1
            return Breach(
                "frame-size", f"A message of {len(data)} bytes of audio; the carrier takes {FRAME_BYTES} exactly."
            )
        if self._frames >= self._limit:
            self.refused += 1
            return Breach("queue-full", f"More than {self._limit} frames are waiting; the carrier drops the rest.")
        self._queue.append(data)
        self._frames += 1
        return None

    def receive_text(self, text: str) -> list[str] | Breach:
        """One text message of the application; the messages to answer with, now."""
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            return Breach("unreadable", "A text message that is not a JSON object.")
        payload = data.get("payload")
        match data.get("action"):
            case "clear":
                return self._clear()
            case "notify" if isinstance(payload, dict):
                self._queue.append(Mark(payload))
                return []
            case "notify":
                return Breach("unreadable", "A notify without a payload object.")
            case action:
                return Breach("unknown-action", f"The action {str(action)[:40]!r} does not exist on a media socket.")

    def next_frame(self) -> tuple[bytes, list[str]]:
        """The 20 ms to play now, and the marks whose audio has been played before them."""
        due: list[str] = []
        while self._queue:
            head = self._queue.popleft()
            if isinstance(head, bytes):
                self._frames -= 1
                self.played += 1
                return head, due
            due.append(_mark_message(head))
        return SILENCE, due

    def _clear(self) -> list[str]:
        marks = [_mark_message(item) for item in self._queue if isinstance(item, Mark)]
        self.cleared += self._frames
        self._queue.clear()
        self._frames = 0
        cleared = json.dumps({"event": "websocket:cleared"})
        return [*marks, cleared] if self._marks_survive_clear else [cleared]


def _mark_message(mark: Mark) -> str:
    return json.dumps({"event": "websocket:notify", "payload": dict(mark.payload)}, separators=(",", ":"))

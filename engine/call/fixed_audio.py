"""Lines whose words are known before they are needed, synthesised while the phone rings.

The opening, the disclosures and the shell's own lines then sound without delay, and still sound when the voice engine
has failed in the meantime. Several calls of a campaign may share one cache: the words are the same for all.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from engine.speech.ports import SpeechError, TextToSpeech

LINE_AT_MOST_S: Final = 10.0
CACHE_BYTES: Final = 32_000_000
"""About 17 minutes of speech."""


class FixedAudio:
    """`prepare` before the call, `get` during it; a line that could not be made is simply not there."""

    def __init__(self, tts: TextToSpeech, *, at_most_bytes: int = CACHE_BYTES) -> None:
        self._tts = tts
        self._at_most = at_most_bytes
        self._lines: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def get(self, text: str) -> bytes | None:
        """The whole sound of `text`: signed 16-bit mono, 16 kHz."""
        if text in self._lines:
            self._lines.move_to_end(text)
        return self._lines.get(text)

    async def prepare(self, texts: Iterable[str]) -> list[str]:
        """Make what is not there yet, one by one; the texts that the voice failed to speak."""
        failed = []
        for text in dict.fromkeys(texts):
            if text in self._lines or not text.strip():
                continue
            try:
                async with asyncio.timeout(LINE_AT_MOST_S):
                    pcm = b"".join([piece async for piece in self._tts.speak(text)])
            except (SpeechError, TimeoutError):
                failed.append(text)
                continue
            if pcm:
                self.keep(text, pcm)
            else:
                failed.append(text)
        return failed

    def keep(self, text: str, pcm: bytes) -> None:
        """Remember the sound of `text`; the line that was not used for longest makes room."""
        self._size += len(pcm) - len(self._lines.get(text, b""))
        self._lines[text] = pcm
        self._lines.move_to_end(text)
        while self._size > self._at_most and len(self._lines) > 1:
            _, dropped = self._lines.popitem(last=False)
            self._size -= len(dropped)

"""Lines whose words are known before they are needed: made when a flow is published, or while the phone rings.

The opening, the disclosures and the shell's own lines then sound without delay, cost no request, and still sound when
the voice has failed in the meantime. Calls that speak with the same voice share them: the words are the same for all.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from engine.call.line_files import LineFiles
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.ports import SpeechError, TextToSpeech, VoiceChange

LINE_AT_MOST_S: Final = 10.0
CACHE_BYTES: Final = 32_000_000
"""About 17 minutes of speech."""


class FixedAudio:
    """`prepare` before the call, `get` during it; a line that could not be made is simply not there.

    `files`: where lines are kept from one start to the next. Without it: in memory only.
    """

    def __init__(self, tts: TextToSpeech, *, at_most_bytes: int = CACHE_BYTES, files: LineFiles | None = None) -> None:
        self._tts = tts
        self._at_most = at_most_bytes
        self._files = files
        self._lines: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # by text, voice
        self._voices: dict[str, set[str]] = {}  # by text
        self._size = 0

    @property
    def voice(self) -> str:
        """The voice that lines are made with."""
        return self._tts.voice

    def get(self, text: str, voice: str | None = None) -> bytes | None:
        """The whole sound of `text` in `voice` (else in that of `prepare`): signed 16-bit mono, 16 kHz."""
        key = (text, voice or self._tts.voice)
        if key in self._lines:
            self._lines.move_to_end(key)
        return self._lines.get(key)

    def any(self, text: str) -> bytes | None:
        """The sound of `text` in whatever voice it is there: for what must be said even if it sounds odd."""
        return next((self.get(text, voice) for voice in self._voices.get(text, ())), None)

    async def prepare(self, texts: Iterable[str], *, lasting: bool = False) -> list[str]:
        """Make what is not there yet, one by one; the texts that the voice failed to speak. `lasting`: also put it on
        disk; only for texts that hold nothing of a lead."""
        voice = self._tts.for_call(_unheeded)
        failed = []
        for text in dict.fromkeys(texts):
            if not text.strip() or self.get(text, voice.voice) is not None:
                continue
            if (kept := await self._read(text, voice.voice)) is not None:
                self.keep(text, kept, voice.voice)
                continue
            try:
                async with asyncio.timeout(LINE_AT_MOST_S):
                    pcm = b"".join([piece async for piece in voice.speak(text)])
            except (SpeechError, TimeoutError):
                failed.append(text)
                continue
            if not pcm:
                failed.append(text)
                continue
            self.keep(text, pcm, voice.voice)  # of the voice that spoke: the first may have failed
            if lasting and self._files is not None:
                await asyncio.to_thread(self._files.write, voice.voice, text, pcm)
            if voice.voice != self._tts.voice:
                failed.append(text)
        return failed

    async def known(self, text: str) -> bool:
        """Whether `text` is there, in memory or on disk; asks no voice. True for a text without a word."""
        if not text.strip() or self.get(text) is not None:
            return True
        if (kept := await self._read(text, self.voice)) is None:
            return False
        self.keep(text, kept)
        return True

    async def make(self, text: str) -> ProviderProblem | None:
        """Make `text`, which holds nothing of a lead, and put it on disk: by the chosen voice alone, without haste and
        apart from the calls. What went wrong, or None."""
        voice = self._tts.alone()
        try:
            async with asyncio.timeout(LINE_AT_MOST_S):
                pcm = b"".join([piece async for piece in voice.speak(text)])
        except SpeechError as error:
            return error.problem or ProviderProblem(ProblemKind.UNREADABLE, str(error))
        except TimeoutError:
            return ProviderProblem(ProblemKind.TOO_SLOW, f"A line took longer than {LINE_AT_MOST_S:.0f} s.")
        if not pcm:
            return ProviderProblem(ProblemKind.UNREADABLE, f"The voice {voice.voice} said nothing.")
        self.keep(text, pcm)
        if self._files is not None:
            await asyncio.to_thread(self._files.write, self.voice, text, pcm)
        return None

    def keep(self, text: str, pcm: bytes, voice: str | None = None) -> None:
        """Remember the sound of `text`; the line that was not used for longest makes room."""
        key = (text, voice or self._tts.voice)
        self._size += len(pcm) - len(self._lines.get(key, b""))
        self._lines[key] = pcm
        self._lines.move_to_end(key)
        self._voices.setdefault(text, set()).add(key[1])
        while self._size > self._at_most and len(self._lines) > 1:
            (old, its_voice), dropped = self._lines.popitem(last=False)
            self._size -= len(dropped)
            self._voices[old].discard(its_voice)
            if not self._voices[old]:
                del self._voices[old]

    async def _read(self, text: str, voice: str) -> bytes | None:
        return await asyncio.to_thread(self._files.read, voice, text) if self._files is not None else None


def _unheeded(change: VoiceChange) -> None:
    """No call is under way yet; the voice of each is chosen anew."""

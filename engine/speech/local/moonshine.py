"""The local ear: Moonshine tiny, decoding the caller's whole turn whenever the call wants its text.

When digits are expected, two decodings compete (`_digits_or_words`). Always masking would turn "I don't know" into
dashes and "Thursday at ten" into numbers nobody said; never masking costs 4 to 6 of 27 zip codes. So words win if they
are whole digits already, and the masked reading wins only if the model itself finds it nearly as likely. Mean
log-probability a token, masked less unmasked, on shared/audio: -0.4 to +0.1 for zip codes masking reads right,
-0.7 for some it reads wrong, -1.2 and less for sentences. The limit was chosen on these same clips; a badly heard
e-mail address once got past it (as eleven digits), hence the counts. Read numbers back.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.speech.audio import RATE, seconds
from engine.speech.local.moonshine_model import Heard, MoonshineModel
from engine.speech.local.voicing import voiced_seconds
from engine.speech.numerals import digit_count, only_digits
from engine.speech.pcm import Samples, to_samples
from engine.speech.ports import Expect, Hints, Revised, SpeechError, Transcriber, Transcript
from engine.speech.spelling import of_today

LEAST_VOICE_S = 0.15
"""Less voice than this is a click, a breath or a key: no text (embedded-speech.md, rule 1)."""

_LONGEST_S = 20.0
"""Beyond it the older part of a turn is decoded once and kept as text: the encoder's cost grows faster than length."""

_LIKELY_ENOUGH = -0.5
_ZIP = 5
_COMPLETE = (_ZIP, 9, 10, 11)  # zip, zip+4, telephone number without and with country code
_INVENTIONS = frozenset({"you", "thank you for watching", "thanks for watching", "bye", "so", "the", "i'm not alone"})
_INVENTED_UNDER_S = 0.4


class Moonshine:
    """Speech-to-text for all calls of a process (`SpeechToText`). Give it only what voice activity called speech."""

    name = "local/moonshine"

    def __init__(self, *, threads: int = 2) -> None:
        """Loads and verifies the models. `threads`: how many turns may be decoded at the same time."""
        self._model = MoonshineModel()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="moonshine")
        self.hear(np.zeros(RATE, np.float32))  # the first run allocates; no caller should wait for it

    async def open(self, hints: Hints, revised: Revised | None = None) -> Transcriber:
        """An ear for one call. English only: raises `SpeechError` for other languages. Its texts are final at once, so
        `revised` is never called."""
        if not hints.language.lower().startswith("en"):
            raise SpeechError(
                f"The built-in recogniser understands English only, not {hints.language}. "
                "Choose English for this flow, or switch speech-to-text to Google in the settings."
            )
        return MoonshineTranscriber(self)

    def hear(self, samples: Samples, expect: Expect = "speech") -> str:
        """The text of a whole turn (16 kHz, -1 to 1); works on the calling thread, about 25 ms a second of sound."""
        heard = self._model.hear(samples)
        if expect == "digits":
            return self._digits_or_words(heard)
        return self._model.text(self._model.decode(heard))

    def hear_voice(self, samples: Samples, expect: Expect = "speech") -> str:
        """`hear`, but no text where there is no voice: what the model invents for silence, clicks and tones."""
        voice = voiced_seconds(samples)
        if voice < LEAST_VOICE_S:
            return ""
        text = self.hear(samples, expect)
        invented = voice < _INVENTED_UNDER_S and text.strip(" .,!?").lower() in _INVENTIONS
        return "" if invented else text

    async def hear_elsewhere(self, samples: Samples, expect: Expect) -> str:
        """`hear_voice` on a worker thread. Raises `SpeechError` when the model fails."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, self.hear_voice, samples, expect)
        except SpeechError:
            raise
        except Exception as error:
            raise SpeechError(f"The built-in recogniser failed on this turn: {error}") from error

    def close(self) -> None:
        """Ends the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _digits_or_words(self, heard: Heard) -> str:
        free = self._model.decode(heard)
        words = self._model.text(free)
        said = digit_count(words)
        if only_digits(words) and said in _COMPLETE:
            return words
        masked = self._model.decode(heard, digits_only=True)
        digits = self._model.text(masked)
        found = digit_count(digits)
        if masked.likelihood - free.likelihood <= _LIKELY_ENOUGH or found < max(said, 3):
            return words
        if said == 0:  # words without a single digit give way to nothing less, or more, than a zip code
            return digits if found == _ZIP else words
        return words if said in _COMPLETE and found not in _COMPLETE else digits


class MoonshineTranscriber:
    """The turns of one call (`Transcriber`)."""

    def __init__(self, engine: Moonshine) -> None:
        self._engine = engine
        self._audio = bytearray()
        self._settled = ""  # text of what has left the audio of a very long turn
        self._settled_s = 0.0
        self._turn = 0
        self._latest: tuple[int, Expect, Transcript] | None = None

    def push(self, pcm: bytes) -> None:
        self._audio += pcm

    async def text(self, expect: Expect = "speech") -> Transcript:
        """The text of all audio pushed so far. `final` is always true: the same audio gives the same text again."""
        length = len(self._audio)
        if self._latest is not None and self._latest[:2] == (length, expect):
            return self._latest[2]
        begun = time.perf_counter()
        turn = self._turn
        await self._settle()
        settled, settled_s = self._settled, self._settled_s
        audio = bytes(self._audio)
        text = await self._engine.hear_elsewhere(to_samples(audio), expect)
        cost_ms = (time.perf_counter() - begun) * 1000
        answer = Transcript(of_today(f"{settled} {text}".strip()), True, settled_s + seconds(audio), cost_ms)
        if turn == self._turn:
            self._latest = (len(audio), expect, answer)
        return answer

    def next_turn(self) -> None:
        self._turn += 1
        self._audio.clear()
        self._settled, self._settled_s = "", 0.0
        self._latest = None

    async def close(self) -> None:
        self.next_turn()

    async def _settle(self) -> None:
        """Move the older part of a very long turn from audio to text, cut where the caller was quietest."""
        while len(self._audio) > _LONGEST_S * RATE * 2:
            turn = self._turn
            head = bytes(self._audio[: _quietest(to_samples(bytes(self._audio[: int(_LONGEST_S * 2 * RATE)]))) * 2])
            text = await self._engine.hear_elsewhere(to_samples(head), "speech")
            if turn != self._turn or not self._audio.startswith(head):
                return  # the turn ended, or a second call of `text` settled the same part meanwhile
            del self._audio[: len(head)]
            self._settled = f"{self._settled} {text}".strip()
            self._settled_s += seconds(head)


def _quietest(samples: Samples) -> int:
    """Where to cut: the sample in the middle of the quietest 200 ms of the second half."""
    step = RATE // 50
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    energy = np.convolve((frames * frames).sum(axis=1), np.ones(10), mode="valid")
    first = len(energy) // 2
    return int((first + int(np.argmin(energy[first:])) + 5) * step)

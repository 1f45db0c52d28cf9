"""The emulator's voices: a tone that tests can check to the sample, or the local voice for whole spoken calls.

Both give the same sound for the same voice, text and rate. Pauses of markup are silence; a tag in plain text is read
aloud, as Google does.
"""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import numpy as np
import samplerate

from engine.speech.audio import RATE
from engine.speech.pcm import to_pcm, to_samples
from engine.speech.ports import TextToSpeech

PAUSES = {"[pause short]": 0.25, "[pause]": 0.5, "[pause long]": 1.0}
_TAGS = re.compile(r"(\[pause(?: short| long)?\])")
CHAR_S = 0.06


class Sound(Protocol):
    def make(self, voice: str, text: str, rate: int, speed: float) -> AsyncIterator[bytes]:
        """Signed 16-bit mono at `rate` samples a second, in natural portions."""
        ...


class ToneSound:
    """60 ms a character; the pitch is told by voice and text (`pitch`)."""

    async def make(self, voice: str, text: str, rate: int, speed: float) -> AsyncIterator[bytes]:
        yield tone(voice, text, rate, speed)


def pitch(voice: str, text: str) -> int:
    """Hertz, 300 to 1,500."""
    return 300 + zlib.crc32(f"{voice}\0{text}".encode()) % 1200


def tone(voice: str, text: str, rate: int = RATE, speed: float = 1.0) -> bytes:
    count = round(len(text) * CHAR_S * rate / speed)
    wave = 0.5 * np.cos(2 * np.pi * pitch(voice, text) * np.arange(count) / rate)
    return to_pcm(wave)


class HibariSound:
    """The local voice behind a Google name. Voices that are not `Kore` sound higher or lower, each its own way."""

    def __init__(self, voice: TextToSpeech) -> None:
        self._voice = voice

    async def make(self, voice: str, text: str, rate: int, speed: float) -> AsyncIterator[bytes]:
        other = 1.0 if voice.endswith("-Kore") else 0.85 + zlib.crc32(voice.encode()) % 30 / 100
        ratio = rate / RATE / speed / other
        async for piece in self._voice.speak(text):
            yield piece if ratio == 1 else to_pcm(samplerate.resample(to_samples(piece), ratio, "sinc_fastest"))


async def sound_of(sound: Sound, voice: str, text: str, markup: bool, rate: int, speed: float) -> AsyncIterator[bytes]:
    """The sound of one input, its pauses included."""
    for part in _TAGS.split(text) if markup else [text]:
        if markup and part in PAUSES:
            yield bytes(2 * round(PAUSES[part] * rate))
        elif part.strip():
            async for piece in sound.make(voice, part.strip(), rate, speed):
                yield piece


def pieces(pcm: bytes, chance: random.Random, odd: bool) -> Iterator[bytes]:
    """`pcm` in pieces of random size, 10 to 400 ms; `odd`: also ones that split a sample."""
    at = 0
    while at < len(pcm):
        size = chance.randint(160, 6400) * 2 + (chance.randint(0, 1) if odd else 0)
        yield pcm[at : at + size]
        at += size


def wav(pcm: bytes, rate: int, variant: str) -> bytes:
    """A RIFF file. `variant`: plain; `list` has a LIST chunk before the sound; `zero` and `unknown` have no sizes;
    `damaged` is cut off in its header."""
    size = {"zero": 0, "unknown": 0xFFFFFFFF}.get(variant, len(pcm))
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    extra = b"LIST" + struct.pack("<I", 27) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf60.16.100\0" + b"\0\0"
    body = b"WAVE" + fmt + (extra if variant == "list" else b"") + b"data" + struct.pack("<I", size) + pcm
    whole = b"RIFF" + struct.pack("<I", min(0xFFFFFFFF, 4 + len(body))) + body
    return whole[:30] if variant == "damaged" else whole

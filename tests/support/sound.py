"""Recorded and synthetic voices from the folder `shared/audio`, and how to score what was heard of them."""

from __future__ import annotations

import json
import os
import re
import wave
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import samplerate

from engine.speech.audio import RATE
from engine.speech.pcm import Samples, to_pcm

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: where it is, what is said in it, and of which kind the manifest says it is."""

    file: Path
    folder: str
    said: str
    kind: str

    def samples(self) -> Samples:
        """At 16 kHz, -1 to 1."""
        with wave.open(str(self.file)) as opened:
            rate = opened.getframerate()
            raw = np.frombuffer(opened.readframes(opened.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
        if rate == RATE:
            return np.asarray(raw, np.float32)
        return np.asarray(samplerate.resample(raw, RATE / rate, "sinc_medium"), np.float32)

    def pcm(self) -> bytes:
        """In the house format, any length."""
        return to_pcm(self.samples())


def shared_audio() -> Path | None:
    """LEADLINE_SHARED, else the folder `shared` beside the repository; None when there is no audio in it."""
    shared = Path(os.environ.get("LEADLINE_SHARED") or REPOSITORY.parent / "shared")
    return shared / "audio" if (shared / "audio" / "manifest.jsonl").is_file() else None


def read_clips(folder: Path) -> list[Clip]:
    """All clips of the manifest."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line]
    return [Clip(folder / e["file"], e["file"].split("/")[0], e["transcript"], e["kind"]) for e in entries]


_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_FIGURES = {str(value): word for value, word in enumerate(_DIGITS)}
_SAME = {"oh": "zero", "o": "zero", "p.m": "pm", "a.m": "am", "okay": "ok", "mr": "mister"}


def plain_words(text: str) -> str:
    """Lower case, no punctuation, figures one by one as words ("2:30" is "two three zero")."""
    text = text.lower().replace("p.m.", "pm").replace("a.m.", "am")
    text = re.sub(r"\d", lambda figure: f" {_FIGURES[figure.group()]} ", text)
    words = re.findall(r"[a-z']+", text)
    return " ".join(_SAME.get(word, word) for word in words)


def word_errors(pairs: list[tuple[str, str]]) -> float:
    """Word error rate (0 to 1) of (said, heard) pairs."""
    said, heard = zip(*pairs, strict=True)
    return float(jiwer.wer([plain_words(text) for text in said], [plain_words(text) for text in heard]))


def digits_of(text: str) -> str:
    """The digits in `text`, figures or words: "9-4-1 oh three" is "94103"."""
    values = {word: figure for figure, word in _FIGURES.items()} | {"oh": "0", "o": "0"}
    found = re.findall(r"[a-z]+|\d+", text.lower())
    return "".join(word if word.isdigit() else values.get(word, "") for word in found)

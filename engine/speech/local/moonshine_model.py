"""Moonshine tiny (English, 27 M weights) as a plain function from sound to tokens to text, without its library.

The vendor's own transcriber splits at pauses, which ruins spoken zip codes (12 of 27 right instead of 20) and costs
3.4 times the CPU (embedded-speech.md, rule 2); this decodes the whole turn at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.speech import models
from engine.speech.audio import RATE
from engine.speech.local.inference import Model, Tensor
from engine.speech.pcm import Samples

_START, _END = 1, 2
_TOKENS_A_SECOND = 6.5  # the vendor's own bound against endless repetition
_LEAST_TOKENS = 8
_LEAST_SAMPLES = RATE // 5
_DIGIT_PIECES = frozenset(" 0123456789,-.")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Tokens without start and end; `likelihood`: mean log-probability of a token under the unmasked model."""

    tokens: tuple[int, ...]
    likelihood: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the encoder made of a sound; decoded as often as wanted."""

    states: Tensor
    attention: Tensor
    most_tokens: int


class MoonshineModel:
    """The two networks and the token table. Thread-safe: all state of a decoding is local to it."""

    def __init__(self) -> None:
        self._encoder = Model("moonshine-encoder")
        self._decoder = Model("moonshine-decoder")
        self.pieces = read_pieces(models.path("moonshine-tokens"))
        self._digits = np.full(len(self.pieces), -np.inf, np.float32)
        for token, piece in enumerate(self.pieces):
            if token == _END or (piece and set(piece) <= _DIGIT_PIECES):
                self._digits[token] = 0.0
        self._cache_inputs = [name for name in self._decoder.inputs if name.startswith("past_key_values")]
        self._empty_cache: dict[str, Tensor] = {
            name: np.zeros((1, 8, 0, 36), np.float32) for name in self._cache_inputs
        }

    def hear(self, samples: Samples) -> Heard:
        """Run the encoder, the larger half of the work."""
        if len(samples) < _LEAST_SAMPLES:
            samples = np.pad(samples, (0, _LEAST_SAMPLES - len(samples)))
        attention = np.ones((1, len(samples)), np.int64)
        (states,) = self._encoder.run({"input_values": samples[np.newaxis], "attention_mask": attention})
        return Heard(states, attention, max(_LEAST_TOKENS, int(len(samples) / RATE * _TOKENS_A_SECOND)))

    def decode(self, heard: Heard, *, digits_only: bool = False) -> Decoded:
        """The likeliest tokens one after the other (greedy).

        `digits_only`: no other tokens than digits, blanks and separators.
        """
        tokens: list[int] = []
        likelihoods: list[float] = []
        feeds: dict[str, Tensor] = {
            "encoder_hidden_states": heard.states,
            "encoder_attention_mask": heard.attention,
            "use_cache_branch": np.array([False]),
            "input_ids": np.array([[_START]], np.int64),
            **self._empty_cache,
        }
        while len(tokens) < heard.most_tokens:
            logits, *present = self._decoder.run(feeds)
            last = logits[0, -1]
            token = int(np.argmax(last + self._digits if digits_only else last))
            likelihoods.append(float(last[token] - last.max() - np.log(np.exp(last - last.max()).sum())))
            if token == _END:
                break
            tokens.append(token)
            first = not feeds["use_cache_branch"][0]
            # The cached branch answers with empty encoder caches: those of the first step stay valid.
            fresh = zip(self._cache_inputs, present, strict=True)
            feeds.update((name, value) for name, value in fresh if first or ".decoder." in name)
            feeds["use_cache_branch"] = np.array([True])
            feeds["input_ids"] = np.array([[token]], np.int64)
        return Decoded(tuple(tokens), float(np.mean(likelihoods)))

    def text(self, decoded: Decoded) -> str:
        """Tokens as text; control tokens are dropped."""
        return "".join(self.pieces[token] for token in decoded.tokens).strip()


def read_pieces(file: Path) -> tuple[str, ...]:
    """The token table: byte strings, each after its length (over 127: two bytes, low seven bits first).

    Control pieces ("<s>") become empty; byte pieces ("<0xC3>") too, as English needs none of them.
    """
    data = file.read_bytes()
    pieces: list[str] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length > 127:
            length = data[at] * 128 + length - 128
            at += 1
        piece = data[at : at + length].decode("utf-8", errors="replace")
        at += length
        pieces.append("" if piece.startswith("<") else piece.replace("\u2581", " "))
    return tuple(pieces)

"""One utterance on its way to the ear: its sound, the clauses of its text, and what of it was heard, in words.

It knows the bytes behind each of its clauses; inside a clause it interpolates, and it cuts at the last whole word
(field-lessons R4). No I/O, no time: how much has been heard is told by `Pacer`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.speech.audio import FRAME_BYTES, RATE

AUDIBLE: Final = 260
"""Peak (of 32,767; -42 dBFS) from which a frame counts as sound."""

_BYTES_S: Final = 2 * RATE
_GRAIN: Final = FRAME_BYTES // 2  # bytes of 10 ms
_CHAR_S: Final = 0.06  # an English voice takes about so long for a character
_LITTLE_S: Final = 0.4  # a voice that breaks off so soon has not got a thought across: begin again


@dataclass(slots=True)
class VoicedClause:
    """A run of the text with its sound. `start`, `end`: characters. `first_byte`: of the utterance's sound, whole.
    `voice_from`, `voice_to`: bytes between which something is to be heard; -1 while nothing is."""

    start: int
    end: int
    first_byte: int
    voice_from: int = -1
    voice_to: int = -1


@dataclass(slots=True)
class Utterance:
    """`frames`: to be sent, 640 bytes each; `rest`: less than one. `sent`, `heard`: bytes. `marked`: clauses whose mark
    was sent. `started`, `last_at`: seconds on the call's clock of what was heard of it."""

    id: int
    text: str
    clauses: list[VoicedClause] = field(default_factory=list)
    rest: bytes = b""
    frames: deque[bytes] = field(default_factory=deque)
    bytes_in: int = 0
    ended: bool = False
    sent: int = 0
    marked: int = 0
    heard: int = 0
    started: float | None = None
    last_at: float = 0.0

    def clause(self, start: int, end: int) -> None:
        """The sound that is added from now on belongs to these characters."""
        self.clauses.append(VoicedClause(start, end, self.bytes_in))

    def add(self, pcm: bytes) -> None:
        """More sound, of any length."""
        if self.clauses and pcm:
            clause = self.clauses[-1]
            split = self.bytes_in % 2  # half a sample may have come with the last piece
            loud = _loud_span(pcm[split:])
            if loud is not None:
                if clause.voice_from < 0:
                    clause.voice_from = self.bytes_in + split + loud[0]
                clause.voice_to = self.bytes_in + split + loud[1]
        self.take(pcm)

    def take(self, pcm: bytes) -> None:
        """Sound that stands for none of its words, such as a pause."""
        self.bytes_in += len(pcm)
        data = self.rest + pcm
        whole = len(data) - len(data) % FRAME_BYTES
        self.frames.extend(data[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES))
        self.rest = data[whole:]

    def end(self) -> None:
        """No more sound will come: the last frame is filled up with silence."""
        if not self.ended:
            self.ended = True
            if self.rest:
                self.frames.append(self.rest.ljust(FRAME_BYTES, b"\0"))
                self.rest = b""

    def take_back_clause(self) -> int | None:
        """The voice broke off in the last clause. Its sound that was not sent is dropped; the character of the text
        from which it is to be spoken on: its beginning if next to nothing was heard of it, else the word at which it
        broke off. Nothing behind that character counts as heard. None if there is no clause."""
        if not self.clauses:
            return None
        clause = self.clauses[-1]
        waiting = b"".join(self.frames) + self.rest
        sent = self.bytes_in - len(waiting)
        kept = waiting[: max(0, clause.first_byte - sent)]  # of the clause before
        whole = len(kept) - len(kept) % FRAME_BYTES
        self.frames = deque(kept[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES))
        self.rest = kept[whole:]
        self.bytes_in = sent + len(kept)
        voiced = max(0, self.bytes_in - clause.voice_from) if clause.voice_from >= 0 else 0
        said_from = clause.start
        if voiced >= _LITTLE_S * _BYTES_S:
            chars = int(voiced / (self._char_s() * _BYTES_S))
            # At least the last word is left: it failed before its end, and a word twice is better than a word lost.
            last = clause.start + len(self.text[clause.start : clause.end].rstrip())
            said_from = _word_end(self.text, clause.start, min(clause.start + chars, last - 1))
        if said_from == clause.start:
            self.clauses.pop()
        else:
            clause.end, clause.voice_to = said_from, min(clause.voice_to, self.bytes_in)
        return said_from

    def heard_text(self) -> str:
        """What a listener has understood: whole clauses, and of the clause that was cut the whole words."""
        until = 0
        for clause in self.clauses:
            if clause.first_byte >= self.heard or clause.voice_from < 0 or clause.voice_from >= self.heard:
                break
            whole = self.ended or clause is not self.clauses[-1]
            if whole and clause.voice_to <= self.heard:
                until = clause.end
                continue
            length = clause.voice_to - clause.voice_from
            if not whole:  # more of its sound is being made: guess how much
                length = max(length, round((clause.end - clause.start) * _CHAR_S * _BYTES_S))
            share = (self.heard - clause.voice_from) / max(1, length)
            until = clause.start + int(min(1.0, share) * (clause.end - clause.start))
            until = _word_end(self.text, clause.start, until)
            break
        return self.text[:until].rstrip()

    def _char_s(self) -> float:
        """Seconds a character, by the clauses whose sound is complete, else as voices are."""
        whole = [clause for clause in self.clauses[:-1] if clause.voice_to > clause.voice_from]
        chars = sum(clause.end - clause.start for clause in whole)
        length = sum(clause.voice_to - clause.voice_from for clause in whole)
        return length / chars / _BYTES_S if chars >= 20 else _CHAR_S


def audible(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, "<i2")
    return max(int(samples.max()), -int(samples.min())) >= AUDIBLE


def _word_end(text: str, start: int, until: int) -> int:
    """The last position up to `until`, not before `start`, at which a word has just ended."""
    if until >= len(text) or not text[until].isalnum():
        return until
    while until > start and not text[until - 1].isspace():
        until -= 1
    return until


def _loud_span(pcm: bytes) -> tuple[int, int] | None:
    """First and last byte offsets, at a grain of 10 ms, between which `pcm` is audible."""
    samples = np.frombuffer(pcm[: len(pcm) - len(pcm) % 2], "<i2").astype(np.int32)
    if not len(samples):
        return None
    peaks = np.maximum.reduceat(np.abs(samples), np.arange(0, len(samples), _GRAIN // 2))
    loud = np.flatnonzero(peaks >= AUDIBLE)
    return (int(loud[0]) * _GRAIN, min(len(pcm), (int(loud[-1]) + 1) * _GRAIN)) if len(loud) else None

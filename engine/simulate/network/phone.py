"""A telephone on the loopback network: what it does when dialled, what it hears, and what it says.

A phone is called from the pacing task of its call, every 20 ms: `heard` and `next_frame` must return at once.
Whatever takes time (recognising, thinking, speaking) belongs into `on_call`, which runs as a task beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.speech.audio import FRAME_BYTES, SILENCE


@dataclass(frozen=True, slots=True)
class Answers:
    """Picks up after `after_s` of ringing. A `machine` is a voicemail, whose beep ends `beep_after_s` later; None: the
    carrier hears none. `detected`: what machine detection says `detect_after_s` into the call, if it errs."""

    after_s: float = 0.0
    machine: bool = False
    beep_after_s: float | None = 2.0
    detected: Literal["", "human", "machine"] = ""
    detect_after_s: float = 0.3

    @property
    def taken_for(self) -> str:
        return self.detected or ("machine" if self.machine else "human")


@dataclass(frozen=True, slots=True)
class Busy:
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rejects:
    """The person declines. No `completed` follows from the carrier."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NeverAnswers:
    """Rings until the caller's ringing timer, or until the phone's own carrier gives up after `gives_up_after_s`."""

    gives_up_after_s: float | None = None


Ring = Answers | Busy | Rejects | NeverAnswers


def ring_result(ring: Ring, patience_s: float) -> tuple[float, str]:
    """What becomes of a ringing phone whose caller waits `patience_s`: after how many seconds, and which status."""
    match ring:
        case Answers(after_s=after):
            end = (after, "answered")
        case Busy(after_s=after):
            end = (after, "busy")
        case Rejects(after_s=after):
            end = (after, "rejected")
        case NeverAnswers(gives_up_after_s=None):
            end = (patience_s, "timeout")
        case NeverAnswers(gives_up_after_s=float() | int() as after):
            end = (after, "unanswered")
    return end if end[0] <= patience_s else (patience_s, "timeout")


class Line(Protocol):
    """What an answered phone can do with its call."""

    @property
    def call_uuid(self) -> str: ...

    @property
    def caller(self) -> str:
        """The number that is shown, in E.164."""
        ...

    def press(self, digit: str, duration_ms: int = 260) -> None:
        """Press one key. Lost, as on a real phone, while nobody is connected."""
        ...

    def hang_up(self) -> None: ...

    def drop_media(self) -> None:
        """Cut the media socket without a goodbye, as a failing network does. The call itself goes on."""
        ...


class Phone(Protocol):
    """One telephone for one call: the network makes a new one for each time its number is dialled."""

    def ring(self) -> Ring:
        """Decide what to do about the incoming call."""
        ...

    async def on_call(self, line: Line) -> None:
        """Live through the call, from the answer on. Cancelled when the call ends; returning does not end it."""
        ...

    def heard(self, frame: bytes) -> None:
        """20 ms (640 bytes) of what comes out of the earpiece, silence included."""
        ...

    def next_frame(self) -> bytes:
        """20 ms (640 bytes) of what goes into the microphone; `SILENCE` when nothing does."""
        ...

    def ended(self, status: str) -> None:
        """The call is over (`completed`, `cancelled`, `timeout` …). Told once, also if it was never answered."""
        ...


PhoneFactory = Callable[[], Phone]


class SilentPhone:
    """Picks up, says nothing, keeps nothing. The base of the phones below."""

    def __init__(self, answer_after_s: float = 0.0, *, hang_up_after_s: float | None = None) -> None:
        self._answer_after_s = answer_after_s
        self._hang_up_after_s = hang_up_after_s
        self.end_status = ""

    def ring(self) -> Ring:
        return Answers(self._answer_after_s)

    async def on_call(self, line: Line) -> None:
        if self._hang_up_after_s is not None:
            await asyncio.sleep(self._hang_up_after_s)
            line.hang_up()

    def heard(self, frame: bytes) -> None:
        return None

    def next_frame(self) -> bytes:
        return SILENCE

    def ended(self, status: str) -> None:
        self.end_status = status


class BusyPhone(SilentPhone):
    def ring(self) -> Ring:
        return Busy()


class RejectingPhone(SilentPhone):
    def ring(self) -> Ring:
        return Rejects()


class NoAnswerPhone(SilentPhone):
    def __init__(self, *, gives_up_after_s: float | None = None) -> None:
        super().__init__()
        self._gives_up_after_s = gives_up_after_s

    def ring(self) -> Ring:
        return NeverAnswers(self._gives_up_after_s)


class MachinePhone(SilentPhone):
    """A voicemail: picks up and beeps."""

    def ring(self) -> Ring:
        return Answers(self._answer_after_s, machine=True, beep_after_s=0.2)


class ToneOrFilePhone(SilentPhone):
    """Picks up and plays `pcm` (16-bit mono, 16 kHz) once, after `start_after_s`; then falls silent.

    `hang_up_at_end`: hang up with the last sample.
    """

    def __init__(
        self,
        pcm: bytes,
        *,
        answer_after_s: float = 0.0,
        start_after_s: float = 0.0,
        hang_up_at_end: bool = False,
        hang_up_after_s: float | None = None,
    ) -> None:
        super().__init__(answer_after_s, hang_up_after_s=hang_up_after_s)
        lead_in = round(start_after_s / 0.02) * SILENCE
        sound = lead_in + pcm
        self._pcm = sound + bytes(-len(sound) % FRAME_BYTES)
        self._at = 0
        self._hang_up_at_end = hang_up_at_end
        self._line: Line | None = None

    async def on_call(self, line: Line) -> None:
        self._line = line
        await super().on_call(line)

    def next_frame(self) -> bytes:
        frame = self._pcm[self._at : self._at + FRAME_BYTES]
        self._at += len(frame)
        if not frame:
            if self._hang_up_at_end and self._line is not None:
                self._line.hang_up()
            return SILENCE
        return frame


class StaffPhone(SilentPhone):
    """A colleague: picks up, listens, presses `key`, and talks. `pcm`: what they say, over and over, once they are
    through (16-bit mono, 16 kHz). `machine`: it is their voicemail that picks up, and presses nothing."""

    def __init__(
        self,
        answer_after_s: float = 1.0,
        *,
        key: str = "1",
        press_after_s: float = 1.0,
        pcm: bytes = b"",
        machine: bool = False,
        hang_up_after_s: float | None = None,
    ) -> None:
        super().__init__(answer_after_s, hang_up_after_s=hang_up_after_s)
        self._key, self._press_after_s, self._machine = key, press_after_s, machine
        self._pcm = pcm + bytes(-len(pcm) % FRAME_BYTES)
        self._at = 0
        self._talks = False
        self.sounds_heard = 0
        """Frames from the earpiece that were not silent."""

    def ring(self) -> Ring:
        return Answers(self._answer_after_s, machine=self._machine, beep_after_s=0.5)

    async def on_call(self, line: Line) -> None:
        pressing = asyncio.create_task(self._press(line))
        try:
            await super().on_call(line)
            await pressing
        finally:
            pressing.cancel()

    async def _press(self, line: Line) -> None:
        await asyncio.sleep(self._press_after_s)
        if self._key and not self._machine:
            line.press(self._key)
        self._talks = not self._machine

    def heard(self, frame: bytes) -> None:
        self.sounds_heard += any(frame)

    def next_frame(self) -> bytes:
        if not self._talks or not self._pcm:
            return SILENCE
        frame = self._pcm[self._at : self._at + FRAME_BYTES]
        self._at = (self._at + FRAME_BYTES) % len(self._pcm)
        return frame

"""Telephones that no person answers at once: a voicemail with its beep, a call screener with a person behind it."""

from __future__ import annotations

import asyncio
from array import array
from typing import Final, Literal

import numpy as np

from engine.simulate.network.phone import Answers, Line, Ring, SilentPhone
from engine.speech.audio import FRAME_BYTES, FRAME_S, RATE, SILENCE, seconds

BEEP_S: Final = 0.4
_LOUD: Final = 250  # RMS of a frame that is a voice
_QUIET_S: Final = 0.8

Detected = Literal["", "human", "machine"]


def beep(length_s: float = BEEP_S, pitch_hz: float = 1000.0) -> bytes:
    """The tone after which a voicemail records."""
    at = np.arange(round(length_s * RATE)) / RATE
    return (9000 * np.sin(2 * np.pi * pitch_hz * at)).astype("<i2").tobytes()


class VoicemailPhone(SilentPhone):
    """Picks up, speaks `greeting` (16-bit mono, 16 kHz), beeps after `gap_s`, and records.

    `detected`: what machine detection makes of it, `machine` unless it errs. `beep_told`: whether the detection hears
    the beep. `recorded`: what a listener of the message will hear. `beeped_at`: seconds from the answer to its end.
    """

    def __init__(
        self,
        greeting: bytes,
        *,
        gap_s: float = 0.8,
        answer_after_s: float = 0.0,
        detected: Detected = "machine",
        detect_after_s: float = 1.5,
        beep_told: bool = True,
        records_s: float = 60.0,
    ) -> None:
        super().__init__(answer_after_s)
        sound = SILENCE * 10 + greeting + bytes(2 * round(gap_s * RATE)) + beep()
        self._sound = sound + bytes(-len(sound) % FRAME_BYTES)
        self._at = 0
        self._ring = Answers(
            answer_after_s,
            machine=True,
            beep_after_s=seconds(self._sound) if beep_told else None,
            detected=detected,
            detect_after_s=detect_after_s,
        )
        self._records_s = records_s
        self.recorded = bytearray()
        self.beeped_at = seconds(self._sound)

    def ring(self) -> Ring:
        return self._ring

    def next_frame(self) -> bytes:
        frame = self._sound[self._at : self._at + FRAME_BYTES]
        self._at += FRAME_BYTES
        return frame or SILENCE

    def heard(self, frame: bytes) -> None:
        if self._at > len(self._sound):
            self.recorded += frame

    async def on_call(self, line: Line) -> None:
        await asyncio.sleep(self.beeped_at + self._records_s)
        line.hang_up()


class ScreeningPhone(SilentPhone):
    """Asks who is calling and why (`question`), listens, then says `hold` and puts the person through, who says
    `hello`; without a `hello` it declines and hangs up. `least_voice_s`: less than so much of a voice is no answer."""

    def __init__(
        self,
        question: bytes,
        hello: bytes = b"",
        *,
        hold: bytes = b"",
        fetch_s: float = 3.0,
        least_voice_s: float = 0.5,
        detected: Detected = "machine",
        detect_after_s: float = 1.5,
    ) -> None:
        super().__init__()
        self._ring = Answers(machine=True, beep_after_s=None, detected=detected, detect_after_s=detect_after_s)
        self._hello, self._hold, self._fetch_s = hello, hold, fetch_s
        self._out = bytearray(SILENCE * 10 + question)
        self._least_voice_s = least_voice_s
        self._quiet_s = 0.0
        self._voice_s = 0.0
        self._answer = asyncio.Event()
        self.reasons = bytearray()
        self.put_through = False

    def ring(self) -> Ring:
        return self._ring

    def next_frame(self) -> bytes:
        frame = bytes(self._out[:FRAME_BYTES])
        del self._out[:FRAME_BYTES]
        return frame.ljust(FRAME_BYTES, b"\0") if frame else SILENCE

    def heard(self, frame: bytes) -> None:
        if self._out or self._answer.is_set():
            return
        self.reasons += frame
        loud = float(np.sqrt(np.mean(np.square(array("h", frame), dtype=np.float64)))) > _LOUD
        self._voice_s += FRAME_S * loud
        self._quiet_s = 0.0 if loud else self._quiet_s + FRAME_S
        if self._voice_s > self._least_voice_s and self._quiet_s > _QUIET_S:
            self._answer.set()

    async def on_call(self, line: Line) -> None:
        await self._answer.wait()
        self._out += self._hold
        await asyncio.sleep(seconds(self._hold) + self._fetch_s)
        if not self._hello:
            line.hang_up()
            return
        self.put_through = True
        self._out += self._hello

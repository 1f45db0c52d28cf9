"""A simulated caller with a voice: a phone on the loopback network that follows a scenario by ear and by trace.

What it says goes through a telephone channel (8 kHz band, mu-law, noise) into the microphone: all the agent knows of
it comes from that sound. When the agent has finished it knows from the earpiece; what the agent asked, from the call's
own live trace, as the scenario format allows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

import numpy as np

from engine.simulate.network.phone import Answers, Line, Ring
from engine.simulate.scenario import CallerLine
from engine.simulate.script import AgentTurn, ScriptedCaller
from engine.speech.audio import FRAME_BYTES, FRAME_S, RATE, SILENCE, seconds
from engine.speech.ports import TextToSpeech
from engine.speech.telephone import DELAY_S, TelephoneChannel

AUDIBLE_RMS = 120.0
"""Level of a frame (of 32,767) above which the earpiece is not silent; the agent's voice is far above, padding at 0."""

QUIET_S = 0.3
"""Silence in the earpiece after which a listener takes the agent's turn for finished, once all of it was played."""

PICKUP_S = 0.4
"""Time from lifting the receiver to the first word."""

REACTION_S = 0.25
"""Time a person takes to start an answer after the other has finished."""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One event of the live trace: `agent_says` with the utterance's `id` and text, `agent_heard` when it has been
    played, `listening` with what was asked, `waiting` while a colleague's phone rings."""

    kind: str
    id: int = 0
    text: str = ""
    asked: str = ""


class Trace(Protocol):
    """The live trace of the call that this phone has answered."""

    def events(self) -> AsyncIterator[TraceEvent]: ...


@dataclass(slots=True)
class SpokenLine:
    """A line as it was spoken: seconds since the phone was answered. `ended`: its last audible sample.
    `answered`: the first audible sample from the agent after it, None if there was none."""

    text: str
    began: float
    ended: float
    answered: float | None = None
    over_agent: bool = False
    agent_stopped: float | None = None

    @property
    def response_ms(self) -> float | None:
        if self.answered is None or self.over_agent:
            return None
        return (self.answered - self.ended) * 1000


class Channel(Protocol):
    """The way from a mouth into the network."""

    def frame(self, pcm: bytes) -> bytes: ...


class SpeakingCaller:
    """Implements `engine.simulate.network.Phone`. `muted`: it moves its lips, but nothing reaches the microphone.
    `channel`: without it, a telephone's."""

    def __init__(
        self,
        script: ScriptedCaller,
        voice: TextToSpeech,
        trace: Trace,
        *,
        answer_after_s: float = 1.5,
        noise_snr_db: float = 30.0,
        muted: bool = False,
        speaker: Callable[[bytes, bytes], None] | None = None,
        channel: Channel | None = None,
    ) -> None:
        self._script, self._voice, self._trace = script, voice, trace
        self._answer_after_s = answer_after_s
        self._channel: Channel = channel or TelephoneChannel(snr_db=noise_snr_db)
        self._muted = muted
        self._speaker = speaker
        self._earpiece = SILENCE
        self._out: deque[bytes] = deque()
        self._ticks_out = 0
        self._ticks_in = 0
        self._speaking: SpokenLine | None = None
        self._agent_audible_at: float | None = None
        self._agent_began: float | None = None
        self._turn_text: list[str] = []
        self._turn_asked = ""
        self._waiting = False
        self._unplayed: set[int] = set()
        self._turn_complete = asyncio.Event()
        self._turn_began = asyncio.Event()
        self._over = asyncio.Event()
        self._ticked = asyncio.Event()
        self.lines: list[SpokenLine] = []
        self.end_status = ""

    # The network's side: called every 20 ms, must return at once.

    def ring(self) -> Ring:
        return Answers(self._answer_after_s)

    def heard(self, frame: bytes) -> None:
        self._ticks_in += 1
        self._earpiece = frame
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        if not len(samples) or float(np.sqrt(np.mean(samples * samples))) < AUDIBLE_RMS:
            return
        now = self._ticks_in * FRAME_S
        first = int(np.argmax(np.abs(samples) > AUDIBLE_RMS)) / len(samples) * FRAME_S
        self._agent_audible_at = now
        if self._agent_began is None:
            self._agent_began = now
            self._turn_began.set()
        line = self.lines[-1] if self.lines else None
        if line is None:
            return
        if self._speaking is line and line.over_agent:
            line.agent_stopped = now
        elif self._speaking is None and line.answered is None:
            line.answered = now - FRAME_S + first

    def next_frame(self) -> bytes:
        self._ticks_out += 1
        ticked, self._ticked = self._ticked, asyncio.Event()
        ticked.set()
        frame = self._out.popleft() if self._out else SILENCE
        sound = self._channel.frame(SILENCE if self._muted else frame)
        if self._speaker is not None:
            self._speaker(sound, self._earpiece)
        return sound

    def ended(self, status: str) -> None:
        self.end_status = status
        self._over.set()

    # The person's side.

    @property
    def now(self) -> float:
        """Seconds since the phone was answered, by the frames that have passed."""
        return self._ticks_out * FRAME_S

    async def on_call(self, line: Line) -> None:
        listener = asyncio.create_task(self._follow_trace())
        try:
            greeting = self._script.pickup()
            if greeting is not None:
                await self._until(PICKUP_S)
                await self._say(greeting)
            while not self._over.is_set():
                await self._agent_turn()
                if self._waiting:
                    waiting = self._script.while_waiting()
                    self._begin_agent_turn()
                    if waiting is not None:
                        await self._say(waiting)
                    continue
                move = self._script.answers(AgentTurn(" ".join(self._turn_text), self._turn_asked))
                self._begin_agent_turn()
                if move.hangs_up:
                    line.hang_up()
                    return
                if move.line is not None:
                    await self._until(self.now + REACTION_S)
                    await self._say(move.line)
        finally:
            listener.cancel()

    def _begin_agent_turn(self) -> None:
        self._turn_text, self._turn_asked = [], ""
        self._agent_began = None
        self._waiting = False
        self._turn_complete.clear()
        self._turn_began.clear()

    async def _follow_trace(self) -> None:
        async for event in self._trace.events():
            if event.kind == "agent_says":
                self._turn_text.append(event.text)
                self._unplayed.add(event.id)
            elif event.kind == "agent_heard":
                self._unplayed.discard(event.id)
            elif event.kind == "listening":
                self._turn_asked = event.asked
                self._turn_complete.set()
            elif event.kind == "waiting":
                self._waiting = True  # for a colleague: there is nothing to answer
                self._turn_complete.set()

    async def _agent_turn(self) -> None:
        """Wait until the agent has said all of its turn, cutting in where the scenario says so."""
        await self._turn_began.wait()
        cut = self._script.cuts_in(" ".join(self._turn_text), self._turn_asked)
        if cut is not None and self._agent_began is not None:
            await self._until(self._agent_began + cut.after_ms / 1000)
            await self._say(cut, over_agent=not cut.audio.backchannel)
            self._turn_complete.clear()
            self._turn_text = []
        while not (self._turn_complete.is_set() and not self._unplayed and self._quiet_for() >= QUIET_S):
            await self._ticked.wait()

    async def _until(self, moment: float) -> None:
        """Wait in the line's own time: frames are the only clock a phone has."""
        while self.now < moment:
            await self._ticked.wait()

    def _quiet_for(self) -> float:
        heard_at = self._agent_audible_at
        return 0.0 if heard_at is None else self._ticks_in * FRAME_S - heard_at

    async def _say(self, line: CallerLine, over_agent: bool = False) -> None:
        """Speak a line, with its pauses, and wait until it has gone into the microphone."""
        spoken = SpokenLine(line.words, self.now, self.now, over_agent=over_agent)
        self.lines.append(spoken)
        self._speaking = spoken
        pcm = b""
        for part, pause_ms in zip_longest(line.say.split("|"), line.audio.pauses_ms, fillvalue=0):
            if isinstance(part, str):
                pcm += _trimmed(b"".join([piece async for piece in self._voice.speak(part.strip())]))
                pcm += bytes(2 * round(RATE * int(pause_ms) / 1000))
        for start in range(0, len(pcm), FRAME_BYTES):
            self._out.append(pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        spoken.ended = self.now + seconds(pcm) + DELAY_S
        while self._out:
            await self._ticked.wait()
        self._speaking = None


def _trimmed(pcm: bytes) -> bytes:
    """Without the silence at both ends: the end of the last word is what answers are timed from."""
    samples = np.frombuffer(pcm, dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
    return samples[loud[0] : loud[-1] + 1].tobytes() if len(loud) else b""

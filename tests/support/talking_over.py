"""An agent that talks on over what comes in on its line: floor, ear and voice model are real, time is counted.

Each frame of the agent goes out, and comes back as an echo if the phone has one, until the floor orders a pause; it
goes on where the floor lets it. No recogniser: there are no words in noise, and what the echo says is nobody's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.call import floor_events as ev
from engine.call.acts import Expecting
from engine.call.floor import Floor, FloorSettings
from engine.call.hearing import Ear
from engine.call.playout import ECHO_S
from engine.speech.audio import FRAME_S, FRAME_SAMPLES
from engine.speech.pcm import SILENT_DB, Samples, level_db, to_pcm
from engine.speech.ports import Hints, SpeechStack
from engine.speech.telephone import TelephoneChannel

REPLY_S = 10.0
WORDS_AFTER_S = 0.1

Sound = npt.NDArray[np.floating]


def _needs(text: str, expect: Expecting, speech_s: float, probability: float | None) -> float:
    return 0.6


class TalkingOver:
    """`begun`: when the agent fell silent; `pauses`: for how long, each that has ended. `echo`: decibels, which may be
    changed at any time, and seconds of the way back."""

    def __init__(self, speech: SpeechStack, agent: Samples, echo: tuple[float, float] | None = None) -> None:
        self._ear = Ear(speech, Hints(), lambda event: None, lambda part, problem: None, lambda text: None)
        self._agent = agent[: len(agent) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        self._channel = TelephoneChannel(snr_db=30.0)
        self.echo_db = echo[0] if echo else SILENT_DB
        silence = np.zeros(FRAME_SAMPLES)
        self._way: deque[Sound] = deque([silence] * round((echo[1] if echo else 0.0) / FRAME_S))
        self._loudness: deque[float] = deque(maxlen=round(ECHO_S / FRAME_S))
        self._floor = Floor(FloorSettings(), _needs, 7200.0)
        self._paused: float | None = None
        self._drafts: deque[tuple[float, int]] = deque()
        self._said = 0
        self.now = 0.0
        self.begun: list[float] = []
        self.pauses: list[float] = []
        self._obey(self._floor.receive(ev.LineOpened(), 0.0))
        self._begin()

    def hear(self, line: Sound) -> None:
        """Let the agent talk while `line` (16 kHz, -1 to 1) comes in."""
        for at in range(0, len(line) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self._frame(line[at : at + FRAME_SAMPLES])

    def _frame(self, line: Sound) -> None:
        self.now += FRAME_S
        out = np.zeros(FRAME_SAMPLES) if self._paused is not None else self._agent[self._said % len(self._agent)]
        self._said += self._paused is None
        self._loudness.append(level_db(to_pcm(out)) if self._paused is None else SILENT_DB)
        self._way.append(out)
        heard = self._channel.frame(to_pcm(line + 10 ** (self.echo_db / 20) * self._way.popleft()))
        while (timer := self._floor.timer()) is not None and timer <= self.now:
            self._obey(self._floor.handle_timer(timer))
        while self._drafts and self._drafts[0][0] <= self.now:
            self._tell(ev.DraftReady(self._drafts.popleft()[1], ""))
        for probability in self._ear.hear(heard):
            self._tell(ev.VoiceWindow(probability, self._ear.level, max(self._loudness)))
        if self._paused is None and self._said % round(REPLY_S / FRAME_S) == 0:
            self._begin()
        elif self._paused is None and self._said % 25 == 0:
            self._tell(ev.Playing(REPLY_S))

    def _begin(self) -> None:
        """The next reply: a key is what the agent answers without anybody's voice."""
        for event in (ev.Key("1"), ev.Queued(), ev.Playing(REPLY_S), ev.ReplyListen("speech", 8.0)):
            self._tell(event)

    def _tell(self, event: ev.Event) -> None:
        self._obey(self._floor.receive(event, self.now))

    def _obey(self, commands: list[ev.Command]) -> None:
        for command in commands:
            match command:
                case ev.Pause():
                    self._paused = self.now
                    self.begun.append(self.now)
                case ev.Resume() | ev.Clear() if self._paused is not None:
                    self.pauses.append(self.now - self._paused)
                    self._paused = None
                case ev.Draft(_, draft, _):
                    self._drafts.append((self.now + WORDS_AFTER_S, draft))
                case _:
                    pass


def at_level(sound: Sound, db: float) -> Sound:
    """`sound` so loud that its sounding parts (20 ms, within 25 dB of the loudest) have `db` dBFS."""
    power = _power(sound, FRAME_SAMPLES)
    return sound * (10 ** (db / 20) / np.sqrt(power[power > power.max() * 10**-2.5].mean()))


def onset_s(sound: Sound) -> float:
    """Seconds to the first 10 ms that are at most 25 dB under the loudest."""
    power = _power(sound, FRAME_SAMPLES // 2)
    return float(np.argmax(power > power.max() * 10**-2.5)) * FRAME_S / 2


def _power(sound: Sound, block: int) -> Sound:
    return np.mean(np.square(sound[: len(sound) // block * block].reshape(-1, block), dtype=np.float64), axis=1)


def made_noises(kind: str, seconds: float) -> Sound:
    """Sounds of a room, made by rule: `keys` of a keyboard, `breaths` into the microphone, `coughs`."""
    random = np.random.default_rng(2)
    line = np.zeros(round(seconds * 16_000))
    at = 1.0
    for sound in _sounds(kind, random):
        begin = round(at * 16_000)
        if begin + len(sound) > len(line):
            return line
        line[begin : begin + len(sound)] += sound
        at += random.uniform(0.15, 0.5) if kind == "keys" else random.uniform(1.5, 3.0)
    return line


def _sounds(kind: str, random: np.random.Generator) -> Iterator[Sound]:
    while True:
        if kind == "keys":
            click = random.normal(0.0, 1.0, 400) * np.exp(-np.arange(400) / 80)
            yield click / np.abs(click).max() * 0.25
        elif kind == "breaths":
            length = round(random.uniform(0.3, 0.9) * 16_000)
            yield _band(random.normal(0.0, 1.0, length), 400, 2500) * np.hanning(length) * 0.12
        else:
            length = round(random.uniform(0.2, 0.35) * 16_000)
            fade = np.exp(-4 * np.arange(length) / length)
            fade[:160] *= np.linspace(0.0, 1.0, 160)
            t = np.arange(length) / 16_000
            buzz = np.sign(np.sin(2 * np.pi * (170 - 60 * t) * t)) * 0.15 * (t > 0.4 * length / 16_000)
            burst = _band(random.normal(0.0, 1.0, length), 250, 1800)
            yield (burst / np.abs(burst).max() + _low(buzz, 1500)) * fade * 0.5


def _low(sound: Sound, hertz: float) -> Sound:
    window = np.hanning(round(16_000 / hertz) * 2 + 1)
    return np.convolve(sound, window / window.sum(), "same")


def _band(sound: Sound, low: float, high: float) -> Sound:
    return _low(sound, high) - _low(sound, low)

"""A streaming recogniser in virtual time that knows what is said: for the relay of streams, without any network.

It is strict where a real one is: a word that a stream got only in part is misheard, what a stream was never given it
never says, and at the limit it ends without a further word. Its texts come late and its finals later.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.speech.audio import RATE
from engine.speech.google.ledger import Result, View
from engine.speech.google.relay import Cancel, Finish, Open, Order, Relay
from engine.speech.google.rotation import StreamLimits

STEP_S = 0.04
_STEP = round(STEP_S * RATE)
_PAUSE = round(0.5 * RATE)


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    begin: int
    end: int


@dataclass
class SimulatedStream:
    """`start`, `fed`: the tape's samples it was given. `aged`: seconds it had lived before the simulation began."""

    number: int
    start: int
    rng: random.Random
    aged: float = 0.0
    fed: int = 0
    final_until: int = 0
    finished: bool = False
    over: bool = False
    due: list[tuple[float, list[Result]]] = field(default_factory=list)
    last_interim: float = 0.0

    def __post_init__(self) -> None:
        self.fed = self.final_until = self.start

    def hears(self, words: Sequence[Word], until: int) -> list[str]:
        """What it makes of the sound from the last final to `until`."""
        texts = []
        for word in words:
            if word.end <= self.final_until or word.begin >= until:
                continue
            cut = word.begin < max(self.start, self.final_until) or word.end > self.fed
            if word.end > until and not cut:
                continue  # not out yet
            texts.append(f"{word.text}cut" if cut else word.text)
        return texts


@dataclass
class Simulation:
    """One stretch of a call. `limit_s`: the server ends a stream at this age. `slow`: seconds a final takes."""

    words: Sequence[Word]
    seed: int
    length_s: float
    limits: StreamLimits = field(default_factory=StreamLimits)
    limit_s: float = 300.0
    aged: float = 0.0
    slow: tuple[float, float] = (0.6, 1.8)
    turn_gap_s: float = 1.3
    errors: Sequence[tuple[float, str]] = ()  # (time, status): the running stream breaks

    def run(self) -> Relay:
        """The relay at the end; `texts` and `rotations` say what happened."""
        rng = random.Random(self.seed)
        relay = Relay(self.limits)
        streams: dict[int, SimulatedStream] = {}
        errors = list(self.errors)
        self.texts: list[str] = []
        self.views: list[View] = []
        self.rotations: list[tuple[str, int, int]] = []  # why, position, samples of silence before it
        turns = self._turns()
        self._obey(relay.start(-self.aged), streams, relay, rng)
        streams[0].aged = self.aged
        now = 0.0
        while now < self.length_s:
            now += STEP_S
            position = relay.tape.end
            voiced = any(word.begin < position + _STEP and word.end > position for word in self.words)
            while turns and not relay.ledger.in_turn and turns[0][0] <= position:
                relay.ledger.begin_turn(position)
            relay.tape.append(bytes(_STEP * 2), voiced=voiced)
            if relay.ledger.in_turn and turns[0][1] <= position:
                relay.ledger.end_turn(position)
                turns.pop(0)
            if (number := relay.running) is not None:
                streams[number].fed = relay.tape.end
            for stream in list(streams.values()):
                self._serve(stream, relay, now)
            if errors and now >= errors[0][0] and relay.running is not None:
                broken = streams.pop(relay.running)
                self._obey(relay.ended(broken.number, errors.pop(0)[1], now), streams, relay, rng)
            for stream in list(streams.values()):
                if not stream.finished and stream.aged + (stream.fed - stream.start) / RATE >= self.limit_s:
                    del streams[stream.number]
                    self._obey(relay.ended(stream.number, "ABORTED", now), streams, relay, rng)
                elif stream.over:
                    del streams[stream.number]
                    self._obey(relay.ended(stream.number, "OK", now), streams, relay, rng)
            count = len(relay.why)
            silent = relay.tape.silent
            self._obey(relay.due(now), streams, relay, rng)
            if len(relay.why) > count:
                self.rotations.append((relay.why[-1], relay.tape.end, silent))
        self.views = [relay.ledger.view(back) for back in range(2, -1, -1)]
        self.texts = [view.text for view in self.views if view.text]
        return relay

    def _turns(self) -> list[tuple[int, int]]:
        """Begin and end of each turn, as the call's ear would cut them."""
        found: list[tuple[int, int]] = []
        for word in self.words:
            if found and word.begin - found[-1][1] < self.turn_gap_s * RATE:
                found[-1] = (found[-1][0], word.end)
            else:
                found.append((word.begin, word.end))
        return [(begin - round(0.3 * RATE), end + round(0.2 * RATE)) for begin, end in found]

    def _obey(self, orders: list[Order], streams: dict[int, SimulatedStream], relay: Relay, rng: random.Random) -> None:
        for order in orders:
            match order:
                case Open(number, start):
                    streams[number] = SimulatedStream(number, start, random.Random(rng.random()))
                    streams[number].fed = relay.tape.end
                case Finish(number):
                    streams[number].finished = True
                case Cancel(number):
                    streams.pop(number, None)

    def _serve(self, stream: SimulatedStream, relay: Relay, now: float) -> None:
        rng = stream.rng
        while stream.due and stream.due[0][0] <= now:
            relay.heard(stream.number, stream.due.pop(0)[1])
        open_words = self._utterance(stream)
        if open_words and (stream.finished or stream.fed - open_words[-1].end >= _PAUSE):
            texts = stream.hears(open_words, stream.fed)
            end = min(open_words[-1].end + round(rng.uniform(0.0, 0.1) * RATE), stream.fed)
            final = Result(" ".join(texts), True, 0.0, end - stream.start)
            late = rng.uniform(0.1, 1.7) if stream.finished else rng.uniform(*self.slow)
            self._send(stream, now + late, [final])
            if rng.random() < 0.3:  # and the same once more
                self._send(stream, now + late + rng.uniform(0.0, 0.5), [final])
            stream.final_until = end
        elif open_words and now - stream.last_interim >= 0.2:
            stream.last_interim = now
            until = stream.fed - round(rng.uniform(0.1, 0.4) * RATE)
            texts = stream.hears(self.words, until)
            if texts and until > stream.final_until:
                half = len(texts) // 2
                pieces = [(" ".join(texts[:half]), 0.9), (" " + " ".join(texts[half:]), 0.1)]
                end = until - stream.start
                results = [Result(text, False, stability, end) for text, stability in pieces if text.strip()]
                self._send(stream, now + rng.uniform(0.05, 0.3), results)
        if (
            stream.finished
            and not stream.due
            and stream.final_until >= max((word.end for word in self.words if word.begin < stream.fed), default=0)
        ):
            stream.over = True

    def _utterance(self, stream: SimulatedStream) -> list[Word]:
        """The words after its last final, up to the first pause that makes it final."""
        found: list[Word] = []
        for word in self.words:
            if word.end > stream.final_until and word.begin < stream.fed:
                if found and word.begin - found[-1].end >= _PAUSE:
                    break
                found.append(word)
        return found

    def _send(self, stream: SimulatedStream, at: float, results: list[Result]) -> None:
        """In order: what was sent first arrives first."""
        at = max(at, stream.due[-1][0] if stream.due else 0.0)
        stream.due.append((at, results))

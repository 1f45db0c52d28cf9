"""A carrier, speech engines and a conversation for tests of the live call: exact interfaces, scripted content.

The caller's voice is a square wave whose height says which sentence it is; the fake recogniser reads the sentence off
the sound that it was really given, so that lost or foreign sound shows in the text.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.call.acts import Act, EndedBy, Listen, Played, Say, TurnTimes
from engine.call.told import Told
from engine.sdk import Scalar
from engine.speech.audio import FRAME_BYTES, FRAME_S, FRAME_SAMPLES, SILENCE
from engine.speech.ports import Expect, Hints, Revised, SpeechError, SpeechStack, TextToSpeech, Transcript
from engine.telephony import media


def needs(text: str, expect: str, speech_s: float, probability: float | None) -> float:
    return 0.3 if probability is not None and probability > 0.5 else 0.6


def voice_frame(sentence: int) -> bytes:
    height = 3000 + 100 * sentence
    return array("h", [height, height, -height, -height] * (FRAME_SAMPLES // 4)).tobytes()


def sentence_of(frame: bytes) -> int | None:
    height = max(memoryview(frame).cast("h"))
    return (height - 3000) // 100 if height >= 3000 else None


def tone(seconds: float) -> bytes:
    return array("h", [8000, -8000] * (FRAME_SAMPLES // 2)).tobytes() * round(seconds / FRAME_S)


def audible(frame: bytes) -> bool:
    return max(memoryview(frame).cast("h")) > 1000


async def hang() -> None:
    await asyncio.Event().wait()


@dataclass
class Fault:
    """What goes wrong, and from when on (loop time): `raise` an error or `hang`."""

    kind: str = ""
    after: float = 0.0

    async def strike(self) -> None:
        if self.kind and asyncio.get_running_loop().time() >= self.after:
            if self.kind == "hang":
                await hang()
            raise SpeechError("out of order")


class FakeTranscriber:
    def __init__(self, engine: FakeStt, revised: Revised | None) -> None:
        self._engine = engine
        self._revised = revised
        self._frames: list[bytes] = []
        self._given = ""
        self._turn = 0

    def push(self, pcm: bytes) -> None:
        assert len(pcm) == FRAME_BYTES
        self._frames.append(pcm)

    async def text(self, expect: Expect = "speech") -> Transcript:
        await self._engine.fault.strike()
        await asyncio.sleep(self._engine.delay)
        said = Counter(s for frame in self._frames if (s := sentence_of(frame)) is not None)
        texts = [self._engine.sentences.get(each, "") for each, count in said.items() if count >= 5]
        self._given = " ".join(filter(None, texts))
        return Transcript(self._given, self._given not in self._engine.finals, sum(said.values()) * FRAME_S)

    def next_turn(self) -> None:
        self._frames.clear()
        self._turn += 1
        given, self._given = self._given, ""
        if self._revised is not None and given in self._engine.finals:
            text, late = self._engine.finals[given]
            asyncio.get_running_loop().call_later(late, self._tell_final, self._turn, text)

    def _tell_final(self, turn: int, text: str) -> None:
        if turn == self._turn and self._revised is not None:
            self._revised(text)

    async def close(self) -> None:
        self._engine.open_now -= 1


@dataclass
class FakeStt:
    """`finals`: what a text turns out to be, and how many seconds after the turn was closed."""

    sentences: Mapping[int, str]
    delay: float = 0.08
    fault: Fault = field(default_factory=Fault)
    open_fault: Fault = field(default_factory=Fault)
    open_now: int = 0
    finals: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    async def open(self, hints: Hints, revised: Revised | None = None) -> FakeTranscriber:
        await self.open_fault.strike()
        self.open_now += 1
        return FakeTranscriber(self, revised)


@dataclass
class FakeTts(TextToSpeech):
    """A tone of 60 ms a character, 100 ms after it was asked for, in pieces that are no frames."""

    delay: float = 0.1
    fault: Fault = field(default_factory=Fault)
    warmed: int = 0

    @property
    def voice(self) -> str:
        return "fake"

    def warm(self) -> None:
        self.warmed += 1

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        await self.fault.strike()
        await asyncio.sleep(self.delay)
        sound = tone(0.06 * len(text))
        for at in range(0, len(sound), 3001):
            yield sound[at : at + 3001]


class FakeTracker:
    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._rest = 0
        self._voiced = False

    def push(self, frame: bytes) -> Sequence[float]:
        if self._fault.kind and asyncio.get_running_loop().time() >= self._fault.after:
            raise SpeechError("no voice model")
        self._voiced |= audible(frame)
        self._rest += FRAME_SAMPLES
        if self._rest < 512:
            return []
        self._rest -= 512
        probability, self._voiced = (0.98 if self._voiced else 0.02), audible(frame) and self._rest > 0
        return [probability]

    def reset(self) -> None:
        self._rest = 0


@dataclass
class FakeVad:
    window_s: float = 0.032
    fault: Fault = field(default_factory=Fault)

    def open(self) -> FakeTracker:
        return FakeTracker(self.fault)


@dataclass
class FakeEndOfTurn:
    probability: float | None = 0.9
    fault: Fault = field(default_factory=Fault)

    async def finished(self, pcm: bytes) -> float | None:
        await self.fault.strike()
        await asyncio.sleep(0.05)
        return self.probability


@dataclass
class Engines:
    stt: FakeStt
    tts: FakeTts = field(default_factory=FakeTts)
    vad: FakeVad = field(default_factory=FakeVad)
    end_of_turn: FakeEndOfTurn = field(default_factory=FakeEndOfTurn)

    @property
    def stack(self) -> SpeechStack:
        return SpeechStack(self.stt, self.tts, self.vad, self.end_of_turn)


@dataclass
class FakeCarrier:
    """The far end: plays what it is sent at the speed of sound, and is the caller's phone.

    `heard`: (time, frame) of the agent as it reached the ear. `spoken`: (from, to, sentence) of the caller.
    `reacts`: what the caller says next when the agent has been silent for 0.6 s; None says nothing.
    """

    clock: Callable[[], float]
    reacts: Callable[[], tuple[int, float] | None] = lambda: None
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    spoken: list[tuple[float, float, int]] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    closed: bool = False
    send_fault: Fault = field(default_factory=Fault)
    confirms: bool = True
    _events: asyncio.Queue[media.MediaEvent] = field(default_factory=asyncio.Queue)
    _until: float = 0.0
    _cleared: int = -1
    _plan: list[tuple[float, float, int]] = field(default_factory=list)
    _line: asyncio.Task[None] | None = None

    def say(self, sentence: int, seconds: float, after: float = 0.0) -> None:
        """The caller speaks for `seconds`, beginning `after` from now."""
        begin = self.clock() + after
        self._plan.append((begin, begin + seconds, sentence))

    def press(self, digit: str) -> None:
        self._events.put_nowait(media.Dtmf(digit))

    def hang_up(self) -> None:
        self._events.put_nowait(media.Closed(1000))

    async def events(self) -> AsyncIterator[media.MediaEvent]:
        self._line = asyncio.create_task(self._run())
        try:
            while True:
                event = await self._events.get()
                yield event
                if isinstance(event, media.Closed):
                    return
        finally:
            self._line.cancel()

    async def send_frame(self, pcm: bytes) -> None:
        assert len(pcm) == FRAME_BYTES
        if self.closed:
            raise media.MediaClosed
        await self.send_fault.strike()
        now = self.clock()
        at = max(now, self._until)
        self._until = at + FRAME_S
        self.heard.append((at, pcm))
        self.sent.append(now)

    async def notify(self, payload: Mapping[str, media.MarkValue]) -> None:
        delay = max(0.0, self._until - self.clock())
        asyncio.get_running_loop().call_later(delay, self._confirm, dict(payload))

    async def clear(self, generation: int) -> None:
        now = self.clock()
        self._cleared = max(self._cleared, generation)
        self.clears.append(now)
        while self.heard and self.heard[-1][0] > now:
            self.heard.pop()
        self._until = now
        self._events.put_nowait(media.Cleared(self._cleared))

    async def close(self, code: int = 1000) -> None:
        self.closed = True

    def agent_spans(self) -> list[tuple[float, float]]:
        """Stretches of audible agent sound; breaks under 100 ms do not count."""
        spans: list[tuple[float, float]] = []
        for at, pcm in self.heard:
            if audible(pcm):
                if spans and at - spans[-1][1] < 0.1:
                    spans[-1] = (spans[-1][0], at + FRAME_S)
                else:
                    spans.append((at, at + FRAME_S))
        return spans

    def longest_silence(self, end: float) -> float:
        """The longest time, from the first sound to `end`, in which neither side made any."""
        spans = sorted([*self.agent_spans(), *((a, b) for a, b, _ in self.spoken)])
        longest, until = 0.0, spans[0][1] if spans else 0.0
        for begin, stop in [*spans, (end, end)]:
            longest = max(longest, begin - until)
            until = max(until, stop)
        return longest

    def _confirm(self, payload: dict[str, media.MarkValue]) -> None:
        generation = payload.get("generation")
        if self.confirms and isinstance(generation, int) and generation > self._cleared:
            self._events.put_nowait(media.Played(payload))

    async def _run(self) -> None:
        began, count = self.clock(), 0
        while True:
            now = self.clock()
            self._react(now)
            current = next((each for each in self._plan if each[0] <= now < each[1]), None)
            if current is not None:
                if self.spoken and self.spoken[-1][2] == current[2] and now - self.spoken[-1][1] < 0.05:
                    self.spoken[-1] = (self.spoken[-1][0], now + FRAME_S, current[2])
                else:
                    self.spoken.append((now, now + FRAME_S, current[2]))
            count += 1
            await asyncio.sleep(max(0.0, began + count * FRAME_S - self.clock()))
            self._events.put_nowait(media.FrameIn(voice_frame(current[2]) if current else SILENCE))

    def _react(self, now: float) -> None:
        if any(stop > now for _, stop, _ in self._plan):
            return
        agent = next((at + FRAME_S for at, pcm in reversed(self.heard) if audible(pcm)), None)
        own = max((stop for _, stop, _ in self._plan), default=0.0)
        if agent is not None and agent > own and now - agent >= 0.6 and (reaction := self.reacts()):
            self._plan.append((now, now + reaction[1], reaction[0]))


Script = Callable[[str], Sequence[Act]]


@dataclass
class FakeConversation:
    """Answers by script, and remembers all that it was told: `calls` it answered, and the `notices` it was given."""

    script: Script
    fault: Fault = field(default_factory=Fault)
    delay: float = 0.02
    max_call_s: float = 120.0
    silence_after: float = 6.0
    calls: list[str] = field(default_factory=list)
    played_log: list[Played] = field(default_factory=list)
    confirmed_log: list[int] = field(default_factory=list)
    times: list[TurnTimes] = field(default_factory=list)
    ended: list[tuple[EndedBy, str]] = field(default_factory=list)
    open_iterators: int = 0
    acts_on: tuple[str, ...] = ()
    irrevocable: bool = False
    notices: list[str] = field(default_factory=list)

    def draft(self, words: str, now: float) -> None:
        self.notices.append(f"draft:{words}")

    def drop_draft(self) -> None:
        self.notices.append("drop")

    def revised(self, words: str, now: float) -> AsyncIterator[Act]:
        return self._acts(f"revised:{words}")

    def amended(self, words: str, now: float) -> None:
        self.notices.append(f"amended:{words}")

    def corrected(self, words: str) -> None:
        self.notices.append(f"corrected:{words}")

    def answered(self, greeting: str, now: float, more: bool = False) -> AsyncIterator[Act]:
        return self._acts(f"answered:{greeting}")

    def returned(self, now: float) -> AsyncIterator[Act]:
        return self._acts("returned")

    def heard(self, words: str, now: float) -> AsyncIterator[Act]:
        return self._acts(f"heard:{words}")

    def unclear(self, now: float) -> AsyncIterator[Act]:
        return self._acts("unclear")

    def silent(self, now: float) -> AsyncIterator[Act]:
        return self._acts("silent")

    def news(self, now: float) -> AsyncIterator[Act]:
        return self._acts("news")

    def pressed(self, digit: str, now: float, words: str = "") -> AsyncIterator[Act]:
        return self._acts(f"pressed:{digit}" + (f" after {words}" if words else ""))

    def told(self, what: Told, now: float) -> AsyncIterator[Act] | None:
        return self._acts(f"told:{what}") if what in self.acts_on else None

    def time_is_up(self, now: float) -> AsyncIterator[Act]:
        return self._acts("time_is_up")

    def played(self, played: Played) -> None:
        self.played_log.append(played)

    def confirmed(self, id: int) -> None:
        self.confirmed_log.append(id)

    def measured(self, times: TurnTimes) -> None:
        self.times.append(times)

    def hung_up(self, by: EndedBy, now: float, problem: str = "") -> None:
        self.ended.append((by, problem))

    async def _acts(self, call: str) -> AsyncIterator[Act]:
        self.calls.append(call)
        self.open_iterators += 1
        assert self.open_iterators == 1, "two iterators open at once"
        try:
            if not call.startswith("answered"):
                await self.fault.strike()
            await asyncio.sleep(self.delay)
            for act in self.script(call):
                yield act
        finally:
            self.open_iterators -= 1


def says(*texts: str) -> Script:
    """A script that answers each call with the next text, the last one for ever."""
    left = list(texts)
    count = 0

    def script(call: str) -> Sequence[Act]:
        nonlocal count
        count += 1
        text = left.pop(0) if len(left) > 1 else left[0]
        return [Say(count, text), Listen()]

    return script


@dataclass
class Notes:
    """A watcher that remembers."""

    entries: list[tuple[str, float, dict[str, Scalar | None]]] = field(default_factory=list)

    def note(self, kind: str, at: float, **facts: Scalar | None) -> None:
        self.entries.append((kind, at, facts))

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.entries]

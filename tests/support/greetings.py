"""Whatever picks up, in virtual time: a line that recites, pauses and beeps, and a recogniser that hears as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from engine.call.conversation import FlowConversation
from engine.call.fixed_audio import FixedAudio
from engine.call.scene import CallTalk
from engine.call.session import Ended, Session
from engine.call.session_settings import LINES
from engine.call.told import Told
from engine.flow import shipped
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Lead
from engine.simulate.text_call import TextOutside
from engine.speech.audio import FRAME_S
from engine.speech.ports import Expect, Hints, Revised, Transcript
from tests.support.call_fakes import Engines, FakeCarrier, FakeStt, FakeTranscriber, FakeTts, Notes, needs, sentence_of
from tests.support.talk import DANA, FREE, MODEL, NODES, START

WORDS_A_SECOND = 2.8


def seconds_for(words: str) -> float:
    return max(0.5, len(words.split()) / WORDS_A_SECOND)


class ProgressiveTranscriber(FakeTranscriber):
    """Makes out as many words as have been spoken."""

    def __init__(self, engine: ProgressiveStt) -> None:
        super().__init__(engine, None)
        self._stt = engine

    async def text(self, expect: Expect = "speech") -> Transcript:
        await asyncio.sleep(self._stt.delay)
        counts: dict[int, int] = {}
        for frame in self._frames:
            if (number := sentence_of(frame)) is not None:
                counts[number] = counts.get(number, 0) + 1
        heard = []
        for number, frames in counts.items():
            words = self._stt.sentences.get(number, "").split()
            heard += words[: round(frames * FRAME_S * WORDS_A_SECOND + 0.4)]
        return Transcript(" ".join(heard), True, sum(counts.values()) * FRAME_S)


@dataclass
class ProgressiveStt(FakeStt):
    async def open(self, hints: Hints, revised: Revised | None = None) -> ProgressiveTranscriber:
        self.open_now += 1
        return ProgressiveTranscriber(self)


@dataclass
class Pickup:
    """A call that is picked up by something. `parts`: what it says, with a second between them. `carrier`: what machine
    detection says, and when."""

    parts: Sequence[str]
    carrier: Sequence[tuple[Told, float]] = ()
    lead: Lead = DANA
    starts: Sequence[float] = ()
    """When the parts are spoken, in seconds; without it, one after the other."""
    notes: Notes = field(default_factory=Notes)

    def __post_init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.flow = shipped.load("home_services").flow
        engines = Engines(ProgressiveStt(dict(enumerate(self.parts, start=1))), FakeTts(delay=0.05))
        self.fixed = FixedAudio(engines.tts)
        self.line = FakeCarrier(self.loop.time)
        self.hang_ups = 0
        outside = TextOutside({"main": MemoryCalendar(FREE)})
        about = CallTalk("call_1", self.flow, self.lead, lambda at: START + timedelta(seconds=at))
        self.conversation = FlowConversation(about, NODES, MODEL, outside, self.notes)
        self.stack = engines.stack

    async def _hang_up(self) -> None:
        self.hang_ups += 1

    async def run(self, for_s: float) -> Ended:
        """Let it speak, then hang up after `for_s` unless we did."""
        await self.fixed.prepare(LINES.values())
        session = Session(
            self.line, self.stack, self.conversation, self.notes, self._hang_up, needs,
            fixed=self.fixed, clock=self.loop.time, answered_at=self.loop.time(),
        )  # fmt: skip
        self.zero = self.loop.time()
        at = 0.3
        for number, words in enumerate(self.parts, start=1):
            at = self.starts[number - 1] if self.starts else at
            if words:
                self.line.say(number, seconds_for(words), after=at)
                at += seconds_for(words) + 1.0
        for what, when in self.carrier:
            self.loop.call_later(when, session.told, what)
        self.loop.call_later(for_s, self.line.hang_up)
        return await session.run()

    def first(self, kind: str) -> float | None:
        return next((at for name, at, _ in self.notes.entries if name == kind), None)

    def decided(self) -> list[tuple[float, str]]:
        """When which verdict was reached."""
        return [(at, str(facts["who"])) for kind, at, facts in self.notes.entries if kind == "who_answered"]

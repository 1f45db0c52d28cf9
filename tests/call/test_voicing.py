"""The call's mouth when a voice breaks off: what was heard stands, the rest is said, nothing twice and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from engine.call.acts import Say
from engine.call.clauses import clauses
from engine.call.fixed_audio import FixedAudio
from engine.call.pacer import Finished, Pacer, Sounded
from engine.call.voicing import Mouth
from engine.speech.ports import SpeechError, TextToSpeech
from tests.support.call_fakes import tone
from tests.support.virtual_time import in_virtual_time

TEXT = "We look at roofs of every kind and the first visit costs nothing at all."


@dataclass
class Breaking(TextToSpeech):
    """60 ms a character at `speed` times real time; breaks off after `breaks` seconds of sound (0: before any)."""

    breaks: list[float] = field(default_factory=list)
    speed: float = 1e9
    asked: list[str] = field(default_factory=list)
    name: str = "fake"
    hints: int = 0

    @property
    def voice(self) -> str:
        return self.name

    def warm(self) -> None:
        self.hints += 1
        raise RuntimeError("A hint may fail.")

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.asked.append(text)
        until = self.breaks.pop(0) if self.breaks else 1e9
        for at in range(round(len(text) * 3)):
            if at * 0.02 >= until:
                raise SpeechError("It broke off.")
            await asyncio.sleep(0.02 / self.speed)
            yield tone(0.02)


@dataclass
class Rig:
    """A mouth and a pacer, played as the session does."""

    voice: Breaking
    failed: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    heard: int = 0

    async def say(self, *texts: str, until: float = 60.0, fixed: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.pacer = Pacer()
        self.lines = FixedAudio(self.voice)
        mouth = Mouth(
            self.voice, self.lines, self.pacer, loop.time, lambda: None, self.mended.append, self.failed.append
        )
        self.mouth = mouth
        running = asyncio.create_task(mouth.run())
        for number, text in enumerate(texts, start=1):
            mouth.say(Say(number, text, fixed=fixed))
        begun = loop.time()
        while loop.time() - begun < until and (mouth.owes or not self.pacer.idle):
            self.pacer.due(loop.time())
            for report in self.pacer.reports(loop.time()):
                if isinstance(report, Finished):
                    self.finished.append(report)
                elif isinstance(report, Sounded):
                    self.heard += 1
            await asyncio.sleep(0.005)
        running.cancel()


@in_virtual_time
async def test_a_voice_that_breaks_off_before_anything_was_heard_begins_again_and_nothing_is_heard_twice() -> None:
    rig = Rig(Breaking(breaks=[2.0]))  # much faster than real time: 2 s are made before 20 ms are heard
    await rig.say(TEXT)
    assert rig.voice.asked == [TEXT, TEXT]
    assert rig.heard * 0.02 == pytest.approx(len(TEXT) * 0.06, abs=0.15)  # but for what was on its way already
    assert [(each.text, each.complete) for each in rig.finished] == [(TEXT, True)]
    assert rig.mended == ["It broke off."] and rig.failed == []


@in_virtual_time
async def test_a_voice_that_breaks_off_in_the_middle_goes_on_with_the_rest_of_the_words() -> None:
    rig = Rig(Breaking(breaks=[2.0], speed=1.0))
    await rig.say(TEXT)
    first, rest = rig.voice.asked
    assert first == TEXT and TEXT.endswith(rest)
    said = round(2.0 / 0.06)
    lost = TEXT[said : len(TEXT) - len(rest)]
    assert not any(char.isalnum() for char in lost), "a word was lost"
    assert len(rest) - (len(TEXT) - said) <= 8, "more than a word was said twice"
    assert rig.finished[0].complete and rig.finished[0].text == TEXT


@in_virtual_time
async def test_three_breaks_are_too_many_and_what_was_heard_is_told_truly() -> None:
    rig = Rig(Breaking(breaks=[1.0, 1.0, 1.0], speed=1.0))
    await rig.say(TEXT)
    assert rig.failed == ["It broke off."] and len(rig.mended) == 3
    assert len(rig.voice.asked) == 3


@in_virtual_time
async def test_a_voice_that_stays_silent_is_asked_twice_only() -> None:
    rig = Rig(Breaking(breaks=[0.0, 0.0]))
    await rig.say(TEXT)
    assert rig.voice.asked == [TEXT, TEXT] and rig.failed == ["It broke off."]
    assert rig.heard == 0


@in_virtual_time
async def test_the_clause_before_the_broken_one_is_heard_whole_and_not_again() -> None:
    text = "Great, thank you. " + TEXT
    rig = Rig(Breaking(breaks=[1e9, 1.0]))
    await rig.say(text)
    assert rig.voice.asked == [clauses(text)[0].text, TEXT, TEXT]
    assert rig.heard * 0.02 == pytest.approx(len(text) * 0.06, abs=0.1)
    assert rig.finished[0].text == text


@pytest.mark.parametrize("speed", [1.0, 3.0, 1e9])
@pytest.mark.parametrize("at", [0.1, 0.5, 1.3, 2.9, 3.7])
def test_wherever_it_breaks_no_word_is_lost_and_at_most_one_is_said_twice(at: float, speed: float) -> None:
    @in_virtual_time
    async def story() -> None:
        rig = Rig(Breaking(breaks=[at], speed=speed))
        await rig.say(TEXT)
        assert rig.finished[0].text == TEXT and rig.finished[0].complete
        extra = rig.heard * 0.02 - len(TEXT) * 0.06
        assert -0.1 <= extra <= 8 * 0.06 + 0.1

    story()


@in_virtual_time
async def test_a_line_in_two_parts_is_not_kept_as_fixed_but_one_of_one_piece_is() -> None:
    rig = Rig(Breaking(breaks=[1.0], speed=1.0))
    await rig.say(TEXT, fixed=True)
    assert rig.lines.get(TEXT) is None
    rig = Rig(Breaking())
    await rig.say(TEXT, fixed=True)
    assert rig.lines.get(TEXT) == tone(len(TEXT) * 0.06)


@in_virtual_time
async def test_a_line_made_in_one_voice_is_not_spoken_after_another_has_taken_over() -> None:
    rig = Rig(Breaking())
    await rig.say(TEXT, fixed=True)
    rig.voice.name = "other"
    assert rig.lines.get(TEXT) is None
    rig.mouth.say(Say(2, TEXT))
    assert rig.mouth.owes
    rig.mouth.clear()
    # But what must be said even though the voice is broken sounds in whatever voice it was made.
    assert rig.mouth.line(3, TEXT, ahead=False)


@in_virtual_time
async def test_after_a_clear_no_sound_of_the_old_turn_leaves() -> None:
    rig = Rig(Breaking(speed=2.0))
    task = asyncio.create_task(rig.say(TEXT, until=0.5))
    await asyncio.sleep(0.4)
    rig.mouth.clear()
    rig.pacer.clear(asyncio.get_running_loop().time())
    await task
    await asyncio.sleep(1.0)
    assert rig.pacer.idle and rig.pacer.due(asyncio.get_running_loop().time()) == []


@in_virtual_time
async def test_a_hint_that_fails_harms_nobody() -> None:
    rig = Rig(Breaking())
    await rig.say(TEXT)
    rig.mouth.expect()
    assert rig.voice.hints == 1

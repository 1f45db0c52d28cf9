"""A whole call through the shell, with a carrier and engines that obey their protocols; minutes pass in no time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from engine.call.acts import Close, Listen, Say
from engine.call.fixed_audio import FixedAudio
from engine.call.session import Ended, Session
from engine.call.session_settings import LINES
from engine.speech.ports import SpeechError
from engine.speech.second_voice import SecondVoice
from tests.support.call_fakes import (
    Engines,
    FakeCarrier,
    FakeConversation,
    FakeStt,
    FakeTts,
    Fault,
    Notes,
    Script,
    needs,
    says,
    tone,
)
from tests.support.virtual_time import in_virtual_time

SENTENCES = {1: "I own my home.", 2: "Wait, what does it cost?", 3: "uh-huh", 4: "", 5: "Hello?"}
OPENING = "Hello, this is Ava, an automated assistant from Sunny Roofs. Do you have a minute to talk about your roof?"


@dataclass
class Call:
    engines: Engines
    carrier: FakeCarrier
    conversation: FakeConversation
    notes: Notes
    fixed: FixedAudio
    hang_ups: int = 0
    session: Session | None = None

    async def run(self) -> Ended:
        async def hang_up() -> None:
            self.hang_ups += 1

        loop = asyncio.get_running_loop()
        self.session = Session(
            self.carrier,
            self.engines.stack,
            self.conversation,
            self.notes,
            hang_up,
            needs,
            fixed=self.fixed,
            clock=loop.time,
            answered_at=0.0,
        )
        return await self.session.run()


async def make(script: Script | None = None, reacts: Callable[[], tuple[int, float] | None] = lambda: None) -> Call:
    loop = asyncio.get_running_loop()
    engines = Engines(FakeStt(SENTENCES))
    fixed = FixedAudio(engines.tts)
    await fixed.prepare(LINES.values())
    carrier = FakeCarrier(loop.time, reacts)
    return Call(
        engines, carrier, FakeConversation(script or says(OPENING, "Thank you. Anything else?")), Notes(), fixed
    )


async def until(condition: Callable[[], object], limit: float = 30.0) -> None:
    end = asyncio.get_running_loop().time() + limit
    while not condition():
        assert asyncio.get_running_loop().time() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def with_call(call: Call, story: Callable[[], Awaitable[None]]) -> Ended:
    task = asyncio.create_task(call.run())
    await story()
    call.carrier.hang_up()
    return await task


@in_virtual_time
async def test_agent_opens_soon_after_hello_and_answers_within_half_a_second() -> None:
    call = await make()

    async def story() -> None:
        call.carrier.say(5, 0.4, after=0.3)
        await until(lambda: call.carrier.agent_spans())
        hello_ended = call.carrier.spoken[0][1]
        assert call.carrier.agent_spans()[0][0] - hello_ended <= 0.45
        await until(lambda: call.conversation.played_log)
        await asyncio.sleep(0.5)
        call.carrier.say(1, 1.0)
        await until(lambda: call.conversation.times)

    ended = await with_call(call, story)
    assert ended.by == "caller" and call.hang_ups == 0
    assert call.conversation.calls == ["answered:Hello?", "heard:I own my home."]
    assert call.conversation.played_log[0].text == OPENING
    answer = call.carrier.agent_spans()[1][0] - call.carrier.spoken[-1][1]
    assert answer <= 0.55
    times = call.conversation.times[-1]
    assert times.wait + times.stt + times.mind + times.voice + times.queue == pytest.approx(times.total, abs=10)
    assert times.total == pytest.approx(1000 * answer, abs=70)
    assert call.conversation.ended == [("caller", "")]


@in_virtual_time
async def test_an_interruption_clears_within_120_ms_and_the_history_holds_only_what_was_heard() -> None:
    call = await make()

    async def story() -> None:
        await until(lambda: call.carrier.agent_spans())
        await asyncio.sleep(2.0)
        call.carrier.say(2, 1.2)
        await until(lambda: len(call.conversation.calls) == 2)

    await with_call(call, story)
    onset = call.carrier.spoken[0][0]
    assert 0.0 < call.carrier.clears[0] - onset <= 0.12
    assert all(stop <= onset + 0.12 or start > onset + 1.0 for start, stop in call.carrier.agent_spans())
    played = call.conversation.played_log[0]
    assert OPENING.startswith(played.text) and not played.complete
    assert abs(len(played.text) * 0.06 - 2.05) < 0.8
    assert call.conversation.calls[1] == "heard:Wait, what does it cost?"


@pytest.mark.parametrize("noise", [3, 4])
@in_virtual_time
async def test_a_cough_or_uh_huh_costs_a_short_gap_and_no_word(noise: int) -> None:
    call = await make()

    async def story() -> None:
        await until(lambda: call.carrier.agent_spans())
        await asyncio.sleep(2.0)
        call.carrier.say(noise, 0.3)
        await until(lambda: call.conversation.played_log)

    await with_call(call, story)
    assert call.conversation.calls == ["answered:"]
    assert call.conversation.played_log[0].complete
    spans = call.carrier.agent_spans()
    assert len(spans) == 2 and spans[1][0] - spans[0][1] <= 0.8
    assert sum(stop - start for start, stop in spans) == pytest.approx(len(OPENING) * 0.06, abs=0.06)


@in_virtual_time
async def test_goodbye_is_heard_whole_before_the_line_is_closed() -> None:
    call = await make(lambda _: [Say(1, "Thank you for your time. Goodbye."), Close("done")])
    ended = await call.run()
    assert ended.by == "assistant" and call.hang_ups == 1
    assert call.conversation.played_log[0].complete
    assert call.carrier.agent_spans()[-1][1] - 0.001 <= ended.length_s <= call.carrier.agent_spans()[-1][1] + 0.1


@in_virtual_time
async def test_goodbye_that_is_never_confirmed_is_not_waited_for_longer_than_4_s() -> None:
    call = await make(lambda _: [Say(1, "Goodbye."), Close("done")])
    call.carrier.confirms = False
    ended = await call.run()
    assert call.hang_ups == 1 and ended.length_s - call.carrier.agent_spans()[-1][1] <= 4.0


@in_virtual_time
async def test_silence_of_the_caller_is_broken_after_the_allowance() -> None:
    call = await make()

    async def story() -> None:
        await until(lambda: "silent" in call.conversation.calls)

    await with_call(call, story)
    assert asyncio.get_running_loop().time() < 1.3 + len(OPENING) * 0.06 + 6.5


@in_virtual_time
async def test_two_turns_follow_without_losing_a_word_between_them() -> None:
    call = await make(lambda c: [Say(1, "Okay."), Listen()])

    async def story() -> None:
        await until(lambda: call.conversation.played_log)
        call.carrier.say(1, 0.8)
        await until(lambda: len(call.conversation.calls) == 2)
        call.carrier.say(2, 1.0)  # before the answer to the first is heard
        await until(lambda: len(call.conversation.calls) == 3)

    await with_call(call, story)
    assert call.conversation.calls[1:] == ["heard:I own my home.", "heard:Wait, what does it cost?"]


def answering() -> Callable[[], tuple[int, float] | None]:
    return lambda: (1, 0.8)


FAULTS = {
    "stt raises": lambda c: setattr(c.engines.stt, "fault", Fault("raise", 4.0)),
    "stt hangs": lambda c: setattr(c.engines.stt, "fault", Fault("hang", 4.0)),
    "stt cannot be opened": lambda c: setattr(c.engines.stt, "open_fault", Fault("raise", 0.0)),
    "stt hangs when opened": lambda c: setattr(c.engines.stt, "open_fault", Fault("hang", 0.0)),
    "tts raises": lambda c: setattr(c.engines.tts, "fault", Fault("raise", 6.0)),
    "tts hangs": lambda c: setattr(c.engines.tts, "fault", Fault("hang", 6.0)),
    "conversation raises": lambda c: setattr(c.conversation, "fault", Fault("raise", 0.0)),
    "conversation hangs": lambda c: setattr(c.conversation, "fault", Fault("hang", 0.0)),
}
SURVIVED = {
    "vad raises": lambda c: setattr(c.engines.vad, "fault", Fault("raise", 4.0)),
    "end-of-turn raises": lambda c: setattr(c.engines.end_of_turn, "fault", Fault("raise", 0.0)),
    "end-of-turn hangs": lambda c: setattr(c.engines.end_of_turn, "fault", Fault("hang", 0.0)),
}


@pytest.mark.parametrize("name", FAULTS)
@in_virtual_time
async def test_a_failing_part_leads_to_a_polite_end_and_never_to_three_seconds_of_silence(name: str) -> None:
    call = await make(says("Hello, who owns the home?", "And how old is the roof?"), answering())
    FAULTS[name](call)
    ended = await call.run()
    assert ended.by == "failure" and ended.problem
    assert call.hang_ups == 1
    assert ended.length_s < 60.0
    assert ("line_spoken", "apology") in [(kind, facts.get("line")) for kind, _, facts in call.notes.entries]
    assert call.carrier.longest_silence(ended.length_s) <= 3.0
    assert call.conversation.ended == [("failure", ended.problem)]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("name", SURVIVED)
@in_virtual_time
async def test_some_parts_are_dispensable(name: str) -> None:
    call = await make(says("Hello, who owns the home?", "And how old is the roof?"), answering())
    SURVIVED[name](call)

    async def story() -> None:
        await until(lambda: len(call.conversation.calls) >= 4)

    ended = await with_call(call, story)
    assert ended.by == "caller"
    assert call.carrier.longest_silence(ended.length_s) <= 3.0
    assert "heard:I own my home." in call.conversation.calls


@pytest.mark.parametrize("name", ["player", "mouth", "reader", "reply"])
@in_virtual_time
async def test_the_death_of_any_task_ends_the_call_properly(name: str) -> None:
    call = await make(says("Hello, who owns the home?", "And how old is the roof?"), answering())
    if name == "reply":
        call.conversation.delay = 0.5
    task = asyncio.create_task(call.run())
    deaths = 0
    while not task.done() and deaths < 10:
        await asyncio.sleep(0.3 if name == "reply" else 1.9)
        assert call.session is not None
        victim = call.session.tasks.get(name)
        if victim is not None and not victim.done():
            victim.cancel()
            deaths += 1
        if asyncio.get_running_loop().time() > 100:
            break
    if name == "reply" and not task.done():
        call.carrier.hang_up()
    ended = await task
    assert deaths
    assert name == "reply" or (ended.by == "failure" and call.hang_ups == 1)
    assert call.carrier.longest_silence(ended.length_s) <= 3.0
    assert len(call.conversation.ended) == 1


@in_virtual_time
async def test_a_carrier_that_takes_no_more_frames_does_not_keep_the_call_open() -> None:
    call = await make()
    call.carrier.send_fault = Fault("hang", 3.0)
    ended = await call.run()
    assert ended.by == "failure" and call.hang_ups == 1 and ended.length_s < 6.0


@in_virtual_time
async def test_a_hang_up_that_hangs_does_not_keep_the_session() -> None:
    call = await make(lambda _: [Say(1, "Goodbye."), Close("done")])

    async def never() -> None:
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    session = Session(
        call.carrier, call.engines.stack, call.conversation, call.notes, never, needs, fixed=call.fixed, clock=loop.time
    )
    await session.run()
    assert loop.time() < 12.0 and call.carrier.closed
    assert "trouble" in call.notes.kinds()


@in_virtual_time
async def test_the_longest_call_is_kept_whatever_hangs() -> None:
    call = await make(reacts=answering())
    call.conversation.max_call_s = 30.0
    ended = await call.run()
    assert ended.by == "limit" and call.hang_ups == 1
    assert ended.length_s <= 35.1
    assert "time_is_up" in call.conversation.calls


@in_virtual_time
async def test_a_cancelled_session_still_hangs_up() -> None:
    call = await make()
    task = asyncio.create_task(call.run())
    await asyncio.sleep(3.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert call.hang_ups == 1 and call.conversation.ended[0][0] == "failure"


@dataclass
class DyingVoice(FakeTts):
    """Gives its first sentence, then half a second of each, then nothing."""

    asked: int = 0

    @property
    def voice(self) -> str:
        return "google/dying/1"

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.asked += 1
        if self.asked > 4:
            raise SpeechError("It is gone.")
        yield tone(0.06 * len(text) if self.asked == 1 else 0.5)
        if self.asked > 1:
            raise SpeechError("It broke off.")


@in_virtual_time
async def test_a_voice_that_dies_in_the_middle_of_a_call_is_replaced_without_a_gap_and_the_journal_says_so() -> None:
    call = await make()
    dying = DyingVoice()
    call.engines.tts = SecondVoice((dying, FakeTts()))  # type: ignore[assignment]  # any voice will do

    async def story() -> None:
        for answered in (1, 2):
            await until(lambda: len(call.conversation.played_log) >= answered)  # noqa: B023
            await asyncio.sleep(0.5)
            call.carrier.say(1, 1.0)
        await until(lambda: len(call.conversation.played_log) >= 3)

    ended = await with_call(call, story)
    assert ended.by == "caller"
    assert [each.complete for each in call.conversation.played_log] == [True, True, True]
    (changed,) = [facts for kind, _, facts in call.notes.entries if kind == "voice_changed"]
    assert changed["before"] == "google/dying/1" and changed["after"] == "fake" and changed["problem"]
    assert "line_spoken" not in call.notes.kinds(), "no apology was needed"
    assert call.carrier.longest_silence(call.carrier.heard[-1][0]) < 3.0


@in_virtual_time
async def test_the_voice_is_told_to_get_ready_at_the_first_pause_and_when_the_turn_is_over() -> None:
    call = await make()

    async def story() -> None:
        await until(lambda: call.conversation.played_log)
        warmed = call.engines.tts.warmed
        call.carrier.say(1, 1.0, after=0.2)
        await asyncio.sleep(0.9)
        assert call.engines.tts.warmed == warmed, "while the caller speaks nobody will be answered"
        await until(lambda: call.engines.tts.warmed > warmed)
        assert len(call.conversation.calls) == 1, "it comes before the turn is over"
        await until(lambda: len(call.conversation.calls) == 2)
        assert call.engines.tts.warmed >= warmed + 2

    await with_call(call, story)

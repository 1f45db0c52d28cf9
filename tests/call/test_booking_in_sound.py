"""Booking over a live call: the real shell, turn-taking and conversation, engines of scripted delays, virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from engine.call.conversation import FlowConversation
from engine.call.fixed_audio import FixedAudio
from engine.call.scene import CallTalk
from engine.call.session import Ended, Session
from engine.call.session_settings import LINES
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.sdk.registry import discover
from engine.simulate.text_call import Notebook, TextOutside
from engine.speech.endpointing import silence_needed
from tests.support.call_fakes import Engines, FakeCarrier, FakeStt, Notes
from tests.support.slow_calendar import SlowCalendar
from tests.support.talk import DANA, FREE, START
from tests.support.virtual_time import in_virtual_time

SAYS = {
    1: "Yes, it is.", 2: "My roof leaks, our house, 94110, this week.", 3: "Thursday at ten.", 4: "Yes, please.",
    5: "Hello? Did that work?", 6: "No, that's all, thank you.",
}  # fmt: skip
THURSDAY = FREE[1]


@dataclass
class Call:
    """One call. `lines`: what the caller says, one after each turn of the agent."""

    calendar: SlowCalendar
    lines: Sequence[int] = (1, 2, 3, 4)

    async def __aenter__(self) -> Call:
        loop = asyncio.get_running_loop()
        engines = Engines(FakeStt(SAYS))
        fixed = FixedAudio(engines.tts)
        await fixed.prepare(LINES.values())
        self._left = list(self.lines)
        self.carrier = FakeCarrier(loop.time, self._reacts)
        self.outside = TextOutside({"main": self.calendar})
        talk = CallTalk("call_1", shipped.load("home_services").flow, DANA, lambda at: START + timedelta(seconds=at))
        self.notes = Notebook()
        self.conversation = FlowConversation(talk, discover(), OfflineModel(), self.outside, self.notes)

        async def hang_up() -> None:
            self.carrier.hang_up()

        self.session = Session(
            self.carrier, engines.stack, self.conversation, Notes(), hang_up, silence_needed, fixed=fixed,
            clock=loop.time, answered_at=loop.time(),
        )  # fmt: skip
        self.running = asyncio.create_task(self.session.run())
        return self

    def _reacts(self) -> tuple[int, float] | None:
        """Who hears "one moment" waits."""
        first = len(self._left) == len(self.lines)
        return (self._left.pop(0), 1.0) if self._left and (first or self.asked) else None

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})

    async def until(self, condition: Callable[[], object], limit: float = 240.0) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        while not condition():
            assert loop.time() < end and not self.running.done(), "it did not happen in time"
            await asyncio.sleep(0.02)

    async def hang_up(self) -> Ended:
        self.carrier.hang_up()
        ended = await self.running
        await self.conversation.settle(12.0)
        return ended

    @property
    def said(self) -> list[str]:
        return [str(facts["text"]) for kind, _, facts in self.notes.notes if kind == "agent_says"]

    @property
    def asked(self) -> str:
        return self.conversation.outcome.transcript[-1].asked if self.conversation.outcome.transcript else ""

    def heard(self, words: str) -> bool:
        return any(words in (turn.heard or "") for turn in self.conversation.outcome.transcript if turn.who == "agent")


@pytest.mark.parametrize("delay", [0.3, 1.0, 3.0, 7.0])
@in_virtual_time
async def test_a_slow_calendar_leaves_nobody_in_silence_and_books_once(delay: float) -> None:
    calendar = SlowCalendar(openings=delay, hold=delay, confirm=delay)
    async with Call(calendar) as call:
        await call.until(lambda: call.heard("You're booked for Thursday, September 17th, at 10 a.m."))
        assert [each.opening.start for each in calendar.bookings] == [THURSDAY] and calendar.confirms == 1
        assert call.carrier.longest_silence(asyncio.get_running_loop().time()) <= 3.0
        assert ("One moment, I'm checking the calendar." in call.said) is (delay > 0.7)
        assert ("Still checking. Thanks for your patience." in call.said) is (delay > 4.0)
        await call.hang_up()
    assert call.conversation.outcome.disposition == "booked"


@in_virtual_time
async def test_booked_is_not_heard_before_the_calendar_has_said_so() -> None:
    calendar = SlowCalendar(confirm=3.0)
    async with Call(calendar) as call:
        await call.until(lambda: calendar.confirms)
        while not calendar.bookings:
            assert not any("booked" in text for text in call.said)
            await asyncio.sleep(0.02)
        await call.until(lambda: call.heard("You're booked"))


@in_virtual_time
async def test_a_calendar_that_does_not_answer_is_a_promise_of_a_person_after_eight_seconds() -> None:
    calendar = SlowCalendar()
    async with Call(calendar) as call:
        await call.until(lambda: call.asked == "confirm_booking")
        calendar.delay = 100.0
        await call.until(lambda: calendar.confirms)
        began = asyncio.get_running_loop().time()
        await call.until(lambda: call.heard("I can't reach our calendar right now"))
        assert asyncio.get_running_loop().time() - began <= 8.0 + 6.0  # the sentence itself takes five
        assert call.carrier.longest_silence(asyncio.get_running_loop().time()) <= 3.0
        assert not any("booked" in text for text in call.said)
        await call.hang_up()
    assert calendar.bookings == [] and call.conversation.outcome.appointment is None


@in_virtual_time
async def test_who_hangs_up_between_the_yes_and_the_calendars_answer_is_booked_and_in_the_record() -> None:
    calendar = SlowCalendar(confirm=4.0)
    async with Call(calendar) as call:
        await call.until(lambda: calendar.confirms)
        await asyncio.sleep(0.5)
        ended = await call.hang_up()
    outcome = call.conversation.outcome
    assert ended.by == "caller" and [each.opening.start for each in calendar.bookings] == [THURSDAY]
    assert outcome.appointment is not None and outcome.appointment.id == calendar.bookings[0].id
    assert outcome.disposition == "booked" and "booking_not_told" in outcome.flags


@in_virtual_time
async def test_who_hangs_up_at_the_read_back_leaves_the_time_to_others() -> None:
    calendar = SlowCalendar()
    async with Call(calendar, (1, 2, 3)) as call:
        await call.until(lambda: call.asked == "confirm_booking")
        assert len(calendar.holds) == 1
        await call.hang_up()
    assert calendar.holds == [] and calendar.bookings == []


@in_virtual_time
async def test_who_cuts_in_while_the_calendar_works_is_told_what_came_of_it_once() -> None:
    calendar = SlowCalendar(confirm=4.0)
    async with Call(calendar) as call:
        await call.until(lambda: calendar.confirms)
        await asyncio.sleep(1.5)
        call.carrier.say(5, 1.2)
        await call.until(lambda: call.heard("You're booked for Thursday"))
        await asyncio.sleep(1.0)
        assert calendar.confirms == 1 and len(calendar.bookings) == 1
        assert sum("You're booked" in text for text in call.said) == 1
        await call.hang_up()


@in_virtual_time
async def test_a_calendar_that_fails_in_the_middle_of_a_live_call_is_no_end_of_the_talk() -> None:
    calendar = SlowCalendar()
    async with Call(calendar) as call:
        await call.until(lambda: call.asked == "confirm_booking")
        calendar.go_down(99)
        await call.until(lambda: call.heard("I can't reach our calendar right now"))
        await call.until(lambda: call.asked == "callback_time")
        await call.hang_up()
    assert calendar.bookings == []

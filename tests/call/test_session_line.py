"""A line that dies without a word, and a carrier that is slow to end a call: nobody is left in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from engine.call.acts import Close, Say
from engine.call.fixed_audio import FixedAudio
from engine.call.session import LEAVE_AFTER_S, QUIET_AFTER_S, Ended, Session, SessionSettings
from engine.telephony import media
from tests.support.call_fakes import Engines, FakeCarrier, FakeConversation, FakeStt, Notes, Script, needs, says
from tests.support.virtual_time import in_virtual_time


class Line(FakeCarrier):
    """Remembers when it was closed."""

    closed_at: float | None = None

    async def close(self, code: int = 1000) -> None:
        self.closed_at = self.closed_at or self.clock()
        await super().close(code)

    def fall_silent(self, seconds: float) -> None:
        """As the media socket tells it."""
        self._events.put_nowait(media.NoAudio(seconds))

    def send_garbage(self) -> None:
        self._events.put_nowait(media.Damaged("The sound comes in pieces."))


async def hold(
    script: Script,
    hang_up: Callable[[], Awaitable[None]],
    story: Callable[[Line], Awaitable[None]],
    settings: SessionSettings | None = None,
) -> tuple[Ended, Line, Notes]:
    loop = asyncio.get_running_loop()
    engines = Engines(FakeStt({}))
    line, notes = Line(loop.time), Notes()
    session = Session(
        line,
        engines.stack,
        FakeConversation(script),
        notes,
        hang_up,
        needs,
        fixed=FixedAudio(engines.tts),
        clock=loop.time,
        answered_at=0.0,
        settings=settings,
    )
    running = asyncio.create_task(session.run())
    await story(line)
    return await running, line, notes


async def nothing() -> None:
    return None


def farewell(call: str) -> list[Say | Close]:
    return [Say(1, "Goodbye."), Close("booked")]


@in_virtual_time
async def test_a_carrier_that_is_slow_to_end_the_call_leaves_nobody_in_silence() -> None:
    ordered: list[float] = []

    async def slow() -> None:
        ordered.append(asyncio.get_running_loop().time())
        await asyncio.sleep(4.0)

    async def story(line: Line) -> None:
        return None

    ended, line, notes = await hold(farewell, slow, story)
    assert ended.by == "assistant"
    assert line.closed_at is not None
    assert line.closed_at - ordered[0] == pytest.approx(LEAVE_AFTER_S, abs=0.05)
    [told] = [facts for kind, _, facts in notes.entries if kind == "trouble"]
    assert "slow to end the call" in str(told["problem"])


@in_virtual_time
async def test_a_carrier_that_ends_the_call_at_once_is_not_told_on() -> None:
    async def story(line: Line) -> None:
        return None

    _, _, notes = await hold(farewell, nothing, story)
    assert "trouble" not in notes.kinds()


@in_virtual_time
async def test_a_line_on_which_not_even_silence_comes_is_given_up_within_two_seconds() -> None:
    async def story(line: Line) -> None:
        await asyncio.sleep(1.0)
        line.fall_silent(QUIET_AFTER_S - 0.4)
        await asyncio.sleep(0.4)
        assert line.closed_at is None, "a hiccup of the network is no end"
        line.fall_silent(QUIET_AFTER_S)

    ended, line, notes = await hold(says("Hello, this is Ava."), nothing, story)
    assert ended.by == "carrier"
    assert line.closed_at is not None
    assert "no_audio" in notes.kinds()


@in_virtual_time
async def test_a_line_that_has_come_back_once_is_given_more_time() -> None:
    async def story(line: Line) -> None:
        await asyncio.sleep(1.0)
        line.fall_silent(QUIET_AFTER_S)
        await asyncio.sleep(1.0)
        assert line.closed_at is None
        line.fall_silent(10.0)

    settings = SessionSettings(returned=True)
    ended, _, _ = await hold(says("Sorry, the line dropped."), nothing, story, settings)
    assert ended.by == "carrier"


@in_virtual_time
async def test_damaged_sound_is_told_in_the_journal_and_the_call_goes_on() -> None:
    async def story(line: Line) -> None:
        await asyncio.sleep(1.0)
        line.send_garbage()
        await asyncio.sleep(1.0)
        assert line.closed_at is None
        line.hang_up()

    _, _, notes = await hold(says("Hello, this is Ava."), nothing, story)
    [told] = [facts for kind, _, facts in notes.entries if kind == "trouble"]
    assert told["part"] == "line"

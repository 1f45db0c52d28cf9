"""A webhook that is repeated: acted on once, answered as the first time."""

from __future__ import annotations

import asyncio

import pytest

from engine.telephony.given_answers import GivenAnswers, delivery
from engine.telephony.ncco import Ncco, say_and_end


class Desk:
    """Answers with another programme at each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def act(self) -> Ncco | None:
        self.asked += 1
        mine = self.asked
        await self.may_answer.wait()
        if self.fails:
            raise RuntimeError("the database is away")
        return say_and_end(str(mine))


async def test_a_repetition_gets_the_first_answer_without_acting_twice() -> None:
    given, desk = GivenAnswers(), Desk()
    first = await given.once("a", desk.act)
    assert await given.once("a", desk.act) is first
    assert await given.once("b", desk.act) != first
    assert desk.asked == 2


async def test_an_answer_of_nothing_is_remembered_too() -> None:
    given, asked = GivenAnswers(), []

    async def act() -> Ncco | None:
        asked.append(1)
        return None

    assert [await given.once("a", act) for _ in range(2)] == [None, None]
    assert len(asked) == 1


async def test_a_repetition_that_overtakes_the_answer_waits_for_it() -> None:
    given, desk = GivenAnswers(), Desk()
    desk.may_answer.clear()
    both = [asyncio.ensure_future(given.once("a", desk.act)) for _ in range(2)]
    await asyncio.sleep(0)
    desk.may_answer.set()
    first, second = await asyncio.gather(*both)
    assert first is second
    assert desk.asked == 1


async def test_a_carrier_that_hangs_up_on_us_finds_the_answer_at_its_next_try() -> None:
    given, desk = GivenAnswers(), Desk()
    desk.may_answer.clear()
    first = asyncio.ensure_future(given.once("a", desk.act))
    await asyncio.sleep(0)
    first.cancel()
    desk.may_answer.set()
    assert await given.once("a", desk.act) == say_and_end("1")


async def test_what_failed_is_done_by_the_repetition() -> None:
    given, desk = GivenAnswers(), Desk()
    desk.fails = True
    with pytest.raises(RuntimeError):
        await given.once("a", desk.act)
    desk.fails = False
    assert await given.once("a", desk.act) == say_and_end("2")


async def test_answers_are_forgotten_after_a_while_and_their_number_is_bounded() -> None:
    now, desk = [0.0], Desk()
    given = GivenAnswers(lambda: now[0], keep_s=30.0, most=3)
    await given.once("a", desk.act)
    now[0] = 30.0
    assert "a" in given
    now[0] = 30.1
    assert "a" not in given
    for key in "bcde":
        await given.once(key, desk.act)
    assert ("b" in given, "e" in given) == (False, True)


def test_a_delivery_is_known_by_where_it_went_and_what_it_said() -> None:
    assert delivery("/vonage/event/c1", b"{}") == delivery("/vonage/event/c1", b"{}")
    assert len({delivery("/a", b"{}"), delivery("/b", b"{}"), delivery("/a", b"[]")}) == 3

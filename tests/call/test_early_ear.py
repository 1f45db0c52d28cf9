"""The recogniser is opened while the phone rings."""

from __future__ import annotations

import asyncio

import pytest

from engine.call.early_ear import EarlyEar
from engine.speech.ports import Hints, SpeechError
from tests.support.call_fakes import FakeStt, Fault, voice_frame
from tests.support.virtual_time import in_virtual_time


@in_virtual_time
async def test_the_first_opening_gets_what_was_opened_while_the_phone_rang() -> None:
    stt = FakeStt({1: "hello"}, finals={"hello": ("hello there", 0.5)})
    early, told = EarlyEar(stt, Hints()), []
    early.begin()
    await asyncio.sleep(5)
    assert stt.open_now == 1
    call = await early.open(Hints(), told.append)
    assert stt.open_now == 1
    for _ in range(10):
        call.push(voice_frame(1))
    assert (await call.text()).text == "hello"
    call.next_turn()
    await asyncio.sleep(1)
    assert told == ["hello there"], "revisions reach the call though it came later"
    again = await early.open(Hints())
    assert stt.open_now == 2
    await call.close()
    await again.close()
    await early.close()
    assert stt.open_now == 0


@in_virtual_time
async def test_a_call_that_nobody_answers_leaves_no_recogniser_open() -> None:
    stt = FakeStt({})
    early = EarlyEar(stt, Hints())
    early.begin()
    await asyncio.sleep(1)
    await early.close()
    assert stt.open_now == 0


@in_virtual_time
async def test_a_recogniser_that_failed_while_the_phone_rang_is_tried_again_at_the_answer() -> None:
    stt = FakeStt({}, open_fault=Fault("raise"))
    early = EarlyEar(stt, Hints())
    early.begin()
    await asyncio.sleep(1)
    with pytest.raises(SpeechError):
        await early.open(Hints())
    stt.open_fault = Fault()
    call = await early.open(Hints())
    await call.close()
    await early.close()

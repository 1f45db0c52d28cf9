"""Rooms, keys and ring-back tones of the loopback network."""

from __future__ import annotations

import numpy as np
import pytest

from engine.simulate.network.keypad import Keypad
from engine.simulate.network.ncco_reader import NccoRefused, read_ncco
from engine.simulate.network.room import Rooms
from engine.speech.audio import FRAME_SAMPLES, SILENCE
from engine.telephony.ringback import OFF_S, ringback_tone


def frame(height: int) -> bytes:
    return np.full(FRAME_SAMPLES, height, "<i2").tobytes()


def height(sound: bytes) -> int:
    return int(np.frombuffer(sound, "<i2")[0])


async def test_everybody_in_a_room_hears_the_others_and_not_themselves() -> None:
    rooms = Rooms()
    one, two, three = (rooms.enter("call_1", starts=True, ends=False, mute=False) for _ in range(3))
    for _ in range(2):
        heard = [await member.tick(frame(level)) for member, level in ((one, 100), (two, 200), (three, 400))]
    assert [height(each) for each in heard] == [600, 500, 300]


async def test_nobody_is_heard_before_the_one_who_starts_the_room() -> None:
    rooms = Rooms()
    early = rooms.enter("call_1", starts=False, ends=False, mute=False)
    other = rooms.enter("call_1", starts=False, ends=False, mute=False)
    await early.tick(frame(100))
    assert await other.tick(SILENCE) == SILENCE


async def test_a_room_ends_for_all_when_one_who_ends_it_leaves_and_its_name_is_free_again() -> None:
    rooms = Rooms()
    caller = rooms.enter("call_1", starts=True, ends=True, mute=False)
    colleague = rooms.enter("call_1", starts=True, ends=True, mute=False)
    rooms.leave("call_1", colleague)
    assert caller.closed.is_set()
    late = rooms.enter("call_1", starts=True, ends=True, mute=False)
    assert late.room is not caller.room


async def test_rooms_of_other_names_hear_nothing() -> None:
    rooms = Rooms()
    one = rooms.enter("call_1", starts=True, ends=False, mute=False)
    two = rooms.enter("call_2", starts=True, ends=False, mute=False)
    await one.tick(frame(100))
    assert await two.tick(SILENCE) == SILENCE


async def test_loud_voices_do_not_wrap_around() -> None:
    rooms = Rooms()
    members = [rooms.enter("call_1", starts=True, ends=False, mute=False) for _ in range(3)]
    for member in members[1:]:
        await member.tick(frame(30_000))
    assert height(await members[0].tick(SILENCE)) == 32_767


async def test_keys_are_collected_until_there_are_enough_or_none_comes() -> None:
    keypad = Keypad()
    keypad.press("1")
    assert await keypad.collect(1, 5.0, until_hash=False) == "1"
    assert await Keypad().collect(4, 0.01, until_hash=False) == ""
    hashed = Keypad()
    for key in "42#":
        hashed.press(key)
    assert await hashed.collect(9, 5.0, until_hash=True) == "42"


@pytest.mark.parametrize(
    "ncco",
    [
        [{"action": "talk", "text": "Hello", "bargeIn": True}],
        [{"action": "input", "type": ["speech"]}],
        [{"action": "input", "type": ["dtmf"], "dtmf": {"timeOut": 11}}],
        [{"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 0}}],
        [{"action": "conversation"}],
        [{"action": "conversation", "name": "a", "endOnExit": "yes"}],
    ],
)
def test_what_the_carrier_would_refuse_is_refused(ncco: object) -> None:
    with pytest.raises(NccoRefused):
        read_ncco(ncco)


def test_the_ring_back_tone_is_never_silent_for_long() -> None:
    samples = np.frombuffer(ringback_tone()[44:], "<i2")
    loud = np.flatnonzero(np.abs(samples) > 100)
    assert (len(samples) - loud[-1]) / 16_000 <= OFF_S + 0.01 <= 2.1
    assert np.abs(samples).max() < 16_000

"""The recording of a real call in real time: only after the announcement, and gone when the caller does not want it."""

from __future__ import annotations

import asyncio
import time
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

from engine.call.acts import Act, Close, Listen, Say, StopRecording
from engine.call.fixed_audio import FixedAudio
from engine.call.recorder import Recorder
from engine.call.session import Ended, Session
from engine.call.session_settings import LINES
from engine.speech.audio import RATE
from engine.speech.endpointing import silence_needed
from tests.support.call_fakes import Engines, FakeCarrier, FakeConversation, FakeStt, Notes, Script


async def call(path: Path, script: Script) -> tuple[Ended, FakeCarrier, Notes]:
    engines = Engines(FakeStt({1: "Please do not record me."}))
    fixed = FixedAudio(engines.tts)
    await fixed.prepare(LINES.values())
    carrier, notes = FakeCarrier(time.monotonic, lambda: (1, 0.4)), Notes()

    async def hang_up() -> None:
        return

    session = Session(
        carrier,
        engines.stack,
        FakeConversation(script),
        notes,
        hang_up,
        silence_needed,
        fixed=fixed,
        recorder=Recorder(path),
    )
    carrier.say(1, 0.3, after=0.05)
    return await session.run(), carrier, notes


async def test_recording_begins_when_the_announcement_has_been_heard_and_lasts_as_long_as_the_call(
    tmp_path: Path,
) -> None:
    def script(call: str) -> Sequence[Act]:
        return [Say(1, "Recorded line.", discloses=("recording",)), Say(2, "Thanks. Bye."), Close("done")]

    ended, _, notes = await call(tmp_path / "call.wav", script)
    with wave.open(str(tmp_path / "call.wav")) as file:
        both = array("h", file.readframes(file.getnframes()))
    left, right = both[::2], both[1::2]
    assert abs(len(left) / RATE - ended.length_s) <= 0.02
    begun = next(float(str(facts["from_s"])) for kind, _, facts in notes.entries if kind == "recording_started")
    first = int(begun * RATE) - RATE // 1000  # the note is rounded to a millisecond
    assert not any(left[:first]) and not any(right[:first])
    assert sum(map(bool, right)) / RATE > 0.9 * len("Thanks. Bye.") * 0.06 - 0.05


async def test_a_caller_who_does_not_want_to_be_recorded_is_not(tmp_path: Path) -> None:
    def script(call: str) -> Sequence[Act]:
        if call.startswith("answered"):
            return [Say(1, "Recorded.", discloses=("recording",)), Listen()]
        return [StopRecording(), Say(2, "Fine."), Close("done")]

    await asyncio.wait_for(call(tmp_path / "call.wav", script), 8.0)
    assert not (tmp_path / "call.wav").exists()

"""The sound of a call that two processes recorded: one file, each second of it at its place."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.call import recording_parts
from engine.call.recorder import Recorder
from engine.speech.audio import FRAME_S, RATE
from tests.support.call_fakes import voice_frame


def record(recorder: Recorder, begin: float, end: float) -> None:
    recorder.start(begin)
    at = begin
    while at < end - 1e-9:
        at += FRAME_S
        recorder.caller(voice_frame(1), at)
        recorder.agent(voice_frame(2), at - FRAME_S)
        recorder.write(recorder.take(at))


def sound(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as opened:
        assert (opened.getnchannels(), opened.getframerate()) == (2, RATE)
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2").reshape(-1, 2)


def heard(samples: NDArray[np.int16], begin: float, end: float) -> bool:
    part = samples[round(begin * RATE) : round(end * RATE)]
    return bool(np.abs(part).max(initial=0) > 1000)


def test_parts_are_joined_with_silence_where_the_line_was_down(tmp_path: Path) -> None:
    first = Recorder(recording_parts.whole(tmp_path, "call_1"))
    record(first, 0.0, 4.0)  # its process is killed here: about a second was still in memory
    second = Recorder(recording_parts.part(tmp_path, "call_1", 6.0), 6.0)
    record(second, 6.0, 8.0)
    second.close(8.0)
    recording_parts.join(tmp_path, "call_1", 8.0)
    samples = sound(recording_parts.whole(tmp_path, "call_1"))
    assert len(samples) == 8 * RATE
    assert heard(samples, 0.0, 2.9)
    assert not heard(samples, 4.1, 5.95)
    assert heard(samples, 6.05, 7.95)
    assert [file.name for file in tmp_path.iterdir()] == ["call_1.wav"]


def test_what_a_slow_process_still_wrote_is_cut_off_where_the_next_began(tmp_path: Path) -> None:
    slow = Recorder(recording_parts.whole(tmp_path, "call_1"))
    record(slow, 0.0, 5.0)
    slow.close(5.0)
    second = Recorder(recording_parts.part(tmp_path, "call_1", 3.0), 3.0)
    second.close(4.0)
    recording_parts.join(tmp_path, "call_1", 4.0)
    samples = sound(recording_parts.whole(tmp_path, "call_1"))
    assert len(samples) == 4 * RATE
    assert heard(samples, 0.0, 3.0)
    assert not heard(samples, 3.05, 4.0)


def test_a_first_part_on_another_machine_leaves_silence_and_right_times(tmp_path: Path) -> None:
    second = Recorder(recording_parts.part(tmp_path, "call_1", 2.0), 2.0)
    record(second, 2.0, 3.0)
    second.close(3.0)
    recording_parts.join(tmp_path, "call_1", 3.0)
    samples = sound(recording_parts.whole(tmp_path, "call_1"))
    assert not heard(samples, 0.0, 1.95)
    assert heard(samples, 2.05, 2.95)


def test_a_caller_who_declines_in_the_second_process_has_the_first_ones_sound_deleted_too(tmp_path: Path) -> None:
    first = Recorder(recording_parts.whole(tmp_path, "call_1"))
    record(first, 0.0, 2.0)
    second = Recorder(recording_parts.part(tmp_path, "call_1", 3.0), 3.0, [first.path])
    second.discard()
    assert list(tmp_path.iterdir()) == []

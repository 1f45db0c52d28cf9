"""The recording is as long as the call, whatever the network did, and holds nothing it must not hold."""

from __future__ import annotations

import random
import wave
from array import array
from pathlib import Path

import pytest

from engine.call.recorder import SEGMENT_S, Recorder
from engine.speech.audio import FRAME_SAMPLES, RATE


def frame(value: int) -> bytes:
    return array("h", [value] * FRAME_SAMPLES).tobytes()


def read(path: Path) -> tuple[array[int], array[int]]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE, 2)
        both = array("h", file.readframes(file.getnframes()))
    return both[::2], both[1::2]


def at(samples: array[int], second: float) -> int:
    return samples[round(second * RATE)]


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    recorder = Recorder(tmp_path / "call.wav")
    recorder.start(0.0)
    return recorder


def run(recorder: Recorder, arrivals: list[tuple[float, int]], length: float) -> tuple[array[int], array[int]]:
    """Feed the caller's frames at their arrival times, writing each second as the shell does."""
    written = 1.0
    for when, value in arrivals:
        while when > written:
            recorder.write(recorder.take(written))
            written += 1.0
            assert recorder.buffered_s <= SEGMENT_S
        recorder.caller(frame(value), when)
    recorder.close(length)
    return read(recorder.path)


def test_length_is_wall_time_within_20_ms_with_jitter(recorder: Recorder) -> None:
    chance = random.Random(3)
    arrivals = sorted((0.02 * (i + 1) + chance.uniform(0.0, 0.12), 100 + i) for i in range(1500))
    arrivals = [(when, 100 + i) for i, (when, _) in enumerate(arrivals)]
    left, right = run(recorder, arrivals, 30.3)
    assert abs(len(left) / RATE - 30.3) <= 0.02 and len(left) == len(right)
    for second in (5.0, 15.0, 25.0):
        assert abs((at(left, second) - 100) * 0.02 - second) <= 0.12


def test_a_burst_after_a_stall_was_late_not_lost(recorder: Recorder) -> None:
    arrivals = [(0.02 * (i + 1), i + 1) for i in range(100)]
    arrivals += [(2.5 + 0.001 * k, 101 + k) for k in range(25)]
    arrivals += [(2.54 + 0.02 * k, 126 + k) for k in range(50)]
    left, _ = run(recorder, arrivals, 4.0)
    assert at(left, 2.21) == 111, "the sound keeps its own time"
    assert at(left, 3.01) in {150, 151, 152}


def test_lost_sound_leaves_a_hole_and_what_follows_is_aligned(recorder: Recorder) -> None:
    arrivals = [(0.02 * (i + 1), 1000) for i in range(100)] + [(3.02 + 0.02 * i, 2000) for i in range(50)]
    left, _ = run(recorder, arrivals, 5.0)
    assert at(left, 1.9) == 1000 and at(left, 2.5) == 0
    assert at(left, 2.95) == 0 and at(left, 3.05) == 2000 and at(left, 3.95) == 2000 and at(left, 4.1) == 0


def test_a_caller_who_joins_late_does_not_shift_the_agent(recorder: Recorder) -> None:
    recorder.agent(frame(7), 0.5)
    left, right = run(recorder, [(2.02 + 0.02 * i, 9) for i in range(50)], 4.0)
    assert at(right, 0.51) == 7 and at(right, 0.49) == 0
    assert at(left, 1.95) == 0 and at(left, 2.01) == 9


def test_a_fast_clock_of_the_caller_does_not_run_away(recorder: Recorder) -> None:
    arrivals = [(0.0199 * (i + 1), 300) for i in range(3000)]  # 0.5 % fast
    left, _ = run(recorder, arrivals, 59.7)
    assert abs(len(left) / RATE - 59.7) <= 0.02


def test_nothing_is_kept_before_the_announcement_nor_after_the_stop(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "call.wav")
    for i in range(300):
        recorder.caller(frame(5), 0.02 * (i + 1))
        recorder.agent(frame(6), 0.02 * i)
        if i == 99:
            recorder.start(2.0)
        if i == 199:
            recorder.stop(4.0)
    recorder.close(6.0)
    left, right = read(recorder.path)
    assert len(left) == 6 * RATE
    for samples, value in ((left, 5), (right, 6)):
        assert set(samples[: 2 * RATE]) == {0} and set(samples[4 * RATE :]) == {0}
        assert set(samples[2 * RATE : 4 * RATE]) == {value}


def test_without_an_announcement_the_file_is_silent(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "call.wav")
    recorder.caller(frame(5), 0.02)
    recorder.close(1.0)
    assert set(read(recorder.path)[0]) == {0}


def test_discard_deletes_the_file_and_keeps_nothing_more(recorder: Recorder) -> None:
    recorder.caller(frame(5), 0.02)
    recorder.write(recorder.take(2.0))
    recorder.discard()
    recorder.caller(frame(5), 2.02)
    recorder.write(recorder.take(4.0))
    recorder.close(5.0)
    assert not recorder.path.exists()
    assert not recorder.recording


def test_a_killed_process_leaves_a_file_that_plays(recorder: Recorder) -> None:
    for i in range(500):
        recorder.caller(frame(5), 0.02 * (i + 1))
        if i % 50 == 49:
            recorder.write(recorder.take(0.02 * (i + 1)))
    left, _ = read(recorder.path)  # never closed
    assert len(left) == 9 * RATE


def test_memory_stays_within_a_segment_during_a_long_call(recorder: Recorder) -> None:
    for i in range(3000):
        recorder.caller(frame(5), 0.02 * (i + 1))
        recorder.agent(frame(6), 0.02 * i)
        if i % 50 == 0:
            recorder.write(recorder.take(0.02 * (i + 1)))
        assert recorder.buffered_s <= 2.1

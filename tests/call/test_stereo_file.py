"""Parts of a recording's file: what a Range header asks for, and the channels the other way round."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import stereo_file
from engine.call.recorder import wav_header
from engine.call.stereo_file import NoSuchPart, Part, wanted

PAIRS = 300
LEFT_1_RIGHT_2 = wav_header(PAIRS) + b"".join(struct.pack("<hh", 1000 + n, -1000 - n) for n in range(PAIRS))
LEFT_2_RIGHT_1 = wav_header(PAIRS) + b"".join(struct.pack("<hh", -1000 - n, 1000 + n) for n in range(PAIRS))
SIZE = len(LEFT_1_RIGHT_2)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "call.wav"
    path.write_bytes(LEFT_1_RIGHT_2)
    return path


@given(start=st.integers(0, SIZE + 10), length=st.integers(0, SIZE + 10))
def test_any_part_of_the_turned_file_is_that_part_of_a_file_with_its_channels_exchanged(
    recording: Path, start: int, length: int
) -> None:
    expected = LEFT_2_RIGHT_1[start : start + length]
    assert stereo_file.read(recording, start, length, turned=True) == expected
    assert stereo_file.read(recording, start, length, turned=False) == LEFT_1_RIGHT_2[start : start + length]


def test_a_file_that_ends_inside_a_sample_gives_its_end_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(LEFT_1_RIGHT_2[:-1])
    got = stereo_file.read(path, 0, SIZE, turned=True)
    assert got == LEFT_2_RIGHT_1[: SIZE - 4] + LEFT_1_RIGHT_2[SIZE - 4 : SIZE - 1]


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, (0, 100)),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=0-9,20-29", (0, 100)),
        ("bytes=19-10", (0, 100)),
        ("bytes=-", (0, 100)),
        ("lines=1-2", (0, 100)),
    ],
)
def test_a_range_is_read_as_rfc_9110_says(header: str | None, part: tuple[int, int]) -> None:
    assert wanted(header, 100) == Part(*part, 100)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_what_lies_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(NoSuchPart):
        wanted(header, 100)

"""A WAV answer gives its sound and nothing of its header, whatever the header looks like."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.google.wav import Wav, WavDamaged, read_wav
from tests.emulators.google_voice.sound import wav

SOUND = bytes(range(200)) * 4


@pytest.mark.parametrize("variant", ["plain", "list", "zero", "unknown"])
@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
def test_the_sound_is_found_behind_every_kind_of_header(variant: str, rate: int):
    assert read_wav(wav(SOUND, rate, variant)) == Wav(rate, SOUND)


def test_sound_without_a_header_is_told_apart():
    assert read_wav(SOUND) is None
    assert read_wav(b"") is None


def test_chunks_behind_the_sound_are_not_played():
    assert read_wav(wav(SOUND, 16_000, "plain") + b"LIST" + struct.pack("<I", 4) + b"INFO") == Wav(16_000, SOUND)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:30],
        lambda data: data[:12],
        lambda data: data.replace(b"WAVE", b"AVI "),
        lambda data: data.replace(b"data", b"dada"),
        lambda data: data[:22] + b"\2" + data[23:],  # two channels
        lambda data: data[:34] + b"\x08" + data[35:],  # eight bits
        lambda data: data[:12] + data[36:],  # no format
    ],
)
def test_a_damaged_file_is_told_instead_of_played(damage):
    with pytest.raises(WavDamaged):
        read_wav(damage(wav(SOUND, 16_000, "plain")))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        found = read_wav(b"RIFF\0\0\0\0WAVE" + data)
    except WavDamaged:
        return
    assert found is not None and len(found.pcm) % 2 == 0

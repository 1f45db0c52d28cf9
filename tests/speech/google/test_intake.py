"""Sound as it arrives: no byte of it is lost or doubled, none waits, and silence does not count as sound."""

from hypothesis import given
from hypothesis import strategies as st

from engine.speech.audio import FRAME_BYTES, SILENCE
from engine.speech.google.intake import KEPT, Intake
from tests.emulators.google_voice.sound import tone

SOUND = tone("v", "hello there")


@given(st.lists(st.integers(min_value=1, max_value=3001), max_size=60))
def test_pieces_of_any_size_come_out_whole_and_at_once(sizes: list[int]):
    intake, at, out = Intake(), 0, b""
    for size in [*sizes, len(SOUND)]:
        got = intake.push(SOUND[at : at + size])
        at = min(len(SOUND), at + size)
        assert len(got) % 2 == 0
        out += got
        assert at < 2 or len(out) == at - at % 2  # nothing waits but half a sample
    assert out == SOUND


def test_the_first_packet_leaves_with_the_first_bytes_that_fill_it():
    assert len(Intake().push(SOUND[: FRAME_BYTES + 1])) == FRAME_BYTES


def test_leading_silence_counts_as_waiting_and_is_left_out_but_for_the_breath_before_the_first_sound():
    intake = Intake()
    assert intake.push(SILENCE * 20) == b""
    assert not intake.audible and intake.silence == 20 * FRAME_BYTES
    assert intake.push(SOUND) == bytes(KEPT) + SOUND
    assert intake.audible
    assert intake.push(SILENCE) == SILENCE  # a pause inside is part of the speech


def test_a_short_breath_before_the_sound_is_kept_as_it_is():
    assert Intake().push(SILENCE + SOUND) == SILENCE + SOUND


@given(st.integers(min_value=0, max_value=9000), st.integers(min_value=1, max_value=1500))
def test_silence_in_pieces_of_any_size_leaves_the_same_sound(silent_samples: int, size: int):
    intake, data, out = Intake(), bytes(2 * silent_samples) + SOUND, b""
    for at in range(0, len(data), size):
        out += intake.push(data[at : at + size])
    assert out.endswith(SOUND)
    assert len(out) - len(SOUND) <= min(2 * silent_samples, KEPT + 2 * FRAME_BYTES)

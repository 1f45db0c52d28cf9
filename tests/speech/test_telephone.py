"""The telephone line of the simulator: narrow, companded, continuous."""

import numpy as np
import pytest

from engine.speech.audio import FRAME_BYTES, RATE, SILENCE
from engine.speech.pcm import Samples, to_pcm, to_samples
from engine.speech.ports import SpeechError
from engine.speech.telephone import DELAY_S, TelephoneChannel, from_mu_law, to_mu_law


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    return np.asarray(0.3 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE), np.float32)


def decibels_through(hertz: float) -> float:
    sound = tone(hertz)
    heard = to_samples(TelephoneChannel().sound(to_pcm(sound)))[4000:12000]
    return float(20 * np.log10(np.std(heard) / np.std(sound) + 1e-9))


@pytest.mark.parametrize("hertz", [500, 1000, 2000, 3000])
def test_the_voice_band_passes(hertz: float) -> None:
    assert abs(decibels_through(hertz)) < 1.5


@pytest.mark.parametrize("hertz", [50, 100, 3800, 4500, 6000, 7500])
def test_outside_of_the_telephone_band_nothing_is_left(hertz: float) -> None:
    assert decibels_through(hertz) < -30


def test_a_frame_goes_in_and_a_frame_comes_out() -> None:
    channel = TelephoneChannel()
    assert len(channel.frame(SILENCE)) == FRAME_BYTES
    with pytest.raises(SpeechError, match="640"):
        channel.frame(SILENCE[:-2])


def test_nothing_clicks_where_frames_meet() -> None:
    sound = tone(700)
    heard = to_samples(TelephoneChannel().sound(to_pcm(sound)))[3200:12800]
    jumps = np.abs(np.diff(heard, n=2)).reshape(-1)
    at_borders = jumps[np.arange(318, len(jumps), 320)]
    assert at_borders.max() <= 1.2 * np.percentile(jumps, 99)


def test_the_delay_is_the_one_it_says() -> None:
    click = np.zeros(RATE // 5, np.float32)
    click[1000] = 0.9
    heard = to_samples(TelephoneChannel().sound(to_pcm(click)))
    assert abs(int(np.argmax(np.abs(heard))) - 1000 - DELAY_S * RATE) <= 1


def test_mu_law_codes_survive_the_round_trip() -> None:
    codes = np.delete(np.arange(256, dtype=np.uint8), 127)  # 127 is minus zero, which comes back as zero
    assert np.array_equal(to_mu_law(from_mu_law(codes)), codes)


def test_mu_law_knows_the_values_of_the_standard() -> None:
    assert to_mu_law(np.array([0.0, 1.0, -1.0])).tolist() == [0xFF, 0x80, 0x00]
    assert from_mu_law(np.array([0x80, 0x00], np.uint8)).tolist() == [32124 / 32768, -32124 / 32768]


def test_noise_stands_as_far_under_a_voice_as_asked() -> None:
    quiet = to_samples(TelephoneChannel(snr_db=20).sound(SILENCE * 100))[1600:]
    # -20 dBFS less 20 dB, and 4 dB less, as the line lets 3.2 of 8 kHz of white noise through.
    assert 20 * np.log10(np.std(quiet)) == pytest.approx(-44, abs=1.5)


def test_a_silent_line_is_silent() -> None:
    assert not np.any(to_samples(TelephoneChannel().sound(SILENCE * 10)))

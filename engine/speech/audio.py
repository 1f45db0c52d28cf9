"""The one audio format of the house: signed 16-bit little-endian mono at 16 kHz, in frames of 20 ms.

Vonage's media socket carries exactly these frames (vonage-voice.md, section 5.2), so nothing on the live path
ever converts: engines that speak another rate resample at their own edge.
"""

RATE = 16_000
"""Samples a second."""

FRAME_S = 0.02
"""Seconds a frame."""

FRAME_SAMPLES = 320
FRAME_BYTES = 640
"""A frame on the wire: 320 samples of two bytes. Other sizes close a carrier's socket (field-lessons R16)."""

SILENCE = bytes(FRAME_BYTES)


def seconds(pcm: bytes) -> float:
    """Length of `pcm` (signed 16-bit mono, 16 kHz) in seconds."""
    return len(pcm) / (2 * RATE)

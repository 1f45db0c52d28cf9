"""Writes tests/call/data/soft_onsets.yaml: what the voice model makes of soft beginnings on a telephone line.

    python -m tests.support.onset_tracks > tests/call/data/soft_onsets.yaml

The simulated caller's voice over a line with noise 30 dB under it, at each of the eight phases that the model's
windows (32 ms) and the line's frames (20 ms) have to each other. Each window: milliseconds since the first sample over
-46 dBFS, probability, level. After two seconds of call; later the model is duller, at some times by far.
"""

from __future__ import annotations

import asyncio

import numpy as np

from engine.call.hearing import Ear
from engine.speech.audio import FRAME_BYTES, FRAME_S, RATE
from engine.speech.ports import Hints, SpeechStack
from engine.speech.stack import caller_voice, load_local
from engine.speech.telephone import TelephoneChannel

WORDS = ("Excuse me, can I say something?", "Actually, it's a house.")
VOICED = 160  # of 32,767: -46 dBFS
BEFORE_S, AFTER_S = 2.0, 0.6
PHASES = 8


def windows(speech: SpeechStack, said: bytes, phase: int) -> list[tuple[int, float, float]]:
    ear = Ear(speech, Hints(), lambda event: None, lambda part, problem: None, lambda text: None)
    channel = TelephoneChannel(snr_db=30.0, seed=phase)
    before = round(BEFORE_S / FRAME_S) + phase
    onset = before * FRAME_S + float(np.argmax(np.abs(np.frombuffer(said, "<i2").astype(int)) > VOICED)) / RATE
    sound = bytes(before * FRAME_BYTES) + said
    found = []
    for frame in range(round((onset + AFTER_S) / FRAME_S)):
        heard = channel.frame(sound[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES])
        for probability in ear.hear(heard):
            since = (frame + 1) * FRAME_S - onset
            if since > -0.1:
                found.append((round(1000 * since), round(probability, 3), round(ear.level, 1)))
    return found


async def main() -> None:
    voice, speech = await caller_voice(), await load_local()
    print("# Made by `python -m tests.support.onset_tracks`; windows: ms since the onset, probability, level in dBFS.")
    for words in WORDS:
        said = b"".join([piece async for piece in voice.speak(words)])
        for phase in range(PHASES):
            print(f'- words: "{words}"\n  windows:')
            for window in windows(speech, said, phase):
                print(f"  - [{', '.join(map(str, window))}]")


if __name__ == "__main__":
    asyncio.run(main())

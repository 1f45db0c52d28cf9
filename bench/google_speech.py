"""What Google's recogniser costs a call beside its own slowness: `python -m bench.google_speech` (about a minute).

Needs no account and no model: the vendor's client talks to the emulator. Prints words lost and doubled where streams
change (field-lessons R1), what the adapter adds to the delay that the emulator is told to have, and how much earlier a
turn is answered on a text that is not final than on the final one (R2).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

import numpy as np

from engine.speech.audio import FRAME_S, RATE, SILENCE
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.ear import GoogleEar
from engine.speech.google.transcriber import GoogleTranscriber
from engine.speech.ports import Hints
from tests.emulators.google_speech import GoogleSpeechEmulator, Scripted, activity, final, interim
from tests.emulators.google_speech.marked import word_frame
from tests.support.simulated_recogniser import Simulation, Word

ALIGNMENTS = 200
TURNS = 15
FINAL_MS = 900


def speech(rng: random.Random, begin: float, end: float, pause: float) -> list[Word]:
    """Distinct words from `begin` to `end`, with a pause of up to `pause` seconds after one in ten."""
    words, at = [], begin
    while at < end:
        length = rng.uniform(0.12, 0.6)
        words.append(Word(f"w{len(words)}", round(at * RATE), round((at + length) * RATE)))
        at += length + (rng.uniform(0.2, pause) if rng.random() < 0.1 else rng.uniform(0.0, 0.09))
    return words


def rotations(*, foreseen: bool) -> tuple[int, int, int, Counter[str]]:
    """Words said, lost and doubled (or foreign) in all alignments; why streams were changed."""
    said = lost = doubled = 0
    why: Counter[str] = Counter()
    for seed in range(ALIGNMENTS):
        rng = random.Random(seed)
        if foreseen:
            words = speech(rng, 0.0, 63 + rng.uniform(0, 2), rng.choice([0.3, 0.5, 0.9]))
            simulation = Simulation(words, seed, 76, aged=240 - rng.uniform(0, 3), limit_s=300)
        else:
            words = speech(rng, 11 - rng.uniform(0, 6), 17 + rng.uniform(0, 3), 0.9)
            simulation = Simulation(words, seed, 28, aged=186, limit_s=200)
        why.update(simulation.run().why)
        heard = Counter(" ".join(simulation.texts).split())
        wanted = Counter(word.text for word in words)
        said += len(words)
        lost += (wanted - heard).total()
        doubled += (heard - wanted).total()
    return said, lost, doubled, why


async def say(call: GoogleTranscriber, frames: list[bytes]) -> float:
    """Push frames in step with the clock; when the last one was pushed."""
    began = time.perf_counter()
    for count, frame in enumerate(frames, 1):
        call.push(frame)
        await asyncio.sleep(max(0.0, began + count * FRAME_S - time.perf_counter()))
    return time.perf_counter()


async def added() -> list[float]:
    """Milliseconds from the push of the frame that the emulator answers to the answer."""
    taken = []
    frames = [*[word_frame(1)] * 17, *[SILENCE] * 8]
    script = [final(500, "yes", 460)]  # the moment the 25th frame is there
    async with GoogleSpeechEmulator(Scripted(*[script] * TURNS)) as google:
        ear = GoogleEar(GoogleAccess("leadline-dev", endpoint=google.address))
        for _ in range(TURNS):
            call = await ear.open(Hints())
            pushed = await say(call, frames[:-1])
            pushed = time.perf_counter()
            call.push(frames[-1])
            heard = await call.text()
            taken.append((time.perf_counter() - pushed) * 1000)
            assert heard.text == "yes", heard
            await call.close()
        await ear.close()
    return taken


async def committed() -> tuple[list[float], list[float]]:
    """Milliseconds from the end of the voice to the answer: on the text that is not final, and to the final one."""
    early, late = [], []
    voiced = 20
    end_ms = round(voiced * FRAME_S * 1000)
    script = [
        activity(60, True),
        interim(end_ms + 180, ("I need a roof", 0.9), covers_ms=end_ms),
        final(end_ms + FINAL_MS, "I need a roof.", end_ms),
    ]
    async with GoogleSpeechEmulator(Scripted(*[script] * TURNS)) as google:
        ear = GoogleEar(GoogleAccess("leadline-dev", endpoint=google.address))
        for _ in range(TURNS):
            call = await ear.open(Hints())
            ended = await say(call, [word_frame(1)] * voiced)
            await say(call, [SILENCE] * 8)
            await call.text()
            early.append((time.perf_counter() - ended) * 1000)
            heard = await call.text()
            while not heard.final:
                await asyncio.sleep(0.005)
                heard = await call.text()
            late.append((time.perf_counter() - ended) * 1000)
            await call.close()
        await ear.close()
    return early, late


def spread(times: list[float]) -> str:
    p50, p95 = np.percentile(times, [50, 95])
    return f"{p50:8.1f} / {p95:.1f} ms"


async def main() -> None:
    for name, foreseen in (("the server closes unannounced", False), ("replaced by ourselves in speech", True)):
        said, lost, doubled, why = rotations(foreseen=foreseen)
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(why.items()))
        print(f"{name}: {ALIGNMENTS} alignments, {said} words, {lost} lost, {doubled} doubled ({reasons})")
    print(f"added by the adapter, p50 / p95                 {spread(await added())}")
    early, late = await committed()
    print(f"end of voice to an answer on the interim text   {spread(early)}")
    print(f"end of voice to the final text ({FINAL_MS} ms scripted) {spread(late)}")


if __name__ == "__main__":
    asyncio.run(main())

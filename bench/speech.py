"""How fast the local ear and mouth are on this machine: `python -m bench.speech` (under a minute, needs no recordings).

Every figure is wall-clock time of one call of the engine, as a live call would feel it, one after the other.
The engines speak to themselves: the simulated caller's voice, through a telephone line, is what the ear hears.
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from engine.speech import models, stack
from engine.speech.audio import FRAME_BYTES, SILENCE, seconds
from engine.speech.ports import Expect, Hints, SpeechStack, TextToSpeech
from engine.speech.telephone import TelephoneChannel

TURNS: list[tuple[str, Expect]] = [
    ("Yes.", "yes_no"),
    ("Half an hour.", "speech"),
    ("Thursday at ten works for me.", "speech"),
    ("My zip code is nine four one oh three.", "speech"),
    ("Nine four one oh three.", "digits"),
    ("I'd like to replace about twelve windows in the spring.", "speech"),
    ("Who is this, and how did you get my number?", "speech"),
]
ANSWERS = [
    "Sure, let me look that up for you, and then we find a time.",
    "How many windows would you like to replace?",
    "Thanks, Maria, I can book that for two thirty on Tuesday. Does that work?",
    "Great, your zip code is 94103, right?",
]
ROUNDS = 5

Row = tuple[str, str, list[float]]


async def main() -> None:
    """Measure and print the table."""
    process = psutil.Process()
    before = process.memory_info().rss
    begun, cpu = time.perf_counter(), process.cpu_times()
    engines = await stack.load_local()
    encoder = await stack.sentence_encoder()
    load_s = time.perf_counter() - begun
    load_cpu = sum(process.cpu_times()[:2]) - sum(cpu[:2])
    loaded = process.memory_info().rss
    caller = await stack.caller_voice()

    turns = [(await spoken(caller, text), expect) for text, expect in TURNS]
    rows: list[Row] = [("STT: a whole turn", f"{min_max(turns)} s of sound", await transcripts(engines, turns))]
    rows.append(("TTS: first clause", "agent's answers", await first_clauses(engines)))
    rows.append(("VAD: a window", "32 ms of sound", vad_windows(engines, turns[3][0])))
    judge = engines.end_of_turn
    assert judge is not None
    verdicts: list[float | None] = []

    async def verdict() -> None:
        verdicts.append(await judge.finished(turns[3][0]))

    rows.append(("end of turn: a verdict", "smart-turn", await timed(verdict, ROUNDS * 4)))

    async def question() -> None:
        encoder.encode(["Do you guys charge for the estimate?"])

    rows.append(("MiniLM: a question", "one sentence", await timed(question, ROUNDS * 10)))
    rows.append(("telephone line: a frame", "20 ms of sound", line_frames(turns[3][0])))

    table = Table(
        title=f"Local speech, {platform.processor() or platform.machine()}, load {psutil.getloadavg()[0]:.1f}"
    )
    for heading in ("what", "of", "n", "p50 ms", "p95 ms"):
        table.add_column(heading, justify="left" if heading in {"what", "of"} else "right")
    for what, of, times in rows:
        p50, p95 = np.percentile(times, [50, 95])
        table.add_row(what, of, str(len(times)), f"{p50:.2f}", f"{p95:.2f}")
    console = Console()
    console.print(table)
    late = verdicts.count(None)
    if late:
        console.print(f"{late} of {len(verdicts)} end-of-turn verdicts missed their deadline: the machine is busy")
    megabyte = 1024 * 1024
    console.print(f"load and warm-up {load_s:.1f} s ({load_cpu:.1f} s of CPU)")
    console.print(
        f"memory: {before / megabyte:.0f} MB before, {loaded / megabyte:.0f} MB loaded, "
        f"{process.memory_info().rss / megabyte:.0f} MB after the run"
    )


async def spoken(voice: TextToSpeech, text: str) -> bytes:
    """`text` as it arrives over the telephone, with the pause that ends a turn, in whole frames."""
    sound = b"".join([piece async for piece in voice.speak(text)]) + SILENCE * 13
    return TelephoneChannel(snr_db=30).sound(sound)


def min_max(turns: list[tuple[bytes, Expect]]) -> str:
    """The shortest and the longest turn, in seconds."""
    lengths = sorted(seconds(pcm) for pcm, _ in turns)
    return f"{lengths[0]:.1f} to {lengths[-1]:.1f}"


async def timed(work: Callable[[], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each of `times` runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def transcripts(engines: SpeechStack, turns: list[tuple[bytes, Expect]]) -> list[float]:
    """Milliseconds from the end of a turn to its text."""
    ear = await engines.stt.open(Hints())
    taken = []
    for _ in range(ROUNDS):
        for pcm, expect in turns:
            ear.push(pcm)
            taken.append((await ear.text(expect)).cost_ms)
            ear.next_turn()
    await ear.close()
    return taken


async def first_clauses(engines: SpeechStack) -> list[float]:
    """Milliseconds from the text of an answer to its first sound."""
    taken = []
    for _ in range(ROUNDS):
        for text in ANSWERS:
            begun = time.perf_counter()
            async for _piece in engines.tts.speak(text):
                taken.append((time.perf_counter() - begun) * 1000)
                break
    return taken


def vad_windows(engines: SpeechStack, pcm: bytes) -> list[float]:
    """Milliseconds of each frame that completes a window."""
    tracker = engines.vad.open()
    taken = []
    for _ in range(ROUNDS):
        for at in range(0, len(pcm), FRAME_BYTES):
            begun = time.perf_counter()
            if tracker.push(pcm[at : at + FRAME_BYTES]):
                taken.append((time.perf_counter() - begun) * 1000)
    return taken


def line_frames(pcm: bytes) -> list[float]:
    """Milliseconds of each frame through a telephone line."""
    channel = TelephoneChannel(snr_db=30)
    taken = []
    for at in range(0, len(pcm), FRAME_BYTES):
        begun = time.perf_counter()
        channel.frame(pcm[at : at + FRAME_BYTES])
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


if __name__ == "__main__":
    problems = models.check()
    if problems:
        raise SystemExit("\n".join(problem.message for problem in problems))
    asyncio.run(main())

"""Many live calls in one process, in real time, with scripted engines: what does the shell itself cost?

    python bench/media.py --calls 1 8 20 --seconds 12

The carriers (the load generator) run in the same process, so CPU and lateness are upper bounds for the shell. Engines
are fakes: no model is loaded; the figures are those of the floor, the pacer, the tasks and the carrier together.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.call.fixed_audio import FixedAudio
from engine.call.session import Session
from engine.call.session_settings import LINES
from tests.support.call_fakes import Engines, FakeCarrier, FakeConversation, FakeStt, Notes, needs, says

SENTENCES = {1: "I own my home.", 2: "Wait, what does it cost?"}
ANSWER = "Thank you. We look at roofs of every kind, and the first visit costs nothing at all. Who owns the home?"
SCRIPTED_MS = 300 + 20 + 100  # end-of-turn silence, the conversation, the voice


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def lateness_ms(sent: list[float]) -> list[float]:
    """How late each frame left against the clock of its run (60 ms ahead of the ear)."""
    late, begun, count = [], 0.0, 0
    for before, at in zip([-1.0, *sent], sent, strict=False):
        if at - before > 0.1:
            begun, count = at, 0
        late.append(1000 * max(0.0, at - max(begun, begun + 0.02 * count - 0.06)))
        count += 1
    return late


async def one_call(delay: float, seconds: float) -> tuple[FakeCarrier, FakeConversation]:
    await asyncio.sleep(delay)
    engines = Engines(FakeStt(SENTENCES))
    fixed = FixedAudio(engines.tts)
    await fixed.prepare(LINES.values())
    carrier = FakeCarrier(time.monotonic, lambda: (1, 1.0))
    conversation = FakeConversation(says(ANSWER))

    async def hang_up() -> None:
        return

    session = Session(carrier, engines.stack, conversation, Notes(), hang_up, needs, fixed=fixed)
    task = asyncio.create_task(session.run())
    carrier.say(2, 1.2, after=3.5)  # an interruption
    await asyncio.sleep(seconds)
    carrier.hang_up()
    await task
    return carrier, conversation


async def measure(calls: int, seconds: float) -> str:
    process = psutil.Process()
    gc.collect()
    before, cpu = process.memory_info().rss, time.process_time()
    running = asyncio.gather(*(one_call(0.037 * i, seconds) for i in range(calls)))
    await asyncio.sleep(seconds - 0.5)
    grown = process.memory_info().rss - before
    done = await running
    cpu = time.process_time() - cpu
    late = [each for carrier, _ in done for each in lateness_ms(carrier.sent)]
    answers = [each.total for _, conversation in done for each in conversation.times]
    barge = []
    for carrier, _ in done:
        onset = next((begin for begin, _, sentence in carrier.spoken if sentence == 2), None)
        clear = next((at for at in carrier.clears if onset is not None and at >= onset), None)
        if onset is not None and clear is not None:
            barge.append(1000 * (clear - onset))
    return (
        f"{calls:5d} | {percentile(late, 0.99):13.1f} | {100 * cpu / (calls * seconds):10.2f} | "
        f"{grown / calls / 1e6:9.2f} | {percentile(barge, 0.5):6.0f} / {percentile(barge, 0.95):4.0f} | "
        f"{percentile(answers, 0.5):6.0f} / {percentile(answers, 0.95):4.0f} | "
        f"{statistics.median(answers) - SCRIPTED_MS:8.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 8, 20])
    parser.add_argument("--seconds", type=float, default=12.0)
    arguments = parser.parse_args()
    print("calls | late p99 (ms) | CPU/call % | MB a call | barge-in p50/95 | answer p50/95 ms | added ms")
    for calls in arguments.calls:
        print(asyncio.run(measure(calls, arguments.seconds)), flush=True)


if __name__ == "__main__":
    main()

"""Gemini as the mind, against the emulator in a process of its own: tokens and requests a turn, the share of offered
speech that is released, and what the adapter adds to the time that the emulator is told to think.

    python bench/gemini.py --turns 200 --thinks 0.2

Tokens are counted by the emulator at four characters a token; Google's own count differs by some per cent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.dialogue.model import Offer, Spent  # noqa: E402
from engine.dialogue.prompt import instruction, turn_request  # noqa: E402
from engine.flow import shipped  # noqa: E402
from engine.mind.access import ApiKey, GeminiClient  # noqa: E402
from engine.mind.gemini import GeminiModel  # noqa: E402
from engine.sdk.registry import discover  # noqa: E402
from engine.simulate.runner import playable  # noqa: E402
from engine.simulate.scenario import load_suite  # noqa: E402
from engine.simulate.text_call import TextCall  # noqa: E402
from tests.emulators.gemini import Chunk, GeminiEmulator, OfflineBrain, ScriptedBrain  # noqa: E402
from tests.support.mind import FLOW, Told  # noqa: E402

NAMES = ("home_services", "solar", "dental")
SPOKEN = '{"heard":"zip","value":"94110","words":"94110"}\n{"say":"timeline","tells":[]}\nGot it. How soon?'
PATH = "/v1/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse"
TARGET_MS = 15.0


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


async def serve(scripted_s: float | None) -> None:
    """The emulator, until its standard input ends."""
    brain = (
        OfflineBrain()
        if scripted_s is None
        else ScriptedBrain(
            otherwise=[Chunk(SPOKEN[:40], delay_s=scripted_s), Chunk(SPOKEN[40:]), Chunk("", finish="STOP")]
        )
    )
    async with GeminiEmulator(brain) as gemini:
        print(gemini.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextmanager
def emulator(*options: str) -> Iterator[str]:
    """The address of an emulator in another process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


async def turns() -> None:
    """All shipped scenarios through the SDK: what a turn costs."""
    spent: list[Spent] = []
    released: Counter[str] = Counter()
    requests: Counter[int] = Counter()
    replies = 0
    with emulator() as address:
        client = GeminiClient(ApiKey("emulator"), address)
        model = GeminiModel(client)
        for name in NAMES:
            suite = load_suite(ROOT / "examples" / "scenarios" / f"{name}.yaml")
            flow = shipped.load(name).flow
            for scenario in playable(suite, "text"):
                call = TextCall(suite, scenario, flow, discover(), model)
                await call.play()
                by_turn: Counter[int] = Counter()
                for kind, _, facts in call.notebook.notes:
                    if kind == "model_spent":
                        by_turn[int(str(facts["turn"]))] += 1
                        spent.append(
                            Spent(*(facts[each] for each in Spent.__slots__))  # type: ignore[arg-type]
                        )
                    elif kind == "offered":
                        released["released" if facts["released"] else str(facts["why"])] += 1
                    elif kind == "understood":
                        replies += 1
                requests.update(by_turn.values())
        await client.aclose()
    total = requests.total()
    prompt = [each.prompt_tokens for each in spent]
    cached = sum(each.cached_tokens for each in spent) / sum(prompt)
    offered = released.total()
    for name in NAMES:
        flow = shipped.load(name).flow
        print(f"instruction of {name}: {len(instruction(flow)) // 4} tokens (estimated)")
    changes = len(turn_request(Told().view(), "It is 94110.")) // 4
    print(f"what changes in a short turn: {changes} tokens (estimated)")
    print(f"turns that reached the model: {total}; with one request {requests[1] / total:.1%}  {dict(requests)}")
    print(f"requests: {len(spent)}, of them for a wording {sum(each.purpose == 'speak' for each in spent)}")
    print(
        f"tokens a request: prompt p50 {statistics.median(prompt):.0f}, p95 {percentile(prompt, 0.95):.0f} "
        f"({cached:.0%} from the cache); output p50 {statistics.median(each.output_tokens for each in spent):.0f}, "
        f"p95 {percentile([each.output_tokens for each in spent], 0.95):.0f}"
    )
    print(f"speech offered in {offered} of {replies} turns; released {released['released'] / offered:.0%} of it")
    for why, count in released.most_common():
        if why != "released":
            print(f"    {count:4d} not released: {why}")


async def latency(times: int, thinks_s: float) -> None:
    """From the call of `turn` to its first item, less what the emulator is told to think; and the same for a plain
    HTTP request of the same size, which is what the network and the emulator cost on this machine."""
    added: list[float] = []
    plain: list[float] = []
    body = {
        "contents": [{"role": "user", "parts": [{"text": turn_request(Told().view(), "It's 94110.")}]}],
        "systemInstruction": {"parts": [{"text": instruction(FLOW)}]},
    }
    with emulator("--scripted", str(thinks_s)) as address:
        client = GeminiClient(ApiKey("emulator"), address)
        model = GeminiModel(client)
        http = httpx2.AsyncClient(headers={"x-goog-api-key": "emulator"}, trust_env=False)
        for at in range(times + 5):
            began, first = time.perf_counter(), None
            async for item in model.turn(Told().view(), "It's 94110."):
                first = first if first is not None else time.perf_counter() - began
                assert not isinstance(item, Offer) or item.ask == "timeline"
            assert first is not None
            if at >= 5:  # the first ones open the connection
                added.append((first - thinks_s) * 1000)
            began = time.perf_counter()
            async with http.stream("POST", f"{address}{PATH}", json=body) as stream:
                await anext(stream.aiter_bytes())
                if at >= 5:
                    plain.append((time.perf_counter() - began - thinks_s) * 1000)
        await client.aclose()
        await http.aclose()
    print(
        f"added to {thinks_s * 1000:.0f} ms of scripted thinking, {times} turns: p50 {percentile(added, 0.5):.1f} ms, "
        f"p95 {percentile(added, 0.95):.1f} ms (target at most {TARGET_MS:.0f} ms)"
    )
    print(
        f"of that a plain HTTP request takes: p50 {percentile(plain, 0.5):.1f} ms, p95 {percentile(plain, 0.95):.1f} ms"
    )
    print(f"load of this machine over the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200, help="turns for the latency")
    parser.add_argument("--thinks", type=float, default=0.2, help="seconds that the emulator is told to think")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--scripted", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.scripted))
        return
    asyncio.run(turns())
    asyncio.run(latency(options.turns, options.thinks))


if __name__ == "__main__":
    main()

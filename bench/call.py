"""What a spoken call costs on this machine: `python -m bench.call` (about four minutes).

Plays real calls on a stage of its own and prints, process by process: time to the first ring, response times
measured on the line, CPU seconds of the web server per minute of call, memory with one call and with three at once,
import time of the engine, size of the installation.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import psutil

from engine.flow import shipped
from engine.simulate.judge import percentile
from engine.simulate.scenario import load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.sound_call import PlayedCall, SoundPlayer
from engine.simulate.stage import Stage
from engine.speech.stack import caller_voice

SEVERAL = 3


def web_server() -> psutil.Process:
    """The process that holds the calls."""
    for child in psutil.Process().children(recursive=True):
        if "engine.api" in child.cmdline():
            return child
    raise RuntimeError("the web server is not running")


async def highest_memory(process: psutil.Process, stop: asyncio.Event) -> float:
    """The process's highest resident memory in MB until `stop`."""
    highest = 0.0
    while not stop.is_set():
        highest = max(highest, process.memory_info().rss / 1e6)
        await asyncio.sleep(0.2)
    return highest


async def watched(process: psutil.Process, calls: list[PlayedCall], *playing: object) -> float:
    stop = asyncio.Event()
    memory = asyncio.create_task(highest_memory(process, stop))
    calls += await asyncio.gather(*playing)  # type: ignore[arg-type]
    stop.set()
    return await memory


def import_seconds() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import engine.api, engine.call.session"], check=True)
    empty = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (empty - begun) - (time.perf_counter() - empty)


def installed_mb() -> float:
    folder = Path(sysconfig.get_path("purelib"))
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


async def main() -> None:
    suite = load_suite(shipped_scenarios("home_services"))
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    straight, short = suite.get("hs01"), suite.get("hs06")
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="leadline-bench-"))
    async with Stage(folder, text, lambda line: None, straight.clock) as stage:
        ready = time.monotonic() - begun
        voice, server = await caller_voice(), web_server()
        idle = server.memory_info().rss / 1e6
        calls: list[PlayedCall] = []
        cpu_before = sum(server.cpu_times()[:2])
        with_one = await watched(server, calls, SoundPlayer(stage, suite, voice).play(straight))
        cpu = sum(server.cpu_times()[:2]) - cpu_before
        result = calls[0].view.result
        assert result is not None
        minutes = result.call.duration_s / 60
        several: list[PlayedCall] = []
        players = []
        for number in range(SEVERAL):
            lead = short.lead.model_copy(update={"phone": f"+1415555{150 + number:04d}"})
            one = short.model_copy(update={"lead": lead, "id": f"{short.id}{number}"})
            players.append(SoundPlayer(stage, suite, voice).play(one))
        with_several = await watched(server, several, *players)
    times = calls[0].response_ms
    parts = [each for event in calls[0].view.journal if event.kind == "latency" for each in [event.facts]]
    own = [
        float(part["mind"]) + float(part["queue"])  # type: ignore[arg-type]
        for part in parts
    ]
    print(f"ready for calls after              {ready:8.1f} s")
    print(f"form to ring                       {calls[0].form_to_ring_ms:8.0f} ms")
    print(f"response on the line, p50 / p95    {percentile(times, 0.5):8.0f} / {percentile(times, 0.95):.0f} ms")
    print(f"engine's share of it, p50 / p95    {percentile(own, 0.5):8.0f} / {percentile(own, 0.95):.0f} ms")
    print(f"CPU of the web server              {cpu / minutes:8.1f} s a minute of call")
    print(f"memory: idle, one call, {SEVERAL} calls    {idle:8.0f} / {with_one:.0f} / {with_several:.0f} MB")
    print(f"memory of a further call           {(with_several - with_one) / (SEVERAL - 1):8.1f} MB")
    print(f"import of the engine               {import_seconds():8.2f} s")
    print(f"installed packages                 {installed_mb():8.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())

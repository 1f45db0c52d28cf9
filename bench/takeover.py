"""kill -9 of the process that holds a spoken call: `python -m bench.takeover` (about five minutes).

Two web servers with the real speech models on one database behind one address. A caller with a voice answers some
questions, then the server that holds the call is killed; printed is the time until the agent's voice is on the line
again, and what was lost. At the end the same with a single server that is started again.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.flow import shipped
from engine.simulate.judge import percentile
from engine.simulate.network import SilentPhone
from engine.simulate.network.phone import Line
from engine.simulate.scenario import load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.stage import Stage
from engine.speech.audio import FRAME_BYTES, SILENCE
from engine.speech.stack import caller_voice
from engine.store import calls, journal
from engine.store.journal import Entry

RUNS = 3
ANSWERS = {
    "identity": "Yes, this is Dana.",
    "service_type": "It's what I put in the form.",
    "property_type": "It's a house.",
    "zip": "Nine four one one zero.",
    "timeline": "This week.",
    "authority": "Yes, I own it.",
}
STOP = "Please stop calling me."
AUDIBLE = 200


@dataclass
class Caller(SilentPhone):
    """Says what answers the question that stands in the journal, once the agent has been silent for a moment."""

    sounds: Mapping[str, bytes]
    heard_at: list[float] = field(default_factory=list)
    asked: str = ""
    stopping: bool = False
    waiting: bool = False
    """For the agent to come back: begins no new sentence."""
    out: bytes = b""
    at: int = 0

    def __post_init__(self) -> None:
        super().__init__(answer_after_s=0.5)

    @property
    def speaking(self) -> bool:
        return self.at < len(self.out)

    async def on_call(self, line: Line) -> None:
        answered_at = 0.0
        while True:
            await asyncio.sleep(0.02)
            last = self.heard_at[-1] if self.heard_at else 0.0
            if self.waiting or self.speaking or last <= answered_at or time.monotonic() - last < 0.8:
                continue
            words = STOP if self.stopping else ANSWERS.get(self.asked)
            if words is not None:
                answered_at, self.out, self.at = time.monotonic(), self.sounds[words], 0

    def heard(self, frame: bytes) -> None:
        if int(np.abs(np.frombuffer(frame, dtype="<i2").astype(np.int32)).max(initial=0)) > AUDIBLE:
            self.heard_at.append(time.monotonic())

    def next_frame(self) -> bytes:
        frame = self.out[self.at : self.at + FRAME_BYTES]
        self.at += FRAME_BYTES
        return frame.ljust(FRAME_BYTES, b"\0") if frame else SILENCE


@dataclass(frozen=True)
class Run:
    """Seconds from the kill: until the next media socket was on the line, until the agent was heard again."""

    moment: str
    rejoined_s: float
    voice_s: float
    lost: tuple[str, ...]
    records: int
    state: str


async def entries(stage: Stage, call_id: str) -> list[Entry]:
    async with stage.database.read() as tx:
        return list(await journal.read(tx, call_id))


async def follow(stage: Stage, call_id: str, caller: Caller) -> None:
    while True:
        read = await entries(stage, call_id)
        asked = [str(entry.facts["asked"]) for entry in read if entry.kind == "listening"]
        said = [str(entry.facts["text"]) for entry in read if entry.kind == "agent_says"]
        if asked:
            caller.asked = asked[-1] or ("identity" if said and "Dana" in said[-1] else "")
        await asyncio.sleep(0.05)


async def wait_for(what: str, condition: object, within_s: float = 90.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not happen within {within_s:.0f} seconds.")
        await asyncio.sleep(0.005)


async def one_run(stage: Stage, sounds: Mapping[str, bytes], number: int, *, restart: bool) -> Run:
    phone = f"+1415555{200 + number:04d}"
    caller = Caller(sounds)
    stage.network.register(phone, lambda: caller)
    form = {
        "id": f"takeover-{number}-{time.time_ns()}", "first_name": "Dana", "last_name": "Reyes", "phone": phone,
        "country": "US", "flow": stage.flow.id, "answers": {"service": "Roof repair"}, "page_url": "https://example.com",
        "consent": {"call": True, "text": "I agree to calls by an AI assistant.", "at": "2026-09-15T10:14:00-07:00"},
    }  # fmt: skip
    call_id = await stage.api.call_of(await stage.api.send_form(form), within_s=30.0)
    following = asyncio.create_task(follow(stage, call_id, caller))
    try:
        moment = ("the agent speaks", "the caller speaks", "nobody speaks")[number % 3]
        await wait_for("the question about the time", lambda: caller.asked == "timeline")
        if moment == "the caller speaks":
            await wait_for("the answer", lambda: caller.speaking and caller.at > 10 * FRAME_BYTES)
        elif moment == "nobody speaks":
            await wait_for("silence", lambda: time.monotonic() - caller.heard_at[-1] > 0.5)
        else:
            sounded = len(caller.heard_at)
            await wait_for("the agent's voice", lambda: len(caller.heard_at) > sounded + 10)
        known = {e.facts["slot"]: e.facts["value"] for e in await entries(stage, call_id) if e.kind == "slot"}
        call = stage.network.calls[-1]
        legs = len(call.media_legs)
        killed_at, caller.waiting = time.monotonic(), True
        await stage.servers[0].kill()
        if restart:
            await stage.servers[0].start()
        await wait_for("the next media socket", lambda: len(call.media_legs) > legs and call.media_legs[-1].sent > 0)
        rejoined_at = time.monotonic()
        await wait_for("the agent's voice", lambda: caller.heard_at[-1] > rejoined_at)
        voice_at = next(at for at in caller.heard_at if at > rejoined_at)
        caller.stopping, caller.waiting = True, False
        await wait_for("the end of the call", lambda: bool(caller.end_status))
        async with stage.database.read() as tx:
            record = await calls.read(tx, call_id)
            for _ in range(100):
                if record is not None and record.state not in calls.UNDER_WAY:
                    break
                await asyncio.sleep(0.1)
                record = None
        async with stage.database.read() as tx:
            record, result = await calls.read(tx, call_id), await calls.result(tx, call_id)
    finally:
        following.cancel()
    found = {answer.slot: answer.value for answer in result.answers} if result is not None else {}
    lost = tuple(str(slot) for slot, value in known.items() if found.get(str(slot)) != value)
    ended = [entry for entry in await entries(stage, call_id) if entry.kind == "ended"]
    state = record.state if record is not None else "no record"
    return Run(moment, rejoined_at - killed_at, voice_at - killed_at, lost, len(ended), state)


async def spoken(words: str) -> bytes:
    voice = await caller_voice()
    return b"".join([piece async for piece in voice.speak(words)])


def show(run: Run) -> None:
    lost = ", ".join(run.lost) or "nothing"
    print(
        f"  killed while {run.moment:18} line back {run.rejoined_s:5.2f} s   voice {run.voice_s:5.2f} s   "
        f"slots lost: {lost}   records: {run.records} ({run.state})",
        flush=True,
    )


async def main() -> None:
    suite = load_suite(shipped_scenarios("home_services"))
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    sounds = {words: await spoken(words) for words in (*ANSWERS.values(), STOP)}
    clock = suite.get("hs01").clock
    for told in (True, False):
        folder = Path(tempfile.mkdtemp(prefix="leadline-takeover-"))
        async with Stage(folder, text, lambda line: None, clock, servers=2) as stage:
            stage.network.tells_of_drops = told
            await stage.open_calendar(suite.get("hs01"))
            runs = []
            print(f"two processes, the drop is {'told to us' if told else 'not told'} by the carrier:", flush=True)
            for number in range(RUNS):
                if number:
                    await stage.servers[0].start()
                    await stage.servers[0].ready()
                runs.append(await one_run(stage, sounds, number + 50 * told, restart=False))
                show(runs[-1])
            times = [run.voice_s for run in runs]
            print(f"  kill to the agent's voice: p50 {percentile(times, 0.5):.2f} s, max {max(times):.2f} s (target 4)")
    folder = Path(tempfile.mkdtemp(prefix="leadline-takeover-"))
    async with Stage(folder, text, lambda line: None, clock) as stage:
        await stage.open_calendar(suite.get("hs01"))
        print("a single process that is started again at once (no target):", flush=True)
        show(await one_run(stage, sounds, 0, restart=True))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

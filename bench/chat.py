"""What trying a draft out costs: an answer in the chat, a talk held again, a caller, and all callers in their process.

    python bench/chat.py

With this machine's own sentence model where it is installed, as in calls; over HTTP on loopback without it, so that
what the API adds is seen.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.model import Flow
from engine.schedule import ScratchCalendar
from engine.sdk import Lead
from engine.sdk.registry import discover
from engine.simulate.chat import ChatSetting, DraftChat, Move, hold
from engine.simulate.judge import percentile
from engine.simulate.play import encoder_if_installed
from tests.support.api import leadline

LINES = (
    "Yes, speaking. What does it cost?",
    "Roof repair, there is a leak over the kitchen.",
    "A house.",
    "Nine four one one oh.",
    "We own it.",
    "This week would be good.",
    "Do you also do gutters?",
    "The first one is fine.",
    "Yes, please.",
    "1200 18th Street.",
    "No email, a text is fine.",
    "No, that's all.",
)
FLOW = "home_services"
TALKS = 20


def chat(flow: Flow, model: OfflineModel) -> DraftChat:
    zone = flow.seller.zone
    setting = ChatSetting(
        Lead("lead", "Dana", "Reyes", "+14155550123", form={"service": "Roof repair"}),
        datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo(zone)),
        {"main": ScratchCalendar(zone)},
    )
    return DraftChat(flow, discover(), model, setting)


async def answers(model: OfflineModel) -> list[float]:
    """Milliseconds an answer, in the conversation alone."""
    flow = shipped.load(FLOW).flow
    model.prepare(flow)
    took = []
    for _ in range(TALKS):
        here = chat(flow, model)
        await hold(here, [Move("picks_up", "Hello?"), *(Move("says", line) for line in LINES)])
        took += [1000 * turn.took_s for turn in here.turns]
    return took


async def over_http() -> tuple[list[float], list[float]]:
    """Milliseconds an answer, and of a whole talk that is held again, as a page of the builder waits for them."""
    took, again = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with leadline(Path(folder)) as house:
            for _ in range(5):
                begun = await house.client.post("/test-chats", json={"flow_id": f"{FLOW}_v1"})
                path = f"/test-chats/{begun.json()['id']}"
                for line in LINES:
                    began = time.perf_counter()
                    answer = await house.client.post(f"{path}/says", json={"text": line})
                    took.append(1000 * (time.perf_counter() - began))
                    if answer.json()["over"]:
                        break
                began = time.perf_counter()
                await house.client.post(f"{path}/restart", json={"keep": True})
                again.append(1000 * (time.perf_counter() - began))
    return took, again


async def callers() -> tuple[list[float], float]:
    """Milliseconds a caller, and seconds from the start of their process to its end."""
    order = json.dumps({"text": shipped.load(FLOW).save()})
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine.simulate.caller_runs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate(order.encode() + b"\n")
    total_s = time.perf_counter() - began
    rows = [json.loads(line)["row"] for line in told.splitlines() if b'"row"' in line]
    assert all(row["state"] == "passed" for row in rows), [row["scenario"] for row in rows if row["state"] != "passed"]
    return [row["took_ms"] for row in rows], total_s


def show(what: str, took: list[float]) -> None:
    middle, late = statistics.median(took), percentile(took, 0.95)
    print(f"{what:58} p50 {middle:7.1f} ms   p95 {late or 0.0:7.1f} ms   n {len(took)}")


async def main() -> None:
    encoder = await encoder_if_installed()
    print("sentence model:", "this machine's" if encoder is not None else "not installed (character n-grams)")
    show("an answer, in the conversation", await answers(OfflineModel(encoder)))
    took, again = await over_http()
    show("an answer, over HTTP with its reasons (n-grams)", took)
    show("a talk of a dozen turns held again, over HTTP (n-grams)", again)
    each, total_s = await callers()
    show("a caller of the shipped flow, in a process of its own", each)
    print(f"all {len(each)} callers, from the start of their process to its end: {total_s:.1f} s")


if __name__ == "__main__":
    asyncio.run(main())

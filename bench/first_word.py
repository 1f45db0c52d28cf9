"""How long somebody who says hello waits for our first word: `python -m bench.first_word` (about three minutes).

Real calls over the loopback network, with the speech engines of this machine. The phone says "Hello?", and measures at
its earpiece: from its own last audible sample to our first. Prints median, 95th percentile and longest, each with its
share of the target, for phones that are picked up after 0.2 s, after 3 s, and three at once; then what the caller hears
when voice or dialogue hang (real floor, pacer and session on virtual time); then how long the opening of each state
takes with this machine's voice.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from engine.call.facts import flow_facts, opening_names
from engine.call.first_word import FirstWord
from engine.call.fixed_audio import FixedAudio
from engine.call.floor_settings import GREET_WITHIN_S, LEGAL_S
from engine.call.known_lines import late_greeting
from engine.call.session import Session
from engine.call.session_settings import SessionSettings
from engine.compliance import Duties
from engine.dialogue.openings import GO_ON_OR_END, opening
from engine.dialogue.template import fill
from engine.flow import shipped
from engine.flow.model import Flow
from engine.simulate.judge import percentile
from engine.simulate.network import ToneOrFilePhone
from engine.simulate.stage import Stage
from engine.speech.audio import seconds
from engine.speech.pcm import level_db
from engine.speech.ports import TextToSpeech
from engine.speech.stack import caller_voice, load_local
from tests.support.call_fakes import Engines, FakeCarrier, FakeConversation, FakeStt, Fault, Notes, needs, says, tone
from tests.support.virtual_time import VirtualLoop

TARGET_MS: Final = 400.0
AUDIBLE_DB: Final = -45.0
HELLO_AFTER_S: Final = 0.5
TALK_S: Final = 5.0
OPENING_S: Final = 12.0
"""Target for the whole opening (compliance.md, section 5)."""

SAID_IN_STATE: Final = (("ct", "question", 10.0), ("nj", "number", 30.0))


class SaysHello(ToneOrFilePhone):
    """Notes when its own hello ended and when it heard the agent first. Monotonic seconds."""

    def __init__(self, hello: bytes, answer_after_s: float) -> None:
        super().__init__(
            hello, answer_after_s=answer_after_s, start_after_s=HELLO_AFTER_S, hang_up_after_s=TALK_S + HELLO_AFTER_S
        )
        self.hello_over = self.first_word = 0.0
        self.over = asyncio.Event()

    def ended(self, status: str) -> None:
        super().ended(status)
        self.over.set()

    def next_frame(self) -> bytes:
        frame = super().next_frame()
        if level_db(frame) > AUDIBLE_DB:
            self.hello_over = time.monotonic()
        return frame

    def heard(self, frame: bytes) -> None:
        if not self.first_word and level_db(frame) > AUDIBLE_DB:
            self.first_word = time.monotonic()

    @property
    def waited_ms(self) -> float | None:
        return 1000 * (self.first_word - self.hello_over) if self.first_word and self.hello_over else None


async def call(stage: Stage, hello: bytes, number: str, answer_after_s: float) -> float | None:
    phone = SaysHello(hello, answer_after_s)
    stage.network.register(number, lambda: phone)
    form = {
        "id": f"{number}-{time.time_ns()}",
        "first_name": "Dana",
        "last_name": "Reyes",
        "phone": number,
        "country": "US",
        "flow": stage.flow.id,
        "answers": {"service": "Roof repair"},
        "consent": {
            "call": True,
            "text": f"I agree to be called by {stage.flow.seller.say_as}, also by an AI assistant.",
            "at": (datetime.now(UTC) - timedelta(seconds=5)).isoformat(),
        },
        "page_url": "https://example.com/quote",
    }
    lead_id = await stage.api.send_form(form)
    try:
        async with asyncio.timeout(60):
            await phone.over.wait()
    except TimeoutError:
        sys.exit(f"A call did not come about. {await stage.api.why_not_called(lead_id)}")
    return phone.waited_ms


def line(what: str, waits: Sequence[float | None]) -> None:
    heard = [each for each in waits if each is not None]
    if not heard:
        print(f"{what:44} nothing was heard in {len(waits)} calls")
        return
    lost = f", {len(waits) - len(heard)} heard nothing" if len(heard) < len(waits) else ""
    median, high, longest = percentile(heard, 0.5), percentile(heard, 0.95), max(heard)
    print(
        f"{what:44} {len(heard):3} calls{lost}  p50 {median:4.0f} ms ({median / TARGET_MS:.2f} of the target)  "
        f"p95 {high:4.0f} ms ({high / TARGET_MS:.2f})  "
        f"longest {longest:4.0f} ms ({longest / 1000 / LEGAL_S:.2f} of the law's)"
    )


async def spoken() -> None:
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        async with Stage(Path(folder), text, lambda line: None) as stage:
            voice = await caller_voice()
            hello = b"".join([piece async for piece in voice.speak("Hello?")])
            numbers = (f"+1415555{each:04d}" for each in range(110, 200))
            await call(stage, hello, next(numbers), 1.0)  # whatever is made once is made now
            for after in (0.2, 3.0):
                waits = [await call(stage, hello, next(numbers), after) for _ in range(8)]
                line(f"picked up after {after:g} s", waits)
            together: list[float | None] = []
            for _ in range(4):
                together += await asyncio.gather(*(call(stage, hello, next(numbers), 0.2) for _ in range(3)))
            line("three calls at once, picked up after 0.2 s", together)


async def hanging(engines: Engines, delay: float) -> float:
    """Milliseconds to our first word when something hangs."""
    loop = asyncio.get_running_loop()
    flow = shipped.load("home_services").flow
    greeting = late_greeting(flow)
    fixed = FixedAudio(engines.tts)
    fixed.keep(greeting, tone(0.06 * len(greeting)))
    carrier, heard = FakeCarrier(loop.time), list[FirstWord]()

    async def hang_up() -> None:
        return None

    session = Session(
        carrier, engines.stack, FakeConversation(says("Hi, this is Robin."), delay=delay), Notes(), hang_up, needs,
        fixed=fixed, settings=SessionSettings(greeting=greeting), clock=loop.time, answered_at=loop.time(),
        spoke=heard.append,
    )  # fmt: skip
    talk = asyncio.create_task(session.run())
    carrier.say(1, 0.4, after=0.3)
    await asyncio.sleep(8.0)
    carrier.hang_up()
    await talk
    return float(heard[0].delay_ms)


def in_virtual_time(engines: Engines, delay: float = 0.02) -> float:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(hanging(engines, delay))
    finally:
        loop.close()


def what_hangs() -> None:
    voice, ear = Engines(FakeStt({1: "Hello?"})), Engines(FakeStt({1: "Hello?"}, fault=Fault("hang")))
    voice.tts.fault = Fault("hang")
    for what, waited in (
        ("the voice hangs", in_virtual_time(voice)),
        ("the recogniser hangs", in_virtual_time(ear)),
        ("the dialogue, or a look-up before it, hangs", in_virtual_time(Engines(FakeStt({1: "Hello?"})), 1000.0)),
    ):
        share = waited / 1000 / GREET_WITHIN_S
        law = waited / 1000 / LEGAL_S
        print(f"{what:44} first word after {waited:4.0f} ms ({share:.2f} of our bound, {law:.2f} of the law's)")


async def lasts(voice: TextToSpeech, flow: Flow) -> None:
    facts = flow_facts(flow) | {"first_name": "Dana", "topic": "roof repair"}
    card = next(each for each in flow.nodes if each.id == "opening")
    text = fill(str(card.settings["text"]), facts)
    for where in ("base", "ny", "ct", "nj", "wa"):
        at, marks = 0.0, {}
        for part in opening(text, ("identity", "ai", "recording", "opt_out"), opening_names(flow), Duties(where)):  # type: ignore[arg-type]
            at += seconds(b"".join([piece async for piece in voice.speak(part.text)]))
            marks |= {"number": at} if "phone" in part.discloses else {}
            marks |= {"question": at} if part.text == GO_ON_OR_END else {}
        within = [
            f"{name} after {marks[name]:.1f} s ({marks[name] / limit:.2f} of the law's)"
            for state, name, limit in SAID_IN_STATE
            if state == where
        ]
        print(f"opening {flow.id:18} {where:5} {at:5.1f} s ({at / OPENING_S:.2f} of the target)  {', '.join(within)}")


async def main() -> None:
    await spoken()
    voice = (await load_local()).tts
    for name in ("home_services", "solar", "dental"):
        await lasts(voice, shipped.load(name).flow)


if __name__ == "__main__":
    what_hangs()
    asyncio.run(main())

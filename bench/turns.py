"""What drafting ahead is worth, and what it costs: `python -m bench.turns` (half a minute, on virtual time).

Two figures. *Response*: whole calls through the real shell, turn-taking and conversation, with a model and engines of
scripted delays, with and without the answer being begun before the turn is over. *Waste*: the caller scenarios that
ship, their lines spoken with pauses as people make them, through the real turn-taking machine; every token counted.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from engine.call import floor_events as ev
from engine.call.acts import Act
from engine.call.conversation import FlowConversation
from engine.call.fixed_audio import FixedAudio
from engine.call.floor import Floor
from engine.call.floor_settings import FloorSettings
from engine.call.live import Tally
from engine.call.scene import CallTalk
from engine.call.session import Session
from engine.call.session_settings import LINES, SessionSettings
from engine.flow import shipped
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from engine.sdk.registry import discover
from engine.simulate.judge import percentile
from engine.simulate.pace import SPEECH_WORDS_PER_S
from engine.simulate.runner import playable
from engine.simulate.scenario import Suite, load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.text_call import Notebook, TextCall, TextOutside
from engine.speech.endpointing import silence_needed
from tests.support.call_fakes import Engines, FakeCarrier, FakeStt, FakeTts, Notes
from tests.support.hosted import HostedModel
from tests.support.talk import DANA, FREE, START
from tests.support.virtual_time import VirtualLoop

COMMANDS_S, PIECE_S, SPEECH_TEXT_S, FIRST_SOUND_S = 0.35, 0.02, 0.1, 0.1
"""A model's commands after 350 ms, then a word every 20 ms; the recogniser 100 ms, the voice 100 ms."""

CALLER = {1: "Yes, it is.", 2: "The roof is leaking.", 3: "It's a house.", 4: "94110.", 5: "This week.", 6: "I own it."}

PAUSE_SHARE, PAUSE_S = 0.25, (0.25, 1.0)
"""At a quarter of the places where a line could be broken, the caller pauses for so long."""

VERDICTS_RIGHT = 0.9
"""How often the end-of-turn model is taken to be right (embedded-speech.md)."""


async def response(ahead: float) -> list[float]:
    """Response times in ms over one call. `ahead`: seconds before the end of the turn at which the answer is begun."""
    loop = asyncio.get_running_loop()
    model = HostedModel(command_s=COMMANDS_S, piece_s=PIECE_S)
    engines = Engines(FakeStt(CALLER, delay=SPEECH_TEXT_S), FakeTts(FIRST_SOUND_S))
    fixed = FixedAudio(engines.tts)
    await fixed.prepare(LINES.values())
    lines = iter(CALLER)
    carrier = FakeCarrier(loop.time, lambda: (line, 1.0) if (line := next(lines, 0)) else None)
    outside = TextOutside({"main": MemoryCalendar(FREE)})
    talk = CallTalk("call_1", shipped.load("home_services").flow, DANA, lambda at: START + timedelta(seconds=at))
    tally = Tally(Notebook())
    conversation = FlowConversation(talk, discover(), model, outside, tally)

    async def hang_up() -> None:
        return None

    session = Session(
        carrier, engines.stack, conversation, Notes(), hang_up, silence_needed, fixed=fixed,
        settings=SessionSettings(floor=FloorSettings(draft_ahead=ahead)), clock=loop.time, answered_at=loop.time(),
    )  # fmt: skip
    task = asyncio.create_task(session.run())
    while len(tally.response_ms) < len(CALLER) and loop.time() < 300 and not task.done():
        await asyncio.wait({task}, timeout=0.1)
    carrier.hang_up()
    await task
    return tally.response_ms


def parts(line: str, chance: random.Random) -> Iterator[tuple[str, float]]:
    """A line cut where people pause: the words up to there, and how long the pause is."""
    places = [match.end() for match in re.finditer(r"[,.;:?!]+\s+|\s+(?=and|but|so|because|or)\b", line)]
    for place in places:
        if chance.random() < PAUSE_SHARE:
            yield line[:place].strip(), chance.uniform(*PAUSE_S)
    yield line, 9.0


def drafts(line: str, chance: random.Random) -> Iterator[str]:
    """The words on which the turn-taking machine begins an answer while `line` is spoken, one after the other."""
    floor = Floor(FloorSettings(), silence_needed, 600.0)
    now, out = 0.0, list(floor.receive(ev.LineOpened(), 0.0))
    answered: set[int] = set()
    words, over = "", 0.5

    def windows(seconds: float, probability: float) -> None:
        nonlocal now
        for _ in range(round(seconds / 0.032)):
            now += 0.032
            while (timer := floor.timer()) is not None and timer <= now:
                out.extend(floor.handle_timer(timer))
            out.extend(floor.receive(ev.VoiceWindow(probability), now))
            asked = [each.draft for each in out if isinstance(each, ev.Draft) and each.draft not in answered]
            for draft in asked:
                answered.add(draft)
                out.extend(floor.receive(ev.Verdict(draft, over), now))
                out.extend(floor.receive(ev.DraftReady(draft, words), now))

    windows(2.0, 0.01)
    out.extend(floor.receive(ev.ReplyListen("speech", 30.0), now))
    spoken = 0
    for words, pause in parts(line, chance):
        over = 0.9 if (words == line) == (chance.random() < VERDICTS_RIGHT) else 0.1
        windows(max(0.4, (len(words.split()) - spoken) / SPEECH_WORDS_PER_S), 0.98)
        spoken = len(words.split())
        windows(min(pause, 4.0), 0.01)
        if any(isinstance(each, ev.Commit) for each in out):
            break
    for each in out:
        if isinstance(each, ev.DraftReply):
            yield each.text


class Hesitant:
    """A conversation whose caller pauses within each line, so that answers are begun and dropped."""

    def __init__(self, talk: FlowConversation, chance: random.Random) -> None:
        self._talk, self._chance = talk, chance

    def __getattr__(self, name: str) -> object:
        return getattr(self._talk, name)

    async def heard(self, words: str, now: float) -> AsyncIterator[Act]:
        for text in drafts(words, self._chance):
            self._talk.drop_draft()
            self._talk.draft(text, now)
            await asyncio.sleep(0.001)
        async for act in self._talk.heard(words, now):
            yield act


async def waste(suite: Suite, flow: Flow, chance: random.Random) -> tuple[int, int, int, int]:
    """Turns, requests, tokens, and those spent in vain, over all scenarios of a suite."""
    turns = requests = tokens = wasted = 0
    for scenario in playable(suite, "text"):
        model = HostedModel()
        call = TextCall(suite, scenario, flow, discover(), model)
        call.conversation = Hesitant(call.conversation, chance)  # type: ignore[assignment]  # it is one, with pauses
        await call.play()
        await asyncio.sleep(0.01)
        for kind, _, facts in call.notebook.notes:
            turns += kind == "understood"
            if kind == "model_spent":
                cost = int(str(facts["prompt_tokens"])) + int(str(facts["output_tokens"]))
                requests, tokens = requests + 1, tokens + cost
                wasted += cost if facts["wasted"] else 0
    return turns, requests, tokens, wasted


def main() -> None:
    for name, ahead in (("without drafting", -9.0), ("with drafting", FloorSettings().draft_ahead)):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            times = runner.run(response(ahead))
        middle, slow = percentile(times, 0.5), percentile(times, 0.95)
        print(f"response {name:17} p50 / p95  {middle:6.0f} / {slow:.0f} ms  ({len(times)} turns)")
    totals = [0, 0, 0, 0]
    for name in ("home_services", "solar", "dental"):
        suite = load_suite(shipped_scenarios(name))
        counted = asyncio.run(waste(suite, shipped.load(name).flow, random.Random(7)))
        totals = [a + b for a, b in zip(totals, counted, strict=True)]
    turns, requests, tokens, wasted = totals
    print(f"requests a turn                    {requests / turns:6.2f}  ({turns} turns)")
    print(f"tokens a turn                      {tokens / turns:6.0f}")
    print(f"tokens spent in vain               {100 * wasted / tokens:6.1f} % of all (allowed: 35 %)")


if __name__ == "__main__":
    main()

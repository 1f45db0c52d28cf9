"""Lines known beforehand: made once, kept on disk if nothing of a lead is in them, never spoken in a foreign voice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.call.known_lines import by_heart, for_all_leads
from engine.call.line_files import LineFiles
from engine.call.line_pace import rank
from engine.call.lines_ahead import LinesAhead
from engine.compliance import Duties
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.model import Flow
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.sdk.registry import discover
from engine.speech.ports import SpeechError, TextToSpeech
from engine.speech.second_voice import SecondVoice
from tests.support import call_fakes
from tests.support.virtual_time import in_virtual_time

KORE, PUCK, HEART = "google/en-US-Chirp3-HD-Kore/1", "google/en-US-Chirp3-HD-Puck/1", "local/heart/1"


@dataclass
class Counting(TextToSpeech):
    """`broken`: why it cannot speak."""

    name: str = KORE
    broken: ProblemKind | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def voice(self) -> str:
        return self.name

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.asked.append(text)
        if self.broken:
            problem = ProviderProblem(self.broken, "It is broken.")
            raise SpeechError(str(problem), problem)
        yield f"{self.name}: {text}".encode()


async def test_a_line_is_made_once_for_all_calls_and_once_for_all_starts(tmp_path: Path) -> None:
    for start in range(2):
        voice = Counting()
        lines = FixedAudio(voice, files=LineFiles(tmp_path / "lines"))
        assert await lines.prepare(["Hello.", "Hello.", " "], lasting=True) == []
        assert await lines.prepare(["Hello."], lasting=True) == []
        assert voice.asked == (["Hello."] if start == 0 else [])
        assert lines.get("Hello.") == f"{KORE}: Hello.".encode()


async def test_a_line_with_facts_of_a_lead_never_reaches_the_disk(tmp_path: Path) -> None:
    lines = FixedAudio(Counting(), files=LineFiles(tmp_path / "lines"))
    await lines.prepare(["Hi, is this Dana?"])
    assert lines.get("Hi, is this Dana?") is not None
    assert not (tmp_path / "lines").exists()


async def test_lines_of_another_voice_or_rate_are_other_lines(tmp_path: Path) -> None:
    files = LineFiles(tmp_path)
    await FixedAudio(Counting(KORE), files=files).prepare(["Hello."], lasting=True)
    for name in (PUCK, "google/en-US-Chirp3-HD-Kore/1.2", HEART):
        voice = Counting(name)
        await FixedAudio(voice, files=files).prepare(["Hello."], lasting=True)
        assert voice.asked == ["Hello."]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: b"\1" + data[1:],
        lambda data: b"",
        lambda data: data[:32],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    ],
)
async def test_a_damaged_file_is_no_file(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    files = LineFiles(tmp_path)
    assert files.write(KORE, "Hello.", b"0123456789abcdef")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert files.read(KORE, "Hello.") is None
    assert list(tmp_path.iterdir()) == []
    assert files.write(KORE, "Hello.", b"good") and files.read(KORE, "Hello.") == b"good"


def test_lines_that_were_not_used_for_longest_make_room(tmp_path: Path) -> None:
    files = LineFiles(tmp_path, at_most_bytes=3 * 132)
    for at, text in enumerate(("one", "two", "three")):
        files.write(KORE, text, bytes(100))
        for file in tmp_path.iterdir():
            if file.stat().st_mtime > 1_000:
                os.utime(file, (at + 1, at + 1))
    assert files.read(KORE, "one") is not None  # used just now
    files.write(KORE, "four", bytes(100))
    assert [files.read(KORE, text) is not None for text in ("one", "two", "three", "four")] == [True, False, True, True]


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_lines(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("in the way")
    files = LineFiles(tmp_path / "lines")
    assert not files.write(KORE, "Hello.", b"sound")
    assert files.read(KORE, "Hello.") is None


async def test_memory_is_bounded(tmp_path: Path) -> None:
    lines = FixedAudio(Counting(), at_most_bytes=100)
    for text in ("one", "two", "three"):
        lines.keep(text, bytes(60))
    assert [lines.get(text) is not None for text in ("one", "two", "three")] == [False, False, True]
    assert lines.any("one") is None and lines.any("three") is not None


@in_virtual_time
async def test_a_line_that_a_second_voice_had_to_speak_is_its_line_and_is_told_as_failed() -> None:
    first = Counting(KORE, broken=ProblemKind.WRONG_KEY)
    lines = FixedAudio(SecondVoice((first, Counting(HEART))))
    assert await lines.prepare(["Hello."]) == ["Hello."]
    assert lines.get("Hello.") is None
    assert lines.get("Hello.", HEART) == lines.any("Hello.") == f"{HEART}: Hello.".encode()


# Made ahead, when a flow is published.


def flow() -> Flow:
    return shipped.load("home_services").flow


def test_lines_made_ahead_hold_nothing_of_a_lead_and_no_placeholder() -> None:
    types = discover()
    lines = for_all_leads(flow(), types)
    assert len(lines) > 20
    assert not any("{" in line for line in lines)
    assert any(flow().seller.say_as in line for line in lines), "facts of the seller are filled in"
    held_back = [line for line in by_heart(flow(), types, {}, Duties(), inbound=False) if "{first_name}" in line]
    assert held_back, "the shipped flow greets by name"


def ahead(voice: TextToSpeech, fixed: FixedAudio | None = None, calls: Callable[[], int] = lambda: 0) -> LinesAhead:
    speech = call_fakes.Engines(call_fakes.FakeStt({})).stack
    return LinesAhead(Engines(speech, OfflineModel(), fixed or FixedAudio(voice)), discover(), calls)


@in_virtual_time
async def test_publishing_makes_the_lines_in_the_background_and_says_how_it_stands() -> None:
    voice = Counting()
    lines = ahead(voice)
    running = asyncio.create_task(lines.run())
    lines.expect(flow())
    assert voice.asked == [] and lines.ready(flow().id) is None
    await asyncio.sleep(10)
    ready = lines.ready(flow().id)
    assert ready is not None and not ready.done
    await asyncio.sleep(110)
    ready = lines.ready(flow().id)
    assert ready is not None and ready.done and ready.failed == ()
    assert ready.wanted == len(voice.asked) and ready.voice == KORE
    running.cancel()


@in_virtual_time
async def test_lines_that_could_not_be_made_are_told_and_tried_again() -> None:
    voice = Counting(broken=ProblemKind.UNREACHABLE)
    lines = ahead(voice)
    running = asyncio.create_task(lines.run())
    lines.expect(flow())
    await asyncio.sleep(10)
    ready = lines.ready(flow().id)
    assert ready is not None and len(ready.failed) == ready.wanted
    assert len(voice.asked) == 3, "a voice that has failed three times rests"
    voice.broken = None
    await asyncio.sleep(150)
    ready = lines.ready(flow().id)
    assert ready is not None and ready.failed == ()
    running.cancel()


@in_virtual_time
async def test_the_local_voice_needs_no_lines_ahead() -> None:
    voice = Counting(HEART)
    lines = ahead(voice)
    running = asyncio.create_task(lines.run())
    lines.expect(flow())
    await asyncio.sleep(1.0)
    assert voice.asked == [] and lines.ready(flow().id) is None
    running.cancel()


@in_virtual_time
async def test_only_the_newest_version_of_a_flow_is_made_ready() -> None:
    voice = Counting()
    lines = ahead(voice)
    old = flow()
    lines.expect(old)
    lines.expect(old.model_copy(update={"version": old.version + 1}))
    running = asyncio.create_task(lines.run())
    await asyncio.sleep(120)
    ready = lines.ready(old.id)
    assert ready is not None and len(voice.asked) == ready.wanted
    running.cancel()


@in_virtual_time
async def test_lines_made_ahead_use_up_neither_the_trust_nor_the_second_voice_of_a_call() -> None:
    first, second = Counting(KORE, broken=ProblemKind.QUOTA), Counting(HEART)
    shared = SecondVoice((first, second))
    lines = ahead(shared)
    running = asyncio.create_task(lines.run())
    lines.expect(flow())
    await asyncio.sleep(10)
    assert len(first.asked) == 1, "when the quota is used up, nothing more is asked"
    assert second.asked == [], "a line in another voice is of no use"
    assert shared.for_call(lambda change: None).voice == KORE, "a call that begins now has the first voice"
    running.cancel()


@in_virtual_time
async def test_a_line_made_ahead_may_come_late_since_nobody_waits_for_it() -> None:
    class Slow(Counting):
        async def speak(self, text: str) -> AsyncIterator[bytes]:
            await asyncio.sleep(3.0)
            async for piece in super().speak(text):
                yield piece

    fixed = FixedAudio(SecondVoice((Slow(KORE), Counting(HEART))))
    assert await fixed.make("Hello.") is None
    assert fixed.get("Hello.", KORE) is not None


@in_virtual_time
@pytest.mark.parametrize(("calls", "seconds"), [(0, 1.0), (3, 4.0)])
async def test_lines_made_ahead_are_paced_and_slower_beside_calls(calls: int, seconds: float) -> None:
    times: list[float] = []

    class Timed(Counting):
        async def speak(self, text: str) -> AsyncIterator[bytes]:
            times.append(asyncio.get_running_loop().time())
            async for piece in super().speak(text):
                yield piece

    lines = ahead(Timed(), calls=lambda: calls)
    running = asyncio.create_task(lines.run())
    lines.expect(flow())
    await asyncio.sleep(60)
    assert len(times) == pytest.approx(60 / seconds, abs=1)
    assert min(after - before for before, after in pairwise(times)) >= seconds - 0.001
    running.cancel()


@in_virtual_time
async def test_lines_that_are_there_already_are_not_paced() -> None:
    voice = Counting()
    shared = FixedAudio(voice)
    for wait_s in (120, 0.5):
        lines = ahead(voice, shared)
        running = asyncio.create_task(lines.run())
        lines.expect(flow())
        await asyncio.sleep(wait_s)
        ready = lines.ready(flow().id)
        assert ready is not None and ready.done and len(voice.asked) == ready.wanted
        running.cancel()


async def test_a_line_made_ahead_is_known_after_the_next_start(tmp_path: Path) -> None:
    files = LineFiles(tmp_path)
    assert await FixedAudio(Counting(), files=files).make("Hello.") is None
    voice = Counting()
    lines = FixedAudio(voice, files=files)
    assert await lines.known("Hello.") and not await lines.known("Goodbye.")
    assert voice.asked == [] and lines.get("Hello.") is not None


@in_virtual_time
async def test_the_lines_of_flows_that_are_called_are_made_first() -> None:
    order: list[str] = []

    class Watching(LinesAhead):
        async def _make(self, flow: Flow) -> Sequence[str]:
            order.append(flow.id)
            return ()

    lines = Watching(Engines(call_fakes.Engines(call_fakes.FakeStt({})).stack, OfflineModel(), fixed()), discover())
    for name in ("idle_one", "default", "idle_two", "numbered"):
        each = flow().model_copy(update={"id": name})
        lines.expect(each, rank(name, {"default", "numbered"}))
    lines.expect(flow().model_copy(update={"id": "published now"}))
    running = asyncio.create_task(lines.run())
    await asyncio.sleep(1)
    assert order == ["published now", "default", "numbered", "idle_one", "idle_two"]
    running.cancel()


def fixed() -> FixedAudio:
    return FixedAudio(Counting())

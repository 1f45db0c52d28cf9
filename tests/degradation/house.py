"""One installation for many cells: the whole application with a simulated network, and for each cell a flow with
accounts and emulators of its own, so that one cell's fault is no other's."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from engine.api.engines import local_engines, open_pool
from engine.call.engines import Engines, EngineSource
from engine.call.fixed_audio import FixedAudio
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.providers.stored import vault_of
from engine.schedule.hours import Span, WorkingHours
from engine.sdk import Connection
from engine.settings import Settings
from engine.simulate.network.rest import TokenBucket
from engine.simulate.scenario import Suite, load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.speaking_caller import Channel
from engine.speech.local.moonshine import Moonshine
from engine.speech.ports import TextToSpeech
from engine.speech.stack import caller_voice, load_local, sentence_encoder
from engine.store import Database, connections, flows
from engine.store.appointments import CalendarSetup, save_setup
from tests.degradation.sound import CallerVoice, LocalVoice, QuickSound, SentenceListening, Sentences
from tests.emulators.google_speech.recogniser import Recogniser
from tests.emulators.google_voice import HibariSound
from tests.emulators.trio import Trio
from tests.support import call_fakes
from tests.support.api import Leadline, leadline

CLOCK = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
"""A Tuesday: the scenario's."""

SCENARIO = "hs02"


@dataclass
class Visit:
    """What one cell's call is held with."""

    number: str
    flow_id: str
    trio: Trio


class World(Protocol):
    """Where the sound comes from and who hears it. `channel`: the caller's line, None for a telephone's."""

    channel: Channel | None

    async def local(self) -> Engines: ...
    async def caller(self) -> TextToSpeech: ...
    async def trio(self, flow: Flow) -> Trio: ...


class _Clear:
    """A line without any loss: the numbers of sentences must arrive."""

    def frame(self, pcm: bytes) -> bytes:
        return pcm


class Scripted:
    """Scripted sound: light enough for several calls at once."""

    def __init__(self) -> None:
        self.channel: Channel | None = _Clear()
        self._sentences = Sentences()

    async def local(self) -> Engines:
        fakes = call_fakes.Engines(call_fakes.FakeStt(self._sentences.texts), tts=LocalVoice())
        return Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))

    async def caller(self) -> TextToSpeech:
        return CallerVoice(self._sentences)

    async def trio(self, flow: Flow) -> Trio:
        return Trio(SentenceListening(self._sentences), QuickSound(), OfflineModel(), [flow])


class Spoken:
    """Real voices over a telephone's sound, heard by the local models; one call at a time."""

    channel: Channel | None = None

    async def local(self) -> Engines:
        return await local_engines()

    async def caller(self) -> TextToSpeech:
        return await caller_voice()

    async def trio(self, flow: Flow) -> Trio:
        speech = await load_local()
        assert isinstance(speech.stt, Moonshine)
        model = OfflineModel(await sentence_encoder())
        return Trio(Recogniser(speech.stt), HibariSound(speech.tts), model, [flow])


@dataclass
class House:
    leadline: Leadline
    world: World
    suite: Suite
    voice: TextToSpeech
    _count: int = 0

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[Visit]:
        """A flow of its own that is served by emulators of its own."""
        self._count += 1
        name, number = f"cell{self._count}", f"+1415555{2000 + self._count:04d}"
        data = _flow(name)
        text = json.dumps(data)
        document = FlowDocument.load(text)
        async with await self.world.trio(document.flow) as trio:
            services = self.leadline.services
            now = datetime.now(UTC)
            async with services.database.begin() as tx:
                for (kind, settings), account in zip(trio.connections().values(), ("google", "gemini"), strict=True):
                    connection = Connection(f"{name}-{account}", kind, settings)
                    await connections.save(tx, vault_of(services.settings), connection, now)
                await flows.save_draft(tx, name, name, text, by="matrix", now=now)
                await flows.publish(tx, name, 1, text, by="matrix", now=now)
                await save_setup(tx, _calendar(name))
            yield Visit(number, name, trio)


def _flow(name: str) -> dict[str, Any]:
    """The shipped flow without its lane behind the call, which has tests of its own."""
    data = json.loads((shipped.folder() / "home_services.json").read_text(encoding="utf-8"))
    behind = {card["id"] for card in data["nodes"] if card["type"] in ("email", "webhook")}
    data["id"], data["version"], data["after_call"] = name, 1, []
    data["nodes"] = [card for card in data["nodes"] if card["id"] not in behind]
    data["edges"] = [edge for edge in data["edges"] if not {edge["from"]["node"], edge["to"]} & behind]
    for card in data["nodes"]:
        if "calendar" in card.get("settings", {}):
            card["settings"]["calendar"] = name
    data["providers"] = {
        "ear": {"use": "google", "connection": f"{name}-google"},
        "voice": {"use": "google", "connection": f"{name}-google"},
        "mind": {"use": "gemini", "connection": f"{name}-gemini"},
    }
    return data


def _calendar(name: str) -> CalendarSetup:
    free = {
        datetime(2026, 9, day, tzinfo=CLOCK.tzinfo).date(): (Span(60 * hour, 60 * hour + 60),)
        for day, hour in ((16, 14), (17, 10), (18, 15), (21, 9))
    }
    return CalendarSetup(name, "America/Los_Angeles", WorkingHours({}, free), step_min=60)


@asynccontextmanager
async def house(folder: Path, world: World) -> AsyncIterator[House]:
    """An application on a free port with a network of its own."""

    @asynccontextmanager
    async def engines(settings: Settings, database: Database) -> AsyncIterator[EngineSource]:
        async with open_pool(settings, database, await world.local()) as pool:
            yield pool

    offset = (CLOCK - datetime.now(UTC)).total_seconds()
    async with leadline(folder, engines=engines, clock_offset_s=offset, max_calls=50) as running:
        # The carrier's limit of calls a second is no part of the matrix.
        running.network._creates = TokenBucket(50.0, 50.0)
        running.network._requests = TokenBucket(100.0, 100.0)
        yield House(running, world, load_suite(shipped_scenarios("home_services")), await world.caller())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                while running.services.switchboard.calls:  # noqa: ASYNC110  calls tell nobody that they are over
                    await asyncio.sleep(0.05)

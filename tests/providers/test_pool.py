"""Which engines a call gets: opened once, shared, always with this machine's own behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.call.session_settings import LINES
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.model import Flow
from engine.providers.accounts import GeminiAccount, GoogleAccount
from engine.providers.choice import Ear, Mind, Voice
from engine.providers.pool import EnginePool, OpenedMind, Stored
from engine.sdk import Connection, ConnectionMissing
from engine.settings import Settings
from engine.speech.ports import SpeechError
from tests.support import call_fakes

GOOGLE = {"project": "leadline-dev", "speech_endpoint": "127.0.0.1:1", "voice_endpoint": "127.0.0.1:2"}


class HostedVoice(call_fakes.FakeTts):
    async def speak(self, text: str) -> AsyncIterator[bytes]:
        yield b"\1\0" * 320


@dataclass
class Opener:
    """Notes what it was asked to open, and what stands behind it."""

    opened: list[tuple[object, object]] = field(default_factory=list)
    behind: list[object] = field(default_factory=list)
    fails: str = ""
    closed: int = 0

    async def ear(self, ear: Ear, account: GoogleAccount, behind: Any, exits: AsyncExitStack) -> Any:
        return self._note(ear, account, behind, exits, call_fakes.FakeStt({}))

    async def voice(self, voice: Voice, account: GoogleAccount, behind: Any, exits: AsyncExitStack) -> Any:
        return self._note(voice, account, behind, exits, HostedVoice())

    async def mind(self, mind: Mind, account: GeminiAccount, behind: Any, exits: AsyncExitStack) -> Any:
        return OpenedMind(self._note(mind, account, behind, exits, OfflineModel()))

    def _note(self, choice: object, account: object, behind: object, exits: AsyncExitStack, engine: Any) -> Any:
        if self.fails:
            raise SpeechError(self.fails)
        self.opened.append((choice, account))
        self.behind.append(behind)
        exits.callback(self._close)
        return engine

    def _close(self) -> None:
        self.closed += 1


@dataclass
class House:
    """A pool with connections that can be changed."""

    connections: dict[str, Stored] = field(default_factory=dict)
    opener: Opener = field(default_factory=Opener)
    values: dict[str, Any] = field(default_factory=lambda: {"providers": "google"})

    def __post_init__(self) -> None:
        fakes = call_fakes.Engines(call_fakes.FakeStt({}))
        self.local = Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))
        self.save("google", "google", GOOGLE, 1)
        self.save("gemini", "gemini", {"api_key": "k"}, 1)
        self.now = 1000.0
        self.pool = EnginePool(
            Settings.model_validate(self.values), self.local, self.read, self.opener, now=lambda: self.now
        )

    def save(self, name: str, kind: str, settings: dict[str, str], minute: int) -> None:
        at = datetime(2026, 11, 26, 10, minute, tzinfo=UTC)
        self.connections[name] = Stored(Connection(name, kind, settings), at)

    async def read(self, name: str) -> Stored:
        await asyncio.sleep(0)
        if name not in self.connections:
            raise ConnectionMissing(f"No connection is called '{name}'.")
        return self.connections[name]


def flow(**providers: Any) -> Flow:
    return Flow.model_validate({**shipped.load("home_services").data, "providers": providers})


async def test_without_a_choice_no_connection_is_read_and_nothing_is_opened() -> None:
    house = House(values={})
    house.connections.clear()
    assert await house.pool.for_flow(flow()) is house.local


async def test_every_hosted_engine_has_this_machines_own_behind_it() -> None:
    house = House()
    engines = await house.pool.for_flow(flow())
    assert engines.speech.stt is not house.local.speech.stt
    assert house.opener.behind == [house.local.speech.stt, house.local.speech.tts, house.local.model]
    assert engines.speech.vad is house.local.speech.vad
    assert engines.order["voice"] == ("google Kore", "google en-US-Neural2-C", "local")
    assert engines.left_out == ()


async def test_calls_that_begin_together_share_one_opening() -> None:
    house = House()
    first, second = await asyncio.gather(house.pool.for_flow(flow()), house.pool.for_flow(flow()))
    assert len(house.opener.opened) == 3
    assert first.speech.stt is second.speech.stt
    assert first.fixed is second.fixed


async def test_lines_known_by_heart_sound_in_the_voice_that_speaks_the_rest() -> None:
    house = House()
    await house.pool.open([flow(voice={"use": "local"})])
    hosted = await house.pool.for_flow(flow())
    local_voice = await house.pool.for_flow(flow(voice={"use": "local"}))
    line = LINES["apology"]
    assert hosted.fixed.get(line) == b"\1\0" * 320
    assert local_voice.fixed is house.local.fixed
    assert local_voice.fixed.get(line) not in (None, hosted.fixed.get(line))
    assert local_voice.speech.stt is hosted.speech.stt, "the ear is the same, so it is shared"


async def test_a_missing_account_is_left_out_and_the_call_goes_on_with_this_machines_engine() -> None:
    house = House()
    del house.connections["gemini"]
    engines = await house.pool.for_flow(flow())
    assert engines.model is house.local.model
    assert [(each.part, each.problem) for each in engines.left_out] == [("mind", "No connection is called 'gemini'.")]
    assert engines.order["mind"] == ("offline",)
    assert engines.speech.stt is not house.local.speech.stt, "the others are not touched by it"


@pytest.mark.parametrize("kind", ["webhook", "gemini"])
async def test_an_account_of_the_wrong_kind_is_left_out(kind: str) -> None:
    house = House()
    house.save("google", kind, {"api_key": "x"}, 2)
    engines = await house.pool.for_flow(flow())
    assert {each.part for each in engines.left_out} == {"ear", "voice"}
    assert "of the kind" in engines.left_out[0].problem


async def test_an_engine_that_cannot_be_opened_is_left_out() -> None:
    house = House(opener=Opener(fails="Google does not know the key."))
    engines = await house.pool.for_flow(flow())
    assert {each.problem for each in engines.left_out} == {"Google does not know the key."}
    assert (engines.speech.stt, engines.speech.tts) == (house.local.speech.stt, house.local.speech.tts)


async def test_an_engine_that_could_not_be_opened_is_tried_again_after_a_minute_without_a_change() -> None:
    house = House(opener=Opener(fails="Google cannot be reached."))
    await house.pool.for_flow(flow())
    house.opener.fails = ""
    house.now += 59.0
    assert len((await house.pool.for_flow(flow())).left_out) == 3, "not at every call"
    house.now += 1.0
    engines = await house.pool.for_flow(flow())
    assert engines.left_out == ()
    assert engines.speech.stt is not house.local.speech.stt
    house.now += 600.0
    assert (await house.pool.for_flow(flow())).speech.stt is engines.speech.stt, "what is open stays open"
    assert len(house.opener.opened) == 3


async def test_an_engine_that_still_cannot_be_opened_waits_another_minute() -> None:
    house = House(opener=Opener(fails="Google cannot be reached."))
    await house.pool.for_flow(flow())
    house.now += 60.0
    house.opener.fails = "Google does not know the key."
    assert {each.problem for each in (await house.pool.for_flow(flow())).left_out} == {house.opener.fails}
    house.opener.fails = ""
    house.now += 59.0
    assert len((await house.pool.for_flow(flow())).left_out) == 3


async def test_a_changed_account_is_taken_up_by_the_next_call() -> None:
    house = House()
    before = await house.pool.for_flow(flow())
    house.save("google", "google", {**GOOGLE, "project": "leadline-two"}, 5)
    after = await house.pool.for_flow(flow())
    assert after.speech.stt is not before.speech.stt
    assert after.model is before.model
    assert GoogleAccount("leadline-two", speech_endpoint="127.0.0.1:1", voice_endpoint="127.0.0.1:2") in [
        account for _, account in house.opener.opened
    ]


async def test_engines_are_closed_with_the_process() -> None:
    house = House()
    await house.pool.open()
    assert house.opener.closed == 0
    await house.pool.close()
    assert house.opener.closed == 3

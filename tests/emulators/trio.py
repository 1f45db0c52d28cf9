"""Google's three services side by side: speech, voice and Gemini, with one set of engines behind them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any, Protocol

from engine.dialogue.offline import OfflineModel
from engine.flow.model import Flow
from tests.emulators.faults import FaultPlan
from tests.emulators.gemini import GeminiEmulator, OfflineBrain
from tests.emulators.google_speech import GoogleSpeechEmulator, Listening
from tests.emulators.google_voice import GoogleVoiceEmulator
from tests.emulators.google_voice.sound import Sound

KEY = "emulator"
PROJECT = "emulated-project"


class Emulator(Protocol):
    faults: FaultPlan

    @property
    def address(self) -> str: ...


class Trio:
    """`async with`: all three serve. `listening`, `sound`, `model`: what stands behind them."""

    def __init__(self, listening: Listening, sound: Sound, model: OfflineModel, flows: Iterable[Flow] = ()) -> None:
        self.speech = GoogleSpeechEmulator(listening)
        self.voice = GoogleVoiceEmulator(sound)
        self._brain = OfflineBrain(flows, model)
        self.gemini = GeminiEmulator(self._brain, keys=(KEY,), project=PROJECT)
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Trio:
        for each in (self.speech, self.voice, self.gemini):
            await self._exits.enter_async_context(each)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    def named(self, name: str) -> Emulator | None:
        return {"speech": self.speech, "voice": self.voice, "gemini": self.gemini}.get(name)

    def addresses(self) -> dict[str, str]:
        return {"speech": self.speech.address, "voice": self.voice.address, "gemini": self.gemini.address}

    def learn(self, flow: Flow) -> None:
        """Gemini's stand-in knows a flow only if it was told of it: requests hold no rules."""
        self._brain.flows[flow.id] = flow

    def requests(self, name: str) -> list[dict[str, Any]]:
        """What was asked, oldest first, without anybody's words."""
        match name:
            case "speech":
                return [
                    {"recognizer": each.recognizer, "seconds": round(each.received_s, 2), "ended": each.ended}
                    for each in self.speech.streams
                ]
            case "voice":
                return [
                    {"voice": each.voice, "characters": sum(map(len, each.texts)), "ended": each.ended}
                    for each in (*self.voice.streams, *self.voice.requests)
                ]
            case _:
                return [
                    {"model": each.model, "status": each.status, "complete": each.complete}
                    for each in self.gemini.served
                ]

    def connections(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Kind and settings of the connections that lead here, by name."""
        return {
            "google": (
                "google",
                {
                    "project": PROJECT,
                    "speech_endpoint": self.speech.address,
                    "voice_endpoint": self.voice.address,
                },
            ),
            "gemini": ("gemini", {"api_key": KEY, "endpoint": self.gemini.address}),
        }

"""Google's own SDK against the emulator, one server a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.mind.access import ApiKey, GeminiClient
from engine.mind.gemini import GeminiModel
from tests.emulators.gemini import GeminiEmulator


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiEmulator]:
    async with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
async def client(gemini: GeminiEmulator) -> AsyncIterator[GeminiClient]:
    client = GeminiClient(ApiKey("emulator"), gemini.address)
    yield client
    await client.aclose()


@pytest.fixture
def model(client: GeminiClient) -> GeminiModel:
    return GeminiModel(client)

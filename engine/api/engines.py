"""The speech and dialogue engines of this process, loaded before it takes a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from engine.call.engines import Engines, EngineSource
from engine.call.fixed_audio import FixedAudio
from engine.call.line_files import LineFiles
from engine.call.session_settings import LINES
from engine.dialogue.offline import OfflineModel
from engine.providers.hosted import HostedOpener
from engine.providers.pool import EnginePool
from engine.providers.stored import StoredConnections, newest_flows
from engine.settings import Settings
from engine.speech.stack import load_local, sentence_encoder
from engine.store import Database

OpenEngines = Callable[[Settings, Database], AbstractAsyncContextManager[EngineSource]]
"""Raises `SpeechError`: a missing model file says which, and how to get it."""


@asynccontextmanager
async def open_engines(settings: Settings, database: Database) -> AsyncIterator[EngineSource]:
    """The engines of this machine, and in front of them what the settings and the published flows choose."""
    async with open_pool(settings, database, await local_engines()) as pool:
        yield pool


@asynccontextmanager
async def open_pool(settings: Settings, database: Database, local: Engines) -> AsyncIterator[EnginePool]:
    """`local`: the engines of this machine. What is chosen is opened before the first call, so that none waits."""
    files = LineFiles(settings.data_dir / "lines")
    pool = EnginePool(settings, local, StoredConnections(settings, database), HostedOpener(), files)
    try:
        await pool.open(await newest_flows(database))
        yield pool
    finally:
        await pool.close()


async def local_engines() -> Engines:
    """Raises `SpeechError`."""
    speech = await load_local()
    encoder = await sentence_encoder()
    model = OfflineModel(encoder)
    fixed = FixedAudio(speech.tts)
    # The shell's own lines must sound even when the voice fails in the first call.
    await fixed.prepare(LINES.values())
    return Engines(speech, model, fixed, warm=model.prepare, encoder=encoder)

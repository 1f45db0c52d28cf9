"""`python -m tests.support.scripted_server`: the real web server with scripted speech engines, for tests that kill it.

Sentences that its recogniser knows come as JSON in the variable SCRIPTED_SENTENCES: number of the voice to its words.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop

from engine.api.app import create_app
from engine.api.server import Server, bind
from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.dialogue.offline import OfflineModel
from engine.settings import Settings, load
from engine.store import Database
from tests.support import call_fakes
from tests.support.api import QuickTts


async def serve() -> None:
    settings = load()
    known = {int(number): words for number, words in json.loads(os.environ["SCRIPTED_SENTENCES"]).items()}
    fakes = call_fakes.Engines(call_fakes.FakeStt(known), tts=QuickTts(second_per_letter=0.008))

    @asynccontextmanager
    async def engines(_: Settings, __: Database) -> AsyncIterator[Engines]:
        yield Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))

    app = create_app(settings, engines=engines)
    with bind(settings) as listener:
        async with app.router.lifespan_context(app):
            server = Server(app, settings.drain_s)
            server.config.lifespan = "off"
            server.config.fd = os.dup(listener.fileno())
            await server.serve()


if __name__ == "__main__":
    uvloop.run(serve())

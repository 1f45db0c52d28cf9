"""The real application on a free loopback port, with its simulated network and scripted speech engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from engine.api.app import create_app
from engine.api.engines import OpenEngines
from engine.api.server import Server, bind
from engine.api.services import Services
from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.dialogue.offline import OfflineModel
from engine.settings import Settings
from engine.simulate.network import LoopbackNetwork
from engine.store import Database, leads
from engine.supervisor import free_port
from tests.support import call_fakes
from tests.support.call_fakes import FakeTts, tone

TOKEN = "a-token-of-the-tests-0123456789"
PHONE = "+14155552671"
FORM = {
    "id": "form-1",
    "name": "Dana Reyes",
    "email": "dana.reyes@example.com",
    "phone": "(415) 555-2671",
    "consent": {"call": True, "text": "I agree to be called by an AI assistant."},
    "answers": {"service": "Roof repair", "zip": "94107"},
    "page_url": "https://harborline.example/quote",
}


@dataclass
class QuickTts(FakeTts):
    """2 ms a character, so that a call takes seconds."""

    second_per_letter: float = 0.002

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        await asyncio.sleep(0)
        yield tone(max(0.04, self.second_per_letter * len(text)))


@dataclass
class Leadline:
    """A running application. `client` has the token; `stranger` has not."""

    app: FastAPI
    server: Server
    client: httpx.AsyncClient
    stranger: httpx.AsyncClient
    settings: Settings

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @property
    def network(self) -> LoopbackNetwork:
        network: LoopbackNetwork = self.app.state.carrier.network
        return network

    async def send_form(self, **changes: object) -> httpx.Response:
        return await self.stranger.post("/leads/website", json={**FORM, **changes})

    async def call_again(self, lead_id: str) -> None:
        """The time of the lead's next attempt has come."""
        async with self.services.database.begin() as tx:
            await leads.plan_call(tx, lead_id, self.services.clock.now())
        self.services.dialer.wake()

    async def call_in(self, state: str, within_s: float = 20.0) -> dict[str, object]:
        """The newest call, once it has got to `state`."""
        async with asyncio.timeout(within_s):
            while True:
                found = (await self.client.get("/calls")).json()["calls"]
                if found and found[0]["state"] == state:
                    call: dict[str, object] = found[0]
                    return call
                await asyncio.sleep(0.05)


@asynccontextmanager
async def leadline(
    folder: Path,
    sentences: Mapping[int, str] | None = None,
    *,
    engines: OpenEngines | None = None,
    **settings: object,
) -> AsyncIterator[Leadline]:
    """`engines`: instead of scripted ones that hear `sentences`."""
    port = free_port()
    chosen = Settings.model_validate(
        {
            "data_dir": folder,
            "port": port,
            "public_url": f"http://127.0.0.1:{port}",
            "api_token": SecretStr(TOKEN),
            "drain_s": 30.0,
            **settings,
        }
    )
    fakes = call_fakes.Engines(call_fakes.FakeStt(sentences or {}), tts=QuickTts())

    @asynccontextmanager
    async def scripted(_: Settings, __: Database) -> AsyncIterator[Engines]:
        yield Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))

    app = create_app(chosen, engines=engines or scripted)
    with bind(chosen) as listener:
        async with app.router.lifespan_context(app):
            server = Server(app, chosen.drain_s, signals=False)
            server.config.lifespan = "off"
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:  # noqa: ASYNC110  uvicorn tells it by this flag only
                await asyncio.sleep(0.005)
            base = chosen.public_url
            try:
                async with (
                    httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
                    httpx.AsyncClient(base_url=base) as stranger,
                ):
                    yield Leadline(app, server, client, stranger, chosen)
            finally:
                server.should_exit = True
                await serving

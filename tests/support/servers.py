"""Several real web server processes on one database, behind one address, with a phone network beside them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from engine.settings import Settings
from engine.simulate.forwarder import forwarding
from engine.simulate.network import LoopbackNetwork, SilentPhone
from engine.simulate.network.credentials import demo_credentials
from engine.simulate.network.phone import Line
from engine.speech.audio import FRAME_BYTES, SILENCE
from engine.store import Database, calls, journal, processes
from engine.store.journal import Entry
from engine.supervisor import free_port
from tests.support.api import FORM, TOKEN
from tests.support.call_fakes import audible, voice_frame

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class ServerProcess:
    """One web server. `port`: its own, behind the common address."""

    port: int
    environment: Mapping[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.support.scripted_server",
                cwd=ROOT,
                env={**os.environ, **self.environment, "LEADLINE_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )

    async def ready(self, within_s: float = 60.0) -> None:
        async with asyncio.timeout(within_s), httpx.AsyncClient(trust_env=False) as client:
            while True:
                assert self.process is not None and self.process.returncode is None, self.log.read_text()[-2000:]
                try:
                    if (await client.get(f"http://127.0.0.1:{self.port}/ready")).status_code == httpx.codes.OK:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)

    def pause(self) -> None:
        """It does nothing at all until it is resumed or killed: as slow as a process can be."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.resume()
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 15)
            except TimeoutError:
                await self.kill()


@dataclass
class Servers:
    """`address`: of all of them together. `order`: ports to which new connections go, the first one that lives; may be
    changed while they run."""

    address: str
    processes: list[ServerProcess]
    network: LoopbackNetwork
    database: Database
    client: httpx.AsyncClient
    folder: Path
    settings: Settings
    order: list[int]

    async def send_form(self, **changes: object) -> httpx.Response:
        return (await self.client.post("/leads/website", json={**FORM, **changes})).raise_for_status()

    async def holder_of(self, call_id: str) -> ServerProcess:
        """The process that holds the call."""
        async with self.database.read() as tx:
            held = await processes.holding(tx, call_id=call_id)
        assert held is not None
        return next(each for each in self.processes if held.address.endswith(f":{each.port}"))

    async def count(self, name: str) -> int:
        """How often something has happened in all living processes together, by the name of its counter."""
        total = 0
        for each in self.processes:
            if each.process is not None and each.process.returncode is None:
                text = (await self.client.get(f"http://127.0.0.1:{each.port}/metrics")).text
                found = re.search(rf"^leadline_{name}_total (\d+)$", text, re.MULTILINE)
                total += int(found[1]) if found else 0
        return total

    async def only_call(self) -> str:
        async with asyncio.timeout(20):
            while True:
                async with self.database.read() as tx:
                    found = await calls.recent(tx)
                if found:
                    assert len(found) == 1
                    return found[0].id
                await asyncio.sleep(0.05)

    async def journal(self, call_id: str) -> list[Entry]:
        async with self.database.read() as tx:
            return list(await journal.read(tx, call_id))

    async def finished(self, call_id: str, within_s: float = 60.0) -> dict[str, object]:
        """The full record, once there is one."""
        async with asyncio.timeout(within_s):
            while True:
                async with self.database.read() as tx:
                    record = await calls.read(tx, call_id)
                if record is not None and record.state not in calls.UNDER_WAY:
                    break
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)  # the last entries of the journal follow the record
        full: dict[str, object] = (await self.client.get(f"/calls/{call_id}")).json()
        return full


@asynccontextmanager
async def servers(
    folder: Path,
    database_url: str,
    sentences: Mapping[int, str],
    *,
    count: int = 2,
    tells_of_drops: bool = True,
    in_turn: bool = False,
    **settings: str,
) -> AsyncIterator[Servers]:
    """`in_turn`: connections go to each process in turn, else to the first one that lives. `settings`: variables."""
    account = demo_credentials(folder / "carrier")
    port, ports = free_port(), [free_port() for _ in range(count)]
    address = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as exits:
        network = await exits.enter_async_context(
            LoopbackNetwork(
                folder / "carrier",
                application_id=account.application_id,
                api_key=account.api_key,
                signature_secret=account.signature_secret,
                public_key_pem=account.public_key_pem,
                tells_of_drops=tells_of_drops,
            )
        )
        environment = {
            "LEADLINE_DATA_DIR": str(folder),
            "LEADLINE_DATABASE_URL": database_url,
            "LEADLINE_PUBLIC_URL": address,
            "LEADLINE_API_TOKEN": TOKEN,
            "LEADLINE_DRAIN_S": "2",
            "LEADLINE_PHONE": "simulated",
            "LEADLINE_VONAGE_APPLICATION_ID": account.application_id,
            "LEADLINE_VONAGE_PRIVATE_KEY_PATH": str(account.private_key_file),
            "LEADLINE_VONAGE_API_KEY": account.api_key,
            "LEADLINE_VONAGE_SIGNATURE_SECRET": account.signature_secret,
            "LEADLINE_VONAGE_NUMBER": "+14155550100",
            "LEADLINE_VONAGE_API_HOST": network.api_host,
            "LEADLINE_VONAGE_CA_BUNDLE": str(network.ca_file),
            "SCRIPTED_SENTENCES": json.dumps(sentences),
            **settings,
        }
        started = [ServerProcess(each, environment, folder / f"server-{each}.log") for each in ports]
        for process in started:
            exits.push_async_callback(process.stop)
            await process.start()
        for process in started:
            await process.ready()
        order = list(ports)
        await exits.enter_async_context(forwarding(port, order, in_turn=in_turn))
        database = Database(database_url)
        exits.push_async_callback(database.close)
        client = await exits.enter_async_context(
            httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
        )
        chosen = Settings(data_dir=folder, clock_offset_s=float(settings.get("LEADLINE_CLOCK_OFFSET_S", "0")))
        yield Servers(address, started, network, database, client, folder, chosen, order)


@dataclass
class AnsweringPhone(SilentPhone):
    """A caller who answers what was asked: `answers` maps the journal's word for the question to a sentence's number.

    It hears only sound and silence; what was asked it reads in the journal (`asked`), as a person would hear it.
    """

    answers: Mapping[str, int]
    heard_at: list[float] = field(default_factory=list)
    """When a frame with sound in it came out of the earpiece; `time.monotonic`."""
    said: list[tuple[float, str]] = field(default_factory=list)
    asked: str | None = None
    speaking: list[bytes] = field(default_factory=list)
    line: Line | None = None

    def __post_init__(self) -> None:
        super().__init__()

    async def on_call(self, line: Line) -> None:
        self.line = line
        answered_at = 0.0
        while True:
            await asyncio.sleep(0.02)
            now = time.monotonic()
            last = self.heard_at[-1] if self.heard_at else 0.0
            if self.speaking or self.asked is None or last <= answered_at or now - last < 0.6:
                continue
            number = self.answers.get(self.asked)
            if number is None:
                continue
            answered_at = now
            self.said.append((now, self.asked))
            self.speaking = [voice_frame(number)] * 40

    def heard(self, frame: bytes) -> None:
        assert len(frame) == FRAME_BYTES
        if audible(frame):
            self.heard_at.append(time.monotonic())

    def next_frame(self) -> bytes:
        return self.speaking.pop() if self.speaking else SILENCE

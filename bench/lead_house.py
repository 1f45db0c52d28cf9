"""A server process of the product for the benches of leads: its own application and simulated telephone network, but no
speech models. Its one lead source belongs to a campaign that is paused: leads are taken in, and nobody is dialled.

    python -m bench.lead_house      the server process itself; settings by environment
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from engine.api.app import create_app
from engine.api.server import Server, bind, keep_for_good
from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.campaigns import Campaign, write
from engine.dialogue.offline import OfflineModel
from engine.observe import logs
from engine.settings import Settings, load
from engine.store import Database, campaigns, lead_sources
from engine.store.migration import migrate
from engine.supervisor import free_port
from tests.support import call_fakes
from tests.support.postgres import Cluster, find_binaries

READY_S = 60.0


class House:
    """One server process on one database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port = free_port()
        self.database_url = database_url
        self._log = folder / "server.log"
        self._environment = {
            **os.environ,
            "LEADLINE_DATA_DIR": str(folder),
            "LEADLINE_PORT": str(self.port),
            "LEADLINE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LEADLINE_DATABASE_URL": database_url,
            "LEADLINE_API_TOKEN": "a-token-of-the-bench-0123456789",
            "LEADLINE_LOG_LEVEL": "warning",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.source_id = ""

    async def prepare(self) -> None:
        """Tables, a paused campaign and a website as its source."""
        await migrate(self.database_url)
        database, now = Database(self.database_url), datetime.now(UTC)
        async with database.begin() as tx:
            document = write(Campaign(flow_id="home_services_v1"))
            await campaigns.save(
                tx, "bench", name="Bench", state="paused", document=document, revision=0, by="bench", now=now
            )
            source = await lead_sources.save(
                tx, lead_sources.new_source_id(), kind="website", name="Bench", campaign_id="bench", state="on",
                document={"per_ip_per_minute": 0}, revision=0, by="bench", now=now,
            )  # fmt: skip
        await database.close()
        self.source_id = source.id

    def start(self) -> None:
        """Raises RuntimeError with the log if it does not come up."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.lead_house"], env=self._environment, stdout=log, stderr=log
            )
        end = time.monotonic() + READY_S
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(self._log.read_text()[-3000:])

    def kill(self) -> None:
        """As kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def cpu_seconds(self) -> float:
        """Of the server process so far, user and system."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def database_at(kind: str, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    """The address of an empty database that is as durable as in production. `kind`: `sqlite` or `postgresql`."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder}/leadline.db", None
        return
    found = find_binaries()
    if found is None:
        raise RuntimeError("PostgreSQL is not installed.")
    cluster = Cluster(found, durable=True)
    cluster.start()
    try:
        yield cluster.url(cluster.create_database()), cluster
    finally:
        cluster.stop()


@asynccontextmanager
async def _silent(_: Settings, __: Database) -> AsyncIterator[Engines]:
    fakes = call_fakes.Engines(call_fakes.FakeStt({}))
    yield Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))


async def _serve(settings: Settings, listener: int) -> None:
    app = create_app(settings, engines=_silent)
    async with app.router.lifespan_context(app):
        server = Server(app, settings.drain_s)
        server.config.lifespan = "off"
        server.config.fd = os.dup(listener)
        keep_for_good()
        await server.serve()


def main() -> None:
    settings = load()
    logs.set_up(settings.log_level, settings.log_format)
    with bind(settings) as listener:
        uvloop.run(_serve(settings, listener.fileno()))


if __name__ == "__main__":
    main()

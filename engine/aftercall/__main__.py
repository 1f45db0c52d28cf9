"""`python -m engine.aftercall`: the after-call worker as its own process, with the embedded Prefect server beside it.

Prefect reads its settings when it is imported, so they are put in place first and the worker is imported after that.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Mapping

from engine.aftercall.lane import Lane
from engine.aftercall.server import PrefectServer, ServerNotStarted, client_environment, default_cache
from engine.aftercall.writer import FlowWriter
from engine.recording_links import RecordingLinks
from engine.sdk import Connection
from engine.sdk.registry import discover
from engine.settings import Settings, SettingsProblem, load
from engine.store import Database, DatabaseDown
from engine.store.connections import Vault, WrongKey, open_vault, read_all
from engine.store.migration import migrate

log = logging.getLogger("leadline.aftercall")

RESTART_S = (1.0, 5.0, 15.0, 60.0)
"""Pauses before the Prefect server is started again; calls lose nothing meanwhile, the outbox waits."""


class StoredConnections:
    """The connections of this installation, read afresh for every step."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def __call__(self) -> Mapping[str, Connection]:
        async with self._database.read() as tx:
            return await read_all(tx, self._vault)


async def _keep_server(server: PrefectServer) -> None:
    """Start the server, and again whenever it ends. Runs until cancelled."""
    failures = 0
    try:
        while True:
            try:
                await server.start()
                log.info("Prefect's dashboard: %s", server.url)
                failures = 0
                await server.ended()
            except ServerNotStarted as problem:
                log.warning("%s", problem)
            await asyncio.sleep(RESTART_S[min(failures, len(RESTART_S) - 1)])
            failures += 1
    finally:
        await server.stop()


async def run(settings: Settings) -> None:
    """Work until cancelled. Raises `DatabaseDown` or `WrongKey` when it cannot begin."""
    await migrate(settings.database_address)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    vault = open_vault(secret, settings.data_dir)
    home = settings.data_dir.absolute() / "prefect"
    server = PrefectServer(home, settings.prefect_port, default_cache()) if settings.embedded_prefect else None
    os.environ.update(client_environment(server.api_url if server else settings.prefect_api_url, home))
    if settings.prefect_auth is not None:
        os.environ["PREFECT_API_AUTH_STRING"] = settings.prefect_auth.get_secret_value()
    serving = asyncio.create_task(_keep_server(server)) if server else None
    database = Database(settings.database_address)
    writer = FlowWriter(database, settings)
    try:
        from engine.aftercall.worker import AfterCallWorker

        lane = Lane(
            database,
            discover(),
            StoredConnections(database, vault),
            settings.data_dir.absolute() / "outbox",
            settings.clock.now,
            links=RecordingLinks(settings.public_url, vault.derived, settings.recording_link_days),
            writer=writer,
        )
        await AfterCallWorker(lane).run()
    finally:
        if serving is not None:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        await writer.close()
        await database.close()


async def _until_told() -> None:
    """Run until SIGTERM or Ctrl-C."""
    work = asyncio.create_task(run(load()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_until_told())
    except (SettingsProblem, DatabaseDown, WrongKey) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

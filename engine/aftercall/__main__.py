"""`python -m engine.aftercall`: the after-call lane as its own process, with the embedded Prefect server beside it.

    --role all           dispatcher and executor in one (the default); with a work pool, also one worker of it
    --role dispatcher    only makes runs, for the workers of a work pool
    --role worker        only carries out runs of the work pool
    --limit N            calls carried out side by side, 4 to 8 a core

Prefect reads its settings when it is imported, so they are put in place first and what uses it is imported after that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, Literal

from engine.aftercall.opening import open_lane
from engine.aftercall.server import PrefectServer, ServerNotStarted, client_environment, default_cache
from engine.observe import logs
from engine.settings import Settings, SettingsProblem, load
from engine.store import DatabaseDown
from engine.store.connections import WrongKey

log = logging.getLogger("leadline.aftercall")

Role = Literal["all", "dispatcher", "worker"]
ROLES: Final[tuple[Role, ...]] = ("all", "dispatcher", "worker")
AT_ONCE: Final = 4
RESTART_S = (1.0, 5.0, 15.0, 60.0)
"""Pauses before the Prefect server is started again; calls lose nothing meanwhile, the outbox waits."""


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


async def run(settings: Settings, role: Role = "all", at_once: int = AT_ONCE) -> None:
    """Work until cancelled. Raises `DatabaseDown`, `WrongKey` or `SettingsProblem` when it cannot begin."""
    if role != "all" and not settings.prefect_pool:
        raise SettingsProblem(
            f"The role '{role}' is for an installation with a work pool. Name the pool in LEADLINE_PREFECT_POOL, such "
            "as 'leadline', or leave the role out: then this process does the whole lane."
        )
    home = settings.data_dir.absolute() / "prefect"
    own_server = settings.embedded_prefect and role != "worker"
    server = PrefectServer(home, settings.prefect_port, default_cache()) if own_server else None
    api_url = settings.prefect_api_url or f"{settings.prefect_address}/api"
    os.environ.update(client_environment(api_url, home, dispatches_only=role == "dispatcher"))
    if settings.prefect_auth is not None:
        os.environ["PREFECT_API_AUTH_STRING"] = settings.prefect_auth.get_secret_value()
    serving = asyncio.create_task(_keep_server(server)) if server else None
    try:
        async with open_lane(settings) as lane:
            from engine.aftercall.roles import serve

            await serve(lane, settings, role, at_once)
    finally:
        if serving is not None:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def _until_told(settings: Settings, role: Role, at_once: int) -> None:
    """Run until SIGTERM or Ctrl-C."""
    work = asyncio.create_task(run(settings, role, at_once))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m engine.aftercall", description="Runs Leadline's after-call work.")
    parser.add_argument("--role", choices=ROLES, default="all", help="what this process does of it")
    parser.add_argument("--limit", type=_at_least_one, default=AT_ONCE, help="calls side by side; 4 to 8 a core")
    given = parser.parse_args(arguments)
    try:
        settings = load()
        # As the web server's: what belongs to a person is hidden, and clients are quiet whose addresses name people.
        logs.set_up(settings.log_level, settings.log_format)
        asyncio.run(_until_told(settings, given.role, given.limit))
    except (SettingsProblem, DatabaseDown, WrongKey) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

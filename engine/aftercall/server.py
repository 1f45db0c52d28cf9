"""Supervises the embedded Prefect server: private folder, loopback only, no telemetry, its own SQLite file.

    async with PrefectServer(data_dir / "prefect") as server:
        server.api_url                      # http://127.0.0.1:4200/api
        server.run_url(entry.flow_run_id)   # the page of one call's run

A first start spends ten CPU-seconds on Prefect's migrations. The migrated, still empty file is kept in the user's cache
and copied for the next new data folder of the same Prefect version (3.7 CPU-seconds; design/aftercall.md, chapter 10).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import sqlite3
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from engine.supervisor import free_port

log = logging.getLogger(__name__)

START_S: Final = 120.0  # seen on two busy cores: 7 to 14 s; twice as many cores' worth of neighbours need patience
STOP_S: Final = 10.0
DEFAULT_PORT: Final = 4200
PREFECT_VERSION: Final = version("prefect")


class ServerNotStarted(Exception):
    """The dashboard could not be started. Calls go on, and what is to be done after them waits in the outbox."""


def run_url(base_url: str, flow_run_id: str) -> str:
    """The page of a run in Prefect's first dashboard, the one that asks nothing of other hosts."""
    return f"{base_url.rstrip('/')}/runs/flow-run/{flow_run_id}"


def client_environment(api_url: str, home: Path, *, dispatches_only: bool = False) -> dict[str, str]:
    """What a process must have in its environment *before* it imports Prefect, to work with a server of ours.
    `dispatches_only`: it carries out no run and may give up early, since the outbox tries again."""
    return {
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(home),
        "DO_NOT_TRACK": "1",
        # 8: about 8 minutes. A server's restart must not fail a run whose work is done.
        "PREFECT_CLIENT_MAX_RETRIES": "1" if dispatches_only else "8",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_LOGGING_LEVEL": "WARNING",  # 15 lines a run cost a third more CPU
        "PREFECT_WORKER_QUERY_SECONDS": "1",  # how often a worker of a pool looks for runs
        "PREFECT_WORKER_PREFETCH_SECONDS": "1",  # a run that waits for its moment takes no worker's place before it
        "PREFECT_CLI_COLORS": "false",
    }


class PrefectServer:
    """One server for the length of an `async with`. `home`: its folder, made if absent. `port` 0 takes a free one.

    `cache`: where the migrated template is kept; None keeps none. `database_url`: `postgresql+asyncpg://...`, instead
    of a SQLite file in `home`. Entering raises `ServerNotStarted`.
    """

    def __init__(
        self,
        home: Path,
        port: int = DEFAULT_PORT,
        cache: Path | None = None,
        start_s: float = START_S,
        database_url: str = "",
    ) -> None:
        self.home = home
        self.port = port or free_port()
        self.cache = cache
        self._start_s = start_s
        self._database_url = database_url
        self._process: asyncio.subprocess.Process | None = None
        self._log = home / "server.log"
        self.started_in_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def run_url(self, flow_run_id: str) -> str:
        return run_url(self.url, flow_run_id)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start, and wait until it answers. Raises `ServerNotStarted`."""
        began = time.monotonic()
        if not _is_free(self.port):
            raise ServerNotStarted(
                f"Port {self.port}, meant for the Prefect dashboard, is used by another program. "
                "End that program, or choose another port with LEADLINE_PREFECT_PORT."
            )
        migrated = await asyncio.to_thread(self._prepare)
        with self._log.open("ab") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "engine.aftercall.dashboard", str(self.port),
                stdin=asyncio.subprocess.PIPE, stdout=log_file, stderr=log_file, env=self._environment(migrated),
                start_new_session=True,  # Ctrl-C goes to us; we stop it in our own order
            )  # fmt: skip
        await self._healthy(began)
        self.started_in_s = time.monotonic() - began
        await asyncio.to_thread(self._after_start, migrated)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def ended(self) -> int:
        """Waits until the server has ended by itself; for whoever restarts it. Returns its exit code."""
        assert self._process is not None
        return await self._process.wait()

    # -- its database ----------------------------------------------------------------------------------------------

    @property
    def _database(self) -> Path:
        return self.home / "prefect.db"

    @property
    def _mark(self) -> Path:
        """Names the Prefect version whose tables the database has."""
        return self.home / "migrated-by"

    @property
    def _template(self) -> Path | None:
        return self.cache / f"prefect-{PREFECT_VERSION}.db" if self.cache else None

    def _prepare(self) -> bool:
        """Makes the folder. True when the database needs no migration."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self._database_url:
            return False
        template = self._template
        if not self._database.exists() and template is not None and template.exists():
            partial = self._database.with_suffix(".part")
            shutil.copyfile(template, partial)
            self._mark.write_text(PREFECT_VERSION)
            partial.replace(self._database)
        return self._database.exists() and self._mark.exists() and self._mark.read_text() == PREFECT_VERSION

    def _after_start(self, was_migrated: bool) -> None:
        if was_migrated or self._database_url:
            return
        self._mark.write_text(PREFECT_VERSION)
        template = self._template
        if template is None or template.exists():
            return
        try:
            _keep_template(self._database, template)
        except (OSError, sqlite3.Error) as problem:  # only the next first start would have been quicker
            log.info("no template of Prefect's database was kept: %s", problem)

    def _environment(self, migrated: bool) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return ours | {
            "PREFECT_HOME": str(self.home),
            "DO_NOT_TRACK": "1",  # the SDK's telemetry
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # the server's own
            "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the second dashboard calls other hosts from the user's browser
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_API_URL": self.api_url,
            "PREFECT_SERVER_API_HOST": "127.0.0.1",
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_UI_API_URL": self.api_url,
            "PREFECT_UI_URL": self.url,
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.home / "ui"),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self._database_url or f"sqlite+aiosqlite:///{self._database}",
            "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false" if migrated else "true",
            "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # we use none; 3 CPU-seconds
            "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P1D",  # three quarters of the growth are events
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "P30D",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }

    async def _healthy(self, began: float) -> None:
        process = self._process
        assert process is not None
        async with httpx.AsyncClient(timeout=2.0) as client:
            while time.monotonic() - began < self._start_s:
                if process.returncode is not None:
                    raise ServerNotStarted(
                        f"The Prefect server ended with code {process.returncode} while starting. "
                        f"Its last words: {_last_words(self._log)} (all of them: {self._log})"
                    )
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self.api_url}/health")).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.1)
        raise ServerNotStarted(
            f"The Prefect server did not answer within {self._start_s:.0f} seconds. See {self._log}; "
            "on a very busy machine, try again."
        )


def default_cache() -> Path:
    """`~/.cache/leadline`, or where XDG_CACHE_HOME points."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leadline"


def _keep_template(database: Path, template: Path) -> None:
    """Copies the fresh database while the server runs, without what belongs to one installation (its keys)."""
    template.parent.mkdir(parents=True, exist_ok=True)
    partial = template.with_suffix(f".{os.getpid()}.part")
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
        copy.execute("DELETE FROM configuration")
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")
    partial.replace(template)


def _last_words(path: Path) -> str:
    try:
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "none"
    return lines[-1].strip() if lines else "none"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

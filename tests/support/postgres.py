"""A throw-away PostgreSQL cluster for tests: own folder, own port on loopback, gone afterwards.

Another test room uses it by importing the fixture into its conftest.py:

    from tests.support.postgres import postgres  # noqa: F401

The cluster is shared by all rooms of a test session; each test takes a database of its own with `create_database`.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import asyncpg
import pytest

USER = "leadline"


class Cluster:
    """A running PostgreSQL. `url(name)` is the address of one of its databases."""

    _shared: ClassVar[Cluster | None] = None
    _users: ClassVar[int] = 0

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        """`durable`: writes wait for the disk, as in production; tests can do without."""
        self._binaries = binaries
        self._durable = durable
        # PostgreSQL refuses to run as root; a test machine often is nothing else.
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="leadline-pg-"))
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self.port = _free_port()

    @classmethod
    def acquire(cls, binaries: Path) -> Cluster:
        """The session's cluster, started for its first user."""
        if cls._shared is None:
            cluster = cls(binaries)
            cluster.start()
            cls._shared = cluster
        cls._users += 1
        return cls._shared

    @classmethod
    def give_back(cls) -> None:
        """Stops the cluster after its last user."""
        cls._users -= 1
        if cls._users == 0 and cls._shared is not None:
            cls._shared.stop()
            cls._shared = None

    def start(self) -> None:
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self._serve()

    def _serve(self) -> None:
        careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} "
            f"-c max_connections=60 -c shared_buffers=32MB {'' if self._durable else careless}"
        )
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-l", log, "-w", "-o", options, "start")

    def restart(self) -> None:
        """Cuts every connection, as a crash would, and comes back on the same port."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")
        self._serve()

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self, template: str = "template0") -> str:
        """Makes a database and returns its name."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def sql(self, statement: str) -> None:
        """Runs a statement on the cluster itself; also while a loop is running.

        Over a connection, not by `psql`: a fork of a process in which gRPC has threads now and then ends in a crash.
        """
        with ThreadPoolExecutor(max_workers=1) as beside_the_loop:
            beside_the_loop.submit(asyncio.run, self._execute(statement)).result(timeout=60)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user=USER, database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        account = self._account
        done = subprocess.run(
            [self._binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server would inherit it and the call would never come back.
            stdout=subprocess.DEVNULL,
            stderr=None if program != "pg_ctl" else subprocess.DEVNULL,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd=self._folder,
            env={**os.environ, "HOME": str(self._folder), "LC_ALL": "C"},
            timeout=60,
        )
        if done.returncode:
            log = self._folder / "log"
            raise RuntimeError(f"{program} failed:\n{log.read_text() if log.exists() else ''}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    cluster = Cluster.acquire(binaries)
    yield cluster
    Cluster.give_back()


def find_binaries() -> Path | None:
    """The folder with PostgreSQL's programs, if it is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(which) for which in [shutil.which("initdb")] if which
    ]
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The lane's processes as operators start them: roles, limits, and Prefect's own command for our type of worker."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.aftercall.__main__ import main
from engine.store import Database, outbox
from engine.store.migration import migrate
from engine.supervisor import free_port
from tests.support.aftercall import card, flow, hang_up, result

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """`main` takes over the logging of its process, which here is that of all tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("role", ["dispatcher", "worker"])
def test_a_role_that_needs_a_work_pool_says_so(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LEADLINE_PREFECT_POOL", raising=False)
    assert main(["--role", role]) == 2
    assert "Name the pool in LEADLINE_PREFECT_POOL" in capsys.readouterr().err


def test_addresses_that_are_secrets_stay_out_of_the_workers_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Web clients log whole addresses, and whoever has that of a channel in Slack can write there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LEADLINE_PREFECT_POOL", raising=False)
    root, client = logging.getLogger(), logging.getLogger("httpx")
    before, level, own = root.handlers[:], root.level, client.level
    client.setLevel(logging.NOTSET)
    try:
        main(["--role", "worker"])  # ends at once: it has no pool
        client.info("HTTP Request: POST https://hooks.slack.com/services/T0/B0/secret")
        client.warning("something is wrong")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        client.setLevel(own)
    told = capsys.readouterr().err
    assert "something is wrong" in told
    assert "hooks.slack.com" not in told


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_nobody_works_on_no_calls_at_all(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--limit", limit])
    assert "must be 1 or more" in capsys.readouterr().err


@asynccontextmanager
async def running(environment: dict[str, str], folder: Path, *command: str) -> AsyncIterator[None]:
    with (folder / f"{command[1].replace('/', '-')}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)


@pytest.mark.slow
async def test_a_dispatcher_and_a_worker_started_by_prefects_own_command_do_the_call(tmp_path: Path) -> None:
    port = free_port()
    database_url = f"sqlite:///{tmp_path}/leadline.db"
    environment = {
        "LEADLINE_DATA_DIR": str(tmp_path), "LEADLINE_DATABASE_URL": database_url, "LEADLINE_PREFECT_POOL": "calls",
        "LEADLINE_PREFECT_PORT": str(port), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(tmp_path / "home"), "PREFECT_WORKER_QUERY_SECONDS": "1", "DO_NOT_TRACK": "1",
    }  # fmt: skip
    await migrate(database_url)
    database = Database(database_url)
    try:
        drawn = flow(("mail",), (card("mail", "email", to="office@example.com"),))
        await hang_up(database, drawn, result(), datetime.now(UTC))
        async with (
            running(environment, tmp_path, "-m", "engine.aftercall", "--role", "dispatcher"),
            running(environment, tmp_path, "-m", "prefect", "worker", "start", "--pool", "calls", "--type", "leadline"),
            asyncio.timeout(PATIENCE_S),
        ):
            while True:
                async with database.read() as tx:
                    entry = await outbox.find(tx, "call_31")
                if entry is not None and entry.state == "done":
                    break
                await asyncio.sleep(0.2)
    finally:
        await database.close()
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


def test_it_logs_as_the_web_server_does_with_what_belongs_to_people_hidden(tmp_path: Path) -> None:
    """Addresses of requests name people: the id of a Google calendar is somebody's e-mail address."""
    program = (
        "import logging; from engine.aftercall.__main__ import main; code = main(['--role', 'worker']); "
        "logging.getLogger('httpx').info('GET /calendars/ann@example.com'); "
        "logging.getLogger('engine').info('Sent to ann@example.com'); print(code)"
    )
    environment = {**os.environ, "LEADLINE_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "2", "there is no pool to work for"
    assert "Sent to a•••@e•••.com" in done.stderr
    assert "GET" not in done.stderr

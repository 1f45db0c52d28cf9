"""Calls carried out by the workers of a Prefect work pool: several processes, PostgreSQL on both sides, kill -9."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate

from engine.aftercall.pool import WrongPool, deploy
from engine.aftercall.server import PrefectServer
from engine.flow.model import Flow
from engine.sdk import Json
from engine.simulate.receiver import Receiver
from engine.store import Database, outbox, scheduled_calls, steps
from engine.store.migration import migrate
from engine.store.outbox import Entry
from tests.support.aftercall import arrow, card, flow, hang_up, result
from tests.support.aftercall_desk import Desk, planned, until
from tests.support.postgres import Cluster

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0


@dataclass
class Hall:
    """Everything on PostgreSQL; processes are started by `start` and end with the test."""

    server: PrefectServer
    database: Database
    database_url: str
    crm: Receiver
    folder: Path
    stack: AsyncExitStack

    async def start(self, role: str, limit: int = 2) -> asyncio.subprocess.Process:
        order = {
            "role": role, "pool": "calls", "limit": str(limit), "api_url": self.server.api_url,
            "home": str(self.folder / f"home-{role}"), "url": self.crm.url, "secret": self.crm.secret,
            "database": self.database_url, "folder": str(self.folder / "outbox"),
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.aftercall_worker", json.dumps(order), cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
        self.stack.push_async_callback(end, process)
        return process

    async def entries(self, count: int) -> list[Entry]:
        async with self.database.read() as tx:
            found = [await outbox.find(tx, f"call_{each}") for each in range(count)]
        return [entry for entry in found if entry]

    async def all_done(self, count: int) -> list[Entry]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                entries = await self.entries(count)
                if len(entries) == count and all(entry.state == "done" for entry in entries):
                    return entries
                await asyncio.sleep(0.2)

    async def shown_as(self, state: str) -> None:
        """Waits until Prefect shows every run so."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if {run["state_type"] for run in await self.runs()} == {state}:
                    return
                await asyncio.sleep(0.5)

    async def runs(self) -> list[dict[str, Json]]:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(f"{self.server.api_url}/flow_runs/filter", json={"limit": 200})
            found: list[dict[str, Json]] = answer.raise_for_status().json()
            return found


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.fixture
async def hall(postgres: Cluster, tmp_path: Path) -> AsyncIterator[Hall]:
    ours, theirs = postgres.create_database(), postgres.create_database()
    await migrate(postgres.url(ours))
    async with AsyncExitStack() as stack:
        stack.callback(postgres.drop_database, ours)
        stack.callback(postgres.drop_database, theirs)
        prefect_url = postgres.url(theirs)
        server = PrefectServer(tmp_path / "prefect", 0, None, PATIENCE_S, database_url=prefect_url)
        await stack.enter_async_context(server)
        crm = await stack.enter_async_context(Receiver())
        database = Database(postgres.url(ours))
        stack.push_async_callback(database.close)
        inner = await stack.enter_async_context(AsyncExitStack())
        yield Hall(server, database, postgres.url(ours), crm, tmp_path, inner)


def two_cards() -> Flow:
    return flow(("tell",), (card("tell"), card("next")), (arrow("tell", "next"),))


async def test_two_dispatchers_and_two_workers_do_every_call_once_though_one_of_each_is_killed(hall: Hall) -> None:
    count = 24
    hall.crm.delay_s = 0.4  # so that somebody is always in the middle of a card
    first, second = await hall.start("worker"), await hall.start("worker")
    doomed_dispatcher = await hall.start("dispatcher")
    await hall.start("dispatcher")
    for each in range(count):
        await hang_up(hall.database, two_cards(), result(f"call_{each}"), datetime.now(UTC))

    async with asyncio.timeout(PATIENCE_S):
        while True:  # both workers have begun to work
            pids = {run["infrastructure_pid"] for run in await hall.runs()}
            if {str(first.pid), str(second.pid)} <= pids and len(hall.crm.deliveries) >= 4:
                break
            await asyncio.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    doomed_dispatcher.send_signal(signal.SIGKILL)
    entries = await hall.all_done(count)

    expected = sorted(f"call_{each}:{id}" for each in range(count) for id in ("tell", "next"))
    assert sorted(delivery.id for delivery in hall.crm.deliveries) == expected
    assert hall.crm.repeats <= 2  # what the killed worker had under way: the receiver knew it by its id
    async with hall.database.read() as tx:
        for entry in entries:
            assert {step.state for step in await steps.read(tx, entry.call_id)} == {"done"}
    runs = await hall.runs()
    assert len(runs) == count  # one run a call, however many dispatchers tried
    assert {entry.flow_run_id for entry in entries} == {run["id"] for run in runs}
    assert {run["work_pool_name"] for run in runs} == {"calls"}
    await hall.shown_as("COMPLETED")


async def test_a_call_due_later_is_brought_to_the_dialer_by_a_worker_of_the_pool_once(hall: Hall) -> None:
    for role in ("worker", "worker", "dispatcher", "dispatcher"):
        await hall.start(role)
    at = datetime.now(UTC) + timedelta(seconds=20)
    plans = [(await planned(hall.database, at, phone=f"+1415555{2600 + each}"))[1] for each in range(8)]

    async def all_are(state: str) -> bool:
        async with hall.database.read() as tx:
            found = [await scheduled_calls.read(tx, plan.id) for plan in plans]
        return {each.state for each in found if each is not None} == {state}

    await until(lambda: all_are("released"), PATIENCE_S)
    assert datetime.now(UTC) >= at
    await hall.shown_as("COMPLETED")
    runs = await hall.runs()
    assert sorted(str(run["idempotency_key"]) for run in runs) == sorted(plan.id for plan in plans)
    assert {run["work_pool_name"] for run in runs} == {"calls"}


async def test_pool_and_deployment_are_made_once_and_a_pool_for_others_is_refused(desk: Desk) -> None:
    async with get_client() as client:
        first = await deploy(client, "calls-here")
        assert await deploy(client, "calls-here") == first
        made = await client.read_work_pool("calls-here")
        assert (made.type, (await client.read_deployment(first)).work_pool_name) == ("leadline", "calls-here")
        await client.create_work_pool(WorkPoolCreate(name="for-others", type="process"))
        with pytest.raises(WrongPool, match="for workers of type 'process'"):
            await deploy(client, "for-others")
        both = await asyncio.gather(deploy(client, "at-once"), deploy(client, "at-once"))
        assert len(set(both)) == 1

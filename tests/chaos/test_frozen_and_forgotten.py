"""A worker that was frozen for long and wakes up, and a Prefect that has forgotten everything."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from engine.aftercall.server import PrefectServer, default_cache
from engine.flow.model import Flow
from engine.simulate.receiver import Receiver
from engine.store import Database, outbox, steps
from engine.store.migration import migrate
from engine.store.outbox import Entry
from tests.chaos.victims import Victim
from tests.support.aftercall import arrow, card, flow, hang_up, result

# In one group with the spoken calls: a storm beside them would take the cores that sound needs.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("spoken"),
]

PATIENCE_S = 180.0
T = TypeVar("T")


@dataclass
class House:
    server: PrefectServer
    database: Database
    crm: Receiver
    folder: Path
    workers: list[Victim]

    async def worker(self) -> Victim:
        order = {
            "api_url": self.server.api_url, "home": str(self.folder / "home"), "url": self.crm.url,
            "secret": self.crm.secret, "database": f"sqlite:///{self.folder}/app.db",
            "folder": str(self.folder / "outbox"),
        }  # fmt: skip
        log = self.folder / f"worker-{len(self.workers)}.log"
        made = Victim("worker", ("tests.support.aftercall_worker", json.dumps(order)), {}, log)
        self.workers.append(made)
        await made.start()
        return made

    async def hang_up(self, call_id: str, of: Flow) -> None:
        await hang_up(self.database, of, result(call_id), datetime.now(UTC))

    async def entry(self, call_id: str) -> Entry:
        async with self.database.read() as tx:
            found = await outbox.find(tx, call_id)
        assert found
        return found

    async def ends(self, call_id: str) -> Entry:
        async def ended() -> Entry | None:
            entry = await self.entry(call_id)
            return entry if entry.state in outbox.FINAL else None

        return await until(ended)

    async def ledger(self, call_id: str) -> dict[str, str]:
        async with self.database.read() as tx:
            return {step.step_id: step.state for step in await steps.read(tx, call_id)}

    async def run(self, entry: Entry) -> dict[str, object]:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(f"{self.server.api_url}/flow_runs/{entry.flow_run_id}")
        found: dict[str, object] = answer.raise_for_status().json()
        return found


async def until(ask: Callable[[], Awaitable[T | None]]) -> T:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await ask()
            if found:
                return found
            await asyncio.sleep(0.1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path}/app.db"
    await migrate(url)
    async with PrefectServer(tmp_path / "prefect", 0, default_cache()) as server, Receiver() as crm:
        database = Database(url)
        made = House(server, database, crm, tmp_path, [])
        yield made
        for each in made.workers:
            await each.stop()
        await database.close()


def two_cards() -> Flow:
    return flow(("tell",), (card("tell"), card("next")), (arrow("tell", "next"),))


async def test_a_worker_that_was_frozen_past_its_lease_wakes_up_and_does_nothing_twice(house: House) -> None:
    house.crm.delay_s = 2.0  # it has taken the webhook and is about to answer
    frozen = await house.worker()
    await house.hang_up("call_31", two_cards())
    await house.crm.arrived(1, PATIENCE_S)
    assert frozen.process is not None
    frozen.process.send_signal(signal.SIGSTOP)
    house.crm.delay_s = 0.0
    second = await house.worker()
    entry = await house.ends("call_31")
    assert (entry.state, entry.attempt) == ("done", 2)
    done = {"call_31:tell", "call_31:next"}
    assert {delivery.id for delivery in house.crm.deliveries} == done
    asked = house.crm.requests

    frozen.process.send_signal(signal.SIGCONT)
    await second.stop()
    await house.hang_up("call_32", two_cards())  # it is awake, and all that it still had to do is behind it
    await house.ends("call_32")
    assert house.crm.requests == asked + 2, "the call that it had lost was not touched again"
    assert len(house.crm.deliveries) == 4
    assert await house.ledger("call_31") == {"tell": "done", "next": "done"}
    assert (await house.entry("call_31")).state == "done"

    async def shown() -> bool | None:
        return (await house.run(entry))["state_type"] == "COMPLETED" or None

    assert await until(shown)


async def test_prefect_with_an_empty_database_gets_new_runs_and_done_cards_are_not_repeated(house: House) -> None:
    house.crm.refuse_next(*[503] * 200)
    lanes = flow(("mail", "tell"), (card("mail", "email", to="office@example.com"), card("tell")))
    for each in range(3):
        await house.hang_up(f"call_{each}", lanes)
    first = await house.worker()

    async def mailed() -> bool | None:
        states = [(await house.ledger(f"call_{each}")).get("mail") for each in range(3)]
        return states == ["done"] * 3 or None

    await until(mailed)
    before = {(await house.entry(f"call_{each}")).flow_run_id for each in range(3)}
    written = {file: file.stat().st_mtime_ns for file in (house.folder / "outbox").glob("*.eml")}
    await first.kill()
    await house.server.stop()
    for file in house.server.home.glob("prefect.db*"):
        file.unlink()
    await house.server.start()
    house.crm.calm()
    await house.worker()
    ended = [await house.ends(f"call_{each}") for each in range(3)]
    assert {(entry.state, entry.gen) for entry in ended} == {("done", 2)}
    assert not before & {entry.flow_run_id for entry in ended}
    assert sorted(delivery.id for delivery in house.crm.deliveries) == [f"call_{each}:tell" for each in range(3)]
    assert {file: file.stat().st_mtime_ns for file in (house.folder / "outbox").glob("*.eml")} == written

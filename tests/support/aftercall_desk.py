"""A worker at work on a real Prefect server, and what a person sees of it there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx

from engine.aftercall.prefect_flow import Pauses
from engine.aftercall.server import PrefectServer
from engine.aftercall.verdict import Terms
from engine.aftercall.worker import AfterCallWorker, WorkerOptions
from engine.flow.model import Flow
from engine.sdk import Json
from engine.simulate.receiver import Receiver
from engine.store import Database, leads, outbox, scheduled_calls, steps
from engine.store.leads import NewLead
from engine.store.outbox import Entry
from engine.store.scheduled_calls import PlanKind, ScheduledCall
from tests.support.aftercall import hang_up, result

QUICK = Pauses(between_s=(0.1, 0.2, 0.4), jitter=0.0, at_most_s=0.5)
FAST = Terms(lease_s=3, pending_s=5, longest_step_s=10, step_margin_s=1, try_again_s=(0.2, 0.2))
T = TypeVar("T")


@dataclass
class Desk:
    """A worker at work, with what it works for."""

    server: PrefectServer
    database: Database
    crm: Receiver
    database_url: str
    folder: Path
    worker: AfterCallWorker
    options: WorkerOptions

    async def ends(self, call_id: str, *states: str, within_s: float = 40) -> Entry:
        async def ended() -> Entry | None:
            async with self.database.read() as tx:
                entry = await outbox.find(tx, call_id)
            return entry if entry and entry.state in (states or ("done",)) else None

        return await until(ended, within_s)

    async def waits(self, call_id: str, within_s: float = 40) -> Entry:
        async def waiting() -> Entry | None:
            async with self.database.read() as tx:
                entry = await outbox.find(tx, call_id)
                cards = await steps.read(tx, call_id)
            idle = entry is not None and entry.state == "pending"
            return entry if idle and any(each.state == "waiting" for each in cards) else None

        return await until(waiting, within_s)

    async def ask(self, path: str) -> Json:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.server.api_url}{path}")
            document: Json = answer.raise_for_status().json()
            return document

    async def search(self, path: str, **body: Json) -> Json:
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.server.api_url}{path}", json=body)
            document: Json = answer.raise_for_status().json()
            return document

    async def run(self, entry: Entry, state: str) -> Json:
        """The run as the dashboard shows it, once it shows `state`."""

        async def shown() -> Json:
            run = await self.ask(f"/flow_runs/{entry.flow_run_id}")
            return run if run["state"]["type"] == state else None

        return await until(shown)

    async def tasks(self, entry: Entry, count: int) -> dict[str, Json]:
        """Its tasks by name, once all have been told to the server."""

        async def all_told() -> dict[str, Json] | None:
            runs = await self.search("/task_runs/filter", flow_runs={"id": {"any_": [entry.flow_run_id]}})
            ended = [run for run in runs if run["state"] and run["state"]["type"] not in ("PENDING", "RUNNING")]
            return {run["name"]: run for run in runs} if len(ended) == count else None

        return await until(all_told)


async def until(ask: Callable[[], Awaitable[T | None]], within_s: float = 20) -> T:
    async with asyncio.timeout(within_s):
        while True:
            answer = await ask()
            if answer:
                return answer
            await asyncio.sleep(0.05)


@asynccontextmanager
async def at_work(worker: AfterCallWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hang_up_now(desk: Desk, of: Flow, call_id: str = "call_31") -> None:
    await hang_up(desk.database, of, result(call_id), desk.worker.lane.clock())


async def planned(
    database: Database, at: datetime, kind: PlanKind = "retry", phone: str = "+14155552671"
) -> tuple[str, ScheduledCall]:
    """A lead with a plan, at a real moment: Prefect's clock cannot be set."""
    now = datetime.now(UTC)
    new = NewLead(
        "website", "Dana", "Reyes", phone, external_id=f"{phone} {at}", flow_id="home", campaign_id="cmp_home"
    )
    async with database.begin() as tx:
        lead = (await leads.receive(tx, new, now)).lead
        await leads.plan_call(tx, lead.id, at, kind, "The line was busy at 94107.", now)
        plan = await scheduled_calls.standing(tx, lead.id)
    assert plan is not None
    return lead.id, plan

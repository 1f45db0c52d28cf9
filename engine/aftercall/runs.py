"""Prefect's side of a call's lane: making its run, bringing a lost run back, correcting what the dashboard tells.

One run per call, made with an idempotency key and re-scheduled in place: the dashboard shows a call once, however often
it had to be tried. Nothing here decides anything; the outbox does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import FlowRunCreate
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Completed, Failed, Scheduled, to_state_create

from engine.aftercall.pool import deploy
from engine.aftercall.prefect_flow import post_call
from engine.aftercall.veil import Veil
from engine.sdk import CallResult
from engine.store.outbox import Entry

OUT_OF_REACH: Final = (httpx.HTTPError, OSError, PrefectException, RuntimeError, TimeoutError)
"""What talking to an absent, starting or failing server raises. RuntimeError: the client's word for "not there"."""


def in_words(problem: BaseException) -> str:
    """What one of `OUT_OF_REACH` means, for logs: an answer that refuses us is another matter than no answer."""
    if not isinstance(problem, httpx.HTTPStatusError):
        return f"is out of reach ({type(problem).__name__})"
    status = problem.response.status_code
    advice = "; check LEADLINE_PREFECT_AUTH" if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) else ""
    return f"answered {status}{advice}"


class RunGone(Exception):
    """Prefect no longer knows the run: deleted, or its database is new."""


class PrefectRuns:
    """The runs of one Prefect server, as long as `connect` is open."""

    def __init__(self, client: PrefectClient, pool: str = "") -> None:
        self.client: Final = client
        self.pool: Final = pool
        self._made_for: UUID | None = None

    @classmethod
    @asynccontextmanager
    async def connect(cls, pool: str = "") -> AsyncIterator[PrefectRuns]:
        """A client for the server that the environment names (PREFECT_API_URL). It need not be there yet. `pool`: the
        work pool whose workers carry the runs out; empty: whoever made them does."""
        async with get_client() as client:
            yield cls(client, pool)

    async def ready(self, entry: Entry) -> FlowRun:
        """The row's run, waiting to be carried out now: a new one, or the one it has. Raises `RunGone`."""
        if entry.flow_run_id is None:
            return await self._again(await self._make(entry))
        return await self._again(await self._read(entry.flow_run_id))

    async def state(self, flow_run_id: str) -> State[None] | None:
        """Raises `RunGone`."""
        return (await self._read(flow_run_id)).state

    async def set_back(self, flow_run_id: str) -> None:
        """Let the run wait for a worker, whatever it is told to be doing: Prefect would leave it so for ever."""
        await self.client.set_flow_run_state(UUID(flow_run_id), Scheduled(name="AwaitingRetry"), force=True)

    async def _read(self, flow_run_id: str) -> FlowRun:
        try:
            return await self.client.read_flow_run(UUID(flow_run_id))
        except ObjectNotFound:
            raise RunGone(flow_run_id) from None

    async def _make(self, entry: Entry) -> FlowRun:
        """A new run, or the one that an earlier try of the same generation has made."""
        try:
            return await (self._make_in_pool(entry) if self.pool else self._make_here(entry))
        except OUT_OF_REACH:
            self._made_for = None  # the server's database may be a new one, where everything has another id
            raise

    async def _make_in_pool(self, entry: Entry) -> FlowRun:
        if self._made_for is None:
            self._made_for = await deploy(self.client, self.pool)
        return await self.client.create_flow_run_from_deployment(
            self._made_for, parameters=parameters(entry), tags=tags(entry), name=name(entry), idempotency_key=key(entry)
        )

    async def _make_here(self, entry: Entry) -> FlowRun:
        if self._made_for is None:
            self._made_for = await self.client.create_flow(post_call)
        wanted = FlowRunCreate(
            flow_id=self._made_for,
            flow_version=post_call.version,
            name=name(entry),
            parameters=parameters(entry),
            tags=tags(entry),
            idempotency_key=key(entry),
            state=to_state_create(Scheduled()),
        )
        # The client's own create_flow_run knows no idempotency key; this is the request that it would send.
        answer = await self.client.request(
            "POST", "/flow_runs/", json=wanted.model_dump(mode="json", exclude_unset=True)
        )
        return FlowRun.model_validate(answer.json())

    async def correct(self, entry: Entry) -> None:
        """Make the dashboard tell the end that the outbox knows. A run that is gone needs no correction."""
        assert entry.flow_run_id is not None
        try:
            run = await self.client.read_flow_run(UUID(entry.flow_run_id))
        except ObjectNotFound:
            return
        if run.state is None or not fits(entry, run.state):
            done = entry.state == "done"
            state: State[None] = Completed(message="Done.") if done else Failed(message=told(entry))
            await self.client.set_flow_run_state(run.id, state, force=True)

    async def _again(self, run: FlowRun) -> FlowRun:
        """A run that was begun before is set back to waiting; Prefect itself would leave it `Running` for ever. So is
        one whose time has come by the lane's clock and not by Prefect's: the lane's may be ahead. What a worker of the
        pool has just picked up by itself, since its time had come, is left to it; should it be lost, its lease ends."""
        taken_up = self.pool and run.state is not None and (run.state.is_pending() or run.state.is_running())
        if run.state is None or _due(run.state) or taken_up:
            return run
        await self.set_back(str(run.id))
        return await self._read(str(run.id))


def fits(entry: Entry, state: State[None]) -> bool:
    """Whether a run in `state` tells the same end as the finished row."""
    return state.is_completed() if entry.state == "done" else state.is_failed()


def _due(state: State[object]) -> bool:
    at = state.state_details.scheduled_time
    return state.is_scheduled() and (at is None or at <= datetime.now(UTC))


def told(entry: Entry) -> str:
    """Why the row failed, without the lead; nothing where nobody can say who that is."""
    try:
        return Veil(CallResult.model_validate(entry.result)).text(entry.problem) if entry.result else ""
    except ValueError:
        return ""


def name(entry: Entry) -> str:
    return f"{entry.flow_name}: {entry.disposition.replace('_', ' ')} ({entry.call_id})"


def key(entry: Entry) -> str:
    """At most one run a row and generation, however many dispatchers try."""
    return f"{entry.id}:{entry.gen}"


def parameters(entry: Entry) -> dict[str, str]:
    return {"call_id": entry.call_id, "flow_name": entry.flow_name, "disposition": entry.disposition.replace("_", " ")}


def tags(entry: Entry) -> list[str]:
    return [f"flow:{entry.flow_id}", f"disposition:{entry.disposition}", f"call:{entry.call_id}"]

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
from prefect.flow_engine import run_flow_async
from prefect.states import Completed, Failed, Scheduled, to_state_create

from engine.aftercall.prefect_flow import post_call
from engine.store.outbox import Entry

OUT_OF_REACH: Final = (httpx.HTTPError, OSError, PrefectException, RuntimeError, TimeoutError)
"""What talking to an absent, starting or failing server raises. RuntimeError: the client's word for "not there"."""


class RunGone(Exception):
    """Prefect no longer knows the run: deleted, or its database is new."""


class PrefectRuns:
    """The runs of one Prefect server, as long as `connect` is open."""

    def __init__(self, client: PrefectClient) -> None:
        self._client = client
        self._flow_id: UUID | None = None

    @classmethod
    @asynccontextmanager
    async def connect(cls) -> AsyncIterator[PrefectRuns]:
        """A client for the server that the environment names (PREFECT_API_URL). It need not be there yet."""
        async with get_client() as client:
            yield cls(client)

    async def make(self, entry: Entry) -> FlowRun:
        """The row's run: a new one, or the one that an earlier try of the same generation has made."""
        if self._flow_id is None:
            self._flow_id = await self._client.create_flow(post_call)
        wanted = FlowRunCreate(
            flow_id=self._flow_id,
            flow_version=post_call.version,
            parameters=parameters(entry),
            tags=tags(entry),
            idempotency_key=f"{entry.id}:{entry.gen}",
            state=to_state_create(Scheduled()),
        )
        # The client's own create_flow_run knows no idempotency key; this is the request that it would send.
        try:
            answer = await self._client.request(
                "POST", "/flow_runs/", json=wanted.model_dump(mode="json", exclude_unset=True)
            )
        except OUT_OF_REACH:
            self._flow_id = None  # the server's database may be a new one, where the flow has another id
            raise
        return await self._again(FlowRun.model_validate(answer.json()))

    async def bring_back(self, flow_run_id: str) -> FlowRun:
        """A run that is to be executed once more. Raises `RunGone`."""
        try:
            run = await self._client.read_flow_run(UUID(flow_run_id))
        except ObjectNotFound:
            raise RunGone(flow_run_id) from None
        return await self._again(run)

    async def execute(self, run: FlowRun) -> State[None]:
        """Execute a run here and now, in this event loop."""
        state = await run_flow_async(post_call, flow_run=run, parameters=run.parameters, return_type="state")
        assert isinstance(state, State)
        return state

    async def correct(self, entry: Entry) -> None:
        """Make the dashboard tell the end that the outbox knows. A run that is gone needs no correction."""
        assert entry.flow_run_id is not None
        try:
            run = await self._client.read_flow_run(UUID(entry.flow_run_id))
        except ObjectNotFound:
            return
        done = entry.state == "done"
        fits = run.state is not None and (run.state.is_completed() if done else run.state.is_failed())
        if not fits:
            state: State[None] = Completed(message="Done.") if done else Failed(message=entry.problem)
            await self._client.set_flow_run_state(run.id, state, force=True)

    async def _again(self, run: FlowRun) -> FlowRun:
        """A run that was begun before is set back to waiting; Prefect itself would leave it `Running` for ever. So is
        one whose time has come by the lane's clock and not by Prefect's: the lane's may be ahead."""
        if run.state is not None and not _due(run.state):
            await self._client.set_flow_run_state(run.id, Scheduled(name="AwaitingRetry"), force=True)
            return await self._client.read_flow_run(run.id)
        return run


def _due(state: State[object]) -> bool:
    at = state.state_details.scheduled_time
    return state.is_scheduled() and (at is None or at <= datetime.now(UTC))


def parameters(entry: Entry) -> dict[str, str]:
    return {"call_id": entry.call_id, "flow_name": entry.flow_name, "disposition": entry.disposition.replace("_", " ")}


def tags(entry: Entry) -> list[str]:
    return [f"flow:{entry.flow_id}", f"disposition:{entry.disposition}", f"call:{entry.call_id}"]

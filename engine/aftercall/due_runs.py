"""Prefect's side of a call that is due later: its scheduled run, made once however often it is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import FlowRunCreate
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled, to_state_create

from engine.aftercall.call_due import FLOW_NAME, call_due
from engine.aftercall.pool import deploy
from engine.aftercall.runs import OUT_OF_REACH, RunGone
from engine.store.scheduled_calls import ScheduledCall


class DueRuns:
    """On one Prefect server. `pool`: the work pool whose workers carry the runs out; empty: whoever made them does."""

    def __init__(self, client: PrefectClient, pool: str = "") -> None:
        self._client, self._pool = client, pool
        self._made_for: UUID | None = None

    async def make(self, plan: ScheduledCall, at: datetime, attempt: int, campaign_id: str | None) -> str:
        """The id of the plan's run, a new one or the one that an earlier try has made. `at`: real time."""
        name = f"call due: attempt {attempt} of {plan.lead_id}"
        parameters = {"scheduled_id": plan.id, "lead_id": plan.lead_id, "attempt": attempt}
        tags = [f"due:{plan.kind}", f"lead:{plan.lead_id}", *([f"campaign:{campaign_id}"] if campaign_id else [])]
        try:
            if self._pool:
                if self._made_for is None:
                    self._made_for = await deploy(self._client, self._pool, call_due, FLOW_NAME)
                run = await self._client.create_flow_run_from_deployment(
                    self._made_for,
                    parameters=parameters,
                    state=Scheduled(scheduled_time=at),
                    tags=tags,
                    name=name,
                    idempotency_key=plan.id,
                )
                return str(run.id)
            if self._made_for is None:
                self._made_for = await self._client.create_flow(call_due)
            wanted = FlowRunCreate(
                flow_id=self._made_for,
                flow_version=call_due.version,
                name=name,
                parameters=parameters,
                tags=tags,
                idempotency_key=plan.id,
                state=to_state_create(Scheduled(scheduled_time=at)),
            )
            # The client's own create_flow_run knows no idempotency key; this is the request that it would send.
            answer = await self._client.request(
                "POST", "/flow_runs/", json=wanted.model_dump(mode="json", exclude_unset=True)
            )
            return str(FlowRun.model_validate(answer.json()).id)
        except OUT_OF_REACH:
            self._made_for = None  # the server's database may be a new one, where everything has another id
            raise

    async def read(self, flow_run_id: str) -> FlowRun:
        """Raises `RunGone`."""
        try:
            return await self._client.read_flow_run(UUID(flow_run_id))
        except ObjectNotFound:
            raise RunGone(flow_run_id) from None

    async def end(self, flow_run_id: str, state: State[Any]) -> None:
        """Make the dashboard tell how the plan ended. A run that is gone, or has ended so, needs nothing."""
        try:
            run = await self.read(flow_run_id)
        except RunGone:
            return
        if run.state is None or run.state.type is not state.type:
            await self._client.set_flow_run_state(run.id, state, force=True)

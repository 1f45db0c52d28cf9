"""The worker type `leadline`: carries out runs of a work pool in its own process, with the lane already loaded.

    python -m engine.aftercall --role worker            with Leadline's settings, started again when Prefect was away
    prefect worker start --pool leadline --type leadline        the same, as Prefect's own command starts it

Prefect's own types start an interpreter for every run: 2.3 to 3.7 CPU-seconds and 90 to 170 MB before a line of ours
(design/aftercall.md, chapter 2). Prefect imports this module in its server too, for the list of types: what carries out
runs is imported when a worker starts.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio.abc
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

if TYPE_CHECKING:
    from engine.aftercall.executor import Executor


class LeadlineResult(BaseWorkerResult):
    """Always good: how the lane ended stands in the run's own state."""


class LeadlineWorker(BaseWorker[BaseJobConfiguration, BaseVariables, LeadlineResult]):
    """`executor`: as the caller made it; without one, it is made from Leadline's settings when the worker starts."""

    type = "leadline"
    job_configuration = BaseJobConfiguration
    _description = "Carries out Leadline's after-call work in the worker's own process."
    _display_name = "Leadline"

    def __init__(self, *args: Any, executor: Executor | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._executor = executor
        self._at_work: set[UUID] = set()

    async def setup(self) -> None:
        if self._executor is None:
            from engine.aftercall.executor import Executor
            from engine.aftercall.opening import open_lane
            from engine.settings import load

            self._executor = Executor(await self._exit_stack.enter_async_context(open_lane(load())))
        await super().setup()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> LeadlineResult:
        assert self._executor is not None
        self._at_work.add(flow_run.id)
        try:
            if task_status is not None:
                task_status.started(os.getpid())
            await self._executor.execute(flow_run)
        finally:
            self._at_work.discard(flow_run.id)
        return LeadlineResult(status_code=0, identifier=f"{socket.gethostname()}:{os.getpid()}")

    async def _submit_scheduled_flow_runs(self, flow_run_response: list[WorkerFlowRunResponse]) -> list[FlowRun]:
        """A run that was taken for lost and set back to waiting may still be in work in this very process. Prefect's
        own code takes a second place for it in its limiter, which raises, and the worker ends with all it is at."""
        free = [each for each in flow_run_response if each.flow_run.id not in self._at_work]
        return await super()._submit_scheduled_flow_runs(free)

"""What we use of Prefect beyond its documentation: these fail when another version of it would break us."""

import asyncio
import inspect
from pathlib import Path
from uuid import uuid4

import anyio
import httpx
import pytest
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import Abort, PrefectHTTPStatusError
from prefect.flow_engine import run_flow_async
from prefect.states import Failed, Scheduled
from prefect.workers.base import BaseJobConfiguration, BaseWorker

from engine.aftercall import executor
from engine.aftercall.executor import Executor
from engine.aftercall.pool import WORKER_TYPE
from engine.aftercall.pool_worker import LeadlineWorker
from engine.aftercall.prefect_flow import _arrow
from engine.aftercall.runs import in_words
from engine.store import Database
from tests.support.aftercall import lane
from tests.support.aftercall_cards import types_doing


def test_a_run_can_be_carried_out_in_our_own_process() -> None:
    takes = inspect.signature(run_flow_async).parameters
    assert {"flow", "flow_run", "parameters", "return_type"} <= takes.keys()
    assert inspect.iscoroutinefunction(run_flow_async)


def test_prefects_own_command_finds_our_type_of_worker() -> None:
    assert BaseWorker.get_worker_class_from_type(WORKER_TYPE) is LeadlineWorker


def test_the_worker_overrides_what_prefect_calls() -> None:
    theirs = inspect.signature(BaseWorker.run).parameters
    assert list(theirs) == ["self", "flow_run", "configuration", "task_status"]
    assert list(inspect.signature(LeadlineWorker.run).parameters) == list(theirs)
    assert {"work_pool_name", "name", "limit"} <= inspect.signature(BaseWorker.__init__).parameters.keys()
    assert inspect.iscoroutinefunction(BaseWorker.setup)


def test_a_run_has_what_we_read_of_it() -> None:
    assert {"id", "state", "parameters", "infrastructure_pid"} <= FlowRun.model_fields.keys()
    assert Scheduled().state_details.scheduled_time is not None


async def test_an_arrow_from_a_failed_card_lets_the_next_one_ask_the_lane() -> None:
    arrow = _arrow(Failed(message="Refused."))
    assert arrow.type is StateType.COMPLETED
    assert await arrow.aresult() == ""


async def test_a_run_that_is_still_in_work_here_is_not_begun_a_second_time() -> None:
    """Prefect's own worker ends in this case, with everything it has in work."""
    begun = asyncio.Event()

    class Busy(Executor):
        async def execute(self, run: FlowRun) -> None:
            begun.set()
            await asyncio.Event().wait()

    run = FlowRun(flow_id=uuid4())
    worker = LeadlineWorker("calls", limit=2, executor=Busy.__new__(Busy))
    worker._limiter = anyio.CapacityLimiter(2)
    worker._limiter.acquire_on_behalf_of_nowait(run.id)
    work = asyncio.create_task(worker.run(run, BaseJobConfiguration()))
    await begun.wait()
    again = WorkerFlowRunResponse(work_pool_id=uuid4(), work_queue_id=uuid4(), flow_run=run)
    with pytest.raises(RuntimeError, match="already holding"):
        await BaseWorker._submit_scheduled_flow_runs(worker, [again])
    assert await worker._submit_scheduled_flow_runs([again]) == []
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_run_that_prefect_refuses_ends_no_worker(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its word for that is no `Exception`, which a worker would not survive."""

    async def refuses(*_: object, **__: object) -> None:
        raise Abort("This run has terminated.")

    monkeypatch.setattr(executor, "run_flow_async", refuses)
    run = FlowRun(flow_id=uuid4(), parameters={"call_id": "call_31"})
    await Executor(lane(sqlite, types_doing(), tmp_path)).execute(run)
    assert "call_31 is left to whoever has it: This run has terminated." in caplog.text


@pytest.mark.parametrize(
    ("status", "words"), [(401, "answered 401; check LEADLINE_PREFECT_AUTH"), (422, "answered 422")]
)
def test_a_prefect_that_refuses_us_is_told_apart_from_one_that_is_away(status: int, words: str) -> None:
    request = httpx.Request("POST", "http://127.0.0.1:4200/api/flows/")
    assert in_words(httpx.HTTPStatusError("no", request=request, response=httpx.Response(status))) == words
    assert in_words(PrefectHTTPStatusError("no", request=request, response=httpx.Response(status))) == words
    assert in_words(httpx.ConnectError("no")) == "is out of reach (ConnectError)"

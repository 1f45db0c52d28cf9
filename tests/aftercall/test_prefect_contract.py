"""What we use of Prefect beyond its documentation: these fail when another version of it would break us."""

import inspect

from prefect.client.schemas.objects import FlowRun, StateType
from prefect.flow_engine import run_flow_async
from prefect.states import Failed, Scheduled
from prefect.workers.base import BaseWorker

from engine.aftercall.pool import WORKER_TYPE
from engine.aftercall.pool_worker import LeadlineWorker
from engine.aftercall.prefect_flow import _arrow


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

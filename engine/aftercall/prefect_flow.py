"""The one Prefect flow behind every call. It draws the user's lane: a task a card, under its name, arrows as drawn.

Never import this where live audio is: Prefect costs 1.3 CPU-seconds to import, and its work disturbs a 20 ms pacer.
Prefect is told ids, names of cards and the disposition only; what was said stays in our own database.

Prefect's own memory is not relied upon. A repeated run finds in the ledger what is done and repeats nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, StateType, TaskRun
from prefect.runtime import flow_run as running
from prefect.runtime import task_run as this_task
from prefect.states import Cancelled, Completed, Failed, Scheduled

from engine.aftercall.artifacts import show_ledger, show_sent
from engine.aftercall.lane import Job, Lane, NotOurs
from engine.aftercall.plan import PlannedStep
from engine.aftercall.veil import Veil
from engine.aftercall.verdict import LaneEnd, StepReport
from engine.sdk import Transient
from engine.store import DatabaseDown

log = logging.getLogger(__name__)

FLOW_NAME: Final = "After the call"
FAILED_AND_WAITS: Final = "FailedAndWaits"
"""State of a run in which a card has failed for good while another still waits for its moment."""
FAILED_BEFORE: Final = "FailedBefore"
"""State of a run that ends with nothing but failures that were told earlier."""
WAIT_IN_TASK_S: Final = 30.0
"""A pause the other side asks for (Retry-After) is kept inside the task up to this; beyond it the call comes back."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between the tries of one card inside a run: two to three minutes in all, then the outbox takes over."""

    between_s: tuple[float, ...] = (1, 2, 4, 8, 16, 30)
    jitter: float = 0.3
    at_most_s: float = WAIT_IN_TASK_S


@dataclass(frozen=True, slots=True)
class _Workshop:
    lane: Lane
    pauses: Pauses


@dataclass(slots=True)
class _Run:
    """One run's working memory, shared by its tasks."""

    job: Job
    workshop: _Workshop
    veil: Veil
    reports: dict[str, StepReport] = field(default_factory=dict)


_workshop: ContextVar[_Workshop] = ContextVar("leadline_aftercall_workshop")
_run: ContextVar[_Run] = ContextVar("leadline_aftercall_run")


@contextmanager
def workshop(lane: Lane, pauses: Pauses | None = None) -> Iterator[None]:
    """What flow runs started inside this block work with."""
    token = _workshop.set(_Workshop(lane, pauses or Pauses()))
    try:
        yield
    finally:
        _workshop.reset(token)


def lane_of_this_run() -> Lane:
    """What a flow run that was started inside `workshop` works with."""
    return _workshop.get().lane


async def may_work_later(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Prefect's question whether to retry. Async on purpose: a sync one gets no result and silently never retries."""
    try:
        await state.aresult()
    except Transient as problem:
        return (problem.retry_after_s or 0.0) <= WAIT_IN_TASK_S
    except DatabaseDown:
        return True
    except Exception:
        return False
    return False


@task(persist_result=False, cache_policy=NO_CACHE, retry_condition_fn=may_work_later)
async def card(step_id: str) -> State[None]:
    """One card of the lane. The state it returns is what a person reads in the dashboard."""
    run = _run.get()
    step = run.job.plan.step(step_id)
    try:
        report = await run.workshop.lane.step(run.job, step, run.reports)
    except Transient as problem:
        run.reports[step_id] = StepReport(step, "later", str(problem), retry_after_s=problem.retry_after_s)
        words = run.veil.text(str(problem))
        if _was_last(run.workshop.pauses):
            return Failed(message=f"{words} It will be tried again later.")
        if problem.retry_after_s and problem.retry_after_s <= WAIT_IN_TASK_S:
            await asyncio.sleep(min(problem.retry_after_s, run.workshop.pauses.at_most_s))
        raise Transient(words, problem.retry_after_s) from None  # Prefect keeps the words and the traceback
    except DatabaseDown as problem:
        run.reports[step_id] = StepReport(step, "later", str(problem))
        raise
    run.reports[step_id] = report
    if report.outcome is not None and not report.again:
        await show_sent(report, run.veil)
    return _as_state(report, run.veil)


@flow(
    name=FLOW_NAME,
    flow_run_name="{flow_name}: {disposition} ({call_id})",
    description="Carries out the after-call lane of a flow for one finished call.",
    persist_result=False,
)
async def post_call(call_id: str, flow_name: str = "call", disposition: str = "finished") -> State[None]:
    """Only `call_id` matters; the other two make the run's name one that a person finds."""
    shop = _workshop.get()
    owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    try:
        job = await shop.lane.take(call_id, owner, str(running.id) if running.id else None)
    except NotOurs as reason:
        return Cancelled(message=str(reason))
    veil = Veil(job.result)
    token = _run.set(_Run(job, shop, veil))
    try:
        end = await _carry_out(job, shop)
        if end is not None:
            with suppress(DatabaseDown):  # the end is written; without the table the run is no failure
                await show_ledger(job.plan, await shop.lane.ledger(job), veil)
    finally:
        _run.reset(token)
    if end is None:
        return Cancelled(message="Another worker has taken over this call.")
    return _left(end, veil.text(end.summary), shop.lane)


def _left(end: LaneEnd, summary: str, lane: Lane) -> State[None]:
    """The state of the run. One that is to be taken up again stands there for its time, in real time: the lane's own
    clock may be ahead of it in a simulated day."""
    match end.state:
        case "done":
            return Completed(message=summary)
        case "pending":
            assert end.next_at is not None
            at = datetime.now(UTC) + (end.next_at - lane.clock())
            name = FAILED_AND_WAITS if end.news else "TryAgainLater" if end.counts else "Waiting"
            return Scheduled(scheduled_time=at, name=name, message=summary)
        case _:
            return Failed(name="Failed" if end.news else FAILED_BEFORE, message=summary)


async def _carry_out(job: Job, shop: _Workshop) -> LaneEnd | None:
    """None if the lease was lost on the way."""
    work = asyncio.ensure_future(_all_cards(job, shop.pauses))
    pulse = asyncio.ensure_future(_beat(job, shop.lane))
    try:
        await asyncio.wait({work, pulse}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            return None
        await work
        return await shop.lane.finish(job, list(_run.get().reports.values()))
    finally:
        for left in (work, pulse):
            left.cancel()
        await asyncio.gather(work, pulse, return_exceptions=True)


async def _beat(job: Job, lane: Lane) -> None:
    """Ends when the lease is lost: somebody else has the call, or nobody can have renewed it in time."""
    loop = asyncio.get_running_loop()
    renewed = loop.time()
    while loop.time() - renewed < lane.terms.lease_s:
        await asyncio.sleep(lane.terms.lease_s / 3)
        began = loop.time()
        try:
            if not await lane.beat(job):
                return
            renewed = began
        except DatabaseDown:
            log.warning("the lease of call %s could not be renewed: the database is down", job.entry.call_id)


async def _all_cards(job: Job, pauses: Pauses) -> None:
    """Starts every card in the same event loop (`task.submit` would use another one); each waits for those it needs."""
    ends: dict[str, asyncio.Task[State[Any]]] = {}

    async def one(step: PlannedStep) -> State[Any]:
        before = [await ends[needs.step] for needs in step.needs]
        run_card = card.with_options(  # no tags: for each, Prefect would ask its server whether the task may begin
            name=step.type,
            task_run_name=lambda: step.name,  # a plain text would be a template, and names may hold braces
            retries=len(pauses.between_s),
            retry_delay_seconds=list(pauses.between_s),
            retry_jitter_factor=pauses.jitter,
        )
        return await cast(
            Awaitable[State[Any]], run_card(step.id, wait_for=[_arrow(state) for state in before], return_state=True)
        )

    for step in job.plan.steps:
        ends[step.id] = asyncio.create_task(one(step))
    try:
        await asyncio.gather(*ends.values())
    finally:
        for end in ends.values():
            end.cancel()
        await asyncio.gather(*ends.values(), return_exceptions=True)
    reports = _run.get().reports
    for step in job.plan.steps:  # a task that Prefect could not even start has left no report
        if step.id not in reports:
            reports[step.id] = StepReport(step, "later", "Prefect could not run this card.")


def _arrow(state: State[Any]) -> State[Any]:
    """For `wait_for`, which draws the arrow from the task of that state. Prefect would not start what comes after a
    card that failed or waits; whether it may run is for the lane to say."""
    return state.model_copy(update={"type": StateType.COMPLETED, "data": ""})  # no data would be a missing result


def _was_last(pauses: Pauses) -> bool:
    """Whether Prefect would not try this card again in this run. Then the failure is told in our words, not its own."""
    return int(this_task.run_count or 1) > len(pauses.between_s)


def _as_state(report: StepReport, veil: Veil) -> State[None]:
    note = veil.text(report.note)
    match report.state:
        case "done":
            return Completed(name="DoneBefore" if report.again else None, message=note)
        case "skipped":
            return Completed(name="NotNeeded", message=note)
        case "blocked" | "waits":
            return Cancelled(name="Waits" if report.state == "blocked" else "Waiting", message=note)
        case _:
            return Failed(message=note)

"""After-call cards that do what a test says, and a run of a lane without Prefect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from engine.aftercall.lane import Lane
from engine.aftercall.verdict import LaneEnd, StepReport
from engine.sdk import AfterCallContext, AfterCallNode, Effects, NodeSettings, StepOutcome, Transient
from engine.sdk.registry import NodeClass, NodeTypes

Does = Callable[[AfterCallContext], Awaitable[StepOutcome]]


def card_type(name: str, does: Does, budget_s: float = 30.0) -> NodeClass:
    """A node type whose cards do `does`."""

    class Doing(AfterCallNode[NodeSettings]):
        type = name
        title = name
        effects = Effects(outside=True, budget_s=budget_s)

        async def run(self, ctx: AfterCallContext) -> StepOutcome:
            return await does(ctx)

    return Doing


def types_doing(**does: Does) -> NodeTypes:
    return NodeTypes({name: card_type(name, each) for name, each in does.items()})


async def works(ctx: AfterCallContext) -> StepOutcome:
    return StepOutcome("Did it.")


async def run_lane(lane: Lane, call_id: str = "call_31", owner: str = "worker-1") -> tuple[LaneEnd, list[StepReport]]:
    """One execution, every card tried once."""
    job = await lane.take(call_id, owner, None)
    reports: dict[str, StepReport] = {}
    for step in job.plan.steps:
        try:
            reports[step.id] = await lane.step(job, step, reports)
        except Transient as problem:
            reports[step.id] = StepReport(step, "later", str(problem), retry_after_s=problem.retry_after_s)
    return await lane.finish(job, list(reports.values())), list(reports.values())

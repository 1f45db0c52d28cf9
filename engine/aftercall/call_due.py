"""The Prefect flow behind a call that is due later: when its time comes, the dialer may have the lead.

It dials nobody itself, and decides nothing: whether the plan still stands the row says, whether the person may be
called the policy says to the dialer, at that moment. Prefect is told ids only.
"""

from __future__ import annotations

from typing import Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from engine.aftercall.prefect_flow import lane_of_this_run
from engine.store import scheduled_calls
from engine.store.scheduled_calls import PlanState

FLOW_NAME: Final = "leadline-call-due"


@flow(
    name=FLOW_NAME,
    flow_run_name="call due: attempt {attempt} of {lead_id}",
    description="A further attempt, an agreed call back, or a call that quiet hours have put off: when its time comes, "
    "the lead goes to the dialer.",
    persist_result=False,
)
async def call_due(scheduled_id: str, lead_id: str = "", attempt: int = 1) -> State[Any]:
    """Only `scheduled_id` matters; the other two make the run's name one that a person finds."""
    lane = lane_of_this_run()
    async with lane.database.begin() as tx:
        state = await scheduled_calls.release(tx, scheduled_id)
    return told(state)


def told(state: PlanState | None) -> State[Any]:
    """The end of the run of a plan in this state, in words for the dashboard."""
    match state:
        case "released":
            return Completed(message="The lead was handed to the dialer.")
        case "done":
            return Completed(message="The dialer had called already: the run came too late, or Prefect was away.")
        case None:
            return Cancelled(message="The lead is not there any more.")
        case _:
            return Cancelled(message="The plan was called off, or another one has taken its place.")

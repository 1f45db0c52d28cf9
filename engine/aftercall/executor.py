"""Carries out a Prefect run of ours, here and now, in this event loop; then compares it with the outbox.

The same for both ways of running the lane: the dispatcher's own process (embedded), and a worker of a work pool.
"""

from __future__ import annotations

import logging

from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow_async

from engine.aftercall.call_due import call_due
from engine.aftercall.lane import Lane
from engine.aftercall.prefect_flow import Pauses, post_call, workshop
from engine.aftercall.runs import fits
from engine.store import outbox, scheduled_calls

log = logging.getLogger(__name__)


class Executor:
    """`pauses`: between the tries of one card inside a run."""

    def __init__(self, lane: Lane, pauses: Pauses | None = None) -> None:
        self.lane = lane
        self._pauses = pauses or Pauses()

    async def execute(self, run: FlowRun) -> None:
        """Raises what `runs.OUT_OF_REACH` holds when Prefect was lost on the way."""
        if scheduled_id := str(run.parameters.get("scheduled_id", "")):
            await self._call_due(run, scheduled_id)
            return
        call_id = str(run.parameters.get("call_id", ""))
        try:
            with workshop(self.lane, self._pauses):
                # Not a documented name of Prefect: tests/aftercall/test_prefect_contract.py stands guard over it.
                state = await run_flow_async(post_call, flow_run=run, parameters=run.parameters, return_type="state")
        except Abort as refused:
            # Prefect's word for "the run is not where you think it is". It is no Exception: no other handler takes it.
            log.warning("the run of call %s is left to whoever has it: %s", call_id, refused)
            return
        assert isinstance(state, State)
        await self._compare(call_id, state)

    async def _call_due(self, run: FlowRun, scheduled_id: str) -> None:
        """The run of a call that is due later (`engine.aftercall.call_due`)."""
        try:
            with workshop(self.lane, self._pauses):
                await run_flow_async(call_due, flow_run=run, parameters=run.parameters, return_type="state")
        except Abort as refused:
            log.warning("the run of the plan %s is left to whoever has it: %s", scheduled_id, refused)
            return
        async with self.lane.database.begin() as tx:
            await scheduled_calls.shown(tx, scheduled_id, self.lane.clock())

    async def _compare(self, call_id: str, state: State[None]) -> None:
        """A finished call whose run tells the same is not looked at again; one whose run tells another story, perhaps
        because two workers met at it, is corrected by the reconciler."""
        async with self.lane.database.begin() as tx:
            entry = await outbox.find(tx, call_id)
            if entry is not None and entry.state in outbox.FINAL:
                await outbox.shown(tx, entry.id, fits(entry, state))

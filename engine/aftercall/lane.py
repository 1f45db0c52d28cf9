"""Carries out an after-call plan over the ledger, one step at a time. Knows nothing of Prefect.

    take ──> step, step, ... (each: claim, do, record) ──> finish
     └── beat, every third of a lease: stop at once when it says no

The order of record and effect makes a re-run safe: a step is claimed, done, and recorded as done; whoever comes after a
crash in between repeats it with the same key, `call_id:step_id`, by which the other side knows it has it already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from engine.aftercall.context import StepContext, standing_of
from engine.aftercall.plan import Plan, PlanInvalid, PlannedStep, read_plan
from engine.aftercall.verdict import LaneEnd, StepReport, Terms, conclude, ready, summary_before
from engine.aftercall.writer import Writer
from engine.opt_out_links import OptOutLinks
from engine.recording_links import RecordingLinks
from engine.sdk import (
    AfterCallNode,
    CallResult,
    Connection,
    ConnectionMissing,
    NodeSettings,
    NotYet,
    Permanent,
    StepFailed,
    StepOutcome,
    Transient,
)
from engine.sdk.registry import NodeTypes, NodeTypeUnknown, SettingsInvalid
from engine.store import Database, DatabaseDown, outbox, steps
from engine.store.connections import WrongKey
from engine.store.outbox import Entry
from engine.store.steps import StepRecord

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""The moment, aware."""

RECORD_TRIES: Final = 5  # an effect has happened: it is worth some patience to write that down


class Connections(Protocol):
    """Named connections with their secrets, as they are now: somebody may just have mended one."""

    async def __call__(self) -> Mapping[str, Connection]: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A call whose lane this process has taken. `owner` fences it: writes under another owner come to nothing."""

    entry: Entry
    plan: Plan
    result: CallResult
    owner: str


class NotOurs(Exception):
    """Another executor has the call."""


class Lane:
    """Everything a run needs, made once a process. `outbox_folder`: where messages go without a mail server. `links`:
    to recordings; without them other systems get none. `writer`: of texts; without one cards do without. `opt_outs`:
    links by which leads opt out."""

    def __init__(
        self,
        database: Database,
        types: NodeTypes,
        connections: Connections,
        outbox_folder: Path,
        clock: Clock,
        terms: Terms | None = None,
        links: RecordingLinks | None = None,
        writer: Writer | None = None,
        opt_outs: OptOutLinks | None = None,
    ) -> None:
        self.links = links
        self.opt_outs = opt_outs
        self.writer = writer
        self.database = database
        self.types = types
        self.connections = connections
        self.outbox_folder = outbox_folder
        self.clock = clock
        self.terms = terms or Terms()

    async def take(self, call_id: str, owner: str, flow_run_id: str | None) -> Job:
        """Become the call's executor. Raises `NotOurs`; a row that cannot be read is closed as failed."""
        now = self.clock()
        async with self.database.begin() as tx:
            entry = await outbox.take(tx, call_id, owner, flow_run_id, now, self._in(now, self.terms.lease_s))
        if entry is None:
            raise NotOurs(f"The lane of call {call_id} is finished, or another worker has it.")
        try:
            if entry.result is None:
                raise PlanInvalid("The call's data has been erased.")
            return Job(entry, read_plan(entry.plan), CallResult.model_validate(entry.result), owner)
        except ValueError as error:
            words = str(error) if isinstance(error, PlanInvalid) else "The stored result of the call cannot be read."
            async with self.database.begin() as tx:
                await outbox.finish(tx, entry.id, owner, "failed", words, now)
            raise NotOurs(words) from error

    async def beat(self, job: Job) -> bool:
        """Renew the lease. False: the call is somebody else's now."""
        async with self.database.begin() as tx:
            return await outbox.renew(tx, job.entry.id, job.owner, self._in(self.clock(), self.terms.lease_s))

    async def step(self, job: Job, step: PlannedStep, before: Mapping[str, StepReport]) -> StepReport:
        """Do one step, or find that it is done, not to be done or not yet to be done. Raises `Transient` when a later
        try may work; what only a person can mend is a report with state `failed`."""
        verdict = ready(step, before)
        if verdict is not None:
            await self._pass_over(job, verdict)
            return verdict
        now = self.clock()
        lease = self._in(now, self._limit_s(step) + self.terms.step_margin_s)
        async with self.database.begin() as tx:
            claim = await steps.claim(tx, job.entry.call_id, step.id, job.owner, now, lease)
        record = claim.record
        if not claim.mine:
            if record.state == "done":
                done = StepOutcome(record.note, record.external_id, record.sent, record.summary)
                return StepReport(step, "done", record.note, done, again=True)
            if record.state == "failed":
                return StepReport(step, "failed", record.note, again=True)
            rest = (record.lease_until - now).total_seconds() + 0.1 if record.lease_until else 1.0
            raise Transient("Another worker may still be at this card.", max(rest, 0.1))
        try:
            outcome = await self._do(self._node(step), job, step, before)
        except NotYet as wait:
            async with self.database.begin() as tx:
                await steps.waiting(
                    tx, job.entry.call_id, step.id, job.owner, wait.at, str(wait), self.clock()
                )  # fmt: skip
            return StepReport(step, "waits", str(wait), until=wait.at)
        except Permanent as problem:
            async with self.database.begin() as tx:
                await steps.failed(tx, job.entry.call_id, step.id, job.owner, str(problem), self.clock())
            return StepReport(step, "failed", str(problem))
        except Transient as problem:
            async with self.database.begin() as tx:
                await steps.tried(tx, job.entry.call_id, step.id, job.owner, str(problem), self.clock())
            raise
        if not outcome.go_on:
            async with self.database.begin() as tx:
                await steps.not_needed(tx, job.entry.call_id, step.id, job.owner, outcome.note, self.clock())
            return StepReport(step, "skipped", outcome.note)
        await self._record(job, step, outcome)
        return StepReport(step, "done", outcome.note, outcome)

    async def ledger(self, job: Job) -> Sequence[StepRecord]:
        """How the cards stand, also those of earlier runs."""
        async with self.database.read() as tx:
            return await steps.read(tx, job.entry.call_id)

    async def finish(self, job: Job, reports: Sequence[StepReport]) -> LaneEnd:
        """Close the call, or hand it back for a later try."""
        now = self.clock()
        end = conclude(reports, job.entry, self.terms, now)
        async with self.database.begin() as tx:
            if end.state == "pending":
                assert end.next_at is not None
                await outbox.later(tx, job.entry.id, job.owner, end.next_at, end.summary, counts=end.counts)
            else:
                problem = "" if end.state == "done" else end.summary
                await outbox.finish(tx, job.entry.id, job.owner, end.state, problem, now)
        return end

    def _limit_s(self, step: PlannedStep) -> float:
        budget_s = self.types.get(step.type).effects.budget_s if step.type in self.types else 0.0
        return min(budget_s, self.terms.longest_step_s)

    def _node(self, step: PlannedStep) -> AfterCallNode[NodeSettings]:
        try:
            node = self.types.make(step.type, step.settings, step.version)
        except NodeTypeUnknown as error:
            raise Permanent(
                f"{error} Install the package that brought this card and do it again; or take the card out of the "
                "flow, publish it, and do the call again by the lane as it is now."
            ) from error
        except SettingsInvalid as error:
            raise Permanent(
                f"The card's settings do not fit the installed version ({error}). Mend the card in the builder, "
                "publish the flow, and do the call again by the lane as it is now."
            ) from error
        if not isinstance(node, AfterCallNode):
            raise Permanent("This card works during the call, not after it. Take it out of the lane behind the call.")
        return node

    async def _do(
        self, node: AfterCallNode[NodeSettings], job: Job, step: PlannedStep, before: Mapping[str, StepReport]
    ) -> StepOutcome:
        limit_s = self._limit_s(step)
        try:
            async with asyncio.timeout(limit_s):
                result = job.result
                written = summary_before(step, before)
                if written is not None:
                    result = result.model_copy(update={"summary": written})
                context = StepContext(
                    self.database, job.plan, result, await standing_of(self.database, result), step.id, job.owner,
                    await self.connections(), self.clock, self.outbox_folder, self.links, self.writer,
                    self.opt_outs,
                )  # fmt: skip
                return await node.run(context)
        except NotYet as wait:
            self._require_future(wait)
            raise
        except StepFailed as problem:
            if isinstance(problem, Transient | Permanent):
                raise
            raise Transient(str(problem)) from problem
        except DatabaseDown:
            raise
        except (ConnectionMissing, WrongKey) as problem:
            raise Permanent(str(problem)) from problem
        except TimeoutError as problem:
            raise Transient(f"It took longer than {limit_s:g} seconds.") from problem
        except Exception as problem:
            # A node of anybody's may raise anything. Its words may hold a secret: only the kind is told.
            log.warning("card type %s raised %s in call %s", step.type, type(problem).__name__, job.entry.call_id)
            raise Transient(f"The card's program stopped with an unexpected {type(problem).__name__}.") from problem

    async def _record(self, job: Job, step: PlannedStep, outcome: StepOutcome) -> None:
        for trial in range(RECORD_TRIES):
            try:
                async with self.database.begin() as tx:
                    await steps.done(
                        tx, job.entry.call_id, step.id, job.owner,
                        outcome.external_id, outcome.note, outcome.sent, self.clock(), summary=outcome.summary,
                    )  # fmt: skip
            except DatabaseDown:
                if trial == RECORD_TRIES - 1:
                    raise
                await asyncio.sleep(0.5 * 2**trial)
            else:
                return

    async def _pass_over(self, job: Job, verdict: StepReport) -> None:
        assert verdict.state in ("skipped", "blocked")
        async with self.database.begin() as tx:
            await steps.passed_over(
                tx, job.entry.call_id, verdict.step.id,
                "skipped" if verdict.state == "skipped" else "blocked", verdict.note, self.clock(),
            )  # fmt: skip

    def _require_future(self, wait: NotYet) -> None:
        """A card that waits for the past would be run again without end, for waiting uses up no try."""
        if wait.at.tzinfo is None:
            raise Permanent("The card waits for a moment without a time zone: its program must be corrected.") from wait
        if wait.at <= self.clock():
            raise Transient("The card waits for a moment that is over.") from wait

    @staticmethod
    def _in(now: datetime, seconds: float) -> datetime:
        return now + timedelta(seconds=seconds)

"""Carries out an after-call plan over the ledger, one step at a time. Knows nothing of Prefect.

    take ──> step, step, ... (each: claim, do, record) ──> finish
     └── beat, every third of a lease: stop at once when it says no

The order of record and effect makes a re-run safe: a step is claimed, done, and recorded as done; whoever comes after a
crash in between repeats it with the same key, `call_id:step_id`, by which the other side knows it has it already.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol

from engine.aftercall.plan import Plan, PlanInvalid, PlannedStep, read_plan
from engine.aftercall.texts import fill
from engine.recording_links import RecordingLinks, Side
from engine.sdk import (
    AfterCallNode,
    CallResult,
    Connection,
    ConnectionMissing,
    NodeSettings,
    Permanent,
    Recording,
    StepFailed,
    StepOutcome,
    Transient,
)
from engine.sdk.registry import NodeTypes, NodeTypeUnknown, SettingsInvalid
from engine.store import Database, DatabaseDown, outbox, steps
from engine.store.connections import WrongKey
from engine.store.outbox import Entry

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""The moment, aware."""

RECORD_TRIES: Final = 5  # an effect has happened: it is worth some patience to write that down


class Connections(Protocol):
    """Named connections with their secrets, as they are now: somebody may just have mended one."""

    async def __call__(self) -> Mapping[str, Connection]: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Times in seconds (sources: design/aftercall.md, chapters 4, 7 and 8).

    `lease_s`: an executor silent for longer has lost the call; it renews three times in that span. `pending_s`: how
    long a dispatched run may wait for a free worker. `longest_step_s`: no card may take longer, whatever it declares;
    `step_margin_s`: by this a step's lease outlasts its time limit.
    `try_again_s`: pauses between executions of a call; after the last one the call is `dead` (the sum is 24 hours).
    """

    lease_s: float = 45.0
    pending_s: float = 90.0
    longest_step_s: float = 60.0
    step_margin_s: float = 10.0
    try_again_s: tuple[float, ...] = (30, 120, 480, 1800, 3600, 7200, 10800, 14400, 21600, 26400)

    def pause_s(self, entry_id: str, attempt: int, at_least_s: float = 0.0) -> float | None:
        """Seconds until execution `attempt` + 1; None when there is to be none. A fifth is spread, by the id, so that
        calls that failed together do not come back together."""
        if attempt > len(self.try_again_s):
            return None
        spread = 0.8 + 0.4 * (zlib.crc32(f"{entry_id}:{attempt}".encode()) % 1000) / 1000
        return max(self.try_again_s[max(attempt - 1, 0)] * spread, at_least_s)


@dataclass(frozen=True, slots=True)
class Job:
    """A call whose lane this process has taken. `owner` fences it: writes under another owner come to nothing."""

    entry: Entry
    plan: Plan
    result: CallResult
    owner: str


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step ended in this run. `again`: it was done in an earlier run. `retry_after_s`: asked for by the other
    side, for state `later`."""

    step: PlannedStep
    state: Literal["done", "failed", "skipped", "blocked", "later"]
    note: str
    outcome: StepOutcome | None = None
    again: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class LaneEnd:
    """How the run left the call. `next_at`: when it will be tried again, for state `pending`."""

    state: Literal["done", "failed", "dead", "pending"]
    summary: str
    next_at: datetime | None = None


class NotOurs(Exception):
    """Another executor has the call."""


def ready(step: PlannedStep, before: Mapping[str, StepReport]) -> StepReport | None:
    """None if the step may run; else how it ends without running."""
    if step.skip:
        return StepReport(step, "skipped", step.skip)
    for needs in step.needs:
        other = before[needs.step]
        if other.state == "later" or (needs.when == "done" and other.state in ("failed", "blocked")):
            verb = "has yet to work" if other.state == "later" else "failed"
            return StepReport(step, "blocked", f"Waits: '{other.step.name}', which comes before it, {verb}.")
        if needs.when == "failed" and other.state in ("done", "skipped"):
            return StepReport(step, "skipped", f"Not needed: '{other.step.name}' did not fail.")
        if needs.when == "failed" and other.state == "blocked":
            return StepReport(step, "blocked", f"Waits: '{other.step.name}' has not been tried.")
        if other.state == "skipped":
            return StepReport(step, "skipped", f"Not needed: '{other.step.name}' was not needed either.")
    return None


def conclude(reports: Sequence[StepReport], entry: Entry, terms: Terms, now: datetime) -> LaneEnd:
    """What becomes of the call after a run. What may still work keeps it open; a failure is told at the end."""
    failed = [report for report in reports if report.state == "failed"]
    later = [report for report in reports if report.state == "later"]
    count = f"{sum(report.state == 'done' for report in reports)} of {len(reports)} cards done"
    skipped = sum(report.state == "skipped" for report in reports)
    if skipped:
        count += f", {skipped} not needed"
    words = "; ".join(f"{report.step.name}: {report.note}" for report in [*failed, *later])
    if later:
        asked = max((report.retry_after_s or 0.0 for report in later), default=0.0)
        pause = terms.pause_s(entry.id, entry.attempt, asked)
        if pause is None:
            return LaneEnd("dead", f"{count}. Tried {entry.attempt} times, now given up. {words}")
        return LaneEnd("pending", f"{count}. {words}", now + timedelta(seconds=pause))
    if failed:
        return LaneEnd("failed", f"{count}. {words}")
    return LaneEnd("done", f"{count}.")


class _Context:
    """What a card sees while it works."""

    def __init__(
        self,
        job: Job,
        step: PlannedStep,
        connections: Mapping[str, Connection],
        clock: Clock,
        folder: Path,
        links: RecordingLinks | None,
    ) -> None:
        self._job = job
        self._links = links
        self._connections = connections
        self._clock = clock
        self.result = job.result
        self.key = f"{job.entry.call_id}:{step.id}"
        self.outbox_folder = str(folder)

    @property
    def now(self) -> datetime:
        return self._clock()

    def connection(self, name: str) -> Connection:
        try:
            return self._connections[name]
        except KeyError:
            raise ConnectionMissing(f"No connection is called '{name}'. Add it with `leadline connect`.") from None

    def recording(self) -> Recording | None:
        kept = self.result.recording
        if kept.path is None or not Path(kept.path).is_file():
            return None
        if self._links is None:
            return Recording(kept.path, kept.seconds)
        # Real time, not the call's business time: the link has to work in the world outside.
        now, call = datetime.now(UTC), self.result.call
        caller: Side = "assistant" if call.direction == "outbound" else "lead"
        link, turned = (self._links.link(call.id, left, now) for left in ("lead", caller))
        return Recording(kept.path, kept.seconds, link, turned)

    def fill(self, template: str) -> str:
        plan = self._job.plan
        return fill(template, self.result, plan.seller, plan.assistant, plan.seller_phone)


class Lane:
    """Everything a run needs, made once a process. `outbox_folder`: where messages go without a mail server. `links`:
    to recordings; without them other systems get none."""

    def __init__(
        self,
        database: Database,
        types: NodeTypes,
        connections: Connections,
        outbox_folder: Path,
        clock: Clock,
        terms: Terms | None = None,
        links: RecordingLinks | None = None,
    ) -> None:
        self.links = links
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
        """Do one step, or find that it is done or not to be done. Raises `Transient` when a later try may work; what
        only a person can mend is a report with state `failed`."""
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
                done = StepOutcome(record.note, record.external_id, record.sent)
                return StepReport(step, "done", record.note, done, again=True)
            if record.state == "failed":
                return StepReport(step, "failed", record.note, again=True)
            rest = (record.lease_until - now).total_seconds() + 0.1 if record.lease_until else 1.0
            raise Transient("Another worker may still be at this card.", max(rest, 0.1))
        try:
            outcome = await self._do(self._node(step), job, step)
        except Permanent as problem:
            async with self.database.begin() as tx:
                await steps.failed(tx, job.entry.call_id, step.id, job.owner, str(problem), self.clock())
            return StepReport(step, "failed", str(problem))
        except Transient as problem:
            async with self.database.begin() as tx:
                await steps.tried(tx, job.entry.call_id, step.id, job.owner, str(problem), self.clock())
            raise
        await self._record(job, step, outcome)
        return StepReport(step, "done", outcome.note, outcome)

    async def finish(self, job: Job, reports: Sequence[StepReport]) -> LaneEnd:
        """Close the call, or hand it back for a later try."""
        now = self.clock()
        end = conclude(reports, job.entry, self.terms, now)
        async with self.database.begin() as tx:
            if end.state == "pending":
                assert end.next_at is not None
                await outbox.later(tx, job.entry.id, job.owner, end.next_at, end.summary)
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
        except (NodeTypeUnknown, SettingsInvalid) as error:
            raise Permanent(f"The card '{step.name}' cannot be used: {error}") from error
        if not isinstance(node, AfterCallNode):
            raise Permanent(f"The card '{step.name}' is of a kind that works during the call, not after it.")
        return node

    async def _do(self, node: AfterCallNode[NodeSettings], job: Job, step: PlannedStep) -> StepOutcome:
        limit_s = self._limit_s(step)
        try:
            async with asyncio.timeout(limit_s):
                context = _Context(job, step, await self.connections(), self.clock, self.outbox_folder, self.links)
                return await node.run(context)
        except StepFailed as problem:
            if isinstance(problem, Transient | Permanent):
                raise
            raise Transient(str(problem)) from problem
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
                        outcome.external_id, outcome.note, outcome.sent, self.clock(),
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

    @staticmethod
    def _in(now: datetime, seconds: float) -> datetime:
        return now + timedelta(seconds=seconds)

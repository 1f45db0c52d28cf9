"""Caller scenarios against a draft: every caller that fits the flow calls it in text, in a process of its own that live
calls do not feel. Results are kept for each revision."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN, Asking
from engine.api.drafts import stored
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.sdk import Json
from engine.simulate.caller_runs import Order, Row
from engine.store import Database, DatabaseDown, flows, scenario_runs
from engine.store.base import new_id
from engine.store.flows import Draft, checksum
from engine.store.scenario_runs import ScenarioRun, State

log = logging.getLogger(__name__)
router = APIRouter(tags=["test bench"], dependencies=[NEEDS_TOKEN], responses={404: {"model": ProblemOut}})

LONGEST_S: Final = 300.0
WRITE_EVERY_S: Final = 0.5
SILENT_S: Final = LONGEST_S + 60.0
"""A run of another process that has not been written to for so long is over: the process is gone."""

LINE_BYTES: Final = 4 * 1024 * 1024
STOPPED: Final = "The run was stopped."
GONE: Final = "The server was stopped during this run. Run the callers again."
TOO_LONG: Final = (
    f"The callers took longer than {LONGEST_S / 60:.0f} minutes, so the run was ended. A loop in the flow?"
)


class RunIn(BaseModel):
    """`revision`: the draft that was looked at; without it the newest. `only`: ids of callers; without it all."""

    revision: int | None = Field(default=None, ge=1)
    only: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=500)
    by: str = Field(default="", max_length=200)


class RunOut(BaseModel):
    """`done` of `wanted` callers have called. `current`: the document that was played is the draft as it stands.
    `passed`, `failed`, `left_out`: how many. `problem`: why a run failed."""

    id: str
    flow_id: str
    revision: int
    state: Literal["running", "finished", "failed"]
    current: bool
    started_by: str
    started_at: datetime
    wanted: int
    done: int
    passed: int
    failed: int
    left_out: int
    problem: str
    rows: list[Row]


class CallerRuns:
    """The runs of this process: one after the other, since they are all work. `database`: where they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one_by_one = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._runs: dict[str, ScenarioRun] = {}

    def running(self, run_id: str) -> ScenarioRun | None:
        """The run as far as it is, if it is one of this process."""
        return self._runs.get(run_id)

    async def start(self, draft: Draft, only: Sequence[str] | None, by: str) -> ScenarioRun:
        """Begin a run; one of the same document and the same callers that is running already is given instead."""
        for there in self._runs.values():
            if there.flow_id == draft.flow_id and there.checksum == draft.checksum and only is None:
                return there
        now = datetime.now(UTC)
        run = ScenarioRun(
            new_id("run"), draft.flow_id, draft.revision, draft.checksum, "running", by, now, now, 0, "", ()
        )
        async with self._database.begin() as tx:
            await scenario_runs.add(tx, run)
        self._runs[run.id] = run
        order = Order(text=draft.text, only=list(only) if only is not None else None)
        task = asyncio.create_task(self._run(run.id, order))
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))
        return run

    async def stop(self, run_id: str) -> None:
        """End a run; what was played stays."""
        if (task := self._tasks.get(run_id)) is not None:
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        for run_id in [*self._tasks]:
            await self.stop(run_id)

    async def _run(self, run_id: str, order: Order) -> None:
        state: State = "failed"
        problem = STOPPED
        try:
            async with self._one_by_one, asyncio.timeout(LONGEST_S):
                problem = await self._play(run_id, order)
            state = "failed" if problem else "finished"
        except TimeoutError:
            problem = TOO_LONG
        except OSError as error:
            problem = f"The callers could not be started: {error.strerror or error}."
        finally:
            run = replace(self._runs[run_id], state=state, problem=problem)
            self._runs[run_id] = run
            try:
                await asyncio.shield(self._write(run))
            finally:
                del self._runs[run_id]

    async def _play(self, run_id: str, order: Order) -> str:
        """Gives what went wrong, empty for nothing."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "engine.simulate.caller_runs",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            limit=LINE_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        problem, written_at = "", 0.0
        loop = asyncio.get_running_loop()
        try:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(order.model_dump_json().encode() + b"\n")
                await process.stdin.drain()
            async for line in process.stdout:
                told: dict[str, Json] = json.loads(line)
                run = self._runs[run_id]
                if isinstance(plan := told.get("plan"), dict):
                    run = replace(run, wanted=int(str(plan["wanted"])))
                elif "row" in told:
                    run = replace(run, rows=(*run.rows, told["row"]))
                problem = str(told.get("problem") or problem)
                self._runs[run_id] = run
                if loop.time() - written_at > WRITE_EVERY_S:
                    written_at = loop.time()
                    await self._write(run)
            code = await process.wait()
            return problem or (
                "" if code == 0 else f"The callers' process ended with code {code}; see the server's log."
            )
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _write(self, run: ScenarioRun) -> None:
        try:
            async with self._database.begin() as tx:
                await scenario_runs.write(
                    tx, run.id, run.rows, datetime.now(UTC), run.state, run.problem, wanted=run.wanted
                )
        except DatabaseDown as down:
            log.warning("A run of callers was not stored. %s", down)


@router.post(
    "/flows/{flow_id}/scenario-runs",
    status_code=202,
    responses={409: {"model": ProblemOut}},
    operation_id="start_scenario_run",
)
async def start(flow_id: str, order: RunIn, use: Use, asking: Asking) -> RunOut:
    """Let the callers that fit the flow call its draft. Follow the run at `/scenario-runs/{id}`."""
    draft = await stored(use, flow_id)
    if order.revision is not None and order.revision != draft.revision:
        why = "The flow was changed since you opened it. Look at it again, then run its callers."
        raise Problem(409, why, revision=draft.revision)
    run = await use.caller_runs.start(draft, order.only, asking.author(order.by))
    return _out(run, draft)


@router.get("/flows/{flow_id}/scenario-runs/latest", operation_id="latest_scenario_run")
async def latest(
    flow_id: str, use: Use, revision: Annotated[int | None, Query(ge=1, description="Of this revision only.")] = None
) -> RunOut:
    """The newest run of the flow's callers."""
    draft = await stored(use, flow_id)
    async with use.database.read() as tx:
        run = await scenario_runs.latest(tx, flow_id, revision)
    if run is None:
        raise Problem(404, "The callers have not called this flow yet.", code="no_run")
    here = use.caller_runs.running(run.id)
    return _out(here or run, draft, alive=here is not None)


@router.get("/scenario-runs/{run_id}", operation_id="read_scenario_run")
async def one_run(run_id: str, use: Use) -> RunOut:
    """How far a run is, and what came of each caller so far."""
    here = use.caller_runs.running(run_id)
    async with use.database.read() as tx:
        run = here or await scenario_runs.read(tx, run_id)
        if run is None:
            raise Problem(404, "There is no such run: the newest twenty of a flow are kept.")
        draft = await flows.draft(tx, run.flow_id)
    return _out(run, draft, alive=here is not None)


@router.delete("/scenario-runs/{run_id}", status_code=204, operation_id="stop_scenario_run")
async def stop(run_id: str, use: Use) -> Response:
    """Stop a run; what was played stays."""
    await use.caller_runs.stop(run_id)
    return Response(status_code=204)


def _out(run: ScenarioRun, draft: Draft | None, *, alive: bool = True) -> RunOut:
    rows = [Row.model_validate(each) for each in run.rows]
    count = {state: sum(row.state == state for row in rows) for state in ("passed", "failed", "left_out")}
    state, problem = run.state, run.problem
    if not alive and state == "running" and (datetime.now(UTC) - run.touched_at).total_seconds() > SILENT_S:
        state, problem = "failed", GONE
    return RunOut(
        id=run.id,
        flow_id=run.flow_id,
        revision=run.revision,
        state=state,
        current=draft is not None and checksum(draft.text) == run.checksum,
        started_by=run.started_by,
        started_at=run.started_at,
        wanted=run.wanted,
        done=count["passed"] + count["failed"],
        **count,
        problem=problem,
        rows=rows,
    )

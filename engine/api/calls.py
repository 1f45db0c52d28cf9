"""Calls: the list, the full record of one, its recording."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from engine.aftercall.replay import in_lane_order
from engine.aftercall.server import run_url
from engine.api.auth import NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.api.turns import TurnOut, turns_of
from engine.flow.document import FlowDocument, FlowRefused
from engine.sdk import CallResult, Json
from engine.store import calls, flows, journal, outbox, replays, steps, trials
from engine.store.calls import CallFilter, CallRecord, CallState
from engine.store.journal import Entry

router = APIRouter(prefix="/calls", tags=["calls"], dependencies=[NEEDS_TOKEN])


class CallOut(BaseModel):
    """A call in the list. `form_to_ring_ms`: from the lead's arrival to the first ring."""

    id: str
    lead_id: str | None
    flow_id: str
    flow_version: int
    direction: str
    test: bool = Field(description="Whether it tried out a draft; flow_version is then 0.")
    attempt: int
    state: str = Field(description="placed, ringing, answered, finished or failed")
    person: str
    from_number: str
    to_number: str
    placed_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    form_to_ring_ms: int | None
    answered_by: str
    ended_by: str
    disposition: str | None
    reason: str | None
    qualified: bool | None
    problem: str
    has_recording: bool
    live: bool = Field(description="Whether this very process is holding the call.")


class JournalEntryOut(BaseModel):
    """Something that was done in a call. `at_ms`: since its beginning."""

    number: int
    at_ms: int
    kind: str
    facts: dict[str, Json]

    @classmethod
    def of(cls, entry: Entry) -> JournalEntryOut:
        return cls(number=entry.seq, at_ms=entry.at_ms, kind=entry.kind, facts=dict(entry.facts))


class StepOut(BaseModel):
    """A card of the after-call lane. `note`: what was done, or why not. `until`: the moment that a card of state
    `waiting` waits for."""

    id: str
    state: str
    attempt: int
    note: str
    until: datetime | None


class ReplayNote(BaseModel):
    """Somebody had it done again. `step`: one card, empty for all that was not done. `lane`: then or now; `differs`:
    what the lane of now changed."""

    step: str
    lane: str
    at: datetime
    by: str
    differs: str


class AfterCallOut(BaseModel):
    """`run_url`: the page of the lane's run in Prefect's dashboard, null until there is a run. `next_at`: when a lane
    that is `pending` is taken up again. `summary`: what a card wrote in place of the result's own, null if none did."""

    state: str
    problem: str
    next_at: datetime | None
    run_url: str | None
    summary: str | None
    steps: list[StepOut]
    replays: list[ReplayNote]


class CallFull(CallOut):
    """`result`: slots with the words that prove them, disclosures, appointment, transcript; null before its end.
    `journal_intact`: false if the stored journal is not as it was written."""

    result: CallResult | None
    turns: list[TurnOut]
    journal: list[JournalEntryOut]
    draft_revision: int | None = Field(description="Which state of the draft a test call tried out.")
    journal_intact: bool
    after_call: AfterCallOut | None


class CallPage(BaseModel):
    """`next`: pass it as `before` for the page that follows; null on the last one."""

    calls: list[CallOut]
    next: str | None


@router.get("")
async def list_calls(
    use: Use,
    asking: Asking,
    flow_id: str | None = None,
    lead_id: str | None = None,
    state: CallState | None = None,
    disposition: str | None = None,
    test: Annotated[bool, Query(description="Calls that tried out a draft, instead of real ones.")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[str | None, Query(description="Id of the last call of the page before.")] = None,
) -> CallPage:
    """Newest first."""
    await use.looks.note(asking.who, "saw_calls", "calls", use.clock.now())
    async with use.database.read() as tx:
        last = _record(await calls.read(tx, before), before) if before else None
        where = CallFilter(flow_id=flow_id, lead_id=lead_id, state=state, disposition=disposition, test=test)
        found = await calls.recent(tx, where, limit, last)
    following = found[-1].id if len(found) == limit else None
    return CallPage(calls=[_call(each, use) for each in found], next=following)


@router.get("/{call_id}", responses={404: {"model": ProblemOut}})
async def one_call(call_id: str, use: Use, asking: Asking) -> CallFull:
    """Everything about a call: what was found out, by which words, what was decided and why, and how long it took."""
    await use.looks.note(asking.who, "saw_call", f"call:{call_id}", use.clock.now())
    live = use.switchboard.live(call_id)
    if live is not None:
        await live.journal.flush()
    async with use.database.read() as tx:
        record = _record(await calls.read(tx, call_id), call_id)
        result = await calls.result(tx, call_id)
        entries = await journal.read(tx, call_id)
        intact = await journal.verify(tx, call_id) is None
        entry = await outbox.find(tx, call_id)
        cards = await steps.read(tx, call_id)
        again = await replays.of_call(tx, call_id)
        trial = await trials.read(tx, call_id) if record.test else None
    after = None
    if entry is not None:
        after = AfterCallOut(
            state=entry.state,
            problem=entry.problem,
            next_at=entry.next_at if entry.state == "pending" else None,
            run_url=run_url(use.settings.prefect_address, entry.flow_run_id) if entry.flow_run_id else None,
            summary=next((each.summary for each in reversed(cards) if each.summary is not None), None),
            steps=[
                StepOut(id=each.step_id, state=each.state, attempt=each.attempt, note=each.note, until=each.until)
                for each in in_lane_order(cards, entry.plan)
            ],
            replays=[
                ReplayNote(step=each.step_id, lane=each.lane, at=each.at, by=each.by, differs=each.differs)
                for each in again
            ],
        )
    return CallFull(
        **_call(record, use).model_dump(),
        result=result,
        turns=turns_of(entries),
        journal=[JournalEntryOut.of(each) for each in entries],
        draft_revision=trial.revision if trial is not None else None,
        journal_intact=intact,
        after_call=after,
    )


@router.get("/{call_id}/flow", responses={404: {"model": ProblemOut}}, operation_id="read_flow_of_call")
async def flow_of_call(call_id: str, use: Use) -> dict[str, Json]:
    """The flow document that the call was held with: the published version, or the draft that it tried out."""
    async with use.database.read() as tx:
        record = _record(await calls.read(tx, call_id), call_id)
        version = await flows.read_version(tx, record.flow_id, record.flow_version)
        trial = await trials.read(tx, call_id) if record.test else None
    held_with = trial or version
    if held_with is None:
        raise Problem(404, "The flow that this call was held with is not kept any more.")
    try:
        return FlowDocument.load(held_with.text).data
    except FlowRefused as refused:
        raise Problem(500, f"The flow that this call was held with cannot be read: {refused}") from None


def _record(record: CallRecord | None, call_id: str | None) -> CallRecord:
    if record is None:
        raise Problem(404, f"There is no call {call_id}.")
    return record


def _call(record: CallRecord, use: Services) -> CallOut:
    own = {"has_recording", "live"}
    return CallOut(
        **{name: getattr(record, name) for name in CallOut.model_fields if name not in own},
        has_recording=record.recording is not None,
        live=use.switchboard.live(record.id) is not None,
    )

"""Doing after-call work again: one card, one call, all that failed on a day. `again` decides what may be done.

A replay sets the call's row in the outbox back; a worker then carries it out like any other. Who asked for it, and
when, is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.aftercall.again import ReplayRefused, Wish, difference, may_begin, to_repeat
from engine.aftercall.facts import holds_for
from engine.aftercall.plan import Plan, PlanInvalid, plan_after_call, read_plan
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.model import Flow
from engine.sdk import CallResult, Json
from engine.store import Database, after_call_list, flows, outbox, replays, steps
from engine.store.after_call_list import Line, Span, Standing, Which
from engine.store.outbox import Entry
from engine.store.replays import Replay
from engine.store.steps import StepRecord

AT_ONCE: Final = 1000
"""Calls that one request sets back."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A call that is set back. `cards`: names of the cards that will be done. `differs`: for the lane as it is now."""

    call_id: str
    cards: tuple[str, ...]
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    call_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay of a call may do. `refused`: why its undone work cannot be done again; empty if it can. `cards`:
    names of what would be done. `now`: what the lane as it is published now would change, or why it cannot be taken;
    `now_possible` tells the two apart, `now_other` whether it changes anything."""

    refused: str
    cards: tuple[str, ...]
    now: str
    now_possible: bool
    now_other: bool


async def replay(tx: AsyncConnection, call_id: str, wish: Wish, by: str, now: datetime) -> Replayed:
    """Set a call back, as far as `wish` says. Raises `ReplayRefused`; then nothing has changed."""
    entry, ledger = await _standing(tx, call_id)
    may_begin(entry, ledger, now)
    frozen = _read(entry.plan)
    first = await replays.first_plan(tx, call_id)
    then = _read(first) if first is not None else frozen
    plan, differs = then, ""
    done = [record.step_id for record in ledger if record.state == "done"]
    if wish.lane == "now":
        plan = await _plan_now(tx, entry)
        differs = difference(then, plan, done)
    repeated = to_repeat(wish, entry, plan, ledger)
    await _set_back(tx, entry, ledger, plan if plan != frozen else None, repeated, now)
    changed = entry.plan if plan != frozen else None
    await replays.note(tx, Replay(call_id, wish.step, wish.lane, now, by, differs), changed)
    undone = set(repeated) | ({step.id for step in plan.steps} - {record.step_id for record in ledger})
    return Replayed(call_id, tuple(s.name for s in plan.steps if s.id in undone and not s.skip), differs)


async def preview(tx: AsyncConnection, call_id: str, now: datetime) -> Preview:
    """Raises `ReplayRefused` only if there is no such work at all."""
    entry, ledger = await _standing(tx, call_id)
    cards: tuple[str, ...] = ()
    refused = ""
    try:
        may_begin(entry, ledger, now)
        first = await replays.first_plan(tx, call_id)
        then = _read(entry.plan if first is None else first)
        repeated = to_repeat(Wish(), entry, then, ledger)
        cards = tuple(step.name for step in then.steps if step.id in repeated and not step.skip)
    except ReplayRefused as problem:
        refused = str(problem)
        if problem.code not in ("all_done", "nothing_failed"):
            return Preview(refused, cards, refused, now_possible=False, now_other=False)
    try:
        plan = await _plan_now(tx, entry)
    except ReplayRefused as problem:
        return Preview(refused, cards, str(problem), now_possible=False, now_other=False)
    done = [record.step_id for record in ledger if record.state == "done"]
    return Preview(refused, cards, difference(then, plan, done), now_possible=True, now_other=plan.steps != then.steps)


async def replay_all(
    database: Database, lines: Sequence[Line], lane: replays.WhichLane, by: str, now: datetime
) -> tuple[list[Replayed], list[Refused]]:
    """Each call by itself: one that cannot be done again does not hold up the others. Raises `DatabaseDown`; calls that
    were set back before stay so."""
    replayed: list[Replayed] = []
    refused: list[Refused] = []
    for line in lines:
        try:
            async with database.begin() as tx:
                replayed.append(await replay(tx, line.call_id, Wish(lane=lane), by, now))
        except ReplayRefused as problem:
            refused.append(Refused(line.call_id, str(problem)))
    return replayed, refused


def in_lane_order(ledger: Sequence[StepRecord], plan: Json) -> list[StepRecord]:
    """As the cards stand in the lane; those that are not in it any more come last, and a lane that cannot be read has
    no order of its own."""
    try:
        places = {step.id: place for place, step in enumerate(read_plan(plan).steps)}
    except PlanInvalid:
        places = {}
    return sorted(ledger, key=lambda record: places.get(record.step_id, len(places)))


async def which(tx: AsyncConnection, standing: Standing, day: date | None, flow_id: str | None) -> Which:
    """A question for `after_call_list`. `day`: as it is where the business is, flow by flow."""
    if day is None:
        return Which(standing, flow_id)
    far = timedelta(hours=14)  # no zone is further from UTC
    midnight = datetime.combine(day, time(), UTC)
    near = await after_call_list.flows_between(tx, standing, (midnight - far, midnight + timedelta(days=1) + far))
    asked = [each for each in near if flow_id in (None, each)]
    return Which(standing, flow_id, {each: day_in(day, await zone_of(tx, each)) for each in asked})


def day_in(day: date, zone: ZoneInfo) -> Span:
    """From its midnight to the next one; 23 or 25 hours when the clocks change."""
    begin, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


async def zone_of(tx: AsyncConnection, flow_id: str) -> ZoneInfo:
    """Where the business of a flow is: as its published version says, or its draft; UTC if nothing does."""
    kept = await flows.read_version(tx, flow_id) or await flows.draft(tx, flow_id)
    try:
        return ZoneInfo(FlowDocument.load(kept.text).flow.seller.zone) if kept is not None else ZoneInfo("UTC")
    except (FlowRefused, ValueError, KeyError):
        return ZoneInfo("UTC")


async def _standing(tx: AsyncConnection, call_id: str) -> tuple[Entry, Sequence[StepRecord]]:
    entry = await outbox.find(tx, call_id)
    if entry is None:
        raise ReplayRefused("nothing_to_do", f"There is no after-call work of a call '{call_id}'.")
    return entry, await steps.read(tx, call_id)


async def _set_back(
    tx: AsyncConnection, entry: Entry, ledger: Sequence[StepRecord], plan: Plan | None, repeated: frozenset[str],
    now: datetime,
) -> None:  # fmt: skip
    if not await outbox.restart(tx, entry, now, plan.document() if plan is not None else None):
        raise ReplayRefused(
            "changed_meanwhile", "Somebody else has just taken up this call. Look again, and try again if it failed."
        )
    gone = {record.step_id for record in ledger if plan is not None and record.state != "done"}
    gone -= {step.id for step in plan.steps} if plan is not None else set()
    await steps.strike(tx, entry.call_id, repeated | gone)
    if entry.state == "dead":
        await steps.give_up(tx, entry.call_id, [each.step_id for each in ledger if each.step_id not in repeated])


async def _plan_now(tx: AsyncConnection, entry: Entry) -> Plan:
    """For the facts of the call, by the lane that is published now."""
    version = await flows.read_version(tx, entry.flow_id)
    if version is None:
        raise ReplayRefused("no_lane_now", f"The flow '{entry.flow_name}' has no published version now.")
    try:
        flow: Flow = FlowDocument.load(version.text).flow
        plan = plan_after_call(flow, holds_for(flow, CallResult.model_validate(entry.result)))
    except PlanInvalid as invalid:
        raise ReplayRefused("no_lane_now", f"The lane as it is now cannot be carried out. {invalid}") from invalid
    except (FlowRefused, ValueError) as problem:
        raise ReplayRefused("no_lane_now", "The flow as it is published now cannot be read.") from problem
    if not plan.steps:
        raise ReplayRefused("no_lane_now", f"The flow '{entry.flow_name}' has no cards for after the call any more.")
    return plan


def _read(plan: Json) -> Plan:
    try:
        return read_plan(plan)
    except PlanInvalid as invalid:
        raise ReplayRefused("plan_unreadable", f"{invalid} Nothing can be done again by it.") from invalid

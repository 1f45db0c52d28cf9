"""What may be done again of a call's after-call work, and what doing it by another lane would change. Pure.

What is done stays done. A card that failed is tried again together with the cards that wait for it; the others stay as
they are. A card that is done is repeated only if somebody says so on purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from engine.aftercall.plan import Plan, PlannedStep
from engine.store.outbox import Entry
from engine.store.replays import WhichLane
from engine.store.steps import StepRecord

Code = Literal[
    "nothing_to_do", "in_work", "erased", "all_done", "nothing_failed", "no_card", "card_done",
    "card_not_needed", "card_waits", "no_lane_now", "plan_unreadable", "changed_meanwhile",
]  # fmt: skip

NOTHING_FAILED: Final = "Nothing of it has failed. It goes on by itself when its time comes."


class ReplayRefused(Exception):
    """It is not done again. The message says why and what to do; `code` is for programs, permanent."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code: Final = code


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done again. `step`: one card with those that wait for it; empty for all that is not done. `again`:
    the card is to be repeated although it is done."""

    step: str = ""
    lane: WhichLane = "then"
    again: bool = False


def may_begin(entry: Entry, ledger: Sequence[StepRecord], now: datetime) -> None:
    """Raises `ReplayRefused` while somebody is, or may be, at work on the call, and when its data is gone."""
    claimed = entry.claimed_until is not None and entry.claimed_until >= now
    if entry.state == "dispatched" or claimed:
        raise ReplayRefused("in_work", "The after-call work of this call is being done right now. Wait for its end.")
    if entry.result is None:
        raise ReplayRefused(
            "erased", "What was said in this call has been erased, so nothing can be sent from it any more."
        )
    for record in ledger:
        if record.owner is not None and record.lease_until is not None and record.lease_until >= now:
            seconds = (record.lease_until - now).total_seconds()
            raise ReplayRefused(
                "in_work",
                f"A worker that fell silent may still be at the card '{record.step_id}'. Try again in {seconds:.0f} s.",
            )


def to_repeat(wish: Wish, entry: Entry, plan: Plan, ledger: Sequence[StepRecord]) -> frozenset[str]:
    """Ids of the steps that are to be struck out of the ledger. `plan`: the one that will be carried out. Raises
    `ReplayRefused`."""
    states = {record.step_id: record.state for record in ledger}
    if wish.step:
        return _one(wish, entry, plan, {record.step_id: record for record in ledger})
    undone = frozenset(id for id, state in states.items() if state != "done")
    if entry.state == "done" and (wish.lane == "then" or not _new(plan, states)):
        raise ReplayRefused(
            "all_done",
            "All after-call work of this call is done. To repeat one card, name it and say that it may happen twice.",
        )
    if entry.state == "pending" and not any(state in ("failed", "blocked", "started") for state in states.values()):
        raise ReplayRefused("nothing_failed", NOTHING_FAILED)
    return undone


def _new(plan: Plan, states: Mapping[str, str]) -> bool:
    """Whether the plan has work that was not done for the call."""
    return any(not step.skip and states.get(step.id) != "done" for step in plan.steps)


def _one(wish: Wish, entry: Entry, plan: Plan, ledger: Mapping[str, StepRecord]) -> frozenset[str]:
    try:
        step = plan.step(wish.step)
    except KeyError:
        known = ", ".join(each.id for each in plan.steps)
        raise ReplayRefused("no_card", f"The lane has no card '{wish.step}'. Its cards are: {known}.") from None
    record = ledger.get(step.id)
    if record is not None and record.state == "done":
        if not wish.again:
            raise ReplayRefused(
                "card_done",
                f"'{step.name}' is done. Repeating it may do the same thing twice on the other side: say that you want "
                "that, if you do.",
            )
        return frozenset({step.id})
    if step.skip:
        raise ReplayRefused("card_not_needed", f"'{step.name}' has nothing to do in this call. {step.skip}")
    cause = _before(step, plan, ledger)
    if cause is not None:
        raise ReplayRefused("card_waits", f"'{step.name}' waits for '{cause.name}', which comes first. Try that again.")
    if record is not None and record.state == "skipped":
        raise ReplayRefused("card_not_needed", f"'{step.name}' has nothing to do in this call. {record.note}")
    fresh = record is None and entry.state == "pending"
    if fresh or (record is not None and record.state not in ("failed", "started")):
        raise ReplayRefused("nothing_failed", NOTHING_FAILED)
    with_it = {step.id, *waiting_for(plan, step.id)}
    return frozenset(id for id in with_it if id not in ledger or ledger[id].state != "done")


def _before(step: PlannedStep, plan: Plan, ledger: Mapping[str, StepRecord]) -> PlannedStep | None:
    """The card before `step` that must work first, if there is one."""
    for needs in step.needs:
        before = plan.step(needs.step)
        state = ledger[before.id].state if before.id in ledger else ""
        if needs.when == "done" and state in ("failed", "blocked", "started", ""):
            return _before(before, plan, ledger) or before
    return None


def waiting_for(plan: Plan, step_id: str) -> frozenset[str]:
    """Ids of all the cards after `step_id`, near and far."""
    found = {step_id}
    for step in plan.steps:  # each stands after the ones it needs
        if any(needs.step in found for needs in step.needs):
            found.add(step.id)
    return frozenset(found - {step_id})


def difference(then: Plan, now: Plan, done: Collection[str]) -> str:
    """What carrying out `now` in the place of `then` changes, in sentences. `done`: ids of cards that stay done."""
    old, new = ({step.id: step for step in plan.steps} for plan in (then, now))
    changed = [step for id, step in new.items() if id in old and old[id] != step]
    lines = [
        ("New in the lane: {}.", [step for id, step in new.items() if id not in old and id not in done]),
        ("Changed: {}.", [step for step in changed if step.id not in done]),
        ("Changed, but done already and not repeated: {}.", [step for step in changed if step.id in done]),
        ("Not in the lane any more: {}.", [step for id, step in old.items() if id not in new and id not in done]),
        (
            "Not in the lane any more, but done already: {}.",
            [step for id, step in old.items() if id not in new and id in done],
        ),
    ]
    sentences = [words.format(", ".join(f"'{step.name}'" for step in steps)) for words, steps in lines if steps]
    if (then.seller, then.seller_phone, then.assistant) != (now.seller, now.seller_phone, now.assistant):
        sentences.append("Texts name your business, its number and the assistant as they are now.")
    if not sentences:
        return f"The lane of version {now.flow_version} is the same as it was for this call."
    return f"Version {now.flow_version} instead of {then.flow_version}. " + " ".join(sentences)

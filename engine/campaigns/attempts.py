"""When a lead is called next, after what came of the calls before (qualification.md, sections 2 and 5). Pure.

A talk ends the plan, whatever came of it; only a time that was agreed for another call is kept. Somebody who was not
reached is tried again by the steps of the plan, at another part of the day than before. Calls of which the carrier
knew nothing have reached nobody: they use up no attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engine.campaigns.model import AttemptPlan, Step

NOT_REACHED: Final[Mapping[str, str]] = {
    "no_answer": "Nobody answered",
    "busy": "The line was busy",
    "voicemail_left": "The voicemail answered, and a message was left",
    "voicemail_no_message": "The voicemail answered",
    "screened": "A screening service did not put us through",
    "no_input": "Somebody picked up, but nothing could be understood",
    "failed": "The carrier could not put the call through",
}
"""Tried again by the plan."""

ONCE_MORE: Final[Mapping[str, str]] = {
    "incomplete_hangup": "The person hung up in the middle",
    "minor_answered": "A child answered",
    "third_party_answered": "Somebody else answered",
}
"""Tried again once."""

ENDS: Final[Mapping[str, str]] = {
    "do_not_call": "The person asked not to be called any more",
    "emergency_redirected": "The person was told to get help",
    "wrong_number": "The number is somebody else's",
    "booked": "An appointment is booked",
    "transferred": "A colleague took the call",
    "qualified_no_booking": "A colleague goes on from here",
    "unqualified": "What is offered does not fit",
    "not_interested": "The person is not interested",
    "already_served": "The person is served already",
    "language_barrier": "A colleague who speaks the language goes on from here",
    "abusive_ended": "A person has to look at this before anybody calls again",
    "invalid_number": "The number does not exist or is out of service",
}

NOT_PLACED_AGAIN: Final = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240))
"""Pauses after calls that could not be placed at all: trouble of ours or of the carrier's, which passes."""

PARTS: Final = (time(9, 30), time(12, 30), time(17, 0))
"""Morning, midday, evening: when another hour is tried, in the person's zone. The minutes of the first attempt are
added, so that a thousand leads of one day are not all due in one minute."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A call that is over. `at`: when it was placed, aware. `asked`: whether a phone may have rung. `callback`: the
    time agreed in it for another call, and `callback_by` who makes that."""

    at: datetime
    disposition: str
    asked: bool = True
    callback: datetime | None = None
    callback_by: Literal["assistant", "human"] = "assistant"


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """`at`: aware, None: nobody is called any more. `why`: a sentence for people. `agreed`: the person asked for this
    very call at this time."""

    at: datetime | None
    why: str
    agreed: bool = False


def next_attempt(plan: AttemptPlan, tried: Sequence[Tried], zone: str, now: datetime) -> NextAttempt:
    """`tried`: calls to the lead, oldest first, at least one. `zone`: the person's, an IANA name."""
    last = tried[-1]
    if not last.asked:
        return _not_placed(tried, now)
    if last.disposition == "callback_scheduled":
        return _callback(last, now)
    if last.disposition in ENDS:
        return NextAttempt(None, f"{ENDS[last.disposition]}.")
    what = NOT_REACHED.get(last.disposition) or ONCE_MORE.get(last.disposition)
    if what is None:  # a disposition of the flow's own: there was a talk
        return NextAttempt(None, f"There was a talk ({last.disposition.replace('_', ' ')}).")
    if last.disposition == "incomplete_hangup" and not plan.retry_cut_off:
        return NextAttempt(None, f"{what}, and the campaign does not try again then.")
    if last.disposition in ONCE_MORE and sum(each.disposition == last.disposition for each in tried) > 1:
        return NextAttempt(None, f"{what} once more.")
    return _by_plan(plan, tried, zone, now, what)


def _by_plan(plan: AttemptPlan, tried: Sequence[Tried], zone: str, now: datetime, what: str) -> NextAttempt:
    rang = [each for each in tried if each.asked]
    # A call that was agreed, and was not picked up, begins the steps anew.
    agreed = max((number for number, each in enumerate(rang) if each.disposition == "callback_scheduled"), default=-1)
    round_ = rang[agreed + 1 :]
    if len(rang) >= plan.lifetime or len(round_) > len(plan.steps):
        return NextAttempt(None, f"{what}, and all {len(rang)} attempts have been made.")
    step = plan.steps[len(round_) - 1]
    other_hour = tried[-1].disposition in ONCE_MORE and tried[-1].disposition != "incomplete_hangup"
    at = _moment(step, round_, ZoneInfo(zone), other_hour=other_hour)
    at = max(at, tried[-1].at + timedelta(minutes=plan.min_gap_min), now)
    return NextAttempt(at, f"{what}. Attempt {len(rang) + 1} of at most {_most(plan, rang, round_)} is next.")


def _most(plan: AttemptPlan, rang: Sequence[Tried], round_: Sequence[Tried]) -> int:
    return min(plan.lifetime, len(rang) - len(round_) + len(plan.steps) + 1)


def _moment(step: Step, rang: Sequence[Tried], zone: ZoneInfo, *, other_hour: bool) -> datetime:
    last = rang[-1].at
    if step.after_min is not None and not other_hour:
        return last + timedelta(minutes=step.after_min)
    if step.after_min is not None or step.day is None:
        return _next_part(rang, zone)
    first = rang[0].at.astimezone(zone)
    at = time.fromisoformat(step.at) if step.at else _another_part(rang, zone)
    return _local(first.date() + timedelta(days=step.day), at, zone)


def _next_part(rang: Sequence[Tried], zone: ZoneInfo) -> datetime:
    """The soonest beginning of another part of the day."""
    last = rang[-1].at.astimezone(zone)
    hours = [each for number, each in enumerate(_parts(rang, zone)) if number != _part_of(last)]
    coming = [_local(last.date() + timedelta(days=days), each, zone) for days in (0, 1) for each in hours]
    return min(each for each in coming if each > last)


def _another_part(rang: Sequence[Tried], zone: ZoneInfo) -> time:
    """The part of the day that was tried least, the next one after the last try where several were."""
    used = [_part_of(each.at.astimezone(zone)) for each in rang]
    turn = [(used[-1] + further) % len(PARTS) for further in range(1, len(PARTS) + 1)]
    return _parts(rang, zone)[min(turn, key=lambda part: (used.count(part), turn.index(part)))]


def _parts(rang: Sequence[Tried], zone: ZoneInfo) -> list[time]:
    minutes = rang[0].at.astimezone(zone).minute
    return [(datetime.combine(date.min, each) + timedelta(minutes=minutes)).time() for each in PARTS]


def _part_of(local: datetime) -> int:
    return 0 if local.hour < 12 else 1 if local.hour < 16 else 2


def _local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A moment by the clock on the wall, in UTC; one that a switch to summer time leaves out is an hour later."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _callback(last: Tried, now: datetime) -> NextAttempt:
    if last.callback_by == "human":
        return NextAttempt(None, "A colleague calls back at the agreed time.")
    if last.callback is None:
        return NextAttempt(None, "A call back was agreed, but no time: a colleague has to look at it.")
    return NextAttempt(max(last.callback, now), "The person asked to be called back then.", agreed=True)


def _not_placed(tried: Sequence[Tried], now: datetime) -> NextAttempt:
    missed = 0
    for each in reversed(tried):
        if each.asked:
            break
        missed += 1
    if missed > len(NOT_PLACED_AGAIN):
        return NextAttempt(None, f"The call could not be placed {missed} times; a person has to look at it.")
    return NextAttempt(
        now + NOT_PLACED_AGAIN[missed - 1], "The call could not be placed; nobody's phone rang. It is tried again."
    )

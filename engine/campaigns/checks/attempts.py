"""How often: a plan of attempts that can be carried out as it stands, within its own caps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from engine.campaigns.around import Around
from engine.campaigns.checks.hours import spans
from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import DAYS, Campaign, Step

A_DAY_MIN = 24 * 60
LAWFUL = (time(8), time(21))
"""No state lets anybody be called outside of it."""


def check_steps(campaign: Campaign, around: Around) -> Iterator[Issue]:
    plan = campaign.attempts
    unclear = False
    for place, step in enumerate(plan.steps):
        path = f"attempts.steps.{place}"
        if (step.after_min is None) == (step.day is None) or (step.after_min is not None and step.at):
            unclear = True
            yield issue(
                "step_unclear", path, f"When attempt {place + 2} is made is not clear.",
                "Give either minutes after the attempt before, or a day after the first one, with or without a time.",
            )  # fmt: skip
        elif step.at:
            yield from _time_of(campaign, step, place)
        if step.after_min is not None and step.after_min < plan.min_gap_min:
            yield issue(
                "step_too_soon", f"{path}.after_min",
                f"Attempt {place + 2} is planned {step.after_min} minutes after the one before, but between two "
                f"attempts {plan.min_gap_min} minutes have to pass.",
                f"Plan it at least {plan.min_gap_min} minutes later, or shorten the gap.",
            )  # fmt: skip
    if not unclear:
        yield from _order(plan.steps)
        yield from _within_a_day(plan.steps, plan.per_24h)
    in_all = len(plan.steps) + 1
    if in_all > plan.lifetime:
        yield issue(
            "too_many_in_all", "attempts.lifetime",
            f"The plan has {in_all} attempts, but nobody is called more than {plan.lifetime} times.",
            "Take attempts out of the plan, or raise the limit.",
        )  # fmt: skip


def _time_of(campaign: Campaign, step: Step, place: int) -> Iterator[Issue]:
    path = f"attempts.steps.{place}.at"
    try:
        at = time.fromisoformat(step.at)
    except ValueError:
        yield issue(
            "bad_step_time", path, f"“{step.at}” is no time of day.", "Write it like 17:30, or leave it empty."
        )  # fmt: skip
        return
    try:
        own = [spans(campaign, day) for day in DAYS]
    except ValueError:
        return  # told of at the hours
    if not any(start <= at <= end for each in own for start, end in ((LAWFUL,) if each is None else each)):
        yield issue(
            "step_outside_hours", path,
            f"Attempt {place + 2} is planned for {step.at}, when this campaign never calls; it waits until it may.",
            "Choose a time within the hours of the campaign.",
        )  # fmt: skip


def _order(steps: Sequence[Step]) -> Iterator[Issue]:
    elapsed = 0
    for place, step in enumerate(steps):
        if step.after_min is not None:
            elapsed += step.after_min
        elif step.day is not None:
            if step.day <= elapsed // A_DAY_MIN:
                yield issue(
                    "steps_out_of_order", f"attempts.steps.{place}.day",
                    f"Attempt {place + 2} is planned for day {step.day}, when the attempt before it is later or on "
                    "the same day.",
                    "Put the attempts into the order of their days.",
                )  # fmt: skip
                return
            elapsed = step.day * A_DAY_MIN


def _within_a_day(steps: Sequence[Step], per_24h: int) -> Iterator[Issue]:
    """Only what is certain: attempts that follow each other by minutes."""
    run = [0]
    for place, step in enumerate(steps):
        run = [*run, run[-1] + step.after_min] if step.after_min is not None else [0]
        inside = [each for each in run if run[-1] - each < A_DAY_MIN]
        if len(inside) > per_24h:
            yield issue(
                "too_many_a_day", f"attempts.steps.{place}.after_min",
                f"With attempt {place + 2} there are {len(inside)} attempts within 24 hours, but only {per_24h} are "
                "allowed.",
                "Plan it for a later day.",
            )  # fmt: skip
            return

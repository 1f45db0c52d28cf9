"""A campaign in sentences: what its plan and its hours come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from engine.campaigns.around import Window
from engine.campaigns.checks.hours import DAY_WORDS, spans
from engine.campaigns.model import DAYS, AttemptPlan, Campaign, Step


def plan_words(plan: AttemptPlan) -> str:
    """'At once. If nobody answers: 2 hours later; the next day at another hour. 3 attempts in all, ...'"""
    steps = list(_steps(plan.steps))
    first = f"At once. If nobody answers: {'; '.join(steps)}." if steps else "At once, and never again."
    count = min(len(steps) + 1, plan.lifetime)
    caps = f"at most {plan.per_24h} within 24 hours and {_length(plan.min_gap_min)} apart"
    return f"{first} {count} attempt{'s' if count > 1 else ''} in all, {caps}." if steps else first


def hours_words(campaign: Campaign) -> str:
    """'Mondays to Fridays 09:00-20:00, Saturdays as the law allows, Sundays never.' Empty for hours that cannot be
    read."""
    try:
        told = {day: _hours(spans(campaign, day)) for day in DAYS}
    except ValueError:
        return ""
    if len(set(told.values())) == 1:
        days = f"Every day {told['weekday']}"
    else:
        days = ", ".join(f"{DAY_WORDS[day]} {told[day]}" for day in DAYS)
    holidays = "" if campaign.hours.holidays == "as_usual" else " No calls on holidays."
    return f"{days}, in the called person's time.{holidays}"


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.after_min is not None:
            yield f"{_length(step.after_min)} later"
        elif step.day is not None:
            day = "the next day" if step.day == 1 else f"on day {step.day}"
            yield f"{day} at {step.at}" if step.at else f"{day} at another hour"


def _hours(wanted: Sequence[Window] | None) -> str:
    if wanted is None:
        return "as the law allows"
    return " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in wanted) or "never"


def _clock(moment: time) -> str:
    return moment.strftime("%H:%M")


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    if days and not left and not rest:
        return f"{days} day{'s' if days > 1 else ''}"
    if hours and not rest:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    if hours:
        return f"{hours} h {rest} min"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"

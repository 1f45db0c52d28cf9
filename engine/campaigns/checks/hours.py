"""When the campaign calls: hours that can be read, and that the law ever allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Final

from engine.campaigns.around import Around, StateHours, Window
from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import DAYS, Campaign, windows

DAY_WORDS: Final = {"weekday": "Mondays to Fridays", "saturday": "Saturdays", "sunday": "Sundays"}
_NAMED: Final = 4
"""So many states are named in a sentence; of more, the number is told."""


def check_hours(campaign: Campaign, around: Around) -> Iterator[Issue]:
    wanted: dict[str, Sequence[Window] | None] = {}
    unreadable = False
    for day in DAYS:
        try:
            wanted[day] = spans(campaign, day)
        except ValueError as problem:
            unreadable = True
            yield issue(
                "bad_hours", f"hours.{day}", f"The hours for {DAY_WORDS[day]} cannot be read: {problem}",
                "Write spans like 09:00-12:00, 14:00-20:00; or choose that only the law bounds.",
            )  # fmt: skip
    if unreadable:
        return
    if all(each is not None and not each for each in wanted.values()):
        yield issue(
            "no_hours", "hours", "On no day is anybody called.", "Give hours for at least one kind of day."
        )  # fmt: skip
        return
    yield from _against_the_law(wanted, campaign.rules.margin_min, around.states)


def spans(campaign: Campaign, day: str) -> Sequence[Window] | None:
    """The campaign's own hours on such days; None: only the law bounds. Raises ValueError."""
    text = getattr(campaign.hours, day)
    return windows(text) if text.strip() else None


def lawful(wanted: Sequence[Window] | None, state: Window | None, margin_min: int) -> list[Window]:
    """What is left of the hours in a state that closes `margin_min` earlier. None as `wanted`: all that is allowed."""
    if state is None:
        return []
    first, last = _minutes(state[0]), _minutes(state[1]) - margin_min
    asked = [(first, last)] if wanted is None else [(_minutes(start), _minutes(end)) for start, end in wanted]
    cut = [(max(start, first), min(end, last)) for start, end in asked]
    return [(_time(start), _time(end)) for start, end in cut if start < end]


def _against_the_law(
    wanted: dict[str, Sequence[Window] | None], margin_min: int, states: Sequence[StateHours]
) -> Iterator[Issue]:
    missed = [
        state.name
        for state in states
        if not any(lawful(wanted[day], state.of(day), margin_min) for day in DAYS)
    ]  # fmt: skip
    if not missed:
        return
    if len(missed) == len(states):
        yield issue(
            "hours_never_lawful", "hours", "At these hours nobody may be called in any state.",
            "Widen the hours: in most states calls are allowed from 09:00 to 20:00.",
        )  # fmt: skip
        return
    shown = f"{', '.join(missed[:-1])} and {missed[-1]}" if len(missed) > 1 else missed[0]
    where = shown if len(missed) <= _NAMED else f"{len(missed)} states ({', '.join(missed[:_NAMED])} ...)"
    yield issue(
        "hours_miss_states", "hours",
        f"At these hours people in {where} may never be called: the law there is narrower.",
        "Add hours on other days, or leave it: leads from there then wait and are never called.",
    )  # fmt: skip


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)

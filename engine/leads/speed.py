"""From form to first word: the stages of a lead's first call, and figures over many of them. Pure.

form -> webhook -> accepted -> permitted -> requested -> ringing -> answered -> greeted -> first word
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

StageName = Literal[
    "form", "webhook", "accepted", "permitted", "requested", "ringing", "answered", "greeted", "first_word"
]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)
"""`form`: the person sent it, as the source says. `webhook`: it reached us. `accepted`: it was committed. `permitted`:
the policy allowed the call. `requested`: the carrier was asked. `ringing`, `answered`: as the carrier tells. `greeted`:
the person's hello was over. `first_word`: our first word was on the line."""

Times = Mapping[StageName, datetime]
"""When each stage was reached; stages that nobody knows of, or that were never reached, are left out."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`since_start_ms`: since the first stage that is known; `took_ms`: since the one before, None for the first.
    Clocks of others may be some milliseconds off: nothing takes less than no time."""

    name: StageName
    at: datetime
    since_start_ms: int
    took_ms: int | None


def stages(times: Times) -> Sequence[Stage]:
    """In their order."""
    found: list[Stage] = []
    for name in STAGES:
        if (at := times.get(name)) is None:
            continue
        since = max(found[-1].since_start_ms, _ms(found[0].at, at)) if found else 0
        found.append(Stage(name, at, since, since - found[-1].since_start_ms if found else None))
    return found


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds over `count` measures."""

    count: int
    p50: int
    p95: int


def quantiles(measures: Iterable[int]) -> Quantiles | None:
    """None without a measure. The 95th is one that was measured, not one in between."""
    ordered = sorted(measures)
    if not ordered:
        return None
    return Quantiles(len(ordered), _share(ordered, 0.5), _share(ordered, 0.95))


@dataclass(frozen=True, slots=True)
class Speed:
    """`took`: each stage, from the one before it. `to_ring`: from the moment the lead reached us to the first ring, the
    figure called speed-to-lead; `to_answer`, `to_first_word` likewise. `greeting`: from the end of the person's hello
    to our first word."""

    took: Mapping[StageName, Quantiles]
    to_ring: Quantiles | None
    to_answer: Quantiles | None
    to_first_word: Quantiles | None
    greeting: Quantiles | None


def speed(first_calls: Sequence[Times]) -> Speed:
    """Of first attempts that were made at once; those that had to wait for calling hours would only tell the hour."""
    took: dict[StageName, list[int]] = {name: [] for name in STAGES}
    for times in first_calls:
        for stage in stages(times):
            if stage.took_ms is not None:
                took[stage.name].append(stage.took_ms)
    found = {name: quantiles(measures) for name, measures in took.items()}
    return Speed(
        took={name: each for name, each in found.items() if each is not None},
        to_ring=_between(first_calls, "webhook", "ringing"),
        to_answer=_between(first_calls, "webhook", "answered"),
        to_first_word=_between(first_calls, "webhook", "first_word"),
        greeting=_between(first_calls, "greeted", "first_word"),
    )


def _between(calls: Iterable[Times], start: StageName, end: StageName) -> Quantiles | None:
    return quantiles(max(0, _ms(each[start], each[end])) for each in calls if start in each and end in each)


def _ms(start: datetime, end: datetime) -> int:
    return round(1000 * (end - start).total_seconds())


def _share(ordered: Sequence[int], share: float) -> int:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

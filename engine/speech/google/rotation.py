"""When a stream is given up for the next one, and how soon another is opened after an error. Pure.

Google ends a stream after five minutes with ABORTED (v1: OUT_OF_RANGE), whoever is speaking. So the next one is opened
before, in a silence if there is one. Errors are told apart by their exact status: in Google's Python classes an
OutOfRange is a BadRequest like InvalidArgument, but one of them wants a new stream and the other must never get one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Why = Literal["planned", "forced"]

_LIMITS: Final = frozenset({"ABORTED", "OUT_OF_RANGE"})
"""The stream's own end (its length, or too long without sound): nothing is wrong."""

_PASSING: Final = frozenset({"UNAVAILABLE", "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "CANCELLED", "DATA_LOSS"})
_CROWDED: Final = frozenset({"RESOURCE_EXHAUSTED"})

REPLAY_S: Final = 10.0
"""More than this is not sent again: it goes faster than real time, and Google takes short bursts only."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds of a stream's age. From `plan_from` on the first moment without a voice, a turn or an unfinished text
    is taken; from `plan_anyhow` on any silence of `silence_s` (field-lessons R1); at `force_at` there is no choice."""

    plan_from: float = 240.0
    plan_anyhow: float = 255.0
    force_at: float = 285.0
    silence_s: float = 0.3


def rotation_due(limits: StreamLimits, *, age_s: float, silent_s: float, busy: bool) -> Why | None:
    """Whether the stream is to be replaced now. `busy`: a turn is running, or a text is not final yet."""
    if age_s >= limits.force_at:
        return "forced"
    silent = silent_s >= limits.silence_s
    if silent and (age_s >= limits.plan_anyhow or (age_s >= limits.plan_from and not busy)):
        return "planned"
    return None


def reopen_after(status: str, failures: int) -> float | None:
    """Seconds to wait before another stream is opened; None: never, a person has to change something.

    `status`: the name of the gRPC status. `failures`: streams in a row that ended so without a single answer, this
    one included (0: it had answered).
    """
    if status not in _LIMITS | _PASSING | _CROWDED:
        return None
    if failures == 0:
        return 0.0 if status in _LIMITS else 0.1
    first = 1.0 if status in _CROWDED else 0.25
    return min(8.0, first * 2.0 ** (failures - 1))

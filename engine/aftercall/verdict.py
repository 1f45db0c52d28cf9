"""What becomes of a card, and of a call after its run. Pure: the moment is an argument.

A card that waits for a moment holds the call open without using up a try; one that did not work uses one up; one that
only a person can mend is told at the end, when nothing else is left to do.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.aftercall.plan import PlannedStep
from engine.sdk import StepOutcome
from engine.store.outbox import Entry

ReportState = Literal["done", "failed", "skipped", "blocked", "later", "waits"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Times in seconds (sources: design/aftercall.md, chapters 4, 7 and 8).

    `lease_s`: an executor silent for longer has lost the call; it renews three times in that span. `pending_s`: how
    long a dispatched run may wait for a free worker. `longest_step_s`: no card may take longer, whatever it declares;
    `step_margin_s`: by this a step's lease outlasts its time limit.
    `try_again_s`: pauses between executions of a call; after the last one the call is `dead` (the sum is 24 hours).
    """

    lease_s: float = 45.0
    pending_s: float = 90.0
    longest_step_s: float = 60.0
    step_margin_s: float = 10.0
    try_again_s: tuple[float, ...] = (30, 120, 480, 1800, 3600, 7200, 10800, 14400, 21600, 26400)

    def pause_s(self, entry_id: str, attempt: int, at_least_s: float = 0.0) -> float | None:
        """Seconds until execution `attempt` + 1; None when there is to be none. A fifth is spread, by the id, so that
        calls that failed together do not come back together."""
        if attempt > len(self.try_again_s):
            return None
        spread = 0.8 + 0.4 * (zlib.crc32(f"{entry_id}:{attempt}".encode()) % 1000) / 1000
        return max(self.try_again_s[max(attempt - 1, 0)] * spread, at_least_s)


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step ended in this run. `again`: it was done in an earlier run. `retry_after_s`: asked for by the other
    side, for state `later`. `until`: for state `waits`."""

    step: PlannedStep
    state: ReportState
    note: str
    outcome: StepOutcome | None = None
    again: bool = False
    retry_after_s: float | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LaneEnd:
    """How the run left the call. `next_at`: when it will be taken up again, for state `pending`. `counts`: whether this
    run was a try, and not only a look at what waits. `news`: something failed for good that no earlier run has told."""

    state: Literal["done", "failed", "dead", "pending"]
    summary: str
    next_at: datetime | None = None
    counts: bool = True
    news: bool = False


def ready(step: PlannedStep, before: Mapping[str, StepReport]) -> StepReport | None:
    """None if the step may run; else how it ends without running."""
    if step.skip:
        return StepReport(step, "skipped", step.skip)
    for needs in step.needs:
        other = before[needs.step]
        name = f"'{other.step.name}'"
        if other.state in ("later", "waits"):
            verb = "has yet to work" if other.state == "later" else "waits for its time"
            return StepReport(step, "blocked", f"Waits: {name}, which comes before it, {verb}.")
        if needs.when == "done" and other.state in ("failed", "blocked"):
            return StepReport(step, "blocked", f"Waits: {name}, which comes before it, failed.")
        if needs.when == "failed" and other.state in ("done", "skipped"):
            return StepReport(step, "skipped", f"Not needed: {name} did not fail.")
        if needs.when == "failed" and other.state == "blocked":
            return StepReport(step, "blocked", f"Waits: {name} has not been tried.")
        if other.state == "skipped":
            return StepReport(step, "skipped", f"Not needed: {name} was not needed either.")
    return None


def conclude(reports: Sequence[StepReport], entry: Entry, terms: Terms, now: datetime) -> LaneEnd:
    """What becomes of the call after a run. What waits or may still work keeps it open; a failure is told at the
    end."""
    failed, later, waits = ([each for each in reports if each.state == state] for state in ("failed", "later", "waits"))
    count = f"{sum(report.state == 'done' for report in reports)} of {len(reports)} cards done"
    skipped = sum(report.state == "skipped" for report in reports)
    if skipped:
        count += f", {skipped} not needed"
    words = "; ".join(f"{report.step.name}: {report.note}" for report in [*failed, *later, *waits])
    news = any(not report.again for report in failed)
    moments = [report.until for report in waits if report.until is not None]
    if later:
        asked = max((report.retry_after_s or 0.0 for report in later), default=0.0)
        pause = terms.pause_s(entry.id, entry.attempt, asked)
        if pause is not None:
            moments.append(now + timedelta(seconds=pause))
    if moments:
        return LaneEnd("pending", f"{count}. {words}", min(moments), counts=bool(later), news=news)
    if later:
        return LaneEnd("dead", f"{count}. Tried {entry.attempt} times, now given up. {words}", news=True)
    if failed:
        return LaneEnd("failed", f"{count}. {words}", news=news)
    return LaneEnd("done", f"{count}.")


def summary_before(step: PlannedStep, before: Mapping[str, StepReport]) -> str | None:
    """The summary that a card before this one wrote, the nearest first; None if none did."""
    waiting = [needs.step for needs in step.needs]
    seen: set[str] = set()
    while waiting:
        report = before.get(waiting.pop(0))
        if report is None or report.step.id in seen:
            continue
        if report.outcome is not None and report.outcome.summary is not None:
            return report.outcome.summary
        seen.add(report.step.id)
        waiting += [needs.step for needs in report.step.needs]
    return None

"""Appends one line for each call to a CSV file."""

import asyncio
import csv
import fcntl
import io
from pathlib import Path

from pydantic import Field

from engine.sdk import AfterCallContext, AfterCallNode, NodeSettings, Permanent, StepOutcome, Transient, marks


class CallLogSettings(NodeSettings):
    path: str = Field("calls.csv", title="File", description="Where the log is kept. Its folder must exist.")
    answers: tuple[str, ...] = Field(
        (),
        title="Answers to log",
        description="Each is a column of its own, in this order.",
        json_schema_extra=marks(refers="slot", ordered=True),
    )
    only: str = Field(
        "",
        title="Only calls that ended as",
        description="Other calls are not logged. Left empty: all are.",
        json_schema_extra=marks(refers="outcome", advanced=True),
    )


class CallLog(AfterCallNode[CallLogSettings]):
    type = "acme.call_log"
    title = "Log the call"
    summary = "Writes one line about the call into a CSV file."
    icon = "table_rows"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        result, settings = ctx.result, self.settings
        if settings.only and settings.only != result.outcome.disposition:
            return StepOutcome(f"Not logged: the call ended as {result.outcome.disposition}.")
        said = {answer.slot: str(answer.value) for answer in result.answers}
        answers = [said.get(slot, "") for slot in settings.answers]
        row = [result.occurred_at.isoformat(), result.lead.id, result.outcome.disposition, *answers, ctx.key]
        try:
            added = await asyncio.to_thread(_append_once, Path(self.settings.path), row)
        except FileNotFoundError as problem:
            raise Permanent(f"The folder of the log does not exist. Create it for {self.settings.path}.") from problem
        except OSError as problem:
            raise Transient(f"The log could not be written ({problem.strerror}).") from problem
        return StepOutcome("One line added." if added else "The line was there already.", external_id=ctx.key)


def _append_once(path: Path, row: list[str]) -> bool:
    """Add `row` unless a line has its key already. The key stands last, so half a line from a crash does not count."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    with path.open("a+", newline="", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two workers may finish two calls in the same moment
        file.seek(0)
        text = file.read()
        if any(entry and entry[-1] == row[-1] for entry in csv.reader(io.StringIO(text))):
            return False
        torn = bool(text) and not text.endswith("\n")
        file.write(("\n" if torn else "") + line.getvalue())
        return True

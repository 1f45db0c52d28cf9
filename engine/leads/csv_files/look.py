"""A file, looked at before it is imported: its first rows, what its columns may mean, and what would be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from engine.leads.arrived import Arrived
from engine.leads.csv_files.columns import suggest, suggest_by_content
from engine.leads.csv_files.plan import ImportPlan
from engine.leads.csv_files.reader import Row, Written, rows
from engine.leads.csv_files.rows import read_row
from engine.leads.fields import FieldProblem
from engine.leads.reading import Arrival
from engine.store.lead_imports import Refusal

SHOWN: Final = 8
TRIED: Final = 500
SAMPLE: Final = 40


@dataclass(frozen=True, slots=True)
class Preview:
    """`first`: rows as they stand in the file. `tried`: so many rows from the start were read as leads; `refused`: how
    many of them nobody would be called by; `refusals`: the first of these."""

    first: Sequence[Row]
    tried: int
    refused: int
    refusals: Sequence[Refusal]


def count(file: Path, written: Written) -> int:
    """How many rows have leads."""
    return sum(1 for _ in data_rows(file, written))


def first_plan(file: Path, written: Written) -> ImportPlan:
    """What the file suggests by itself."""
    sample = [row for row in islice(rows(file, written), SAMPLE) if not row.empty]
    names, content = (sample[0].cells, sample[1:]) if written.header and sample else ((), sample)
    width = max([len(names), *(len(row.cells) for row in content if not names)], default=0)
    columns = suggest(names) if names else suggest_by_content(width, [row.cells for row in content])
    dates = _dates([row.cells for row in content], columns)
    return ImportPlan(
        encoding=written.encoding, separator=written.separator, header=written.header, columns=columns,
        names=tuple(name[:120] for name in names) or tuple(f"Column {place + 1}" for place in range(width)),
        dates=dates,
    )  # fmt: skip


def data_rows(file: Path, written: Written, after: int = 0) -> Iterator[Row]:
    """Rows with leads whose number is higher than `after`: neither the names of the columns nor empty ones."""
    named = not written.header
    for row in rows(file, written):
        if row.empty:
            continue
        if not named:
            named = True
        elif row.number > after:
            yield row


def preview(file: Path, plan: ImportPlan, arrival: Arrival) -> Preview:
    """By the plan; nothing is kept."""
    first: list[Row] = []
    refusals: list[Refusal] = []
    tried = refused = 0
    for row in islice(data_rows(file, plan.written), TRIED):
        tried += 1
        if len(first) < SHOWN:
            first.append(row)
        refusal = refusal_of(row.number, read_row(row, plan, arrival, "preview", ""))
        if refusal is not None:
            refused += 1
            if len(refusals) < SHOWN:
                refusals.append(refusal)
    return Preview(first, tried, refused, refusals)


def refusal_of(number: int, read: Arrived | FieldProblem) -> Refusal | None:
    """Why nobody can be called by a row; None if somebody can."""
    if isinstance(read, FieldProblem):
        return Refusal(number, read.problem, read.fix)
    fatal = [each for each in read.problems if each.fatal]
    if not fatal:
        return None
    return Refusal(
        number, " ".join(each.problem for each in fatal), " ".join(dict.fromkeys(each.fix for each in fatal))
    )


def _dates(sample: Sequence[Sequence[str]], columns: Sequence[str]) -> Literal["mdy", "dmy"]:
    """A first number above twelve is a day."""
    places = [place for place, meaning in enumerate(columns) if meaning in ("consent_at", "submitted_at")]
    cells = (row[place] for row in sample for place in places if place < len(row))
    return "dmy" if any((match := _START.match(cell)) and int(match[1]) > 12 for cell in cells) else "mdy"


_START: Final = re.compile(r"(\d{1,2})[./-]\d{1,2}[./-]\d{2,4}")

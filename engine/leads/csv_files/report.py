"""The rows of an import that nobody is called by, as a file for a spreadsheet: number, reason, what to do, and the row
itself, so that it can be put right and uploaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.leads.csv_files.look import data_rows
from engine.leads.csv_files.plan import ImportPlan
from engine.leads.csv_files.reader import Row
from engine.store.lead_imports import Refusal

HEAD: Final = ("Row", "Problem", "What to do")
BOM: Final = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def head(plan: ImportPlan) -> str:
    return BOM + _line((*HEAD, *plan.names), plan)


def lines(refusals: Sequence[Refusal], rows: Iterator[Row] | None, plan: ImportPlan) -> str:
    """For refusals in the order of the file. `rows`: goes on where the refusals before have left it; None: the file is
    gone, and only what was wrong is told."""
    found = []
    for each in refusals:
        cells: tuple[str, ...] = ()
        if rows is not None:
            cells = next((row.cells for row in rows if row.number == each.row), ())
        found.append(_line((str(each.row), each.problem, each.fix, *cells), plan))
    return "".join(found)


def rows_of(file: Path, plan: ImportPlan) -> Iterator[Row] | None:
    return data_rows(file, plan.written) if file.exists() else None


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and never carries out: with an apostrophe before what begins a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str], plan: ImportPlan) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=plan.separator).writerow([harmless(cell) for cell in cells])
    return out.getvalue()

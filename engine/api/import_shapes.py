"""Imports of leads, as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from engine.leads.csv_files.columns import IGNORED, MEANINGS
from engine.leads.csv_files.look import Preview
from engine.leads.csv_files.plan import ImportPlan
from engine.store.lead_imports import Refusal, StoredImport


class RefusalOut(BaseModel):
    """A row that nobody is called by. `row`: as a spreadsheet counts, the first line is 1."""

    row: int
    problem: str
    fix: str
    lead_id: str | None = Field(None, description="The lead that it was kept as; null if it could not be read.")

    @classmethod
    def of(cls, refusal: Refusal) -> RefusalOut:
        return cls(row=refusal.row, problem=refusal.problem, fix=refusal.fix, lead_id=refusal.lead_id)


class FaultOut(BaseModel):
    """What keeps the import from being started. `field`: of the plan, dotted."""

    field: str
    sentence: str


class RowOut(BaseModel):
    """A row as it stands in the file."""

    row: int
    cells: list[str]
    problem: str = ""


class PreviewOut(BaseModel):
    """The first rows as they stand in the file, and what reading the first 500 would come to."""

    rows: list[RowOut]
    tried: int
    refused: int
    refusals: list[RefusalOut]

    @classmethod
    def of(cls, seen: Preview) -> PreviewOut:
        return cls(
            rows=[RowOut(row=each.number, cells=list(each.cells), problem=each.problem) for each in seen.first],
            tried=seen.tried,
            refused=seen.refused,
            refusals=[RefusalOut.of(each) for each in seen.refusals],
        )


class ImportLine(BaseModel):
    """`state`: uploaded, running, done, cancelled or failed (`why`). `rows`: with leads, in the whole file; `done`: how
    many of them were looked at. Each of these was taken, repeated somebody who is here, was merged with another wish of
    the same person, or was refused."""

    id: str
    source_id: str
    file_name: str
    size: int
    state: str
    why: str
    uploaded_at: datetime
    uploaded_by: str
    started_at: datetime | None
    started_by: str
    finished_at: datetime | None
    rows: int
    done: int
    taken: int
    repeated: int
    merged: int
    refused: int

    @classmethod
    def of(cls, found: StoredImport) -> ImportLine:
        return cls(**line_of(found))


class EarlierImport(BaseModel):
    """The same file was imported before."""

    id: str
    started_at: datetime
    started_by: str


class ImportFull(ImportLine):
    """`plan`: how the file is read. `faults`: what keeps it from being started. `preview`: while it is not started."""

    plan: ImportPlan
    faults: list[FaultOut]
    preview: PreviewOut | None
    earlier: EarlierImport | None
    refusals: list[RefusalOut] = Field(description="The first refused rows; all of them are in the report.")
    meanings: list[str] = Field(default=[*MEANINGS, IGNORED], description="What a column may mean besides an answer.")


class StartIn(BaseModel):
    """`by`: for whom a program asks; a person's own name goes before."""

    by: str = Field("", max_length=120)


def line_of(found: StoredImport) -> dict[str, object]:
    shared = {name: getattr(found, name) for name in ImportLine.model_fields if hasattr(found, name)}
    counts = {name: getattr(found.counts, name) for name in ("done", "taken", "repeated", "merged", "refused")}
    return {**shared, **counts}

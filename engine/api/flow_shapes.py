"""Shapes of answers about flows that several resources share."""

from __future__ import annotations

import json
from datetime import datetime

from pydantic import BaseModel, Field

from engine.api.problems import Problem, ProblemOut
from engine.flow.document import FlowRefused
from engine.flow.issues import Issue
from engine.flow.view import View
from engine.sdk import Json
from engine.store.flows import Version


class IssueOut(BaseModel):
    """`code`: permanent. `level`: error (forbids publishing) or warning. `place`, `id`, `field`: where it is."""

    code: str
    level: str
    place: str
    id: str
    field: str
    sentence: str
    fix: str

    @classmethod
    def of(cls, issue: Issue) -> IssueOut:
        where = issue.address
        return cls(
            code=issue.code,
            level=issue.level,
            place=where.place,
            id=where.id,
            field=where.field,
            sentence=issue.sentence,
            fix=issue.fix,
        )


class DraftOut(BaseModel):
    """`text`: the flow document, byte for byte as it was saved. `revision`: send it back with your change."""

    id: str
    name: str
    text: str
    revision: int
    edited_at: datetime
    edited_by: str
    issues: list[IssueOut]


class DraftView(BaseModel):
    """A draft as a builder needs it. `document`: its values. `read_only`: made by a newer Leadline, or
    whoever asks may look only."""

    id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    read_only: bool
    document: dict[str, Json]
    issues: list[IssueOut]
    view: View


class EditOut(BaseModel):
    """One edit of the log. `id`, `client`: as its author's window named them. `steps`: primitive steps, `inverse` those
    that undo it: each `put` of it says what the edit has written, so that undoing overwrites nobody."""

    revision: int
    id: str
    client: str
    by: str
    at: datetime
    label: str
    steps: list[dict[str, Json]]
    inverse: list[dict[str, Json]]


class EditsOut(BaseModel):
    """`edits`: all after the revision that was named, oldest first, own ones and those of others. `issues` and `view`
    tell of `revision`; both are left out when nothing is new."""

    revision: int
    edits: list[EditOut]
    issues: list[IssueOut] | None = None
    view: View | None = None


class ConflictOut(BaseModel):
    """Two people wanted different things at one place. `kind`: changed, or gone (the place is not there any more).
    `was`: what the author of the edit saw; `theirs`: what stands there now; `yours`: what was wanted. Null stands for
    nothing there. `by`, `at`: whose change it was, and when."""

    edit: str = Field(description="Id of the edit that does not fit.")
    path: list[str | int]
    kind: str
    was: Json
    theirs: Json
    yours: Json
    by: str
    at: datetime
    sentence: str


class EditConflictOut(ProblemOut):
    """Nothing of the request was stored. `edits`: what happened since the revision that was named."""

    code: str = "edit_conflict"
    revision: int
    edits: list[EditOut]
    conflicts: list[ConflictOut]


class VersionOut(BaseModel):
    """A published version; it never changes. `packages`: what brought its cards when it was published, with versions.
    `left_out`: how many edits of the draft were left out."""

    version: int
    checksum: str
    note: str
    published_at: datetime
    published_by: str
    packages: dict[str, str]
    left_out: int

    @classmethod
    def of(cls, version: Version) -> VersionOut:
        return cls(
            version=version.version,
            checksum=version.checksum,
            note=version.note,
            published_at=version.published_at,
            published_by=version.published_by,
            packages=json.loads(version.packages),
            left_out=len(version.left_out),
        )


class FlowProblemOut(ProblemOut):
    """A text or document that is no flow. `code` as on docs/errors.md; line and column count from 1, 0 for no one
    place."""

    code: str = ""
    line: int = 0
    column: int = 0


def refused(problem: FlowRefused) -> Problem:
    return Problem(422, str(problem), code=problem.code, line=problem.line, column=problem.column)


def no_flow(flow_id: str) -> Problem:
    return Problem(404, f"There is no flow '{flow_id}'.", code="no_flow")

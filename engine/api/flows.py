"""Flows: the draft that people edit, the versions that calls run on, and what the validator says about either."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.issues import Issue, errors
from engine.sdk import Json
from engine.store import flows
from engine.store.flows import Draft, DraftChanged, VersionTaken

router = APIRouter(prefix="/flows", tags=["flows"], dependencies=[NEEDS_TOKEN])


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


class VersionOut(BaseModel):
    version: int
    checksum: str
    note: str
    published_at: datetime
    published_by: str


class DraftOut(BaseModel):
    """`text`: the flow document, byte for byte as it was saved. `revision`: send it back with your change."""

    id: str
    name: str
    text: str
    revision: int
    edited_at: datetime
    edited_by: str
    issues: list[IssueOut]


class LinesOut(BaseModel):
    """Lines made ahead, so that they sound at once. `voice`: who speaks them. `done`: all have been tried. `failed`:
    lines that the voice could not be made to speak; calls try again."""

    voice: str
    wanted: int
    failed: list[str]
    done: bool


class FlowFull(DraftOut):
    """`lines`: none with the local voice, which needs no such preparation."""

    versions: list[VersionOut]
    lines: LinesOut | None


class DraftIn(BaseModel):
    """`revision`: the one that was edited, 0 for a new flow. Give the document as `text` (kept byte for byte) or as
    `document` (written anew)."""

    revision: int = Field(ge=0)
    text: str | None = None
    document: dict[str, Json] | None = None
    by: str = ""


class PublishIn(BaseModel):
    """`revision`: the draft that was looked at; publishing another one than that is refused."""

    revision: int = Field(ge=1)
    note: str = ""
    by: str = ""


class DraftConflict(ProblemOut):
    """Somebody else saved meanwhile: both texts, to be compared."""

    current: DraftOut
    yours: str


class IssuesOut(BaseModel):
    """`publishable`: whether no issue is an error."""

    publishable: bool
    issues: list[IssueOut]


@router.post("/check")
async def check_flow(use: Use, document: Annotated[dict[str, Json], Body()]) -> IssuesOut:
    """What the validator says about a flow document; nothing is saved."""
    try:
        found = check(FlowDocument.of(document), use.nodes)
    except FlowRefused as refused:
        raise _refused(refused) from None
    return IssuesOut(publishable=not errors(found), issues=[IssueOut.of(each) for each in found])


@router.get("/{flow_id}", responses={404: {"model": ProblemOut}})
async def one_flow(flow_id: str, use: Use) -> FlowFull:
    """The draft, its issues, and the published versions, newest first."""
    async with use.database.read() as tx:
        draft = await flows.draft(tx, flow_id)
        published = await flows.versions(tx, flow_id)
    if draft is None:
        raise Problem(404, f"There is no flow '{flow_id}'.")
    versions = [VersionOut(**{name: getattr(each, name) for name in VersionOut.model_fields}) for each in published]
    ready = use.lines.ready(flow_id)
    lines = (
        LinesOut(voice=ready.voice, wanted=ready.wanted, failed=list(ready.failed), done=ready.done) if ready else None
    )
    return FlowFull(**_draft(draft, use).model_dump(), versions=versions, lines=lines)


@router.get("/{flow_id}/versions/{version}", responses={404: {"model": ProblemOut}})
async def one_version(flow_id: str, version: int, use: Use) -> dict[str, Json]:
    """A published flow document. It never changes."""
    async with use.database.read() as tx:
        found = await flows.read_version(tx, flow_id, version)
    if found is None:
        raise Problem(404, f"The flow '{flow_id}' has no version {version}.")
    return FlowDocument.load(found.text).data


@router.put("/{flow_id}/draft", responses={409: {"model": DraftConflict}, 422: {"model": ProblemOut}})
async def save_draft(flow_id: str, new: DraftIn, use: Use, asking: Asking) -> DraftOut:
    """Save the draft. A draft may have issues; it must be a flow document."""
    if (new.text is None) == (new.document is None):
        raise Problem(422, "Send the flow either as 'text' or as 'document'.")
    try:
        document = FlowDocument.load(new.text) if new.text is not None else FlowDocument.of(new.document or {})
    except FlowRefused as refused:
        raise _refused(refused) from None
    if document.flow.id != flow_id:
        raise Problem(422, f"The document is the flow '{document.flow.id}', not '{flow_id}'. Save it under its own id.")
    text = document.save()
    try:
        async with use.database.begin() as tx:
            draft = await flows.save_draft(
                tx,
                flow_id,
                document.flow.name,
                text,
                by=asking.author(new.by),
                now=use.clock.now(),
                revision=new.revision,
            )
    except DraftChanged as changed:
        raise await _conflict(use, flow_id, str(changed), text) from None
    return _draft(draft, use)


@router.post(
    "/{flow_id}/publish",
    status_code=201,
    dependencies=[NEEDS_PUBLISHER],
    responses={409: {"model": DraftConflict}, 422: {"model": ProblemOut}},
)
async def publish(flow_id: str, order: PublishIn, use: Use, asking: Asking) -> VersionOut:
    """Freeze the draft as the next version. Calls under way stay on theirs; new calls run on this one."""
    async with use.database.read() as tx:
        draft = await flows.draft(tx, flow_id)
    if draft is None:
        raise Problem(404, f"There is no flow '{flow_id}'. Save a draft first.")
    document = FlowDocument.load(draft.text)
    if draft.revision != order.revision:
        changed = (
            f"{draft.edited_by or 'Somebody'} saved this flow after you opened it. Look at it again, then publish."
        )
        raise await _conflict(use, flow_id, changed, draft.text)
    found = check(document, use.nodes)
    if errors(found):
        raise Problem(
            422,
            f"The flow has {len(errors(found))} errors. Mend them, then publish.",
            issues=[IssueOut.of(each).model_dump() for each in found],
        )
    try:
        async with use.database.begin() as tx:
            number = await flows.next_version(tx, flow_id)
            # Nobody can publish between the number and the end of the transaction; a save may have come in before.
            _require_revision(await flows.draft(tx, flow_id), order.revision)
            text = document.edited(("version",), number).save()
            version = await flows.publish(
                tx, flow_id, number, text, by=asking.author(order.by), now=use.clock.now(), note=order.note
            )
    except (DraftChanged, VersionTaken) as changed_now:
        raise await _conflict(use, flow_id, str(changed_now), draft.text) from None
    use.lines.expect(FlowDocument.load(text).flow)
    return VersionOut(**{name: getattr(version, name) for name in VersionOut.model_fields})


def _require_revision(draft: Draft | None, revision: int) -> None:
    if draft is None or draft.revision != revision:
        raise DraftChanged("Somebody saved this flow at this very moment. Look at it again, then publish.")


def _draft(draft: Draft, use: Services) -> DraftOut:
    try:
        issues = [IssueOut.of(each) for each in check(FlowDocument.load(draft.text), use.nodes)]
    except FlowRefused as refused:
        raise Problem(500, f"The draft of '{draft.flow_id}' cannot be read: {refused}") from None
    return DraftOut(
        id=draft.flow_id,
        name=draft.name,
        text=draft.text,
        revision=draft.revision,
        edited_at=draft.edited_at,
        edited_by=draft.edited_by,
        issues=issues,
    )


def _refused(refused: FlowRefused) -> Problem:
    return Problem(422, str(refused), code=refused.code, line=refused.line, column=refused.column)


async def _conflict(use: Services, flow_id: str, why: str, yours: str) -> Problem:
    async with use.database.read() as tx:
        current = await flows.draft(tx, flow_id)
    shown = _draft(current, use).model_dump(mode="json") if current is not None else None
    return Problem(409, why, current=shown, yours=yours)

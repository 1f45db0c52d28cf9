"""Flows: the draft that people edit, the versions that calls run on, and what the validator says about either."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.drafts import DraftConflict, both, draft_out, opened
from engine.api.flow_shapes import DraftOut, IssueOut, refused
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowNewer, FlowRefused
from engine.flow.edits import Put
from engine.flow.issues import errors
from engine.sdk import Json
from engine.store import flows
from engine.store.flows import Draft, DraftChanged, VersionTaken

router = APIRouter(prefix="/flows", tags=["flows"], dependencies=[NEEDS_TOKEN])


class VersionOut(BaseModel):
    version: int
    checksum: str
    note: str
    published_at: datetime
    published_by: str


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


class PublishIn(BaseModel):
    """`revision`: the draft that was looked at; publishing another one than that is refused."""

    revision: int = Field(ge=1)
    note: str = ""
    by: str = ""


class IssuesOut(BaseModel):
    """`publishable`: whether no issue is an error."""

    publishable: bool
    issues: list[IssueOut]


@router.post("/check")
async def check_flow(use: Use, document: Annotated[dict[str, Json], Body()]) -> IssuesOut:
    """What the validator says about a flow document; nothing is saved."""
    try:
        found = check(FlowDocument.of(document), use.nodes)
    except FlowRefused as problem:
        raise refused(problem) from None
    return IssuesOut(publishable=not errors(found), issues=[IssueOut.of(each) for each in found])


@router.get("/{flow_id}", responses={404: {"model": ProblemOut}})
async def one_flow(flow_id: str, use: Use) -> FlowFull:
    """The draft, its issues, and the published versions, newest first."""
    draft = await opened(use, flow_id)
    async with use.database.read() as tx:
        published = await flows.versions(tx, flow_id)
    versions = [VersionOut(**{name: getattr(each, name) for name in VersionOut.model_fields}) for each in published]
    ready = use.lines.ready(flow_id)
    lines = (
        LinesOut(voice=ready.voice, wanted=ready.wanted, failed=list(ready.failed), done=ready.done) if ready else None
    )
    return FlowFull(**draft_out(draft).model_dump(), versions=versions, lines=lines)


@router.get("/{flow_id}/versions/{version}", responses={404: {"model": ProblemOut}})
async def one_version(flow_id: str, version: int, use: Use) -> dict[str, Json]:
    """A published flow document. It never changes."""
    async with use.database.read() as tx:
        found = await flows.read_version(tx, flow_id, version)
    if found is None:
        raise Problem(404, f"The flow '{flow_id}' has no version {version}.")
    return FlowDocument.load(found.text).data


@router.post(
    "/{flow_id}/publish",
    status_code=201,
    dependencies=[NEEDS_PUBLISHER],
    responses={409: {"model": DraftConflict}, 422: {"model": ProblemOut}},
)
async def publish(flow_id: str, order: PublishIn, use: Use, asking: Asking) -> VersionOut:
    """Freeze the draft as the next version. Calls under way stay on theirs; new calls run on this one."""
    draft = await opened(use, flow_id)
    document = draft.document
    if draft.head.revision != order.revision:
        changed = (
            f"{draft.head.edited_by or 'Somebody'} saved this flow after you opened it. Look at it again, then publish."
        )
        raise await both(use, flow_id, changed, document.save())
    if document.read_only:
        made = document.flow.format_version
        raise refused(FlowNewer(made, document.flow.made_with))
    found = draft.issues
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
            text = document.edited(Put(path=("version",), value=number)).save()
            version = await flows.publish(
                tx, flow_id, number, text, by=asking.author(order.by), now=use.clock.now(), note=order.note
            )
    except (DraftChanged, VersionTaken) as changed_now:
        raise await both(use, flow_id, str(changed_now), document.save()) from None
    use.lines.expect(FlowDocument.load(text).flow)
    return VersionOut(**{name: getattr(version, name) for name in VersionOut.model_fields})


def _require_revision(draft: Draft | None, revision: int) -> None:
    if draft is None or draft.revision != revision:
        raise DraftChanged("Somebody saved this flow at this very moment. Look at it again, then publish.")

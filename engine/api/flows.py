"""Flows: the draft that people edit, the versions that calls run on, and what the validator says about either."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel

from engine.api.auth import NEEDS_TOKEN
from engine.api.drafts import draft_out, opened
from engine.api.flow_shapes import DraftOut, IssueOut, VersionOut, refused
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.issues import errors
from engine.sdk import Json
from engine.store import flows

router = APIRouter(prefix="/flows", tags=["flows"], dependencies=[NEEDS_TOKEN])


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
    versions = [VersionOut.of(each) for each in published]
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

"""Drafts: reading one as a builder shows it, changing it edit by edit beside other people, saving a whole document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.api.auth import NEEDS_TOKEN, NEEDS_TOKEN_OR_TICKET, Asking, AskingWithTicket
from engine.api.desk import Author, EditsDoNotFit, LogTooShort, NewEdit, NoDraft, OpenDraft
from engine.api.flow_shapes import (
    ConflictOut,
    DraftOut,
    DraftView,
    EditConflictOut,
    EditOut,
    EditsOut,
    FlowProblemOut,
    IssueOut,
    no_flow,
    refused,
)
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.flow.addresses import where
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.edits import EditRefused
from engine.flow.gestures import AnyWanted
from engine.sdk import Json
from engine.store import flows
from engine.store.edits import StoredEdit
from engine.store.flows import Draft, DraftChanged
from engine.store.people import Role

router = APIRouter(prefix="/flows", tags=["drafts"])

PRINTED: Final = r"^[^\x00-\x1f\x7f]+$"
"""Ids that clients make: anything that can be printed."""

TOO_OLD: Final = "The log of this flow does not reach back so far. Fetch the draft again, then make the edit on that."


class EditIn(BaseModel):
    """`id`: made by the client, such as a UUID; a repeated request is harmless. `steps`: primitive steps and gestures,
    see docs/builder.md."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=64, pattern=PRINTED)
    label: str = Field("", max_length=200)
    steps: list[AnyWanted] = Field(min_length=1, max_length=2000)


class EditsIn(BaseModel):
    """`base_revision`: the newest revision whose edits the client knows. `client`: the window; edits of the same client
    are never each other's conflict. `by`: the person; a ticket's own person comes first."""

    model_config = ConfigDict(extra="forbid")

    base_revision: int = Field(ge=1)
    client: str = Field(min_length=1, max_length=64, pattern=PRINTED)
    by: str = Field("", max_length=200)
    edits: list[EditIn] = Field(min_length=1, max_length=200)


class DraftIn(BaseModel):
    """`revision`: the one that was edited, 0 for a new flow. Give the document as `text` (kept byte for byte) or as
    `document` (written anew)."""

    revision: int = Field(ge=0)
    text: str | None = None
    document: dict[str, Json] | None = None
    by: str = ""


class DraftConflict(ProblemOut):
    """Somebody else saved meanwhile: both texts, to be compared."""

    current: DraftOut
    yours: str


@router.get(
    "/{flow_id}/draft",
    response_model=DraftView,
    responses={404: {"model": ProblemOut}},
    operation_id="read_draft",
    dependencies=[NEEDS_TOKEN_OR_TICKET],
)
async def read_draft(flow_id: str, use: Use, asking: AskingWithTicket) -> Response:
    """The draft with its values, its issues, and what a builder shows of each card and way."""
    draft = await opened(use, flow_id)
    return await as_json(lambda: draft_view(draft, may_edit=asking.role >= Role.editor))


@router.get(
    "/{flow_id}/edits",
    response_model=EditsOut,
    responses={404: {"model": ProblemOut}, 410: {"model": ProblemOut}},
    operation_id="list_edits",
    dependencies=[NEEDS_TOKEN_OR_TICKET],
)
async def list_edits(flow_id: str, since: Annotated[int, Query(ge=0)], use: Use) -> Response:
    """Edits after a revision. Made to be asked every two seconds: cheap as long as nothing is new."""
    try:
        revision, found = await use.desk.since(flow_id, since)
    except NoDraft:
        raise no_flow(flow_id) from None
    except LogTooShort:
        raise Problem(410, TOO_OLD, code="log_too_short") from None
    if not found:
        nothing = EditsOut(revision=revision, edits=[]).model_dump_json(exclude_unset=True)
        return Response(nothing, media_type="application/json")
    draft = await opened(use, flow_id)
    told = [each for each in found if each.revision <= draft.head.revision]
    return await as_json(lambda: _edits_out(draft, told))


@router.post(
    "/{flow_id}/edits",
    response_model=EditsOut,
    responses={
        404: {"model": ProblemOut},
        409: {"model": EditConflictOut},
        410: {"model": ProblemOut},
        422: {"model": FlowProblemOut},
    },
    operation_id="edit_draft",
    dependencies=[NEEDS_TOKEN_OR_TICKET],
)
async def edit_draft(flow_id: str, new: EditsIn, use: Use, asking: AskingWithTicket) -> Response:
    """Change the draft. Each edit is one revision, taken whole or not at all, on the newest draft: what other people
    have changed meanwhile is kept. Where they have changed the very same thing, nothing is stored and the conflicts are
    told (409)."""
    author = Author(new.client, asking.author(new.by))
    wanted = [NewEdit(each.id, each.label, each.steps) for each in new.edits]
    try:
        draft, since = await use.desk.edit(flow_id, new.base_revision, author, wanted)
    except NoDraft:
        raise no_flow(flow_id) from None
    except LogTooShort:
        raise Problem(410, TOO_OLD, code="log_too_short") from None
    except EditsDoNotFit as clash:
        raise _conflict(clash, use) from None
    except EditRefused as problem:
        raise Problem(422, str(problem), code="edit_refused") from None
    except FlowRefused as problem:
        raise refused(problem) from None
    return await as_json(lambda: _edits_out(draft, since))


@router.put(
    "/{flow_id}/draft",
    responses={409: {"model": DraftConflict}, 422: {"model": FlowProblemOut}},
    operation_id="save_draft",
    dependencies=[NEEDS_TOKEN],
)
async def save_draft(flow_id: str, new: DraftIn, use: Use, asking: Asking) -> DraftOut:
    """Save a whole document as the draft; the log gets what it changes as one edit. A draft may have issues; it must be
    a flow document. Made from an older revision, it keeps what others have changed elsewhere since."""
    if (new.text is None) == (new.document is None):
        raise Problem(422, "Send the flow either as 'text' or as 'document'.", code="text_or_document")
    try:
        document = FlowDocument.load(new.text) if new.text is not None else FlowDocument.of(new.document or {})
    except FlowRefused as problem:
        raise refused(problem) from None
    if document.flow.id != flow_id:
        raise Problem(
            422,
            f"The document is the flow '{document.flow.id}', not '{flow_id}'. Save it under its own id.",
            code="other_flow",
        )
    try:
        draft = await use.desk.save(flow_id, new.revision, Author("api", asking.author(new.by)), document)
    except DraftChanged as changed:
        raise await both(use, flow_id, str(changed), document.save()) from None
    return draft_out(draft)


def draft_out(draft: OpenDraft) -> DraftOut:
    head = draft.head
    return DraftOut(
        id=head.flow_id,
        name=head.name,
        text=draft.document.save(),
        revision=head.revision,
        edited_at=head.edited_at,
        edited_by=head.edited_by,
        issues=[IssueOut.of(each) for each in draft.issues],
    )


async def both(use: Services, flow_id: str, why: str, yours: str) -> Problem:
    try:
        shown = draft_out(await use.desk.open(flow_id)).model_dump(mode="json")
    except NoDraft:
        shown = None
    return Problem(409, why, code="draft_changed", current=shown, yours=yours)


async def opened(use: Services, flow_id: str) -> OpenDraft:
    """The newest draft. Raises `Problem` for one that is not there or cannot be read."""
    try:
        return await use.desk.open(flow_id)
    except NoDraft:
        raise no_flow(flow_id) from None
    except FlowRefused as problem:
        raise Problem(500, f"The draft of '{flow_id}' cannot be read: {problem}") from None


async def stored(use: Services, flow_id: str) -> Draft:
    """The newest draft as it is kept: text and checksum, for what runs on exactly this text. Raises `Problem`."""
    async with use.database.read() as tx:
        draft = await flows.draft(tx, flow_id)
    if draft is None:
        raise no_flow(flow_id)
    return draft


def draft_view(draft: OpenDraft, *, may_edit: bool = True) -> DraftView:
    head = draft.head
    return DraftView(
        id=head.flow_id,
        name=head.name,
        revision=head.revision,
        edited_at=head.edited_at,
        edited_by=head.edited_by,
        read_only=draft.document.read_only or not may_edit,
        document=draft.document.data,
        issues=[IssueOut.of(each) for each in draft.issues],
        view=draft.view,
    )


def edit_out(edit: StoredEdit) -> EditOut:
    return EditOut(
        revision=edit.revision,
        id=edit.id,
        client=edit.client,
        by=edit.by,
        at=edit.at,
        label=edit.label,
        steps=json.loads(edit.steps),
        inverse=json.loads(edit.inverse),
    )


def _edits_out(draft: OpenDraft, since: Sequence[StoredEdit]) -> EditsOut:
    return EditsOut(
        revision=draft.head.revision,
        edits=[edit_out(each) for each in since],
        issues=[IssueOut.of(each) for each in draft.issues],
        view=draft.view,
    )


async def as_json(make: Callable[[], BaseModel], status: int = 200) -> Response:
    """Large answers are written in a thread, beside the loop that carries live sound."""
    text = await asyncio.to_thread(lambda: make().model_dump_json())
    return Response(text, status, media_type="application/json")


def _conflict(clash: EditsDoNotFit, use: Services) -> Problem:
    head = clash.draft.head
    told = []
    for each in clash.conflicts:
        culprit = clash.others[each.other] if each.other is not None else None
        by = culprit.by if culprit is not None else head.edited_by
        now = clash.draft.document.data
        place = where(clash.base if each.kind == "gone" else now, each.path, use.nodes)
        verb = "removed" if each.kind == "gone" or each.theirs is None else "changed"
        told.append(
            ConflictOut(
                edit=each.edit,
                path=list(each.path),
                kind=each.kind,
                was=each.was,
                theirs=each.theirs,
                yours=each.yours,
                by=by,
                at=culprit.at if culprit is not None else head.edited_at,
                sentence=f"{by or 'Somebody else'} {verb} {place} meanwhile.",
            )
        )
    return Problem(
        409,
        f"{told[0].sentence} Choose which of the two to keep; nothing of yours was stored yet.",
        code="edit_conflict",
        revision=head.revision,
        edits=[edit_out(each).model_dump(mode="json") for each in clash.since],
        conflicts=[each.model_dump(mode="json") for each in told],
    )

"""Flows as wholes: templates, new flows, strangers' files, copies, putting away and bringing back, export."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from engine.api.auth import NEEDS_TOKEN, NEEDS_VIEWER, Asking
from engine.api.desk import Author, NoDraft, OpenDraft
from engine.api.drafts import as_json, draft_view, opened
from engine.api.flow_shapes import DraftView, FlowProblemOut, IssueOut, no_flow, refused
from engine.api.library_shapes import (
    CopyIn,
    GhostOut,
    ImportIn,
    ImportOut,
    NamedConnectionOut,
    NeedOut,
    NewFlow,
    Outcome,
    TemplateOut,
)
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.flow import connections, shipped
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.imports import Import, Newer, Refused, UpgradedFlow, WithGhosts, import_flow
from engine.flow.templates import promise
from engine.flow.text import merge
from engine.sdk import Json
from engine.store import connections as connection_store
from engine.store import edits, flows
from engine.store.flows import DraftChanged

router = APIRouter(tags=["flows"])

CLIENT: Final = "api"
SLUG_LENGTH: Final = 40


@router.get("/templates", dependencies=[NEEDS_TOKEN], operation_id="list_templates")
async def list_templates() -> list[TemplateOut]:
    """The flows that ship with Leadline, to begin from; the last one has hardly anything in it."""
    found = []
    for name in shipped.templates():
        flow = shipped.load_template(name).flow
        kept = promise(flow)
        found.append(
            TemplateOut(
                name=name,
                title=flow.name,
                description=flow.description,
                language=flow.language,
                finds_out=list(kept.finds_out),
                endings=list(kept.endings),
                after_call=list(kept.after_call),
                cards=kept.cards,
            )
        )
    return found


@router.post(
    "/flows",
    status_code=201,
    dependencies=[NEEDS_TOKEN],
    response_model=DraftView,
    responses={409: {"model": ProblemOut}, 422: {"model": FlowProblemOut}},
    operation_id="create_flow",
)
async def create_flow(new: NewFlow, use: Use, asking: Asking) -> Response:
    """Make a new flow from a template, a document or an exported file; or replace the draft of an old one."""
    given = [each for each in (new.template, new.document, new.text) if each is not None]
    if len(given) != 1:
        raise Problem(
            422, "Say where the flow begins: give one of 'template', 'document' and 'text'.", code="one_start"
        )
    document, original = await asyncio.to_thread(_begun, new, use)
    if new.connections:
        document = _with(document, connections.renamed(document.data, new.connections))
    author = Author(CLIENT, asking.author(new.by))
    if new.replace:
        draft = await _replaced(use, document, author)
    else:
        async with use.database.read() as tx:
            taken = new.template is not None or await edits.head(tx, document.flow.id) is not None
        draft = await _made(use, _as_new(document, new.name, taken), author)
    if original is not None:
        async with use.database.begin() as tx:
            await flows.keep_import(tx, draft.head.flow_id, original)
    return await as_json(lambda: draft_view(draft), status=201)


@router.post(
    "/flows/import",
    dependencies=[NEEDS_VIEWER],
    responses={413: {"model": ProblemOut}},
    operation_id="look_at_import",
)
async def look_at_import(new: ImportIn, use: Use) -> ImportOut:
    """What a flow file comes to when it is opened here; nothing is saved. That goes by `POST /flows`."""
    opening = await asyncio.to_thread(import_flow, new.text, use.nodes)
    if isinstance(opening, Refused):
        return _report(opening, code=opening.code, line=opening.line, column=opening.column, sentence=opening.sentence)
    document = opening.document
    if document is None:
        return _report(opening)
    async with use.database.read() as tx:
        exists = await edits.head(tx, document.flow.id) is not None
        known = {each.name for each in await connection_store.overview(tx)}
    issues = [] if document.read_only else await asyncio.to_thread(check, document, use.nodes)
    named = [
        NamedConnectionOut(name=each.name, kinds=list(each.kinds), known=each.name in known, cards=list(each.cards))
        for each in connections.named(document.data, use.nodes)
    ]
    return _report(
        opening,
        flow_id=document.flow.id,
        name=document.flow.name,
        exists=exists,
        connections=named,
        issues=[IssueOut.of(each) for each in issues],
    )


@router.post(
    "/flows/{flow_id}/copy",
    status_code=201,
    dependencies=[NEEDS_TOKEN],
    response_model=DraftView,
    responses={404: {"model": ProblemOut}},
    operation_id="copy_flow",
)
async def copy_flow(flow_id: str, new: CopyIn, use: Use, asking: Asking) -> Response:
    """A new flow that begins as the draft of this one. Nobody is called with it until it is published."""
    there = await opened(use, flow_id)
    draft = await _made(use, _as_new(there.document, new.name, True), Author(CLIENT, asking.author(new.by)))
    return await as_json(lambda: draft_view(draft), status=201)


@router.post(
    "/flows/{flow_id}/archive",
    status_code=204,
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}},
    operation_id="archive_flow",
)
async def archive_flow(flow_id: str, use: Use) -> Response:
    """Take a flow off the list. Nothing is deleted; calls that are set to run on it still do."""
    return await _shelved(use, flow_id, away=True)


@router.post(
    "/flows/{flow_id}/unarchive",
    status_code=204,
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}},
    operation_id="unarchive_flow",
)
async def unarchive_flow(flow_id: str, use: Use) -> Response:
    """Put a flow back on the list."""
    return await _shelved(use, flow_id, away=False)


@router.get(
    "/flows/{flow_id}/export",
    dependencies=[NEEDS_TOKEN],
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, 404: {"model": ProblemOut}},
    operation_id="export_flow",
)
async def export_flow(
    flow_id: str,
    use: Use,
    version: Annotated[int | None, Query(ge=1)] = None,
    imported: Annotated[
        bool, Query(description="The file that was imported, kept until the flow is published.")
    ] = False,
) -> Response:
    """The flow file: the draft, or a published version. Byte for byte as it is kept, unknown cards included."""
    if imported:
        return await _imported(flow_id, use)
    async with use.database.read() as tx:
        found = await (flows.draft(tx, flow_id) if version is None else flows.read_version(tx, flow_id, version))
    if found is None:
        if version is None:
            raise no_flow(flow_id)
        raise Problem(404, f"The flow '{flow_id}' has no version {version}.", code="no_version")
    headers = _as_file(f"{flow_id}{f'-v{version}' if version else ''}")
    return Response(found.text, media_type="application/json", headers=headers)


async def _imported(flow_id: str, use: Services) -> Response:
    async with use.database.read() as tx:
        text = await flows.kept_import(tx, flow_id)
    if text is None:
        raise Problem(404, f"No imported file is kept for the flow '{flow_id}'.", code="no_imported_file")
    return Response(text, media_type="application/json", headers=_as_file(f"{flow_id}-imported"))


def _as_file(name: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return {"Content-Disposition": f'attachment; filename="{plain}.json"'}


def _begun(new: NewFlow, use: Services) -> tuple[FlowDocument, str | None]:
    """The document to begin with, and the text it was made from if opening that changed anything."""
    if new.template is not None:
        try:
            return shipped.load_template(new.template), None
        except shipped.NoSuchFlow as unknown:
            raise Problem(422, str(unknown), code="no_template") from None
    try:
        opening = import_flow(
            new.text if new.text is not None else FlowDocument.of(new.document or {}).save(), use.nodes
        )
    except FlowRefused as problem:
        raise refused(problem) from None
    if isinstance(opening, Refused):
        raise refused(FlowRefused(opening.code, opening.sentence, opening.line, opening.column))
    if opening.document is None:
        raise Problem(422, opening.sentence, code="newer")
    return opening.document, opening.document.original if opening.document.changed else None


async def _replaced(use: Services, document: FlowDocument, author: Author) -> OpenDraft:
    if document.read_only:
        raise Problem(
            422, "A flow of a newer Leadline cannot replace one that is here; import it as a copy.", code="newer"
        )
    try:
        there = await use.desk.open(document.flow.id)
    except NoDraft:
        raise no_flow(document.flow.id) from None
    except FlowRefused as problem:
        raise Problem(409, f"The draft that is here cannot be read: {problem} Import it as a copy.") from None
    try:
        return await use.desk.save(document.flow.id, there.head.revision, author, document)
    except DraftChanged as changed:
        raise Problem(409, str(changed), code="draft_changed") from None


async def _made(use: Services, document: FlowDocument, author: Author) -> OpenDraft:
    try:
        return await use.desk.save(document.flow.id, 0, author, document)
    except DraftChanged as changed:
        raise Problem(409, str(changed), code="draft_changed") from None


def _as_new(document: FlowDocument, name: str, taken: bool) -> FlowDocument:
    """With the name it is to have, and an id of its own if the one it has is `taken`. A flow that is none yet has no
    published version to count from."""
    data = dict(document.data)
    if taken:
        data["id"] = _id(name or document.flow.name)
        data["version"] = 1
    if name:
        data["name"] = name
    return _with(document, data)


def _with(document: FlowDocument, data: dict[str, Json]) -> FlowDocument:
    """Other values. Of a newer flow only those are set that hold it apart from others: it is not understood enough."""
    if document.read_only:
        return FlowDocument.load(merge(data, document.original))
    return document.replaced(data)


def _id(name: str) -> str:
    """Readable, and unlike any other: 'bright_roofing_3f2a9c'."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:SLUG_LENGTH].strip("_")
    return f"{slug or 'flow'}_{secrets.token_hex(3)}"


async def _shelved(use: Services, flow_id: str, *, away: bool) -> Response:
    async with use.database.begin() as tx:
        if await edits.head(tx, flow_id) is None:
            raise no_flow(flow_id)
        await flows.archive(tx, flow_id, use.clock.now() if away else None)
    return Response(status_code=204)


def _report(
    opening: Import, *, flow_id: str = "", name: str = "", exists: bool = False, sentence: str = "", code: str = "",
    line: int = 0, column: int = 0, connections: list[NamedConnectionOut] | None = None,
    issues: list[IssueOut] | None = None,
) -> ImportOut:  # fmt: skip
    ghosts = opening.ghosts if isinstance(opening, WithGhosts) else ()
    needs = opening.needs if isinstance(opening, WithGhosts) else ()
    changes = opening.changes if isinstance(opening, UpgradedFlow | WithGhosts) else ()
    return ImportOut(
        outcome=_OUTCOMES[type(opening).__name__],
        sentence=opening.sentence if isinstance(opening, Newer) else sentence,
        flow_id=flow_id,
        name=name,
        exists=exists,
        changes=list(changes),
        ghosts=[GhostOut(node=each.node, name=each.name, type=each.type) for each in ghosts],
        needs=[NeedOut(package=each.package, range=each.range) for each in needs if each.package != "leadline"],
        connections=connections or [],
        code=code,
        line=line,
        column=column,
        issues=issues or [],
    )


_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "Fine": "fine",
    "UpgradedFlow": "upgraded",
    "WithGhosts": "ghosts",
    "Newer": "newer",
    "Refused": "refused",
}

"""Imports of leads from CSV files: uploaded, looked at, started, followed, cancelled; and what was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path as File
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking, Caller
from engine.api.import_desk import FILE_BYTES, FileTooLarge
from engine.api.import_shapes import (
    EarlierImport,
    FaultOut,
    ImportFull,
    ImportLine,
    PreviewOut,
    RefusalOut,
    StartIn,
    line_of,
)
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.leads.csv_files import report
from engine.leads.csv_files.look import count, first_plan, preview
from engine.leads.csv_files.plan import ENCODINGS, ImportPlan, faults
from engine.leads.csv_files.sniffing import SEPARATORS, NotATable, sniff
from engine.leads.csv_import import ImportStuck
from engine.sdk import Json
from engine.store import audit, lead_imports, lead_sources
from engine.store.lead_imports import StoredImport

router = APIRouter(tags=["imports"], dependencies=[NEEDS_TOKEN])

ImportId = Annotated[str, Path(pattern=r"^imp_[0-9a-f]{24}$", description="Id of an import.")]
SourceId = Annotated[str, Path(max_length=64)]
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {**_MISSING, 409: {"model": ProblemOut}, 422: {"model": ProblemOut}}
SHOWN: Final = 20


@router.post(
    "/lead-sources/{source_id}/imports",
    status_code=201,
    responses={**_REFUSED, 413: {"model": ProblemOut}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                }
            },
        }
    },
)
async def upload_leads(source_id: SourceId, request: Request, use: Use, asking: Asking) -> ImportFull:
    """Upload a file of leads. Nothing is imported yet: the answer says how it is read and what would be refused."""
    async with use.database.read() as tx:
        source = await lead_sources.read(tx, source_id)
        earlier = await lead_imports.of_source(tx, source_id, 1)
    if source is None:
        raise Problem(404, "There is no such lead source.")
    if source.kind != "csv":
        raise Problem(422, "Files are uploaded to lead sources of the kind 'csv'. Make one for the campaign.")
    import_id = lead_imports.new_import_id()
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise Problem(422, "The file is missing. Send it as the part 'file' of a multipart form.")
            name = (upload.filename or "leads.csv")[-200:]
            size, sha256 = await use.imports.keep(import_id, upload)
    except FileTooLarge:
        raise Problem(413, f"The file is larger than {FILE_BYTES // 1024**2} MB. Split it into several.") from None
    except HTTPException:
        raise Problem(400, "The upload cannot be read. Send the file as the part 'file' of a multipart form.") from None
    file = use.imports.work.file(import_id)
    try:
        written = await use.imports.background.run(lambda: sniff(file))
        plan = await use.imports.background.run(lambda: first_plan(file, written))
        rows = await use.imports.background.run(lambda: count(file, written))
    except NotATable as problem:
        file.unlink(missing_ok=True)
        raise Problem(422, str(problem), code="not_a_table") from None
    if not rows:
        file.unlink(missing_ok=True)
        raise Problem(422, "The file has no rows with leads. Export it again, with its rows.", code="no_rows")
    plan = _as_before(plan, earlier[0] if earlier else None)
    async with use.database.begin() as tx:
        await lead_imports.add(
            tx, import_id, source_id, file_name=name, sha256=sha256, size=size, rows=rows, plan=plan.document(),
            by=asking.author("a program"), now=use.clock.now(),
        )  # fmt: skip
        await _told(tx, use, asking, "uploaded_leads", import_id, {"rows": rows})
    return await _full(use, import_id)


@router.get("/lead-imports")
async def list_imports(
    use: Use, source_id: str = "", limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[ImportLine]:
    """Newest first, of one source or of all."""
    async with use.database.read() as tx:
        found = (
            await lead_imports.of_source(tx, source_id, limit) if source_id else await lead_imports.recent(tx, limit)
        )
    return [ImportLine.of(each) for each in found]


@router.get("/lead-imports/{import_id}", responses=_MISSING)
async def one_import(import_id: ImportId, use: Use) -> ImportFull:
    """How an import stands; asked again and again while it runs."""
    return await _full(use, import_id)


@router.put("/lead-imports/{import_id}/plan", responses=_REFUSED)
async def plan_import(import_id: ImportId, plan: ImportPlan, use: Use) -> ImportFull:
    """Say how the file is read: separator, encoding, what the columns mean, which consent was given. The answer says
    what would be refused now. `names` are taken from the file."""
    found = await _found(use, import_id)
    if plan.encoding not in ENCODINGS or plan.separator not in SEPARATORS:
        raise Problem(422, faults(plan, use.clock.now())[0][1])
    before = ImportPlan.model_validate(found.plan)
    rows = found.rows
    if plan.written != before.written:
        file = _file(use, found)
        fresh = await use.imports.background.run(lambda: first_plan(file, plan.written))
        rows = await use.imports.background.run(lambda: count(file, plan.written))
        # The columns are other ones now, and so is what they mean.
        plan = plan.model_copy(update={"names": fresh.names, "columns": fresh.columns, "dates": fresh.dates})
    elif len(plan.columns) != len(before.names):
        raise Problem(422, f"The file has {len(before.names)} columns; say of each of them what it means.")
    else:
        plan = plan.model_copy(update={"names": before.names})
    async with use.database.begin() as tx:
        if not await lead_imports.set_plan(tx, import_id, plan.document(), rows):
            raise Problem(409, "The import was started meanwhile; how it is read cannot be changed any more.")
    return await _full(use, import_id)


@router.post("/lead-imports/{import_id}/start", dependencies=[NEEDS_PUBLISHER], responses=_REFUSED)
async def start_import(import_id: ImportId, use: Use, asking: Asking, given: StartIn | None = None) -> ImportFull:
    """Bring the rows in, in the background. One that was cancelled or failed goes on where it stopped."""
    found = await _found(use, import_id)
    _file(use, found)
    wrong = faults(ImportPlan.model_validate(found.plan), use.clock.now())
    if wrong:
        raise Problem(422, " ".join(sentence for _, sentence in wrong), code="not_ready")
    async with use.database.read() as tx:
        source = await lead_sources.read(tx, found.source_id)
    if source is None or source.state != "on":
        raise Problem(422, "The lead source of this import is off. Switch it on with its campaign.", code="source_off")
    by = asking.author(given.by if given else "")
    async with use.database.begin() as tx:
        if not await lead_imports.start(tx, import_id, by, use.clock.now()):
            raise Problem(409, "The import was started already.")
        await _told(tx, use, asking, "started_import", import_id, {"rows": found.rows})
    use.imports.work.wake()
    return await _full(use, import_id)


@router.post("/lead-imports/{import_id}/cancel", dependencies=[NEEDS_PUBLISHER], responses=_REFUSED)
async def cancel_import(import_id: ImportId, use: Use, asking: Asking) -> ImportFull:
    """Stop after the rows that are being brought in. Leads that are in stay, and are called: switch the campaign off to
    prevent that."""
    await _found(use, import_id)
    async with use.database.begin() as tx:
        if not await lead_imports.finish(tx, import_id, "cancelled", use.clock.now()):
            raise Problem(409, "The import is not under way.")
        await _told(tx, use, asking, "cancelled_import", import_id, {})
    return await _full(use, import_id)


@router.delete("/lead-imports/{import_id}", dependencies=[NEEDS_PUBLISHER], status_code=204, responses=_REFUSED)
async def remove_import(import_id: ImportId, use: Use, asking: Asking) -> Response:
    """Delete the file and the list of refused rows. Leads that came in stay."""
    found = await _found(use, import_id)
    if found.state == lead_imports.UNDER_WAY:
        raise Problem(409, "The import is under way. Cancel it first.")
    async with use.database.begin() as tx:
        await lead_imports.remove(tx, import_id)
        await _told(tx, use, asking, "removed_import", import_id, {})
    use.imports.work.file(import_id).unlink(missing_ok=True)
    return Response(status_code=204)


@router.get("/lead-imports/{import_id}/report", responses=_MISSING, response_class=StreamingResponse)
async def refused_rows(import_id: ImportId, use: Use, asking: Asking) -> StreamingResponse:
    """The refused rows as CSV: number, problem, what to do, and the row itself. No cell of it is a live formula."""
    found = await _found(use, import_id)
    plan = ImportPlan.model_validate(found.plan)
    async with use.database.begin() as tx:
        await _told(tx, use, asking, "downloaded_refused_rows", import_id, {"rows": found.counts.refused})

    async def pieces() -> AsyncIterator[str]:
        yield report.head(plan)
        rows, last = report.rows_of(use.imports.work.file(import_id), plan), 0
        while True:
            async with use.database.read() as tx:
                refusals = await lead_imports.refusals_after(tx, import_id, last)
            if not refusals:
                return
            last = refusals[-1].row
            yield await use.imports.background.run(lambda: report.lines(refusals, rows, plan))  # noqa: B023

    headers = {"Content-Disposition": f'attachment; filename="refused-rows-{import_id}.csv"'}
    return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8", headers=headers)


async def _found(use: Services, import_id: str) -> StoredImport:
    async with use.database.read() as tx:
        found = await lead_imports.read(tx, import_id)
    if found is None:
        raise Problem(404, "There is no such import.")
    return found


def _file(use: Services, found: StoredImport) -> File:
    file = use.imports.work.file(found.id)
    if found.file_gone or not file.exists():
        raise Problem(409, "The uploaded file is not on this machine any more. Upload it again.", code="file_gone")
    return file


async def _full(use: Services, import_id: str) -> ImportFull:
    found = await _found(use, import_id)
    plan = ImportPlan.model_validate(found.plan)
    async with use.database.read() as tx:
        refusals = await lead_imports.refusals_after(tx, import_id, 0, SHOWN)
        same = await lead_imports.same_file(tx, found.sha256, import_id)
    seen = None
    file = use.imports.work.file(import_id)
    if found.state == "uploaded" and file.exists():
        try:
            arrival = await use.imports.arrival(found.source_id)
        except ImportStuck as stuck:
            raise Problem(409, str(stuck)) from None
        seen = await use.imports.background.run(lambda: preview(file, plan, arrival))
    return ImportFull.model_validate(
        {
            **line_of(found),
            "plan": plan,
            "faults": [FaultOut(field=field, sentence=sentence) for field, sentence in faults(plan, use.clock.now())],
            "preview": PreviewOut.of(seen) if seen is not None else None,
            "earlier": EarlierImport(id=same.id, started_at=same.started_at, started_by=same.started_by)
            if same is not None and same.started_at is not None
            else None,
            "refusals": [RefusalOut.of(each) for each in refusals],
        }
    )


def _as_before(plan: ImportPlan, earlier: StoredImport | None) -> ImportPlan:
    """A file with the same columns as the last one is read like it. Consent is stated anew each time."""
    try:
        before = ImportPlan.model_validate(earlier.plan) if earlier is not None else None
    except ValidationError:
        return plan
    if before is None or not plan.header or before.names != plan.names:
        return plan
    kept = {name: getattr(before, name) for name in ("columns", "dates", "zone", "country")}
    return plan.model_copy(update=kept)


async def _told(
    tx: AsyncConnection, use: Services, asking: Caller, what: str, import_id: str, detail: dict[str, Json]
) -> None:
    await audit.add(tx, asking.who, what, f"import:{import_id}", detail, use.clock.now())

"""Publishing: what a draft would change, publishing all or part of it, old versions, and what differs between two."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking, require_role
from engine.api.desk import STEPS, Author, OpenDraft
from engine.api.drafts import DraftConflict, both, opened
from engine.api.flow_shapes import IssueOut, VersionOut, no_flow, refused
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.flow.changes import Change, changes
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowNewer, FlowRefused
from engine.flow.edits import Put
from engine.flow.issues import Issue, errors
from engine.flow.unpublished import LoggedEdit, NeedsLeftOut, Row, Unpublished, unpublished, without
from engine.sdk import Json
from engine.store import audit, edits, flows
from engine.store.edits import StoredEdit
from engine.store.flows import DraftChanged, Version, VersionTaken
from engine.store.people import Role

router = APIRouter(prefix="/flows", tags=["publishing"])

Side = Annotated[str, Query(pattern=r"^(live|draft|[1-9]\d{0,8})$", description="live, draft, or a version's number.")]


class ChangesOut(BaseModel):
    """`changes`: none if calls go the same way. `from`, `to`: what was compared, with versions by their numbers."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    changes: list[Change]


class RowOut(BaseModel):
    """Something that can be published or left out on its own. `id`: of its first edit. `edits`: ids, oldest first.
    `by`: everybody who worked on it. `labels`: what their gestures were called. `changes`: what it comes to; none if it
    was taken back again. `needs`: ids of rows without which it cannot be published."""

    id: str
    edits: list[str]
    by: list[str]
    first_at: datetime
    last_at: datetime
    labels: list[str]
    changes: list[Change]
    needs: list[str]


class UnpublishedOut(BaseModel):
    """`live`: number of the version that new calls run on, 0 if none. `revision`: of the draft. `changes`: the whole
    difference. `rows`: the same by what can be published on its own, with authors. `whole_only`: the log does not
    explain all of the difference, so nothing can be left out."""

    live: int
    revision: int
    changes: list[Change]
    rows: list[RowOut]
    whole_only: bool


class PublishIn(BaseModel):
    """`revision`: the draft that was looked at; publishing another one than that is refused. `leave_out`: ids of rows
    or edits (`GET /flows/{flow_id}/unpublished`) that stay in the draft."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 12, "note": "Books 45 minutes", "by": "Ana", "leave_out": []}]}
    )

    revision: int = Field(ge=1)
    note: str = Field("", max_length=2000)
    by: str = Field("", max_length=200)
    leave_out: list[str] = Field(default_factory=list, max_length=2000)


class RestoreIn(BaseModel):
    """`to`: live (publish the old version again, as a new number; the draft stays) or draft (bring it into the draft,
    as one edit; nothing is published)."""

    to: Literal["live", "draft"]
    note: str = Field("", max_length=2000)
    by: str = Field("", max_length=200)


class RestoredOut(BaseModel):
    """`version`: the new one, when it went live. `revision`: of the draft."""

    version: VersionOut | None
    revision: int


class NotPublishable(ProblemOut):
    """`issues`: all that the validator says; errors forbid publishing."""

    code: str = "flow_has_errors"
    issues: list[IssueOut] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A draft beside what is live. `edits`: those that the live version does not have."""

    draft: OpenDraft
    live: Version | None
    edits: tuple[LoggedEdit, ...]
    stored: Sequence[StoredEdit]


@router.get(
    "/{flow_id}/compare",
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}},
    operation_id="compare_versions",
)
async def compare_versions(
    flow_id: str, use: Use, from_: Annotated[Side, Query(alias="from")] = "live", to: Side = "draft"
) -> ChangesOut:
    """What differs between two versions of a flow, or between one and the draft, in plain words."""
    before, before_name = await _side(use, flow_id, from_)
    after, after_name = await _side(use, flow_id, to)
    found = await asyncio.to_thread(changes, before.data, after.data, use.nodes)
    return ChangesOut(from_=before_name, to=after_name, changes=found)


@router.get(
    "/{flow_id}/unpublished",
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}},
    operation_id="list_unpublished",
)
async def list_unpublished(flow_id: str, use: Use) -> UnpublishedOut:
    """Everything that the draft has and the live version has not: by whom, in plain words, and what hangs on what."""
    standing = await _standing(use, flow_id)
    found = await asyncio.to_thread(_unpublished, standing, use)
    return UnpublishedOut(
        live=standing.live.version if standing.live is not None else 0,
        revision=standing.draft.head.revision,
        changes=list(found.changes),
        rows=[_row(each) for each in found.rows],
        whole_only=found.whole_only,
    )


@router.post(
    "/{flow_id}/publish",
    status_code=201,
    dependencies=[NEEDS_PUBLISHER],
    responses={404: {"model": ProblemOut}, 409: {"model": DraftConflict}, 422: {"model": NotPublishable}},
    operation_id="publish_flow",
)
async def publish(flow_id: str, order: PublishIn, use: Use, asking: Asking) -> VersionOut:
    """Freeze the draft, or the live version with a part of what is new, as the next version. What is left out stays in
    the draft. Calls under way stay on theirs; new calls run on this one."""
    standing = await _standing(use, flow_id)
    draft = standing.draft
    if draft.head.revision != order.revision:
        changed = (
            f"{draft.head.edited_by or 'Somebody'} saved this flow after you opened it. Look at it again, then publish."
        )
        raise await both(use, flow_id, changed, draft.document.save())
    document, left_out = draft.document, list[int]()
    if order.leave_out:
        document, left_out = await asyncio.to_thread(_part, standing, order.leave_out, use)
    found = await asyncio.to_thread(check, document, use.nodes) if left_out else list(draft.issues)
    _require_publishable(document, found)
    try:
        return await _frozen(
            use, flow_id, document, by=asking.author(order.by), note=order.note, made_of=order.revision,
            left_out=left_out, draft=order.revision,
        )  # fmt: skip
    except (DraftChanged, VersionTaken) as changed_now:
        raise await both(use, flow_id, str(changed_now), draft.document.save()) from None


@router.post(
    "/{flow_id}/versions/{version}/restore",
    status_code=201,
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}, 409: {"model": ProblemOut}, 422: {"model": NotPublishable}},
    operation_id="restore_version",
)
async def restore_version(flow_id: str, version: int, order: RestoreIn, use: Use, asking: Asking) -> RestoredOut:
    """Bring an old version back: publish it again under a new number (takes a publisher), or put it into the draft as
    one edit."""
    if order.to == "live":
        require_role(asking, Role.publisher)
    draft = await opened(use, flow_id)
    async with use.database.read() as tx:
        old = await flows.read_version(tx, flow_id, version)
    if old is None:
        raise Problem(404, f"The flow '{flow_id}' has no version {version}.", code="no_version")
    document = _read(old)
    by = asking.author(order.by)
    try:
        if order.to == "draft":
            number = draft.document.data.get("version", 1)
            brought = document.edited(Put(path=("version",), value=number))
            label = f"Brought version {version} back"
            saved = await use.desk.save(flow_id, draft.head.revision, Author("api", by), brought, label)
            return RestoredOut(version=None, revision=saved.head.revision)
        _require_publishable(document, await asyncio.to_thread(check, document, use.nodes))
        note = order.note or f"Version {version} again"
        made = await _frozen(
            use, flow_id, document, by=by, note=note, made_of=old.revision or 0, left_out=old.left_out
        )  # fmt: skip
    except (DraftChanged, VersionTaken) as changed:
        raise Problem(409, str(changed), code="draft_changed") from None
    return RestoredOut(version=made, revision=draft.head.revision)


def _require_publishable(document: FlowDocument, found: Sequence[Issue]) -> None:
    if document.read_only:
        raise refused(FlowNewer(document.flow.format_version, document.flow.made_with))
    wrong = errors(found)
    if wrong:
        several = "1 error. Mend it" if len(wrong) == 1 else f"{len(wrong)} errors. Mend them"
        raise Problem(
            422,
            f"The flow has {several}, then publish.",
            code="flow_has_errors",
            issues=[IssueOut.of(each).model_dump() for each in found],
        )


async def _frozen(
    use: Services, flow_id: str, document: FlowDocument, *, by: str, note: str, made_of: int,
    left_out: Sequence[int], draft: int | None = None,
) -> VersionOut:  # fmt: skip
    """The document as the next version. `draft`: the revision that must still be the newest. Raises `DraftChanged`,
    `VersionTaken`."""
    packages = json.dumps(_packages(document, use), sort_keys=True)
    async with use.database.begin() as tx:
        number = await flows.next_version(tx, flow_id)
        # Nobody can publish between the number and the end of the transaction; a save may have come in before.
        head = await edits.head(tx, flow_id)
        if head is None or (draft is not None and head.revision != draft):
            raise DraftChanged("Somebody saved this flow at this very moment. Look at it again, then publish.")
        text = document.edited(Put(path=("version",), value=number)).save()
        version = await flows.publish(
            tx, flow_id, number, text, by=by, now=use.clock.now(), note=note, made_of=made_of, left_out=left_out,
            packages=packages,
        )  # fmt: skip
        await audit.add(
            tx, by or "a program", "published_flow", f"flow:{flow_id}", {"version": number}, use.clock.now()
        )
    use.lines.expect(FlowDocument.load(text).flow)
    return VersionOut.of(version)


def _packages(document: FlowDocument, use: Services) -> dict[str, str]:
    """What brings the document's cards here, with versions."""
    found: dict[str, str] = {}
    for card in document.flow.nodes:
        package = use.nodes.package.get(card.type)
        if package and package not in found:
            try:
                found[package] = installed_version(package)
            except PackageNotFoundError:
                found[package] = ""
    return found


async def _standing(use: Services, flow_id: str) -> _Standing:
    draft = await opened(use, flow_id)
    async with use.database.read() as tx:
        live = await flows.read_version(tx, flow_id)
        missing = await edits.after_version(tx, flow_id, live.revision or 0, live.left_out) if live is not None else []
    missing = [each for each in missing if each.revision <= draft.head.revision]
    logged = tuple(
        LoggedEdit(each.id, each.by, each.at, each.label, STEPS.validate_json(each.steps)) for each in missing
    )
    return _Standing(draft, live, logged, missing)


def _unpublished(standing: _Standing, use: Services) -> Unpublished:
    if standing.live is None:
        return Unpublished((), (), whole_only=True)
    return unpublished(_read(standing.live).data, standing.draft.document.data, standing.edits, use.nodes)


def _part(standing: _Standing, leave_out: Sequence[str], use: Services) -> tuple[FlowDocument, list[int]]:
    """The live document with what was not left out, and the revisions that were."""
    found = _unpublished(standing, use)
    if standing.live is None or found.whole_only:
        raise Problem(
            422,
            "Nothing can be left out here: what has changed since the live version is not known edit by edit. Publish "
            "the whole draft.",
            code="whole_only",
        )
    known = {id for row in found.rows for id in row.edits}
    if unknown := [each for each in leave_out if each not in known]:
        raise Problem(
            422, f"'{unknown[0]}' is no edit that could be left out. Look at what is new again.", code="no_such_edit"
        )
    live = _read(standing.live)
    try:
        data = without(live.data, standing.edits, found.rows, leave_out)
        document = live.replaced(data)
    except NeedsLeftOut as clash:
        raise _needs(clash) from None
    except FlowRefused as problem:
        raise refused(problem) from None
    gone = {id for row in found.rows if set(row.edits) & set(leave_out) for id in row.edits}
    return document, [each.revision for each in standing.stored if each.id in gone]


def _needs(clash: NeedsLeftOut) -> Problem:
    pairs: list[Json] = [
        {"row": one.id, "needs": other.id, "sentence": f"{_told(one)} This needs: {_told(other)}"}
        for one, other in clash.pairs
    ]
    first, second = clash.pairs[0]
    return Problem(
        422,
        f"{_told(first)} This cannot be published without: {_told(second)} Take both or leave out both.",
        code="needs_left_out",
        needs=pairs,
    )


def _told(row: Row) -> str:
    sentence = row.changes[0].sentence if row.changes else f"{', '.join(row.labels) or 'An edit'}."
    return f"{', '.join(filter(None, row.by)) or 'Somebody'}: {sentence}"


async def _side(use: Services, flow_id: str, side: str) -> tuple[FlowDocument, str]:
    if side == "draft":
        return (await opened(use, flow_id)).document, "draft"
    async with use.database.read() as tx:
        found = await flows.read_version(tx, flow_id, None if side == "live" else int(side))
        head = await edits.head(tx, flow_id)
    if head is None:
        raise no_flow(flow_id)
    if found is None:
        what = "has not been published yet" if side == "live" else f"has no version {side}"
        raise Problem(404, f"The flow '{flow_id}' {what}.", code="no_version")
    return _read(found), str(found.version)


def _read(version: Version) -> FlowDocument:
    try:
        return FlowDocument.load(version.text)
    except FlowRefused as problem:
        raise Problem(500, f"Version {version.version} of '{version.flow_id}' cannot be read: {problem}") from None


def _row(row: Row) -> RowOut:
    return RowOut(
        id=row.id,
        edits=list(row.edits),
        by=list(row.by),
        first_at=row.first_at,
        last_at=row.last_at,
        labels=list(row.labels),
        changes=list(row.changes),
        needs=list(row.needs),
    )

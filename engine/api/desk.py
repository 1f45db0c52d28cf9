"""The desk on which drafts lie open: reads them once, takes edits, and tells what the newest draft is.

Reading, checking and writing a large flow takes milliseconds of computing. It is done in a thread beside the loop that
carries live sound, and what it gave is kept as long as the draft stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.clock import Clock
from engine.flow.check import check_prepared
from engine.flow.checks.subject import prepare
from engine.flow.diff import diff
from engine.flow.document import HALF_A_CHARACTER, FlowDocument, FlowRefused, whole
from engine.flow.edits import MAX_STEPS, AnyStep, EditConflict, EditRefused, Put, Step, apply, wire
from engine.flow.gestures import Thing, Wanted
from engine.flow.issues import Issue
from engine.flow.rebase import Conflict, OtherEdit, WantedEdit, guarded, rebase
from engine.flow.view import View, view
from engine.sdk.registry import NodeTypes
from engine.store import Database, edits, flows
from engine.store.edits import Head, StoredEdit
from engine.store.flows import DraftChanged

ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a new flow may be called: it stands in addresses."""

KEPT: Final = 24
"""Open drafts that are kept in memory; a large one takes some megabytes."""

TRIES: Final = 8
"""Somebody else may be quicker this often in a row."""

WHOLE: Final = "Saved the whole document"
"""Label of an edit that came as a document."""

STEPS: Final[TypeAdapter[tuple[Step, ...]]] = TypeAdapter(tuple[AnyStep, ...])


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft, read and checked."""

    head: Head
    document: FlowDocument
    issues: tuple[Issue, ...]
    view: View


@dataclass(frozen=True, slots=True)
class NewEdit:
    """`id`: made by the client; the same one twice is the same edit. `label`: what undoing it is called."""

    id: str
    label: str
    wanted: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Author:
    """`client`: the window, `by`: the person."""

    client: str
    by: str


class NoDraft(KeyError):
    """There is no flow of that id."""


class LogTooShort(Exception):
    """The log does not reach back to that revision; the draft must be read again."""


class EditsDoNotFit(Exception):
    """Somebody else wanted something different at the same place. Nothing was stored. `base`: the document as the
    author saw it, for naming what is gone by now."""

    def __init__(
        self, conflicts: Sequence[Conflict], since: Sequence[StoredEdit], draft: OpenDraft, own: str, base: Thing
    ) -> None:
        super().__init__("Somebody else has changed the same thing.")
        self.conflicts = conflicts
        self.since = since
        self.draft = draft
        self.base = base
        self.others = [each for each in since if each.client != own]


class Desk:
    """One for each process. Safe beside other processes: the database decides whose edit comes first."""

    def __init__(self, database: Database, types: NodeTypes, clock: Clock) -> None:
        self._database = database
        self._types = types
        self._clock = clock
        self._open: OrderedDict[str, OpenDraft] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def open(self, flow_id: str) -> OpenDraft:
        """The newest draft. Raises `NoDraft`, `FlowRefused` when it cannot be read, `FlowDamaged`."""
        async with self._database.read() as tx:
            head, text = await self._found(tx, flow_id)
        return await self._opened(head, text)

    async def _found(self, tx: AsyncConnection, flow_id: str) -> tuple[Head, str | None]:
        """What the newest draft is; with its text, if that is not open already."""
        head = await edits.head(tx, flow_id)
        if head is None:
            raise NoDraft(flow_id)
        if self._kept(head) is not None:
            return head, None
        draft = await flows.draft(tx, flow_id)
        assert draft is not None
        return head, draft.text

    async def _opened(self, head: Head, text: str | None) -> OpenDraft:
        kept = self._kept(head)
        if kept is not None:
            return kept
        if text is None:
            return await self.open(head.flow_id)  # it was put away meanwhile to make room
        return self._keep(await asyncio.to_thread(self._read, head, text))

    async def since(self, flow_id: str, revision: int) -> tuple[int, list[StoredEdit]]:
        """The newest revision and the edits after `revision`. Raises `NoDraft`, `LogTooShort`."""
        async with self._database.read() as tx:
            head = await edits.head(tx, flow_id)
            if head is None:
                raise NoDraft(flow_id)
            if head.revision == revision:
                return revision, []
            found = await edits.since(tx, flow_id, revision, head.revision) if revision < head.revision else None
        if found is None:
            raise LogTooShort
        return head.revision, found

    async def edit(
        self, flow_id: str, base: int, author: Author, new: Sequence[NewEdit]
    ) -> tuple[OpenDraft, list[StoredEdit]]:
        """Take edits that were made on revision `base`, each as one revision: the newest draft, and all edits since.

        Raises `NoDraft`, `LogTooShort`, `EditsDoNotFit`, `EditRefused`, `FlowRefused`.
        """
        async with self._turns.setdefault(flow_id, asyncio.Lock()):
            for _ in range(TRIES):
                async with self._database.read() as tx:
                    head, content = await self._found(tx, flow_id)
                    known = await edits.taken(tx, flow_id, [each.id for each in new])
                    since = await edits.since(tx, flow_id, base, head.revision)
                if since is None or base > head.revision:
                    raise LogTooShort
                draft = await self._opened(head, content)
                if draft.head.revision != head.revision:
                    continue  # somebody was quicker while the draft was read
                fresh = [each for each in new if each.id not in known]
                if not fresh:
                    return draft, since
                made, stored = await asyncio.to_thread(self._make, draft, since, author, fresh, self._clock.now())
                text = made.document.save()
                try:
                    async with self._database.begin() as tx:
                        await edits.append(tx, flow_id, made.head.name, text, stored, draft.head.revision)
                except DraftChanged:
                    continue
                return self._keep(made), [*since, *stored]
        raise EditRefused("Too many people save this flow at this very moment. Try again.")

    async def save(
        self, flow_id: str, revision: int, author: Author, document: FlowDocument, label: str = WHOLE
    ) -> OpenDraft:
        """Save a whole document that was made from `revision` (0: a new flow), as one edit. What others have changed
        since then stays.

        Raises `DraftChanged` if that cannot be told or is not possible.
        """
        try:
            draft = await self.open(flow_id)
        except (NoDraft, FlowRefused):
            return await self._save_unread(flow_id, revision, author, document)
        if revision != draft.head.revision:
            return await self._save_over(draft, revision, author, document)
        made, edit = await asyncio.to_thread(self._replaced, draft, author, document, label, self._clock.now())
        async with self._database.begin() as tx:
            await edits.append(tx, flow_id, made.head.name, document.save(), [edit], revision)
        return self._keep(made)

    async def _save_unread(self, flow_id: str, revision: int, author: Author, document: FlowDocument) -> OpenDraft:
        """A new flow, or one whose draft nobody can read: there is nothing to compare with."""
        if not ID.fullmatch(flow_id):
            raise FlowRefused("wrong_shape", "The id of a flow has 1 to 64 letters, digits, dots, - or _.")
        async with self._database.begin() as tx:
            await flows.save_draft(
                tx, flow_id, document.flow.name, document.save(), by=author.by, now=self._clock.now(), revision=revision
            )
        return await self.open(flow_id)

    async def _save_over(self, draft: OpenDraft, revision: int, author: Author, document: FlowDocument) -> OpenDraft:
        """A document that was made from an older draft: what its author changed, on the newest one."""
        head = draft.head
        changed = DraftChanged.since_opened(head.edited_by, head.edited_at)
        async with self._database.read() as tx:
            since = await edits.since(tx, head.flow_id, revision, head.revision)
        if not since or document.read_only:
            raise changed
        seen = undone(draft.document.data, since)
        steps = whole_change(seen, document.data)
        if not steps:
            return draft
        new = NewEdit(f"put_{secrets.token_hex(8)}", WHOLE, steps)
        try:
            return (await self.edit(head.flow_id, revision, author, [new]))[0]
        except (EditsDoNotFit, EditRefused, LogTooShort) as problem:
            raise changed from problem

    def _replaced(
        self, draft: OpenDraft, author: Author, document: FlowDocument, label: str, now: datetime
    ) -> tuple[OpenDraft, StoredEdit]:
        steps = whole_change(draft.document.data, document.data)
        applied = apply(draft.document.data, steps)
        text = document.save()
        head = Head(
            draft.head.flow_id, document.flow.name, flows.checksum(text), draft.head.revision + 1, now, author.by
        )
        edit = StoredEdit(
            revision=head.revision,
            id=f"put_{secrets.token_hex(8)}",
            client=author.client,
            by=author.by,
            at=now,
            label=label,
            steps=written(steps),
            inverse=written(guarded(applied.data, applied.inverse)),
        )
        return self._checked(head, document), edit

    def _make(
        self,
        draft: OpenDraft,
        since: Sequence[StoredEdit],
        author: Author,
        new: Sequence[NewEdit],
        now: datetime,
    ) -> tuple[OpenDraft, list[StoredEdit]]:
        if not whole([step.model_dump(mode="python") for each in new for step in each.wanted]):
            raise EditRefused(HALF_A_CHARACTER)
        others = [each for each in since if each.client != author.client]
        result = rebase(
            draft.document.data,
            [WantedEdit(each.id, each.wanted) for each in new],
            [OtherEdit(each.by, STEPS.validate_json(each.steps)) for each in others],
            self._types,
        )
        if result.conflicts:
            seen = undone(draft.document.data, since)
            raise EditsDoNotFit(result.conflicts, since, draft, author.client, seen)
        document = draft.document.replaced(result.data)
        if document.flow.id != draft.head.flow_id:
            raise EditRefused("A flow keeps its id for good. Copy the flow to have one with another id.")
        labels = {each.id: each.label for each in new}
        stored = [
            StoredEdit(
                revision=draft.head.revision + number,
                id=each.id,
                client=author.client,
                by=author.by,
                at=now,
                label=labels[each.id],
                steps=written(each.steps),
                inverse=written(each.inverse),
            )
            for number, each in enumerate(result.edits, 1)
        ]
        text = document.save()
        head = Head(draft.head.flow_id, document.flow.name, flows.checksum(text), stored[-1].revision, now, author.by)
        return self._checked(head, document), stored

    def _read(self, head: Head, text: str) -> OpenDraft:
        return self._checked(head, FlowDocument.load(text))

    def _checked(self, head: Head, document: FlowDocument) -> OpenDraft:
        subject = prepare(document.flow, self._types)
        issues = tuple(check_prepared(subject))
        return OpenDraft(head, document, issues, view(subject, issues))

    def _kept(self, head: Head) -> OpenDraft | None:
        kept = self._open.get(head.flow_id)
        if kept is None or (kept.head.revision, kept.head.checksum) != (head.revision, head.checksum):
            return None
        self._open.move_to_end(head.flow_id)
        return kept

    def _keep(self, draft: OpenDraft) -> OpenDraft:
        self._open[draft.head.flow_id] = draft
        self._open.move_to_end(draft.head.flow_id)
        while len(self._open) > KEPT:
            self._open.popitem(last=False)
        return draft


def whole_change(before: Thing, after: Thing) -> list[Step]:
    """The difference of two documents; of very unlike ones the whole document."""
    steps = diff(before, after)
    return steps if len(steps) <= MAX_STEPS else [Put(path=(), value=after, was=before)]


def written(steps: Sequence[Step]) -> str:
    """Steps as the log keeps them."""
    return json.dumps([wire(step) for step in steps], ensure_ascii=False, separators=(",", ":"))


def undone(data: Thing, since: Sequence[StoredEdit]) -> Thing:
    """The document as it was before these edits; as far as that can be told."""
    for each in reversed(since):
        try:
            data = apply(data, STEPS.validate_json(each.inverse)).data
        except (EditConflict, EditRefused):  # saved outside the log in between: it cannot be told any further back
            return data
    return data

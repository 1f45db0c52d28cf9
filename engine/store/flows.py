"""Flow documents: one draft that people edit, and published versions that never change (calls run on those).

Documents are kept as the exact text, with a checksum that is proved whenever one is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, RowMapping, String, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base
from engine.store.database import one_at_a_time


class FlowRow(Base):
    """A flow and its draft. `revision` counts its edits (`engine.store.edits`). `imported`: the file that it was made
    from, when opening it changed anything; kept until the flow is published."""

    __tablename__ = "flow"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    text: Mapped[str]
    checksum: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    edited_by: Mapped[str]
    archived_at: Mapped[datetime | None]
    imported: Mapped[str | None]


class FlowVersionRow(Base):
    """`revision`, `left_out`: the draft that it was made of, and (JSON) the revisions whose edits were left out; None
    for a version from before the log of edits. `packages`: JSON, the packages that brought its cards when it was
    published, with their versions."""

    __tablename__ = "flow_version"

    flow_id: Mapped[str] = mapped_column(String(64), ForeignKey("flow.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    checksum: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    revision: Mapped[int | None]
    left_out: Mapped[str | None]
    packages: Mapped[str | None]


class DraftChanged(Exception):
    """Somebody else saved the draft meanwhile. The message says who and when."""

    @classmethod
    def since_opened(cls, by: str, at: datetime) -> DraftChanged:
        return cls(
            f"{by or 'Somebody'} saved this flow at {at:%Y-%m-%d %H:%M} UTC, after you opened it. Reload it, or save "
            "yours under another name."
        )


class FlowMissing(Exception):
    """There is no flow of that id."""


class VersionTaken(Exception):
    """That is not the next version: somebody else has published meanwhile."""


class FlowDamaged(Exception):
    """The text in the database is not the one that was saved. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`text`: the flow document. `revision`: hand it to `save_draft` to prove that you edited this very state."""

    flow_id: str
    name: str
    text: str
    checksum: str
    revision: int
    edited_at: datetime
    edited_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """A published version. Its text never changes. `revision`, `left_out`: the draft that it was made of, and the
    revisions whose edits were left out; None for one from before the log of edits. `packages`: JSON, the packages that
    brought its cards when it was published, with their versions."""

    flow_id: str
    version: int
    text: str
    checksum: str
    note: str
    published_at: datetime
    published_by: str
    revision: int | None = None
    left_out: tuple[int, ...] = ()
    packages: str = "{}"


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """One line of the list of flows. `latest`: number of the newest published version, 0 if none."""

    flow_id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    latest: int
    archived: bool


def checksum(text: str) -> str:
    """SHA-256 of the text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


async def save_draft(
    tx: AsyncConnection, flow_id: str, name: str, text: str, *, by: str, now: datetime, revision: int | None = None
) -> Draft:
    """Save the draft, making the flow if it is new. `revision`: the one that was edited (0 for a new flow); None
    overwrites whatever is there. Raises `DraftChanged`."""
    await one_at_a_time(tx, f"flow:{flow_id}")
    there = (await tx.execute(select(FlowRow.__table__).where(FlowRow.id == flow_id))).first()
    if revision is not None and revision != (there.revision if there else 0):
        if there is None:
            raise DraftChanged(f"The flow {flow_id} is not there any more. Save it under a new name.")
        raise DraftChanged.since_opened(there.edited_by, there.edited_at)
    draft = Draft(flow_id, name, text, checksum(text), there.revision + 1 if there else 1, now, by)
    values = {
        "name": draft.name,
        "text": draft.text,
        "checksum": draft.checksum,
        "revision": draft.revision,
        "edited_at": now,
        "edited_by": by,
    }
    if there:
        await tx.execute(update(FlowRow).where(FlowRow.id == flow_id).values(**values, archived_at=None))
    else:
        await tx.execute(insert(FlowRow).values(id=flow_id, created_at=now, **values))
    return draft


async def draft(tx: AsyncConnection, flow_id: str) -> Draft | None:
    """Raises `FlowDamaged`."""
    row = (await tx.execute(select(FlowRow.__table__).where(FlowRow.id == flow_id))).first()
    if row is None:
        return None
    prove(row.text, row.checksum, f"The draft of the flow {flow_id}")
    return Draft(flow_id, row.name, row.text, row.checksum, row.revision, row.edited_at, row.edited_by)


async def next_version(tx: AsyncConnection, flow_id: str) -> int:
    """The number the next published version gets. To the end of the transaction nobody else can publish this flow."""
    await one_at_a_time(tx, f"flow:{flow_id}")
    newest = await tx.execute(
        select(func.coalesce(func.max(FlowVersionRow.version), 0)).where(FlowVersionRow.flow_id == flow_id)
    )
    return int(newest.scalar_one()) + 1


async def publish(
    tx: AsyncConnection,
    flow_id: str,
    version: int,
    text: str,
    *,
    by: str,
    now: datetime,
    note: str = "",
    made_of: int | None = None,
    left_out: Sequence[int] = (),
    packages: str = "{}",
) -> Version:
    """Publish `text` as `version`, the number from `next_version` (it stands in the document as well, which is why it
    is asked for first). `made_of`: revision of the draft it was made of, without the edits of the revisions `left_out`;
    None for the draft as it is. `packages`: JSON, what brings its cards, with versions. Raises `FlowMissing`,
    `VersionTaken`."""
    there = (await tx.execute(select(FlowRow.revision).where(FlowRow.id == flow_id))).first()
    if there is None:
        raise FlowMissing(f"There is no flow {flow_id}. Save a draft first.")
    free = await next_version(tx, flow_id)
    if version != free:
        raise VersionTaken(f"The next version of {flow_id} is {free}, not {version}: somebody published meanwhile.")
    revision = there.revision if made_of is None else made_of
    published = Version(
        flow_id, version, text, checksum(text), note, now, by, revision, tuple(sorted(left_out)), packages
    )
    await tx.execute(update(FlowRow).where(FlowRow.id == flow_id).values(imported=None))
    await tx.execute(
        insert(FlowVersionRow).values(
            flow_id=flow_id,
            version=version,
            text=text,
            checksum=published.checksum,
            note=note,
            published_at=now,
            published_by=by,
            revision=revision,
            left_out=json.dumps(published.left_out),
            packages=packages,
        )
    )
    return published


async def read_version(tx: AsyncConnection, flow_id: str, version: int | None = None) -> Version | None:
    """A published version; without a number the newest. Raises `FlowDamaged`."""
    query = select(FlowVersionRow.__table__).where(FlowVersionRow.flow_id == flow_id)
    if version is not None:
        query = query.where(FlowVersionRow.version == version)
    row = (await tx.execute(query.order_by(FlowVersionRow.version.desc()).limit(1))).mappings().first()
    if row is None:
        return None
    prove(row["text"], row["checksum"], f"Version {row['version']} of the flow {flow_id}")
    return _version(row)


async def versions(tx: AsyncConnection, flow_id: str) -> Sequence[Version]:
    """All published versions, newest first."""
    query = select(FlowVersionRow.__table__).where(FlowVersionRow.flow_id == flow_id)
    return [_version(row) for row in (await tx.execute(query.order_by(FlowVersionRow.version.desc()))).mappings()]


async def overview(tx: AsyncConnection, *, archived: bool = False) -> Sequence[FlowSummary]:
    """All flows by name; archived ones only if asked for."""
    newest = (
        select(FlowVersionRow.flow_id, func.max(FlowVersionRow.version).label("latest"))
        .group_by(FlowVersionRow.flow_id)
        .subquery()
    )
    query = (
        select(FlowRow.__table__, func.coalesce(newest.c.latest, 0).label("latest"))
        .outerjoin(newest, newest.c.flow_id == FlowRow.id)
        .order_by(FlowRow.name, FlowRow.id)
    )
    if not archived:
        query = query.where(FlowRow.archived_at.is_(None))
    return [
        FlowSummary(
            row.id, row.name, row.revision, row.edited_at, row.edited_by, row.latest, row.archived_at is not None
        )
        for row in await tx.execute(query)
    ]


async def keep_import(tx: AsyncConnection, flow_id: str, text: str) -> None:
    """Keep the file that the draft was made from, beside it, until the flow is published."""
    await tx.execute(update(FlowRow).where(FlowRow.id == flow_id).values(imported=text))


async def kept_import(tx: AsyncConnection, flow_id: str) -> str | None:
    """The file that the draft was made from, as long as it is kept."""
    text: str | None = (await tx.execute(select(FlowRow.imported).where(FlowRow.id == flow_id))).scalar()
    return text


async def archive(tx: AsyncConnection, flow_id: str, now: datetime | None) -> None:
    """Take a flow off the list; None puts it back. Its versions stay, because calls refer to them; saving the draft
    brings it back too."""
    await tx.execute(update(FlowRow).where(FlowRow.id == flow_id).values(archived_at=now))


def _version(row: RowMapping) -> Version:
    return Version(
        flow_id=row["flow_id"],
        version=row["version"],
        text=row["text"],
        checksum=row["checksum"],
        note=row["note"],
        published_at=row["published_at"],
        published_by=row["published_by"],
        revision=row["revision"],
        left_out=tuple(json.loads(row["left_out"] or "[]")),
        packages=row["packages"] or "{}",
    )


def prove(text: str, expected: str, what: str) -> None:
    """Raises `FlowDamaged` if the text is not the one that `expected` is the checksum of. `what`: begins a sentence."""
    if checksum(text) != expected:
        raise FlowDamaged(
            f"{what} was changed in the database behind Leadline's back: its text does not fit its checksum. "
            "Restore it from a backup, or publish a good version anew."
        )

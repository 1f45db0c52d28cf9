"""The flows as a list shows them: draft and live version side by side, and how many calls each has had lately."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import CallRow
from engine.store.flows import FlowRow, FlowVersionRow


@dataclass(frozen=True, slots=True)
class FlowOnShelf:
    """`live`: number of the newest published version, 0 if none; `live_checksum` is empty then. `calls`: placed since
    the moment that was asked about."""

    flow_id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    archived_at: datetime | None
    checksum: str
    live: int
    live_checksum: str
    live_at: datetime | None
    live_by: str
    calls: int


async def shelf(tx: AsyncConnection, since: datetime, *, archived: bool = False) -> Sequence[FlowOnShelf]:
    """All flows by name; archived ones only if asked for."""
    newest = (
        select(FlowVersionRow.flow_id, func.max(FlowVersionRow.version).label("version"))
        .group_by(FlowVersionRow.flow_id)
        .subquery()
    )
    called = (
        select(CallRow.flow_id, func.count().label("calls"))
        .where(CallRow.placed_at >= since, CallRow.test.is_(False))
        .group_by(CallRow.flow_id)
        .subquery()
    )
    live = FlowVersionRow.__table__
    query = (
        select(
            FlowRow.id,
            FlowRow.name,
            FlowRow.revision,
            FlowRow.edited_at,
            FlowRow.edited_by,
            FlowRow.archived_at,
            FlowRow.checksum,
            func.coalesce(live.c.version, 0),
            func.coalesce(live.c.checksum, ""),
            live.c.published_at,
            func.coalesce(live.c.published_by, ""),
            func.coalesce(called.c.calls, 0),
        )
        .outerjoin(newest, newest.c.flow_id == FlowRow.id)
        .outerjoin(live, and_(live.c.flow_id == FlowRow.id, live.c.version == newest.c.version))
        .outerjoin(called, called.c.flow_id == FlowRow.id)
        .order_by(FlowRow.name, FlowRow.id)
    )
    if not archived:
        query = query.where(FlowRow.archived_at.is_(None))
    return [FlowOnShelf(*row) for row in await tx.execute(query)]


async def texts(tx: AsyncConnection, checksums: Collection[str]) -> dict[str, str]:
    """The documents with these checksums, drafts and versions alike."""
    if not checksums:
        return {}
    found: dict[str, str] = {}
    for table in (FlowVersionRow, FlowRow):
        rows = await tx.execute(select(table.checksum, table.text).where(table.checksum.in_(checksums)))
        found |= {row.checksum: row.text for row in rows}
    return found

"""Who is due and is called first: read for each priority by itself, so that a long backlog hides nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import Campaign, CampaignRefused
from engine.campaigns.document import read
from engine.dialing.facts import LONGEST_CALL
from engine.dialing.ranking import DEFAULT_PRIORITY, DueLead, Standing, order
from engine.store import campaigns, due_leads

A_MINUTE: Final = timedelta(minutes=1)


async def first_due(tx: AsyncConnection, now: datetime, limit: int) -> Sequence[DueLead]:
    """Leads whose time has come, first who is called first. Those of a campaign that is not on, or that has as many
    calls as it allows, stay where they are."""
    stored = await campaigns.all_of_them(tx)
    documents = {each.id: _read(each.document) for each in stored if each.state == "on"}
    limited = [id_ for id_, each in documents.items() if each.limits.at_once or each.limits.per_minute]
    busy = await due_leads.busy(tx, limited, now - LONGEST_CALL, now - A_MINUTE) if limited else {}
    standing = {
        id_: Standing(each.priority, each.limits, *((at.under_way, at.begun) if (at := busy.get(id_)) else (0, 0)))
        for id_, each in documents.items()
    }
    by_priority: defaultdict[int, list[str]] = defaultdict(list)
    for id_, each in standing.items():
        if each.room != 0:
            by_priority[each.priority].append(id_)
    groups: list[list[str] | None] = [None, *by_priority.values()]
    known = [each.id for each in stored]
    due = [
        DueLead(found.id, found.campaign_id, found.since, fresh)
        for group in groups
        for fresh in (True, False)
        for found in await due_leads.of_campaigns(tx, group, known, fresh=fresh, now=now, limit=limit)
    ]
    return order(due, standing, now)[:limit]


def _read(document: object) -> Campaign:
    """One that cannot be read has its leads looked at all the same: the claim says in their story what is wrong."""
    try:
        return read(document)  # type: ignore[arg-type]
    except CampaignRefused:
        return Campaign(flow_id="", priority=DEFAULT_PRIORITY)

"""The list of flows: what is live, what is not published yet, how many problems, calls of the last seven days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from engine.api.auth import NEEDS_TOKEN
from engine.api.services import Services, Use
from engine.flow.check import check
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.issues import errors
from engine.flow.text import equal
from engine.sdk import Json
from engine.store import shelf

router = APIRouter(prefix="/flows", tags=["flows"], dependencies=[NEEDS_TOKEN])

WEEK: Final = timedelta(days=7)
GLANCES: Final = 500
"""So many documents are remembered as they were read; a flow has two, its draft and what is live."""

_NO_CHANGE: Final = ("version", "layout")
"""Parts of a document that differ without a call going any differently."""


class FlowLine(BaseModel):
    """`revision`: counts edits of the draft. `latest`: the newest published version, which new calls run on; 0 if there
    is none. `unpublished`: the draft says something else than that version. `errors`, `warnings`: of the draft.
    `calls_week`: placed in the last seven days. `cards`: how many the draft has."""

    id: str
    name: str
    revision: int
    edited_at: datetime
    edited_by: str
    latest: int
    published_at: datetime | None
    published_by: str
    archived_at: datetime | None
    unpublished: bool
    errors: int
    warnings: int
    calls_week: int
    seller: str
    description: str
    cards: int


@dataclass(frozen=True, slots=True)
class Glance:
    """What the list says about a document. `meaning`: what calls go by."""

    meaning: dict[str, Json]
    errors: int
    warnings: int
    seller: str
    description: str
    cards: int


_UNREADABLE: Final = Glance({}, 1, 0, "", "", 0)


def glance(text: str, use: Services) -> Glance:
    """A document that cannot be opened counts as one problem: its own page says which."""
    try:
        document = FlowDocument.load(text)
    except FlowRefused:
        return _UNREADABLE
    found = check(document, use.nodes)
    wrong, flow = len(errors(found)), document.flow
    meaning = {name: value for name, value in document.data.items() if name not in _NO_CHANGE}
    return Glance(meaning, wrong, len(found) - wrong, flow.seller.say_as, flow.description, len(flow.nodes))


@router.get("")
async def list_flows(use: Use, archived: bool = False) -> list[FlowLine]:
    """All flows by name; with `archived` also those that were put away."""
    async with use.database.read() as tx:
        lines = await shelf.shelf(tx, use.clock.now() - WEEK, archived=archived)
        wanted = {sum for line in lines for sum in (line.checksum, line.live_checksum) if sum}
        texts = await shelf.texts(tx, wanted - use.glances.keys())
    use.glances.update({checksum: glance(text, use) for checksum, text in texts.items()})
    answer = [_line(line, use) for line in lines]
    _forget(use.glances, wanted)
    return answer


def _line(line: shelf.FlowOnShelf, use: Services) -> FlowLine:
    draft = use.glances[line.checksum]
    live = use.glances[line.live_checksum] if line.live else None
    return FlowLine(
        id=line.flow_id,
        name=line.name,
        revision=line.revision,
        edited_at=line.edited_at,
        edited_by=line.edited_by,
        latest=line.live,
        published_at=line.live_at,
        published_by=line.live_by,
        archived_at=line.archived_at,
        unpublished=live is not None and draft is not live and not equal(draft.meaning, live.meaning),
        errors=draft.errors,
        warnings=draft.warnings,
        calls_week=line.calls,
        seller=draft.seller,
        description=draft.description,
        cards=draft.cards,
    )


def _forget(glances: dict[str, Glance], wanted: Iterable[str]) -> None:
    """Every edit makes a new document: keep what is on the shelf, and of the rest the newest."""
    kept = set(wanted)
    for checksum in [each for each in glances if each not in kept][: max(0, len(glances) - GLANCES)]:
        del glances[checksum]

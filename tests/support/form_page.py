"""A page with nothing but a form on a draft in memory, for AppTest and for pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache

from pydantic import TypeAdapter
from streamlit.testing.v1 import AppTest

from engine.api.nodes import NodeTypeOut
from engine.flow import shipped
from engine.sdk import Json
from engine.sdk.registry import NodeClass, NodeTypes, discover
from tests.support.memory_draft import MemoryDraft
from ui.flow_view import read_flow
from ui.forms.spot import Context
from ui.records import CardType
from ui.resources.calendars import Calendar
from ui.resources.connections import Connection, Kind

_TYPE: TypeAdapter[CardType] = TypeAdapter(CardType)
CHANGED = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONNECTIONS = (
    Connection("office_mail", "smtp", CHANGED),
    Connection("webhook", "webhook", CHANGED),
    Connection("front_desk", "phone", CHANGED),
)
CALENDARS = (Calendar("main", "America/New_York"), Calendar("crew_two", "America/New_York"))
KINDS = (Kind("smtp", "Mail server"), Kind("webhook", "Webhook"), Kind("phone", "Phone number"))


@lru_cache
def installed() -> NodeTypes:
    return discover()


def card_types(types: NodeTypes | None = None) -> Mapping[str, CardType]:
    """As `GET /nodes` tells them."""
    return {klass.type: _card_type(klass) for klass in types or installed()}


@cache
def _card_type(klass: NodeClass) -> CardType:
    out = NodeTypeOut(
        type=klass.type,
        title=klass.title,
        kind=klass.kind,
        shelf=klass.shelf,
        version=klass.version,
        help=klass.summary,
        icon=klass.icon,
        exits=[asdict(exit) for exit in klass.exits],
        effects=asdict(klass.effects),
        ends_the_call=klass.terminal,
        package="",
        settings=klass.settings_schema(),
    )
    return _TYPE.validate_python(out.model_dump())


def context(draft: MemoryDraft, types: Mapping[str, CardType] | None = None) -> Context:
    return Context(read_flow(draft.document), types or card_types(draft.types), CONNECTIONS, CALENDARS, KINDS)


def shipped_draft(name: str = "home_services") -> MemoryDraft:
    return MemoryDraft(dict(shipped.load(name).data))


@dataclass
class _Open:
    draft: MemoryDraft
    draw: Callable[[MemoryDraft, Context], None]


_open: dict[str, _Open] = {}


def run(name: str) -> None:
    """What the page's script does."""
    opened = _open[name]
    opened.draw(opened.draft, context(opened.draft))


def form_page(draft: MemoryDraft, draw: Callable[[MemoryDraft, Context], None]) -> AppTest:
    """The page, drawn once. Widgets of it change `draft`."""
    name = f"{id(draft)}/{len(_open)}"
    _open[name] = _Open(draft, draw)
    page = AppTest.from_string(f"from tests.support.form_page import run\nrun({name!r})", default_timeout=30)
    page.run()
    assert not page.exception, page.exception[0].stack_trace
    return page


def settings_of(draft: MemoryDraft, card: str) -> dict[str, Json]:
    nodes = draft.document["nodes"]
    assert isinstance(nodes, list)
    found = next(each for each in nodes if isinstance(each, dict) and each["id"] == card)
    settings = found["settings"]
    assert isinstance(settings, dict)
    return settings

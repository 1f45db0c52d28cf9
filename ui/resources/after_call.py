"""After-call work: what failed, and doing it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json

WhichLane = Literal["then", "now"]
"""As it was drawn when the call was held, or as it is published."""

MANY_S: Final = 60.0
"""Each of many calls is set back by itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """A call whose work failed. `at`: when."""

    call_id: str
    person: str
    flow_name: str
    disposition: str
    state: str
    problem: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """`count`: of all pages. `next`: id to go on after."""

    calls: tuple[Line, ...] = ()
    count: int = 0
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """`refused`: why what is undone cannot be done again; else `cards` would be done. `now`: what the lane as it is
    published now changes."""

    refused: str = ""
    cards: tuple[str, ...] = ()
    now: str = ""
    now_possible: bool = False
    now_other: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    call_id: str
    cards: tuple[str, ...] = ()
    differs: str = ""


@dataclass(frozen=True, slots=True)
class NotReplayed:
    call_id: str
    why: str


@dataclass(frozen=True, slots=True)
class ReplayedAll:
    replayed: tuple[Replayed, ...] = ()
    refused: tuple[NotReplayed, ...] = ()
    left: int = 0


_PAGE: Final = TypeAdapter(Page)
_PREVIEW: Final = TypeAdapter(Preview)
_REPLAYED: Final = TypeAdapter(Replayed)
_ALL: Final = TypeAdapter(ReplayedAll)


def failed(engine: Engine, day: date | None, flow_id: str, limit: int, before: str | None = None) -> Page:
    """Calls whose work failed or was given up. Raises `EngineTrouble`."""
    asked = {"day": day.isoformat() if day else "", "flow_id": flow_id, "limit": str(limit), "before": before or ""}
    return engine.get(_PAGE, "/after-call", {name: value for name, value in asked.items() if value})


def preview(engine: Engine, call_id: str) -> Preview:
    """Raises `EngineTrouble`."""
    return engine.get(_PREVIEW, f"/calls/{part(call_id)}/after-call/replay")


def replay(
    engine: Engine, call_id: str, *, step: str = "", lane: WhichLane = "then", again: bool = False, by: str
) -> Replayed:
    """Raises `EngineTrouble`, of kind `conflict` with the reason if it is not done again."""
    body: dict[str, Json] = {"step": step, "lane": lane, "again": again, "by": by}
    return read(_REPLAYED, engine.send("POST", f"/calls/{part(call_id)}/after-call/replay", json=body))


def replay_all(engine: Engine, day: date | None, flow_id: str, *, by: str) -> ReplayedAll:
    """Raises `EngineTrouble`."""
    body: dict[str, Json] = {"day": day.isoformat() if day else None, "flow_id": flow_id or None, "by": by}
    return read(_ALL, engine.send("POST", "/after-call/replay", json=body, timeout_s=MANY_S))

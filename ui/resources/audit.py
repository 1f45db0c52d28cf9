"""Who saw or changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine
from ui.records import Json

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`what`: a code such as saw_lead. `subject`: kind and id, as in lead:lead_31."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Page:
    entries: tuple[Entry, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`broken_at`: the first entry that is not as it was written; None if all are."""

    entries: int
    broken_at: int | None = None


_PAGE: Final = TypeAdapter(Page)
_STATE: Final = TypeAdapter(State)


def entries(engine: Engine, who: str = "", subject: str = "", before: int | None = None) -> Page:
    query = {"limit": str(PAGE), "who": who, "subject": subject, "before": str(before) if before else ""}
    return engine.get(_PAGE, "/audit", {name: value for name, value in query.items() if value})


def state(engine: Engine) -> State:
    return engine.get(_STATE, "/audit/check")

"""Numbers that must not be called: your own list, lists of registries, and states stopped by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, read
from ui.records import Json

UPLOAD_S: Final = 300.0
"""So long an upload may take: it answers when all of it is on the list."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`number`: None where only a hash of it is kept. `door`: how the wish came in."""

    number: str | None
    reason: str
    source: str
    door: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class EntryPage:
    entries: tuple[Entry, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    state: str
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class NewConsent:
    """Given in writing after the opt-out."""

    id: str
    lead_id: str
    given_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class NumberStands:
    """Where a number stands; `own` is None if it is not on your own list."""

    number: str
    own: Entry | None
    lists: tuple[Listed, ...]
    new_consents: tuple[NewConsent, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    new: bool
    leads: int
    called_off: int
    hung_up: int


@dataclass(frozen=True, slots=True)
class Report:
    """Of an uploaded file. `lines`: the first lines without a number, from 1."""

    numbers: int
    added: int
    already: int
    leads: int
    unreadable: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegistryList:
    """`state`: two letters, empty for the national list. `age`: fresh, due or old. `status`: loading, complete,
    replaced or failed."""

    id: int
    name: str
    state: str
    status: str
    listed_at: datetime
    good_until: datetime
    age: str
    began_at: datetime
    loaded_by: str
    numbers: int
    unreadable: int
    areas: int
    problem: str


@dataclass(frozen=True, slots=True)
class Lists:
    in_force: tuple[RegistryList, ...]
    before: tuple[RegistryList, ...]
    national_missing: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    state: str
    until: datetime
    why: str
    by: str


_PAGE: Final = TypeAdapter(EntryPage)
_NUMBER: Final = TypeAdapter(NumberStands)
_RECORDED: Final = TypeAdapter(Recorded)
_REPORT: Final = TypeAdapter(Report)
_LISTS: Final = TypeAdapter(Lists)
_LIST: Final = TypeAdapter(RegistryList)
_STOPPED: Final = TypeAdapter(tuple[Stopped, ...])


def entries(engine: Engine, limit: int, before: str | None = None) -> EntryPage:
    return engine.get(_PAGE, "/do-not-call", {"limit": str(limit)} | ({"before": before} if before else {}))


def look_up(engine: Engine, number: str) -> NumberStands:
    return read(_NUMBER, engine.send("POST", "/do-not-call/look-up", json={"number": number}))


def add(engine: Engine, number: str, reason: str) -> Recorded:
    body: dict[str, Json] = {"number": number}
    if reason:
        body["reason"] = reason
    return read(_RECORDED, engine.send("POST", "/do-not-call", json=body))


def upload(engine: Engine, name: str, content: bytes) -> Report:
    query = {"name": name[:100]}
    return read(_REPORT, engine.send("POST", "/do-not-call/numbers", query=query, content=content, timeout_s=UPLOAD_S))


def take_off(engine: Engine, number: str, reason: str, consent_id: str) -> None:
    body: dict[str, Json] = {"number": number, "reason": reason, "consent_id": consent_id}
    engine.send("POST", "/do-not-call/taken-off", json=body, fine=(204,))


def lists(engine: Engine) -> Lists:
    return engine.get(_LISTS, "/do-not-call/lists")


def upload_list(engine: Engine, state: str, listed_on: date, content: bytes, may_shrink: bool) -> RegistryList:
    query = {"state": state, "listed_on": listed_on.isoformat(), "may_shrink": str(may_shrink).lower()}
    answer = engine.send("POST", "/do-not-call/lists", query=query, content=content, fine=(202,), timeout_s=UPLOAD_S)
    return read(_LIST, answer)


def remove_list(engine: Engine, list_id: int) -> None:
    engine.send("DELETE", f"/do-not-call/lists/{list_id}", fine=(204,))


def stopped(engine: Engine) -> tuple[Stopped, ...]:
    return engine.get(_STOPPED, "/do-not-call/states")


def stop(engine: Engine, state: str, until: datetime, why: str) -> None:
    engine.send("PUT", f"/do-not-call/states/{state}", json={"until": until.isoformat(), "why": why})


def resume(engine: Engine, state: str) -> None:
    engine.send("DELETE", f"/do-not-call/states/{state}", fine=(204,))

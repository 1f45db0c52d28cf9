"""Files of leads: uploaded, settled how they are read, started, followed, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json

UPLOAD_S: Final = 120.0
"""Fifty megabytes over a slow line, and a look at them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that nobody is called by. `row`: as a spreadsheet counts."""

    row: int
    problem: str
    fix: str = ""
    lead_id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    row: int
    cells: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, and what reading the first 500 (`tried`) would come to."""

    rows: tuple[Row, ...]
    tried: int
    refused: int
    refusals: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps an import from being started."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same file was imported before."""

    id: str
    started_at: datetime
    started_by: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """The consent that is stated for all rows without one of their own. `given_on`: an ISO date."""

    text: str = ""
    given_on: str | None = None
    where: str = ""
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read; see the engine's `ImportPlan`."""

    encoding: str
    separator: str
    header: bool
    columns: tuple[str, ...]
    names: tuple[str, ...]
    dates: str
    zone: str
    country: str
    consent: Stated = field(default_factory=Stated)


@dataclass(frozen=True, slots=True)
class LeadImport:
    """An import for lists. `state`: uploaded, running, done, cancelled, failed."""

    id: str
    source_id: str
    file_name: str
    state: str
    uploaded_at: datetime
    rows: int
    done: int
    taken: int
    repeated: int
    merged: int
    refused: int
    why: str = ""
    uploaded_by: str = ""
    started_by: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadImportFull(LeadImport):
    """`meanings`: what a column may mean besides an answer."""

    plan: Plan = field(default_factory=lambda: Plan("", "", True, (), (), "mdy", "UTC", ""))
    faults: tuple[Fault, ...] = ()
    preview: Preview | None = None
    earlier: Earlier | None = None
    refusals: tuple[Refused, ...] = ()
    meanings: tuple[str, ...] = ()


_LIST: Final = TypeAdapter(tuple[LeadImport, ...])
_FULL: Final = TypeAdapter(LeadImportFull)
_PLAN: Final = TypeAdapter(Plan)


def upload(engine: Engine, source_id: str, name: str, content: bytes) -> LeadImportFull:
    """Nothing is imported by that. Raises `EngineTrouble`, also for a file that is no table."""
    answer = engine.send("POST", f"/lead-sources/{part(source_id)}/imports", file=(name, content), timeout_s=UPLOAD_S)
    return read(_FULL, answer)


def recent(engine: Engine) -> tuple[LeadImport, ...]:
    """Newest first."""
    return engine.get(_LIST, "/lead-imports")


def one(engine: Engine, import_id: str) -> LeadImportFull:
    return engine.get(_FULL, f"/lead-imports/{part(import_id)}")


def save_plan(engine: Engine, import_id: str, plan: Plan) -> LeadImportFull:
    """Raises `EngineTrouble`."""
    body: Mapping[str, Json] = _PLAN.dump_python(plan, mode="json")
    return read(_FULL, engine.send("PUT", f"/lead-imports/{part(import_id)}/plan", json=dict(body), timeout_s=UPLOAD_S))


def start(engine: Engine, import_id: str, by: str) -> LeadImportFull:
    return read(_FULL, engine.send("POST", f"/lead-imports/{part(import_id)}/start", json={"by": by}))


def cancel(engine: Engine, import_id: str) -> LeadImportFull:
    return read(_FULL, engine.send("POST", f"/lead-imports/{part(import_id)}/cancel"))


def remove(engine: Engine, import_id: str) -> None:
    engine.send("DELETE", f"/lead-imports/{part(import_id)}", fine=(204,))


def report(engine: Engine, import_id: str) -> bytes:
    """All refused rows as CSV."""
    return engine.send("GET", f"/lead-imports/{part(import_id)}/report", timeout_s=UPLOAD_S).content

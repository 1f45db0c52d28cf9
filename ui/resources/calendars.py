"""The calendars that appointments are booked in, with their staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json


@dataclass(frozen=True, slots=True)
class Staff:
    """`weekly`: own hours, None: the calendar's. `areas`: ZIP codes or their beginnings with a star, none: everywhere.
    `diary`: their calendar at the connected service."""

    name: str
    weekly: dict[str, tuple[str, ...]] | None = None
    special: dict[str, tuple[str, ...]] = field(default_factory=dict)
    areas: tuple[str, ...] = ()
    max_per_day: int | None = None
    diary: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`staff`: who; empty: everybody."""

    id: str
    start: datetime
    end: datetime
    reason: str = ""
    staff: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """`status`: confirmed or requested. `settled`: False while the entry at the connected service follows a change."""

    id: str
    start: datetime
    end: datetime
    title: str = ""
    name: str = ""
    staff: str = ""
    place: str = ""
    status: str = "confirmed"
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekly`: spans by weekday, `{"monday": ["09:00-12:00"]}`. `special`: dates that differ. `connection`: the
    account that keeps it too, empty for none. `blocks` and `appointments`: only when one calendar was asked for."""

    name: str
    zone: str
    weekly: dict[str, tuple[str, ...]] = field(default_factory=dict)
    special: dict[str, tuple[str, ...]] = field(default_factory=dict)
    step_min: int = 30
    max_per_day: int | None = None
    connection: str = ""
    options: dict[str, Json] = field(default_factory=dict)
    staff: tuple[Staff, ...] = ()
    blocks: tuple[Block, ...] = ()
    appointments: tuple[Booked, ...] = ()

    def document(self) -> dict[str, Json]:
        """As the engine takes it."""
        kept = asdict(self)
        return {name: kept[name] for name in ("zone", "weekly", "special", "step_min", "max_per_day", "staff")}


_CALENDARS: Final = TypeAdapter(tuple[Calendar, ...])
_CALENDAR: Final = TypeAdapter(Calendar)
_BLOCK: Final = TypeAdapter(Block)


def everything(engine: Engine) -> tuple[Calendar, ...]:
    return engine.get(_CALENDARS, "/calendars")


def one(engine: Engine, name: str) -> Calendar:
    return engine.get(_CALENDAR, f"/calendars/{part(name)}")


def save(engine: Engine, name: str, setup: Mapping[str, Json]) -> Calendar:
    """`setup`: zone, weekly, special, step_min, max_per_day; connection, options and staff, which stay if left out."""
    return read(_CALENDAR, engine.send("PUT", f"/calendars/{part(name)}", json=dict(setup)))


def block(engine: Engine, name: str, start: datetime, end: datetime, reason: str, staff: str = "") -> Block:
    body: dict[str, Json] = {"start": start.isoformat(), "end": end.isoformat(), "reason": reason, "staff": staff}
    return read(_BLOCK, engine.send("POST", f"/calendars/{part(name)}/blocks", json=body))


def unblock(engine: Engine, name: str, block_id: str) -> None:
    engine.send("DELETE", f"/calendars/{part(name)}/blocks/{part(block_id)}", fine=(204,))

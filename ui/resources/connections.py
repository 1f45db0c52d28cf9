"""Accounts at other services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to enter. `secret`: never shown again. `long`: has lines. `advanced`: hardly anybody needs it."""

    name: str
    label: str = ""
    help: str = ""
    required: bool = False
    secret: bool = False
    example: str = ""
    choices: tuple[str, ...] = ()
    long: bool = False
    advanced: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """`calendars`: an account of it has calendars to choose from. `steps`: how to get what is asked for."""

    kind: str
    title: str = ""
    purpose: str = ""
    testable: bool = False
    calendars: bool = False
    fields: tuple[Field, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    name: str
    kind: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class UsedBy:
    """A card of a published flow; `card` is empty where the flow as a whole uses it. `source`: the name of a lead
    source, the others are empty then."""

    flow_id: str = ""
    flow: str = ""
    card: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionFull:
    """`secrets`: names of the secrets that are kept; their values never come out."""

    name: str
    kind: str
    changed_at: datetime
    settings: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    used_by: tuple[UsedBy, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    ok: bool
    about: str = ""
    sentence: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Tested:
    ok: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarThere:
    """A calendar of an account. `writable`: None if the service does not tell. `main`: the account's own."""

    id: str
    name: str = ""
    zone: str = ""
    writable: bool | None = None
    main: bool = False


_KINDS: Final = TypeAdapter(tuple[Kind, ...])
_LINES: Final = TypeAdapter(tuple[Connection, ...])
_LINE: Final = TypeAdapter(Connection)
_FULL: Final = TypeAdapter(ConnectionFull)
_TESTED: Final = TypeAdapter(Tested)
_THERE: Final = TypeAdapter(tuple[CalendarThere, ...])
TEST_S: Final = 40.0
"""Services are asked for up to 15 s each."""


def kinds(engine: Engine) -> tuple[Kind, ...]:
    return engine.get(_KINDS, "/connections/kinds")


def everything(engine: Engine) -> tuple[Connection, ...]:
    return engine.get(_LINES, "/connections")


def one(engine: Engine, name: str) -> ConnectionFull:
    return engine.get(_FULL, f"/connections/{part(name)}")


def save(engine: Engine, name: str, kind: str, settings: Mapping[str, str], keep_secrets: bool) -> Connection:
    """`keep_secrets`: those that are not given stay as they are."""
    return read(_LINE, engine.send("PUT", f"/connections/{part(name)}", json=_body(kind, settings, keep_secrets)))


def test(engine: Engine, name: str) -> Tested:
    """Ask the service with what is kept."""
    return read(_TESTED, engine.send("POST", f"/connections/{part(name)}/test", timeout_s=TEST_S))


def test_unsaved(engine: Engine, name: str, kind: str, settings: Mapping[str, str], keep_secrets: bool) -> Tested:
    body = _body(kind, settings, keep_secrets)
    return read(_TESTED, engine.send("POST", f"/connections/{part(name)}/test", json=body, timeout_s=TEST_S))


def remove(engine: Engine, name: str) -> None:
    engine.send("DELETE", f"/connections/{part(name)}", fine=(204,))


def calendars_of(engine: Engine, name: str) -> tuple[CalendarThere, ...]:
    """The calendars that the account of a connection has."""
    return read(_THERE, engine.send("GET", f"/connections/{part(name)}/calendars", timeout_s=TEST_S))


def _body(kind: str, settings: Mapping[str, str], keep_secrets: bool) -> dict[str, Json]:
    return {"kind": kind, "settings": dict(settings), "keep_secrets": keep_secrets}

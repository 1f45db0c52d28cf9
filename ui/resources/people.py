"""Logging in, and the people who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json

ROLES: Final = ("viewer", "editor", "publisher", "admin")
"""Each may do all that those before it may."""


@dataclass(frozen=True, slots=True)
class Person:
    """`name`: what they log in with, empty for whoever has the token of the screens. `shown`: how they are called."""

    name: str
    shown: str
    role: str

    def may(self, role: str) -> bool:
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Login:
    token: str
    ends_at: datetime
    person: Person


@dataclass(frozen=True, slots=True)
class _Needed:
    required: bool


_NEEDED: Final = TypeAdapter(_Needed)
_LOGIN: Final = TypeAdapter(Login)
_PERSON: Final = TypeAdapter(Person)
_PEOPLE: Final = TypeAdapter(tuple[Person, ...])


def login_needed(engine: Engine) -> bool:
    return engine.get(_NEEDED, "/log-in").required


def log_in(engine: Engine, name: str, password: str) -> Login:
    """Raises `EngineTrouble` of kind `login` for a name and a password that do not fit."""
    return read(_LOGIN, engine.send("POST", "/log-in", json={"name": name, "password": password}))


def log_out(engine: Engine) -> None:
    engine.send("DELETE", "/log-in", fine=(204,))


def who_am_i(engine: Engine) -> Person:
    """Raises `EngineTrouble` of kind `login` once the log-in has ended."""
    return engine.get(_PERSON, "/log-in/me")


def everybody(engine: Engine) -> tuple[Person, ...]:
    return engine.get(_PEOPLE, "/people")


def add(engine: Engine, name: str, shown: str, role: str, password: str) -> Person:
    body: dict[str, Json] = {"name": name, "shown": shown, "role": role, "password": password}
    return read(_PERSON, engine.send("POST", "/people", json=body))


def change(engine: Engine, name: str, **what: str) -> Person:
    """`what`: shown, role or password."""
    return read(_PERSON, engine.send("PATCH", f"/people/{part(name)}", json=dict(what)))


def remove(engine: Engine, name: str) -> None:
    engine.send("DELETE", f"/people/{part(name)}", fine=(204,))

"""Leads at Meta: what is still to be fetched, whether its pages tell us, and what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read


@dataclass(frozen=True, slots=True)
class Problem:
    """`sentence`: what is wrong and what to do; `leads`: how many wait for it."""

    sentence: str
    leads: int


@dataclass(frozen=True, slots=True)
class Fetches:
    """`waiting` leads are fetched by themselves, `parked` ones when the `problems` are mended."""

    waiting: int
    parked: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`problem`: why it cannot be told whether Meta tells us of this page's leads; empty if it can."""

    connection: str
    page_id: str
    subscribed: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """`found`: leads that Meta has; `new`: those that were not here yet."""

    found: int
    new: int


@dataclass(frozen=True, slots=True)
class _Resumed:
    leads: int


_FETCHES: Final = TypeAdapter(Fetches)
_PAGES: Final = TypeAdapter(tuple[Page, ...])
_MISSED: Final = TypeAdapter(Missed)
_RESUMED: Final = TypeAdapter(_Resumed)
SLOW_S: Final = 60.0
"""Meta answers when it likes."""


def fetches(engine: Engine, source_id: str) -> Fetches:
    return engine.get(_FETCHES, _path(source_id))


def fetch_again(engine: Engine, source_id: str) -> int:
    """How many leads are fetched again."""
    return read(_RESUMED, engine.send("POST", f"{_path(source_id)}/fetch-again")).leads


def pages(engine: Engine, source_id: str, *, subscribe: bool) -> tuple[Page, ...]:
    """Ask Meta whether it tells us of the pages' leads; `subscribe`: have it do so."""
    method = "POST" if subscribe else "GET"
    return read(_PAGES, engine.send(method, f"{_path(source_id)}/subscription", timeout_s=SLOW_S))


def missed(engine: Engine, source_id: str, days: int) -> Missed:
    """Fetch the leads of the last days; whoever is new is called."""
    answer = engine.send("POST", f"{_path(source_id)}/backfill", json={"days": days}, timeout_s=SLOW_S)
    return read(_MISSED, answer)


def _path(source_id: str) -> str:
    return f"/lead-sources/{part(source_id)}/meta"

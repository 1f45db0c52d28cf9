"""A step's context as the engine gives it to a card, with a clock that stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from engine.aftercall.texts import fill
from engine.sdk import CallResult, Connection, Recording
from tests.support.aftercall import NOON, Book, result


@dataclass
class Bench:
    result: CallResult
    outbox_folder: str
    now: datetime = NOON
    key: str = "call_31:tell"
    book: Book = field(default_factory=Book)
    kept: Recording | None = None

    def recording(self) -> Recording | None:
        return self.kept

    def connection(self, name: str) -> Connection:
        return self.book.known[name]

    def fill(self, template: str) -> str:
        return fill(template, self.result, "Harborline", "Ava", "415 555 0100")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(result(), str(tmp_path / "outbox"))


@pytest.fixture
def connected(bench: Bench) -> Callable[..., Bench]:
    def connect(kind: str, name: str = "crm", **settings: str) -> Bench:
        bench.book.add(name, kind, settings)
        return bench

    return connect

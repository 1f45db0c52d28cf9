"""A step's context as the engine gives it to a card, with a clock that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from engine.aftercall.texts import fill
from engine.sdk import CallResult, Connection, MayText, RateLimit, Recording
from engine.sdk.result import AppointmentPart
from tests.emulators.vonage_sms import VonageSmsEmulator
from tests.support.aftercall import NOON, Book, result
from tests.support.postbox import Postbox, Start, mail_servers, self_signed


@dataclass
class Bench:
    result: CallResult
    outbox_folder: str
    now: datetime = NOON
    key: str = "call_31:tell"
    book: Book = field(default_factory=Book)
    kept: Recording | None = None
    standing: AppointmentPart | None = None
    zone: str = "America/Los_Angeles"
    allowed: MayText = field(default_factory=lambda: MayText(("America/Los_Angeles",)))
    begun: bool = False
    asked: list[str] = field(default_factory=list)
    """Numbers of which it was asked whether they may be written to."""
    turns: list[RateLimit] = field(default_factory=list)

    async def appointment(self) -> AppointmentPart | None:
        return self.standing

    async def may_text(self, phone: str) -> MayText:
        self.asked.append(phone)
        return self.allowed

    async def take_turn(self, limit: RateLimit) -> None:
        self.turns.append(limit)

    async def begin_once(self) -> bool:
        first, self.begun = not self.begun, True
        return first

    async def nothing_happened(self) -> None:
        self.begun = False

    def recording(self) -> Recording | None:
        return self.kept

    def connection(self, name: str) -> Connection:
        return self.book.known[name]

    def fill(self, template: str) -> str:
        now = self.result.model_copy(update={"appointment": self.standing})
        return fill(template, now, "Harborline", "Ava", "415 555 0100")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(result(), str(tmp_path / "outbox"))


@pytest.fixture
def connected(bench: Bench) -> Callable[..., Bench]:
    def connect(kind: str, name: str = "crm", **settings: str) -> Bench:
        bench.book.add(name, kind, settings)
        return bench

    return connect


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def mail_server(postbox: Postbox, certificate: Path) -> Iterator[Start]:
    """Starts a server with the given security; returns the settings of a connection to it."""
    with mail_servers(postbox, certificate) as start:
        yield start


@pytest.fixture
async def vonage(tmp_path: Path) -> AsyncIterator[VonageSmsEmulator]:
    async with VonageSmsEmulator(tmp_path / "vonage") as emulator:
        yield emulator

"""A step's context as the engine gives it to a card, and HubSpot's stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from engine.aftercall.texts import fill
from engine.sdk import AppointmentPart, CallResult, Connection, RateLimit, Recording, Transient
from tests.emulators.hubspot import HubSpotEmulator
from tests.support.aftercall import NOON, Book, result

TOKEN = "pat-na1-test"


@dataclass
class Bench:
    result: CallResult
    outbox_folder: str
    now: datetime = NOON
    key: str = "call_31:crm"
    book: Book = field(default_factory=Book)
    kept: Recording | None = None
    now_booked: AppointmentPart | None = None
    turns: list[RateLimit] = field(default_factory=list)
    """Limits that were asked for, one for each request."""
    used_up: bool = False

    async def take_turn(self, limit: RateLimit) -> None:
        if self.used_up:
            raise Transient("The limit is used up.", 12.0)
        self.turns.append(limit)

    async def appointment(self) -> AppointmentPart | None:
        return self.now_booked or self.result.appointment

    def recording(self) -> Recording | None:
        return self.kept

    def connection(self, name: str) -> Connection:
        return self.book.known[name]

    def fill(self, template: str) -> str:
        return fill(template, self.result, "Harborline", "Ava", "415 555 0100")


def called(call_id: str = "call_31", disposition: str = "booked", **changes: object) -> CallResult:
    """A call with all that HubSpot can be told. `changes`: parts of the result by name, laid over it."""
    told = result(call_id, disposition).model_dump(mode="json", by_alias=True)
    told |= {
        "appointment": {
            "id": "apt_19", "start": "2026-11-26T14:00:00-08:00", "end": "2026-11-26T15:00:00-08:00",
            "time_zone": "America/Los_Angeles", "calendar": "main", "address": "1200 18th St, San Francisco",
        },
        "transcript": [
            {"who": "agent", "text": "Hi, this is Ava.", "at_ms": 0},
            {"who": "caller", "text": "My roof leaks <badly> & \"now\".", "at_ms": 2100},
        ],
    }  # fmt: skip
    for name, part in changes.items():
        told[name] = {**told[name], **part} if isinstance(part, dict) and isinstance(told.get(name), dict) else part
    return CallResult.model_validate(told)


@pytest.fixture
async def hubspot() -> AsyncIterator[HubSpotEmulator]:
    async with HubSpotEmulator(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def bench(tmp_path: Path, hubspot: HubSpotEmulator) -> Bench:
    bench = Bench(called(), str(tmp_path / "outbox"))
    bench.book.add("hubspot", "hubspot", {"token": TOKEN, "endpoint": hubspot.address})
    return bench

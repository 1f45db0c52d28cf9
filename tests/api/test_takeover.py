"""kill -9 of the process that holds a call: another one goes on with it, and the caller loses nothing but a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.call.lines import APOLOGY
from engine.store import outbox
from engine.store.appointments import appointments
from engine.telephony.ncco import HOLD_THE_LINE
from tests.support.api import PHONE
from tests.support.servers import AnsweringPhone, Servers, servers

SENTENCES = {
    1: "Yes, this is Dana.",
    2: "It's what I put in the form.",
    3: "It's a house.",
    4: "94107.",
    5: "This week.",
    6: "I own it.",
    7: "The first one.",
    8: "Yes, please.",
    9: "No email, a text is fine.",
    10: "No, that's it. Thanks.",
    11: "1200 18th Street.",
}
ANSWERS = {
    "identity": 1, "service_type": 2, "property_type": 3, "zip": 4, "timeline": 5, "authority": 6, "offer_times": 7,
    "confirm_booking": 8, "email": 9, "anything_else": 10, "address": 11,
}  # fmt: skip

pytestmark = pytest.mark.slow


@dataclass
class Scene:
    """A call that is under way. `killed_at`, on the monotonic clock."""

    here: Servers
    phone: AnsweringPhone
    call_id: str
    killed_at: float = 0.0
    rejoined_at: float = 0.0

    async def until_asked(self, about: str) -> None:
        async with asyncio.timeout(60):
            while self.phone.asked != about:  # noqa: ASYNC110  the journal tells nobody
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        self.killed_at = time.monotonic()
        await self.here.processes[0].kill()

    async def rejoined(self) -> None:
        """The carrier has the next media socket on the line."""
        call = self.here.network.calls[0]
        legs = len(call.media_legs)
        async with asyncio.timeout(60):
            while len(call.media_legs) <= legs or not call.media_legs[-1].sent:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        self.rejoined_at = time.monotonic()

    def silence_s(self) -> float:
        """From the kill to the next sound of the agent."""
        return next(at for at in self.phone.heard_at if at > self.rejoined_at) - self.killed_at


@asynccontextmanager
async def scene(folder: Path, url: str, *, tells_of_drops: bool = True, count: int = 2) -> AsyncIterator[Scene]:
    phone = AnsweringPhone(ANSWERS)
    async with servers(folder, url, SENTENCES, tells_of_drops=tells_of_drops, count=count) as here:
        here.network.register(PHONE, lambda: phone)
        await here.send_form()
        call_id = await here.only_call()
        reading = asyncio.create_task(_follow(here, call_id, phone))
        try:
            yield Scene(here, phone, call_id)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _follow(here: Servers, call_id: str, phone: AnsweringPhone) -> None:
    """Keep the phone told of what was asked last."""
    while True:
        asked = [e for e in await here.journal(call_id) if e.kind == "listening"]
        said = [e for e in await here.journal(call_id) if e.kind == "agent_says"]
        if asked:
            about = str(asked[-1].facts["asked"])
            loose = str(said[-1].facts["text"]) if said else ""
            phone.asked = about or ("anything_else" if "else" in loose else "identity" if "Dana" in loose else about)
        await asyncio.sleep(0.05)


async def while_the_agent_speaks(on: Scene) -> None:
    await on.until_asked("zip")
    sounds = len(on.phone.heard_at)
    async with asyncio.timeout(10):
        while len(on.phone.heard_at) < sounds + 10:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def while_the_caller_speaks(on: Scene) -> None:
    await on.until_asked("timeline")
    async with asyncio.timeout(20):
        while not (on.phone.speaking and on.phone.said[-1][1] == "timeline"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)


async def in_the_middle_of_a_booking(on: Scene) -> None:
    async with asyncio.timeout(90):
        while not await booked(on):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def booked(on: Scene) -> int:
    async with on.here.database.read() as tx:
        return len(await appointments(tx, "main", datetime.now(UTC)))


Moment = Callable[[Scene], Awaitable[None]]


@pytest.mark.parametrize(
    ("moment", "tells_of_drops"),
    [(while_the_agent_speaks, True), (while_the_caller_speaks, False), (in_the_middle_of_a_booking, False)],
)
@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_a_call_outlives_its_process(
    sqlite_or_postgresql: str, tmp_path: Path, moment: Moment, tells_of_drops: bool
) -> None:
    await outlives(sqlite_or_postgresql, tmp_path, moment, tells_of_drops)


@pytest.mark.parametrize("sqlite_or_postgresql", ["postgresql"], indirect=True)
async def test_a_call_outlives_its_process_on_postgresql(sqlite_or_postgresql: str, tmp_path: Path) -> None:
    await outlives(sqlite_or_postgresql, tmp_path, in_the_middle_of_a_booking, True)


async def outlives(url: str, folder: Path, moment: Moment, tells_of_drops: bool) -> None:
    async with scene(folder, url, tells_of_drops=tells_of_drops) as on:
        await moment(on)
        known = [e.facts for e in await on.here.journal(on.call_id) if e.kind == "slot"]
        await on.kill()
        await on.rejoined()
        full = await on.here.finished(on.call_id, 90)
        assert on.silence_s() > 0  # how long: bench/takeover.py

        assert full["state"] == "finished"
        assert full["disposition"] == "booked", full["problem"]
        assert full["journal_intact"] is True
        result = full["result"]
        assert isinstance(result, dict)
        found = {answer["slot"]: answer["value"] for answer in result["answers"]}
        for slot in known:
            assert found[slot["slot"]] == slot["value"]
        assert result["metrics"]["resumed"] == 1
        assert result["outcome"]["qualified"] is True
        assert await booked(on) == 1
        entries = await on.here.journal(on.call_id)
        kinds = [entry.kind for entry in entries]
        assert kinds.count("ended") == 1
        assert {"taken_over", "line_back"} <= set(kinds)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        async with on.here.database.read() as tx:
            assert await outbox.find(tx, on.call_id) is not None
        assert on.here.network.violations == []


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_a_single_process_that_is_started_again_takes_its_call_up(
    sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with scene(tmp_path, sqlite_or_postgresql, count=1) as on:
        await on.until_asked("timeline")
        await on.kill()
        await on.here.processes[0].start()
        await on.rejoined()
        full = await on.here.finished(on.call_id, 90)
        assert on.silence_s() > 0
        assert (full["state"], full["disposition"]) == ("finished", "booked"), full["problem"]
        # Meanwhile the carrier's own voice kept the caller on the line.
        assert on.here.network.calls[0].said[0] == HOLD_THE_LINE[0]
        assert APOLOGY not in on.here.network.calls[0].said


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_a_caller_who_hangs_up_when_the_process_dies_leaves_a_record(
    sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with scene(tmp_path, sqlite_or_postgresql) as on:
        await on.until_asked("timeline")
        await on.kill()
        assert on.phone.line is not None
        on.phone.line.hang_up()
        full = await on.here.finished(on.call_id, 90)
        assert (full["state"], full["disposition"], full["ended_by"]) == ("finished", "incomplete_hangup", "failure")
        result = full["result"]
        assert isinstance(result, dict)
        assert {"slot": "zip", "value": "94107"}.items() <= next(
            answer for answer in result["answers"] if answer["slot"] == "zip"
        ).items()
        kinds = [entry.kind for entry in await on.here.journal(on.call_id)]
        assert kinds.count("ended") == 1
        async with on.here.database.read() as tx:
            assert await outbox.find(tx, on.call_id) is not None

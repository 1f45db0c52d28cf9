"""Exactly one call for each attempt: dialers on one database are killed with kill -9 at every step, others go on, and
the network counts the calls that it was asked for. Its webhooks reach nobody, which is the hardest case."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import Clock
from engine.flow import shipped
from engine.leads import Arrival, Inlet, read_submission
from engine.simulate.network import BusyPhone, LoopbackNetwork, NoAnswerPhone, demo_credentials
from engine.store import Database, calls, flows, leads
from engine.store.leads import StoredLead
from tests.support.mortal_dialer import ASKED, GATED, STEPS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FLOW = "home_services_v1"
PATIENCE_S = 90.0


@dataclass
class Hall:
    database: Database
    url: str
    network: LoopbackNetwork
    folder: Path
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def dialer(self, dies: str = "") -> asyncio.subprocess.Process:
        order = {
            "database": self.url, "folder": str(self.folder), "api_host": self.network.api_host,
            "ca_file": str(self.network.ca_file), "dies": dies,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.mortal_dialer", json.dumps(order), cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        self.running.append(process)
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), PATIENCE_S) == b"ready\n"
        return process

    async def lead(self, number: int = 1) -> str:
        form = {
            "name": f"Dana {number}",
            "phone": f"+1415555{2600 + number}",
            "consent": "on",
            "consent_text": "I agree.",
        }
        submission = read_submission(form, Arrival(FLOW, "Harborline LLC", "US"))
        return (await Inlet(self.database, Clock()).take_in(submission)).lead.id

    async def read(self, lead_id: str) -> StoredLead:
        async with self.database.read() as tx:
            lead = await leads.read(tx, lead_id)
        assert lead is not None
        return lead

    async def calls(self) -> list[calls.CallRecord]:
        async with self.database.read() as tx:
            return sorted(await calls.recent(tx), key=lambda each: each.attempt)

    async def until(self, ask: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if await ask():
                    return
                await asyncio.sleep(0.1)

    def asked(self) -> Counter[str]:
        """How often the network was asked to call each number."""
        return Counter(each.order.to for each in self.network.calls)


@asynccontextmanager
async def hall(database: Database, url: str, folder: Path) -> AsyncIterator[Hall]:
    document, now = shipped.load("home_services"), datetime.now(UTC)
    async with database.begin() as tx:
        await flows.save_draft(tx, FLOW, "Home", document.save(), by="test", now=now)
        await flows.publish(tx, FLOW, 1, document.save(), by="test", now=now)
    account = demo_credentials(folder / "account")
    async with LoopbackNetwork(
        folder,
        application_id=account.application_id,
        api_key=account.api_key,
        signature_secret=account.signature_secret,
        public_key_pem=account.public_key_pem,
    ) as network:
        network.register_others(NoAnswerPhone)
        here = Hall(database, url, network, folder)
        try:
            yield here
        finally:
            for each in here.running:
                if each.returncode is None:
                    each.kill()
                await each.wait()


@pytest.mark.parametrize("step", STEPS)
async def test_a_dialer_killed_at_any_step_leaves_one_call_for_the_attempt(
    database: Database, sqlite_or_postgresql: str, tmp_path: Path, step: str
) -> None:
    async with hall(database, sqlite_or_postgresql, tmp_path) as here:
        victim, lead_id = await here.dialer(step), await here.lead()
        assert await asyncio.wait_for(victim.wait(), PATIENCE_S) == -9
        asked = sum(here.asked().values())
        assert asked == (step in ASKED)
        await asyncio.gather(here.dialer(), here.dialer())

        async def settled() -> bool:
            placed = await here.calls()
            return bool(placed) and all(each.state not in calls.UNDER_WAY for each in placed)

        if step == "before the claim":  # nothing had happened: the next one calls
            await here.until(lambda: _asked_once(here))
        else:
            await here.until(settled)
            lead, [call] = await here.read(lead_id), await here.calls()
            assert (call.requested_at is not None) == (step in GATED)
            assert lead.next_call_at is not None, "the plan goes on"
            until_next = lead.next_call_at - datetime.now(UTC)
            # What nobody can have heard ring is tried again in a minute; what may have rung counts as the attempt.
            assert until_next < timedelta(minutes=2) if step not in GATED else until_next > timedelta(minutes=100)
            assert sum(here.asked().values()) == asked, "and nobody is asked again for this one"
            async with here.database.begin() as tx:
                await leads.plan_call(tx, lead_id, datetime.now(UTC))
            await here.until(lambda: _rung(here, asked + 1))
        await asyncio.sleep(2.5)  # both dialers look again, and again
        assert sum(here.asked().values()) == asked + 1
        attempts = [each.attempt for each in await here.calls()]
        assert attempts == sorted(set(attempts))


async def _asked_once(here: Hall) -> bool:
    return await _rung(here, 1)


async def _rung(here: Hall, times: int) -> bool:
    return sum(here.asked().values()) == times


async def test_two_dialers_on_one_database_call_everybody_once_within_the_carriers_limit(
    database: Database, sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with hall(database, sqlite_or_postgresql, tmp_path) as here:
        here.network.register_others(BusyPhone)
        ids = [await here.lead(number) for number in range(1, 13)]
        await asyncio.gather(here.dialer(), here.dialer())
        await here.until(lambda: _rung(here, len(ids)))
        await asyncio.sleep(1.5)
        assert set(here.asked().values()) == {1}
        assert len(here.asked()) == len(ids)
        asked_at = sorted(each.requested_at for each in await here.calls() if each.requested_at is not None)
        assert len(asked_at) == len(ids)
        for earlier, later in zip(asked_at, asked_at[3:], strict=False):
            # Both together keep to what the account is allowed; the moment is written just before the request.
            assert later - earlier > timedelta(seconds=0.8)

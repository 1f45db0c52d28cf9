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
from typing import Final

import pytest

from engine.clock import Clock
from engine.flow import shipped
from engine.leads import Arrival, Inlet, read_submission
from engine.simulate.network import BusyPhone, LoopbackNetwork, NoAnswerPhone, demo_credentials
from engine.store import Database, calls, flows, leads
from engine.store.leads import StoredLead
from tests.support.database import empty_database, played_once
from tests.support.mortal_dialer import ASKED, GATED, STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

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
            "consent_text": "An AI may call me.",
        }
        submission = read_submission(form, Arrival(FLOW, "Harborline Home Services LLC", "US"))
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


@dataclass(frozen=True)
class Fate:
    """What became of the lead of a dialer that was killed at a step: how often its phone was asked for by then, when
    others had cleared up, and after the attempt that followed; its calls; and when that attempt was planned for."""

    asked: tuple[int, int, int]
    requested: bool
    attempts: list[int]
    next_in: timedelta | None


BEFORE: Final = STEPS[0]


async def play(url: str, folder: Path) -> dict[str, Fate]:
    """A dialer is killed at each step, each with a lead of its own; then two others find what is left."""
    database = Database(url)
    async with hall(database, url, folder) as here:
        ids, died = dict[str, str](), dict[str, int]()
        # The lead of a dialer that died before its claim is still due: it comes last, or the next one would take it.
        for number, step in enumerate([*STEPS[1:], BEFORE]):
            victim, ids[step] = await here.dialer(step), await here.lead(number)
            assert await asyncio.wait_for(victim.wait(), PATIENCE_S) == -9, step
            died[step] = here.asked()[number_of(number)]
        await asyncio.gather(here.dialer(), here.dialer())

        async def cleared_up() -> bool:
            placed = await here.calls()
            return len(placed) == len(STEPS) and all(
                each.state not in calls.UNDER_WAY for each in placed if each.lead_id != ids[BEFORE]
            )

        await here.until(cleared_up)
        await here.until(lambda: _rung(here, ids[BEFORE]))
        found = {step: await here.read(lead_id) for step, lead_id in ids.items()}
        rows = {each.lead_id: each for each in await here.calls()}
        settled = {step: here.asked()[number_of(number)] for number, step in enumerate(ids)}
        async with database.begin() as tx:  # the next attempt's time has come
            for step in STEPS[1:]:
                await leads.plan_call(tx, ids[step], datetime.now(UTC))
        await here.until(lambda: _all_rung_again(here, settled))
        await asyncio.sleep(2.5)  # both dialers look again, and again
        numbers = {step: [each.attempt for each in await here.calls() if each.lead_id == ids[step]] for step in ids}
        fates = {
            step: Fate(
                (died[step], settled[step], here.asked()[number_of(number)]),
                rows[ids[step]].requested_at is not None,
                numbers[step],
                at - datetime.now(UTC) if (at := found[step].next_call_at) is not None else None,
            )
            for number, step in enumerate(ids)
        }
    await database.close()
    return fates


def number_of(lead: int) -> str:
    return f"1415555{2600 + lead}"


async def _all_rung_again(here: Hall, settled: dict[str, int]) -> bool:
    return sum(here.asked().values()) >= sum(settled.values()) + len(STEPS) - 1


@pytest.fixture(scope="module", params=played_once("fates"))
def fates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fate]:
    with empty_database(request.param, request) as url:
        return asyncio.run(play(url, tmp_path_factory.mktemp("hall")))


@pytest.mark.parametrize("step", STEPS)
def test_a_dialer_killed_at_any_step_leaves_one_call_for_the_attempt(fates: dict[str, Fate], step: str) -> None:
    fate = fates[step]
    died, settled, after = fate.asked
    assert died == (step in ASKED)
    if step == BEFORE:  # nothing had happened: the next one calls
        assert (settled, after, fate.attempts) == (1, 1, [1])
        return
    assert settled == died, "nobody asks again for an attempt that was claimed"
    assert after == settled + 1, "the next attempt is one call"
    assert fate.attempts == [1, 2]
    assert fate.requested == (step in GATED)


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_cannot_have_rung_is_tried_again_soon_and_what_may_have_rung_counts(
    fates: dict[str, Fate], step: str
) -> None:
    planned = fates[step].next_in
    assert planned is not None
    assert planned > timedelta(minutes=100) if step in GATED else planned < timedelta(minutes=2)


async def _rung(here: Hall, lead_id: str) -> bool:
    return any(each.lead_id == lead_id and each.requested_at is not None for each in await here.calls())


async def test_two_dialers_on_one_database_call_everybody_once_within_the_carriers_limit(
    database: Database, sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with hall(database, sqlite_or_postgresql, tmp_path) as here:
        here.network.register_others(BusyPhone)
        ids = [await here.lead(number) for number in range(1, 13)]
        await asyncio.gather(here.dialer(), here.dialer())
        await here.until(lambda: _everybody_rung(here, len(ids)))
        await asyncio.sleep(1.5)
        assert set(here.asked().values()) == {1}
        assert len(here.asked()) == len(ids)
        asked_at = sorted(each.requested_at for each in await here.calls() if each.requested_at is not None)
        assert len(asked_at) == len(ids)
        for earlier, later in zip(asked_at, asked_at[3:], strict=False):
            # Both together keep to what the account is allowed; the moment is written just before the request.
            assert later - earlier > timedelta(seconds=0.8)


async def _everybody_rung(here: Hall, count: int) -> bool:
    return len(here.asked()) == count

"""An opt-out that arrives while the dialer claims the lead: whichever comes first, nobody is rung after it.

    claim ── last gate ── the carrier is asked ── it answers ── the phone rings
      ▲          ▲                  ▲                  ▲              ▲
      └──────────┴── the opt-out ───┴──────────────────┴──────────────┘

Before the gate nothing is asked of the carrier; behind it the call is hung up.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.campaigns import Campaign, write
from engine.clock import Clock
from engine.dialing.claiming import Claimed, Claiming
from engine.dialing.facts import Telephones
from engine.flow import shipped
from engine.store import Database, calls, campaigns, consents, flows, holds, leads, opt_outs
from engine.store.base import new_id
from engine.store.calls import CallRow, NewCall, Withdrawn
from engine.store.consents import ConsentEvidence
from engine.store.database import one_at_a_time
from engine.store.leads import NewLead
from tests.support.claims import AtOnce

FLOW = "home_services_v1"
NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday, noon in California
PROCESSES = ("one", "two")

_numbers = itertools.count(4155552000)


def a_number() -> str:
    """One that no other example has: they share a database."""
    return f"+1{next(_numbers)}"


async def furnish(database: Database) -> None:
    document = shipped.load("home_services").save()
    async with database.begin() as tx:
        await flows.save_draft(tx, FLOW, "Home", document, by="test", now=NOON)
        await flows.publish(tx, FLOW, 1, document, by="test", now=NOON)
        for name in PROCESSES:
            text = write(Campaign(flow_id=FLOW))
            await campaigns.save(tx, name, name=name, state="on", document=text, revision=0, by="test", now=NOON)


async def a_lead(database: Database, phone: str, campaign: str) -> str:
    """Due now. Each campaign has a source of its own."""
    new = NewLead(
        f"source_{campaign}", "Dana", "Reyes", phone, external_id=f"{phone}:{campaign}", flow_id=FLOW,
        zone="America/Los_Angeles", form={"by": campaign}, campaign_id=campaign,
    )  # fmt: skip
    consent = ConsentEvidence(
        "written", "Harborline Home Services LLC",
        "Harborline Home Services LLC may call me with an artificial voice.", "website", phone,
        given_at=NOON - timedelta(minutes=1),
    )  # fmt: skip
    async with database.begin() as tx:
        lead = (await leads.receive(tx, new, NOON)).lead
        await consents.add(tx, lead.id, consent, NOON)
        await leads.plan_call(tx, lead.id, NOON)
    return lead.id


def claiming(database: Database, process: str) -> Claiming:
    telephones = Telephones("+14155550100", real=False)
    return Claiming(database, Clock(real=NOON.timestamp), AtOnce(database), process, telephones)


@dataclass
class Play:
    """Two dialers and one opt-out, a transaction at a time, in the order that Hypothesis chooses. `rings`: calls whose
    phones ring now. `asked`, `wished`: at which turn the gate let a call through, and the wish was committed."""

    database: Database
    phone: str
    turn: int = 0
    rings: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    wished: int | None = None

    async def dialer(self, process: str, lead_id: str) -> AsyncIterator[None]:
        claimed = await claiming(self.database, process).claim(lead_id)
        yield
        if not isinstance(claimed, Claimed):
            return
        order = claimed.order
        try:
            async with self.database.begin() as tx:
                await calls.requesting(tx, order.call_id, NOON)
        except Withdrawn:
            return
        self.asked[order.call_id] = self.turn
        yield
        self.rings.add(order.call_id)  # the carrier has the request; its answer is on the way
        yield
        async with self.database.begin() as tx:
            goes_on = await calls.accepted(tx, order.call_id, f"uuid-{order.call_id}")
        if not goes_on:
            self.rings.discard(order.call_id)
        yield
        async with self.database.begin() as tx:
            await calls.ringing(tx, order.call_id, NOON)

    async def person(self) -> AsyncIterator[None]:
        async with self.database.begin() as tx:
            done = await opt_outs.record(tx, self.phone, "text 7", "wrote STOP", NOON, door="text")
        self.wished = self.turn
        yield
        for call in done.ringing:  # as `engine.api.opting_out.silence` does
            if call.carrier_uuid is not None:
                self.rings.discard(call.call_id)

    async def run(self, order: list[str], lead_ids: dict[str, str]) -> None:
        actors = {process: self.dialer(process, lead_ids[process]) for process in PROCESSES}
        actors["person"] = self.person()
        for name in [*order, *(each for each in actors for _ in range(6))]:
            self.turn += 1
            await anext(actors[name], None)
        for process in PROCESSES:  # the next beat of each
            async with self.database.begin() as tx:
                held = await holds.beat(tx, process, list(self.rings), NOON)
            self.rings -= {call_id for call_id, found in held.items() if found.stopped}


turns = st.lists(st.sampled_from([*PROCESSES, "person"]), min_size=1, max_size=12)


@pytest.mark.parametrize("one_lead", [True, False], ids=["one lead", "two leads of two campaigns"])
def test_no_order_of_events_rings_anybody_after_the_opt_out(sqlite_or_postgresql: str, one_lead: bool) -> None:
    with asyncio.Runner() as runner:
        database = Database(sqlite_or_postgresql)
        runner.run(furnish(database))

        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(turns)
        def in_any_order(order: list[str]) -> None:
            runner.run(play(order))

        async def play(order: list[str]) -> None:
            phone = a_number()
            first = await a_lead(database, phone, "one")
            ids = {"one": first, "two": first if one_lead else await a_lead(database, phone, "two")}
            here = Play(database, phone)
            await here.run(order, ids)
            assert here.wished is not None
            assert all(turn < here.wished for turn in here.asked.values()), "the gate let a call through afterwards"
            assert len(here.asked) <= 1
            assert not here.rings, "a phone rings on"
            async with database.read() as tx:
                for lead in await leads.with_phone(tx, phone):
                    assert (lead.state, lead.next_call_at) == ("closed", None)

        try:
            in_any_order()
        finally:
            runner.run(database.close())


async def test_an_opt_out_before_the_claim_leaves_nothing_to_claim(database: Database) -> None:
    await furnish(database)
    phone = a_number()
    lead_id = await a_lead(database, phone, "one")
    async with database.begin() as tx:
        await opt_outs.record(tx, phone, "text 7", "wrote STOP", NOON)
    assert not isinstance(await claiming(database, "one").claim(lead_id), Claimed)
    async with database.read() as tx:
        assert await calls.recent(tx) == []


async def test_an_opt_out_waits_for_a_claim_that_is_open_and_calls_its_call_off(database: Database) -> None:
    phone = a_number()

    async def wish() -> opt_outs.OptedOut:
        async with database.begin() as tx:
            return await opt_outs.record(tx, phone, "text 7", "wrote STOP", NOON)

    async with database.begin() as tx:
        await one_at_a_time(tx, f"dial:{phone}")  # as the claim does
        waiting = asyncio.create_task(wish())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await calls.place(tx, NewCall("call_1", FLOW, 1, to_number=phone), NOON)
    done = await waiting
    assert done.called_off == {"call_1"}
    with pytest.raises(Withdrawn, match="do-not-call"):
        async with database.begin() as tx:
            await calls.requesting(tx, "call_1", NOON)


DIALER = """
import asyncio, sys
from engine.dialing.claiming import Claimed
from engine.store import Database, calls
from engine.store.calls import Withdrawn
from tests.dialing.test_opt_out_races import NOON, claiming

async def main(url, process, *lead_ids):
    database = Database(url)
    dialer = claiming(database, process)
    print("ready", flush=True)
    sys.stdin.readline()
    for lead_id in lead_ids:
        claimed = await dialer.claim(lead_id)
        if not isinstance(claimed, Claimed):
            continue
        order = claimed.order
        try:
            async with database.begin() as tx:
                await calls.requesting(tx, order.call_id, NOON)
        except Withdrawn:
            continue
        async with database.begin() as tx:
            goes_on = await calls.accepted(tx, order.call_id, f"uuid-{order.call_id}")
        print("rings" if goes_on else "hung-up", order.call_id, flush=True)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_of_processes_that_race_none_rings_a_person_who_has_opted_out(
    database: Database, sqlite_or_postgresql: str
) -> None:
    """Two processes dial thirty people while a third records that each of them wants no calls."""
    await furnish(database)
    phones = [a_number() for _ in range(30)]
    ids = [await a_lead(database, phone, "one") for phone in phones]
    dialers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", DIALER, sqlite_or_postgresql, process, *ids[:: 1 if process == "one" else -1],
            cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for process in PROCESSES
    ]  # fmt: skip
    for each in dialers:
        assert each.stdout is not None and each.stdin is not None
        assert await each.stdout.readline() == b"ready\n"
    for each in dialers:
        assert each.stdin is not None
        each.stdin.write(b"go\n")
    silenced: set[str] = set()
    for phone in [*phones[10:20], *phones[:10], *phones[20:]]:
        async with database.begin() as tx:
            done = await opt_outs.record(tx, phone, new_id("text"), "wrote STOP", NOON)
        silenced |= {call.call_id for call in done.ringing if call.carrier_uuid is not None}
    outputs = [(await each.communicate())[0].decode() for each in dialers]
    assert [each.returncode for each in dialers] == [0, 0]
    told = dict(reversed(line.split()) for output in outputs for line in output.splitlines())
    async with database.read() as tx:
        rows = (await tx.execute(select(CallRow.id, CallRow.state, CallRow.requested_at, CallRow.stopped_at))).all()
    for row in rows:
        if row.requested_at is None:
            assert (row.state, row.id in told) == ("failed", False)
        else:
            # It was asked for before the wish, which has found it: hung up here, or by whoever asked.
            assert row.stopped_at is not None
            assert row.id in silenced or told[row.id] == "hung-up"
    assert {call_id for call_id, what in told.items() if what == "rings"} <= silenced

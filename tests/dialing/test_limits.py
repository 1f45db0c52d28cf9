"""Limits that hold over all processes: the carrier's pace, a campaign's own limits, its caller numbers; who comes first
when not everybody can; and a carrier that takes no calls, for which leads wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.campaigns import Campaign, write
from engine.campaigns.model import Limits
from engine.dialing.claiming import Claimed
from engine.dialing.dialer import Dialer
from engine.dialing.first_due import first_due
from engine.dialing.placing import Dialled, NotDialled
from engine.dialing.turns import Turn, Turns
from engine.store import Database, calls, campaigns, leads
from tests.dialing.test_dialer import desk as two_dialers
from tests.support.claims import FLOW, NOON, Desk

TEN = [f"+1415555{2600 + number}" for number in range(10)]


@pytest.fixture
async def desk(database: Database) -> Desk:
    here = Desk(database)
    await here.flow()
    return here


async def make(desk: Desk, id_: str, campaign: Campaign, state: campaigns.CampaignState = "on") -> None:
    async with desk.database.begin() as tx:
        await campaigns.save(
            tx, id_, name=id_, state=state, document=write(campaign), revision=0, by="test", now=desk.at
        )


async def due_now(desk: Desk) -> list[str]:
    async with desk.database.read() as tx:
        return [each.id for each in await first_due(tx, desk.at, 100)]


async def test_two_processes_share_the_carriers_turns(database: Database) -> None:
    processes = [Turns(database), Turns(database)]

    async def one(number: int) -> Turn:
        return await processes[number % 2].next()

    given = sorted(turn.at for turn in await asyncio.gather(*(one(number) for number in range(9))))
    for earlier, later in zip(given, given[3:], strict=False):
        assert later - earlier > 0.95, "never more than three in a second"
    async with database.begin() as tx:
        wait_s = await processes[0].take(tx)
    assert isinstance(wait_s, float), "nobody is claimed long before their turn"


async def test_a_turn_of_a_transaction_that_failed_is_given_back(database: Database) -> None:
    turns = Turns(database)
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as tx:
            await turns.take(tx)
            raise ZeroDivisionError
    async with database.read() as tx:
        assert await turns.free(tx) > 0
    async with database.begin() as tx:
        first = await turns.take(tx)
    assert isinstance(first, Turn)


async def test_a_campaign_begins_no_more_calls_than_it_allows_and_its_leads_stay_due(desk: Desk) -> None:
    await make(desk, "home", Campaign(flow_id=FLOW, limits=Limits(at_once=1)))
    one, other = [await desk.lead(number, phone=number, campaign_id="home") for number in TEN[:2]]
    assert set(await due_now(desk)) == {one} or set(await due_now(desk)) == {other}, "no more than there is room for"
    assert isinstance(await desk.claiming.claim(one), Claimed)
    assert await due_now(desk) == []
    refused = await desk.claiming.claim(other)  # another process had it in its list already
    assert isinstance(refused, NotDialled)
    assert refused.state == "later"
    async with desk.database.begin() as tx:
        [call] = await calls.recent(tx)
        await calls.failed(tx, call.id, desk.at, "busy")
    assert await due_now(desk) == [other]


async def test_so_many_calls_a_minute_and_no_more(desk: Desk) -> None:
    await make(desk, "home", Campaign(flow_id=FLOW, limits=Limits(per_minute=2)))
    ids = [await desk.lead(number, phone=number, campaign_id="home") for number in TEN[:3]]
    for each in ids[:2]:
        assert isinstance(await desk.claiming.claim(each), Claimed)
    assert isinstance(await desk.claiming.claim(ids[2]), NotDialled)
    desk.at = NOON + timedelta(seconds=61)
    assert await due_now(desk) == [ids[2]]
    assert isinstance(await desk.claiming.claim(ids[2]), Claimed)


async def test_caller_numbers_are_used_in_turn_a_person_keeps_theirs_and_none_is_used_too_often(desk: Desk) -> None:
    numbers = ("+14155550100", "+14155550101")
    await make(desk, "home", Campaign(flow_id=FLOW, caller_numbers=numbers, limits=Limits(per_number_per_day=2)))
    ids = [await desk.lead(number, phone=number, campaign_id="home") for number in TEN[:4]]
    used = []
    for each in ids[:3]:
        claimed = await desk.claiming.claim(each)
        assert isinstance(claimed, Claimed)
        used.append(claimed.order.from_number)
        desk.at += timedelta(seconds=2)
    assert used == [numbers[0], numbers[1], numbers[0]]
    async with desk.database.begin() as tx:
        for call in await calls.recent(tx):
            await calls.failed(tx, call.id, desk.at, "no_answer")
        await leads.plan_call(tx, ids[1], desk.at)
    again = await desk.claiming.claim(ids[1])
    assert isinstance(again, Claimed)
    assert again.order.from_number == numbers[1], "the number they were called from"
    refused = await desk.claiming.claim(ids[3])
    assert isinstance(refused, NotDialled)
    assert "made its calls of the day" in refused.why


async def test_a_long_backlog_of_another_campaign_hides_nobody(desk: Desk) -> None:
    await make(desk, "low", Campaign(flow_id=FLOW, priority=0))
    await make(desk, "high", Campaign(flow_id=FLOW, priority=9))
    await make(desk, "paused", Campaign(flow_id=FLOW, priority=9), "paused")
    for number in TEN[:6]:
        await desk.lead(number, phone=number, campaign_id="low")
    await desk.lead("p", phone=TEN[6], campaign_id="paused")
    desk.at = NOON + timedelta(minutes=8)
    fresh = await desk.lead("h", phone=TEN[7], campaign_id="high")
    without = await desk.lead("w", phone=TEN[8])
    async with desk.database.read() as tx:
        found = [each.id for each in await first_due(tx, desk.at, 2)]
    assert found[0] == fresh
    assert len(await due_now(desk)) == 8
    assert without in await due_now(desk)


@dataclass
class Fault:
    kind: str = "refuse"
    seconds: float = 0.0
    error: str = "UNAUTHENTICATED"
    message: str = "down"


@dataclass
class Faulty:
    """Every request fails until it is mended."""

    fault: Fault | None

    def strike(self) -> Fault | None:
        return self.fault


async def in_its_turn(dialer: Dialer, lead_id: str) -> Dialled | NotDialled:
    """What becomes of a lead's call when the carrier's pace lets it be placed: until then the lead stays due."""
    while True:
        outcome = await dialer.call_lead(lead_id)
        if not isinstance(outcome, NotDialled) or "calls a second" not in outcome.why:
            return outcome
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("error", "state", "calls_made"), [("UNAUTHENTICATED", "refused", 1), ("INTERNAL", "unknown", 5)]
)
async def test_a_carrier_that_takes_no_calls_is_given_a_rest_and_leads_stay_due(
    database: Database, tmp_path: Path, error: str, state: str, calls_made: int
) -> None:
    async with two_dialers(database, tmp_path) as here:
        here.network.rest_faults = faults = Faulty(replace(Fault(), error=error))
        dialer = here.dialers[0]
        for number in range(calls_made):
            assert dialer.why_paused == ""
            outcome = await in_its_turn(dialer, await here.lead(phone=TEN[number]))
            assert isinstance(outcome, NotDialled)
            assert outcome.state == state
        assert "does not take calls" in dialer.why_paused
        lead_id = await here.lead(phone=TEN[9])
        held = await dialer.call_lead(lead_id)
        assert isinstance(held, NotDialled)
        assert held.state == "later"
        async with database.read() as tx:
            lead = await leads.read(tx, lead_id)
        assert lead is not None
        assert lead.next_call_at is not None, "it stays due"
        faults.fault = None
        here.dialers[0]._placing.breaker._until = float("-inf")  # the rest is over
        assert isinstance(await in_its_turn(dialer, lead_id), Dialled), "the call on trial"
        assert dialer.why_paused == ""

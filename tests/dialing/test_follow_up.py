"""The end of a call and what follows from it for its lead are one transaction: the next attempt, an agreed call back,
or the end; and nobody is forgotten when a process dies in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.clock import Clock
from engine.dialing.claiming import Claimed
from engine.dialing.first_due import first_due
from engine.dialing.follow_up import plan_after, sweep
from engine.sdk.result import CallbackPart, CallPart, CallResult, LeadPart, OutcomePart
from engine.store import Database, calls, lead_story, leads, scheduled_calls, suppression
from engine.store.calls import NewCall
from engine.store.leads import StoredLead
from tests.support.claims import NOON, PHONE, Desk

PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
async def desk(database: Database) -> Desk:
    here = Desk(database)
    await here.flow()
    return here


class Rung:
    """A lead that was called once."""

    def __init__(self, desk: Desk, lead_id: str, call_id: str) -> None:
        self.desk, self.lead_id, self.call_id = desk, lead_id, call_id

    @classmethod
    async def one(cls, desk: Desk, *, asked: bool = True) -> Rung:
        lead_id = await desk.lead()
        claimed = await desk.claiming.claim(lead_id)
        assert isinstance(claimed, Claimed)
        if asked:
            async with desk.database.begin() as tx:
                await calls.requesting(tx, claimed.order.call_id, desk.at)
        return cls(desk, lead_id, claimed.order.call_id)

    async def failed(self, disposition: str, reason: str | None = None) -> StoredLead:
        async with self.desk.database.begin() as tx:
            await calls.failed(tx, self.call_id, self.desk.at, disposition, "", reason)
            await plan_after(tx, self.call_id, self.desk.at)
        return await self.lead()

    async def talked(self, disposition: str, callback: CallbackPart | None = None) -> StoredLead:
        async with self.desk.database.begin() as tx:
            await calls.finish(tx, result(self.call_id, self.lead_id, disposition, callback))
            await plan_after(tx, self.call_id, self.desk.at)
        return await self.lead()

    async def lead(self) -> StoredLead:
        async with self.desk.database.read() as tx:
            lead = await leads.read(tx, self.lead_id)
        assert lead is not None
        return lead


def result(call_id: str, lead_id: str, disposition: str, callback: CallbackPart | None = None) -> CallResult:
    return CallResult(
        event_id=f"evt_{call_id}",
        occurred_at=NOON + timedelta(minutes=2),
        flow_id="home_services_v1",
        flow_version=1,
        flow_name="Home",
        lead=LeadPart(id=lead_id, first_name="Dana", last_name="Reyes", phone=PHONE, source="website"),
        call=CallPart(id=call_id, started_at=NOON),
        outcome=OutcomePart(disposition=disposition),
        callback=callback,
        summary="",
    )


@pytest.mark.parametrize("disposition", ["no_answer", "busy", "voicemail_left", "screened"])
async def test_who_was_not_reached_is_planned_for_two_hours_later_with_a_row_of_its_own(
    desk: Desk, disposition: str
) -> None:
    rung = await Rung.one(desk)
    lead = await rung.failed(disposition)
    assert (lead.state, lead.next_call_at) == ("waiting", NOON + timedelta(hours=2))
    async with desk.database.read() as tx:
        planned = await scheduled_calls.standing(tx, lead.id)
        assert await first_due(tx, NOON + timedelta(hours=2), 100) == [], "its scheduled run brings it"
        late = NOON + timedelta(hours=2) + scheduled_calls.GRACE
        assert [each.id for each in await first_due(tx, late, 100)] == [lead.id], "or nobody does"
    assert planned is not None
    assert (planned.kind, planned.state) == ("retry", "planned")
    assert planned.why.endswith("Attempt 2 of at most 6 is next.")


@pytest.mark.parametrize("disposition", ["booked", "unqualified", "a_word_of_the_flow"])
async def test_after_a_talk_nothing_more_is_planned_and_the_lead_says_why(desk: Desk, disposition: str) -> None:
    rung = await Rung.one(desk)
    lead = await rung.talked(disposition)
    assert (lead.state, lead.next_call_at) == ("closed", None)
    assert lead.reason


async def test_a_call_back_promised_in_a_talk_is_planned_for_the_agreed_time(desk: Desk) -> None:
    at = datetime(2026, 11, 25, 18, 30, tzinfo=PACIFIC)
    rung = await Rung.one(desk)
    lead = await rung.talked("callback_scheduled", CallbackPart(at=at, by="assistant", why="busy"))
    async with desk.database.read() as tx:
        planned = await scheduled_calls.standing(tx, lead.id)
        due = await first_due(tx, at.astimezone(UTC), 100)
    assert planned is not None
    assert (planned.kind, planned.due_at) == ("callback", at)
    assert due == []


async def test_a_call_back_by_a_colleague_is_not_made_by_the_assistant(desk: Desk) -> None:
    at = NOON + timedelta(hours=4)
    lead = await (await Rung.one(desk)).talked("callback_scheduled", CallbackPart(at=at, by="human", why="language"))
    assert (lead.state, lead.next_call_at) == ("closed", None)


async def test_a_wrong_number_is_never_called_again_for_whatever_lead(desk: Desk) -> None:
    lead = await (await Rung.one(desk)).talked("wrong_number")
    assert lead.state == "closed"
    async with desk.database.read() as tx:
        listed = await suppression.read(tx, PHONE)
    assert listed is not None
    assert listed.reason == "wrong number"


async def test_a_process_that_died_before_it_asked_the_carrier_has_used_up_no_attempt(desk: Desk) -> None:
    rung = await Rung.one(desk, asked=False)
    lead = await rung.failed("failed")
    assert lead.next_call_at == NOON + timedelta(minutes=1)


async def test_a_process_that_died_after_it_asked_has_used_one_up_and_nobody_is_rung_twice(desk: Desk) -> None:
    rung = await Rung.one(desk)
    lead = await rung.failed("failed")
    assert lead.next_call_at == NOON + timedelta(hours=2)


async def test_what_the_carrier_surely_did_not_take_is_tried_again_in_a_minute(desk: Desk) -> None:
    lead = await (await Rung.one(desk)).failed("failed", calls.NOT_PLACED)
    assert lead.next_call_at == NOON + timedelta(minutes=1)


async def test_a_lead_that_opted_out_in_the_call_is_not_planned_again(desk: Desk) -> None:
    rung = await Rung.one(desk)
    async with desk.database.begin() as tx:
        await leads.close(tx, rung.lead_id, "asked us to stop")
    lead = await rung.failed("no_answer")
    assert (lead.state, lead.next_call_at, lead.reason) == ("closed", None, "asked us to stop")


async def test_a_lead_forgotten_by_a_process_that_died_is_planned_by_the_next_one(desk: Desk) -> None:
    rung = await Rung.one(desk)
    async with desk.database.begin() as tx:
        await calls.failed(tx, rung.call_id, NOON, "no_answer")  # and nothing was planned with it
    clock = Clock(real=lambda: desk.at.timestamp())
    assert await sweep(desk.database, clock) == 0, "its end is a moment old: it may be being planned"
    desk.at = NOON + timedelta(minutes=1)
    assert await sweep(desk.database, clock) == 1
    assert (await rung.lead()).next_call_at == NOON + timedelta(hours=2)
    assert await sweep(desk.database, clock) == 0


async def test_leads_of_a_leadline_that_had_no_plans_are_not_called_out_of_the_blue(desk: Desk) -> None:
    lead_id = await desk.lead()
    async with desk.database.begin() as tx:
        await leads.plan_call(tx, lead_id, None)
        await calls.place(tx, NewCall("call_old", "home_services_v1", 1, lead_id, to_number=PHONE), NOON)
        await calls.failed(tx, "call_old", NOON, "no_answer")
    desk.at = NOON + timedelta(hours=1)
    assert await sweep(desk.database, Clock(real=lambda: desk.at.timestamp())) == 0


@pytest.mark.parametrize(
    ("disposition", "state", "planned"),
    [("booked", "closed", False), ("no_input", "closed", False), ("failed", "waiting", True)],
)
async def test_a_call_that_came_in_ends_the_plan_unless_it_came_to_nothing(
    desk: Desk, disposition: str, state: str, planned: bool
) -> None:
    rung = await Rung.one(desk)
    await rung.failed("no_answer")
    incoming = NewCall(
        "call_in", "home_services_v1", 1, rung.lead_id, direction="inbound", from_number=PHONE, to_number="+14155550100"
    )
    async with desk.database.begin() as tx:
        await leads.plan_call(tx, rung.lead_id, None)  # the reception does, when the call comes in
        await calls.place(tx, incoming, NOON + timedelta(minutes=20))
        if disposition == "failed":
            await calls.failed(tx, "call_in", NOON + timedelta(minutes=21), disposition, "The line was gone.")
        else:
            await calls.finish(tx, result("call_in", rung.lead_id, disposition))
        await plan_after(tx, "call_in", NOON + timedelta(minutes=25))
    lead = await rung.lead()
    assert (lead.state, lead.next_call_at is not None) == (state, planned)


async def test_the_story_tells_each_plan_in_a_sentence(desk: Desk) -> None:
    rung = await Rung.one(desk)
    await rung.failed("busy")
    async with desk.database.read() as tx:
        told = [each for each in await lead_story.of_lead(tx, rung.lead_id) if each.kind == "planned"]
    assert [each.data["kind"] for each in told] == ["retry"]
    assert str(told[0].data["why"]).startswith("The line was busy.")

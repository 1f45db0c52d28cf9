"""A claim is one transaction: who may be called gets a call row with the decision, everybody else stays or is closed,
with the reason. Nothing is asked of the carrier after an opt-out, whenever it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from engine.campaigns import AttemptPlan, Campaign
from engine.campaigns.model import Rules
from engine.clock import Clock
from engine.dialing import planning
from engine.dialing.claiming import Claimed, Claiming
from engine.dialing.facts import Telephones, gather
from engine.dialing.first_due import first_due
from engine.dialing.placing import NotDialled
from engine.dialing.turns import Turns
from engine.store import Database, calls, leads, opt_outs, scheduled_calls
from engine.store.calls import NewCall, Withdrawn
from tests.support.claims import CONSENT, FLOW, NOON, PHONE, Desk


@pytest.fixture
async def desk(database: Database) -> Desk:
    here = Desk(database)
    await here.flow()
    return here


async def test_what_allowed_a_call_is_kept_with_it(desk: Desk) -> None:
    await desk.campaign()
    lead_id = await desk.lead(campaign_id="home")
    claimed = await desk.claiming.claim(lead_id)
    assert isinstance(claimed, Claimed)
    async with desk.database.read() as tx:
        call = await calls.read(tx, claimed.order.call_id)
        decision = await calls.decision(tx, claimed.order.call_id)
        lead = await leads.read(tx, lead_id)
    assert call is not None
    assert (call.campaign_id, call.campaign_revision, call.permitted_at) == ("home", 1, NOON)
    assert call.requested_at is None
    assert isinstance(decision, dict)
    assert decision["answer"] == "yes"
    assert lead is not None
    assert lead.next_call_at is None
    told = {each.kind: each.data for each in await desk.story(lead_id)}
    assert told["decided"]["answer"] == "yes"
    assert told["called"]["call_id"] == claimed.order.call_id


async def test_the_campaign_says_with_which_attempt_a_message_may_be_left(desk: Desk) -> None:
    await desk.campaign(attempts=AttemptPlan(voicemail_from=4))
    claimed = await desk.claiming.claim(await desk.lead(campaign_id="home"))
    assert isinstance(claimed, Claimed)
    assert claimed.order.lead.messages_from == 4


async def test_for_a_lead_without_a_campaign_the_flows_card_alone_says_it(desk: Desk) -> None:
    claimed = await desk.claiming.claim(await desk.lead())
    assert isinstance(claimed, Claimed)
    assert claimed.order.lead.messages_from == 1


async def test_a_lead_that_another_dialer_has_called_meanwhile_is_not_called_again(desk: Desk) -> None:
    lead_id = await desk.lead()
    assert isinstance(await desk.claiming.claim(lead_id), Claimed)
    async with desk.database.begin() as tx:
        [call] = await calls.recent(tx)
        await calls.failed(tx, call.id, NOON, "busy")  # a busy line is over in a moment
        await leads.plan_call(tx, lead_id, NOON + timedelta(hours=2), "retry", "busy", NOON)
    again = await desk.claiming.claim(lead_id)
    assert isinstance(again, NotDialled)
    assert again.state == "claimed"


async def test_a_lead_of_a_paused_campaign_stays_due_and_is_called_when_it_goes_on(desk: Desk) -> None:
    await desk.campaign("paused")
    lead_id = await desk.lead(campaign_id="home")
    refused = await desk.claiming.claim(lead_id)
    assert isinstance(refused, NotDialled)
    assert "paused" in refused.why
    async with desk.database.read() as tx:
        assert await first_due(tx, NOON, 100) == []
    await desk.campaign("on")
    async with desk.database.read() as tx:
        assert [each.id for each in await first_due(tx, NOON, 100)] == [lead_id]
    assert isinstance(await desk.claiming.claim(lead_id), Claimed)


async def test_who_has_opted_out_is_closed_with_the_reason_in_the_story(desk: Desk) -> None:
    lead_id = await desk.lead()
    async with desk.database.begin() as tx:
        await opt_outs.record(tx, PHONE, "call_0", "said so", NOON)
    late = await desk.lead("2")  # another form of the same person, afterwards
    for each in (lead_id, late):
        refused = await desk.claiming.claim(each)
        assert isinstance(refused, NotDialled)
        assert refused.state == "not_allowed"
    async with desk.database.read() as tx:
        lead = await leads.read(tx, late)
        assert lead is not None
        assert lead.state == "closed"
        assert await calls.recent(tx) == []
    decided = [each.data for each in await desk.story(late) if each.kind == "decided"]
    assert [each["disposition"] for each in decided] == ["blocked_compliance"]


async def test_two_leads_of_one_person_are_not_called_side_by_side(desk: Desk) -> None:
    one, other = await desk.lead("1"), await desk.lead("2")
    assert isinstance(await desk.claiming.claim(one), Claimed)
    refused = await desk.claiming.claim(other)
    assert isinstance(refused, NotDialled)
    assert refused.state == "deferred"
    async with desk.database.read() as tx:
        lead = await leads.read(tx, other)
        planned = await scheduled_calls.standing(tx, other)
    assert lead is not None
    assert lead.next_call_at is not None
    assert lead.next_call_at > NOON
    assert planned is not None
    assert (planned.kind, planned.due_at) == ("quiet_hours", lead.next_call_at)


async def test_a_made_up_lead_of_a_test_button_is_never_called(desk: Desk) -> None:
    refused = await desk.claiming.claim(await desk.lead(test=True))
    assert isinstance(refused, NotDialled)
    assert refused.state == "not_allowed"
    async with desk.database.read() as tx:
        assert await first_due(tx, NOON, 100) == []


async def test_a_lead_whose_flow_is_not_published_waits_for_it_for_a_day(desk: Desk) -> None:
    lead_id = await desk.lead(flow_id="nowhere")
    for state, minutes in (("waiting", 0), ("waiting", 10), ("closed", 25 * 60)):
        desk.at = NOON + timedelta(minutes=minutes)
        refused = await desk.claiming.claim(lead_id)
        assert isinstance(refused, NotDialled)
        assert refused.state == "flow"
        async with desk.database.read() as tx:
            lead = await leads.read(tx, lead_id)
        assert lead is not None
        assert lead.state == state
    told = [str(each.data["why"]) for each in await desk.story(lead_id) if each.kind in ("planned", "cancelled")]
    assert len(told) == 3
    assert all("no published version" in each for each in told)


async def test_attempts_of_all_campaigns_count_but_not_tests_nor_calls_in_nor_what_never_rang(desk: Desk) -> None:
    one, other = await desk.lead("1"), await desk.lead("2")
    mine = NewCall("call_1", FLOW, 1, one, to_number=PHONE)
    async with desk.database.begin() as tx:
        for number, call in enumerate(
            (
                mine,
                replace(mine, id="call_2", lead_id=other),
                replace(mine, id="call_3", lead_id=None, test=True),
                replace(mine, id="call_4", direction="inbound", from_number=PHONE, to_number="+14155550100"),
                replace(mine, id="call_5", attempt=2, decision={"answer": "yes"}),
                replace(mine, id="call_6", attempt=3, decision={"answer": "yes"}),
                replace(mine, id="call_7", attempt=4, decision={"answer": "yes"}),
            )
        ):
            await calls.place(tx, call, NOON - timedelta(hours=10 - number))
        await calls.failed(tx, "call_5", NOON, "failed", "its process died before the carrier was asked")
        await calls.requesting(tx, "call_6", NOON - timedelta(hours=5))
        await calls.failed(tx, "call_6", NOON, "failed", "the carrier said no", calls.NOT_PLACED)
        await calls.requesting(tx, "call_7", NOON - timedelta(hours=4))
        await calls.failed(tx, "call_7", NOON, "no_answer")
        lead = await leads.read(tx, one)
        assert lead is not None
        facts = await gather(tx, lead, NOON, Telephones("+14155550100"))
    assert facts.case.attempts == [NOON - timedelta(hours=hours) for hours in (10, 9, 4)]


async def test_the_policy_is_told_what_the_person_saw_and_whom_it_named(desk: Desk) -> None:
    lead_id = await desk.lead()
    async with desk.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        assert lead is not None
        case = (await gather(tx, lead, NOON, Telephones("+14155550100"))).case
    [consent] = case.consents
    assert (consent.text, consent.seller, consent.given_at) == (CONSENT.text, CONSENT.seller, CONSENT.given_at)
    assert case.seller == "Harborline Home Services LLC"


async def test_a_callback_that_was_agreed_is_told_to_the_policy_as_one(desk: Desk) -> None:
    lead_id = await desk.lead()
    async with desk.database.begin() as tx:
        await leads.plan_call(tx, lead_id, NOON + timedelta(hours=3), "callback", "asked for it", NOON)
        lead = await leads.read(tx, lead_id)
        assert lead is not None
        assert (await gather(tx, lead, NOON, Telephones("+14155550100"))).case.agreed
        await leads.plan_call(tx, lead_id, NOON + timedelta(hours=4), "retry", "no answer", NOON)
        assert not (await gather(tx, lead, NOON, Telephones("+14155550100"))).case.agreed


async def test_a_callback_that_has_to_wait_for_the_morning_is_still_one_that_was_agreed(desk: Desk) -> None:
    lead_id = await desk.lead()
    evening = NOON + timedelta(hours=9)  # nine in California: too late
    async with desk.database.begin() as tx:
        await leads.plan_call(tx, lead_id, evening, "callback", "asked for it", NOON)
    hours_bind = Telephones("+14155550100", real=False, simulated_hours=True)
    clock = Clock(real=evening.timestamp)
    held = await Claiming(desk.database, clock, Turns(desk.database), "process_1", hours_bind).claim(lead_id)
    assert isinstance(held, NotDialled)
    assert held.state == "deferred"
    async with desk.database.read() as tx:
        planned = await scheduled_calls.standing(tx, lead_id)
    assert planned is not None
    assert (planned.kind, planned.due_at) == ("callback", NOON + timedelta(hours=21))


async def test_the_last_gate_lets_nobody_through_who_has_opted_out_since_the_claim(desk: Desk) -> None:
    claimed = await desk.claiming.claim(await desk.lead())
    assert isinstance(claimed, Claimed)
    async with desk.database.begin() as tx:
        await opt_outs.record(tx, PHONE, "text_1", "wrote STOP", NOON)
    with pytest.raises(Withdrawn, match="do-not-call"):
        async with desk.database.begin() as tx:
            await calls.requesting(tx, claimed.order.call_id, NOON)
    async with desk.database.read() as tx:
        call = await calls.read(tx, claimed.order.call_id)
    assert call is not None
    assert call.requested_at is None


async def test_the_last_gate_is_passed_again_for_a_second_try_but_not_after_the_end(desk: Desk) -> None:
    claimed = await desk.claiming.claim(await desk.lead())
    assert isinstance(claimed, Claimed)
    for seconds in (0, 1):
        async with desk.database.begin() as tx:
            await calls.requesting(tx, claimed.order.call_id, NOON + timedelta(seconds=seconds))
    async with desk.database.begin() as tx:
        call = await calls.read(tx, claimed.order.call_id)
        assert call is not None
        assert call.requested_at == NOON, "the moment of the first request"
        await calls.failed(tx, claimed.order.call_id, NOON, "failed")
        with pytest.raises(Withdrawn):
            await calls.requesting(tx, claimed.order.call_id, NOON)
        with pytest.raises(Withdrawn):
            await calls.requesting(tx, "call_unknown", NOON)


async def test_no_carrier_that_is_slow_for_minutes_gets_a_call_outside_the_hours(desk: Desk) -> None:
    claimed = await desk.claiming.claim(await desk.lead())
    assert isinstance(claimed, Claimed)
    late = timedelta(minutes=Campaign.model_fields["rules"].default.margin_min)
    with pytest.raises(Withdrawn, match="asked anew"):
        async with desk.database.begin() as tx:
            await calls.requesting(tx, claimed.order.call_id, NOON + late)


def test_a_decision_never_outlasts_the_margin_of_any_campaign() -> None:
    least = Rules.model_validate({"margin_min": calls.PERMISSION_LASTS / timedelta(minutes=1)})
    assert timedelta(minutes=least.margin_min) >= calls.PERMISSION_LASTS
    with pytest.raises(ValidationError):
        Rules(margin_min=least.margin_min - 1)


async def test_a_lead_that_a_rule_kept_back_is_called_when_what_was_missing_is_there(desk: Desk) -> None:
    lead_id = await desk.lead(phone="+12145552671", zone="America/Chicago")
    assert isinstance(await desk.claiming.claim(lead_id), NotDialled)
    async with desk.database.read() as tx:
        lead = await leads.read(tx, lead_id)
    assert lead is not None
    assert (lead.state, "Texas" in lead.reason) == ("closed", True)
    async with desk.database.begin() as tx:
        await planning.ask_again(tx, lead_id, "Dana", NOON)
        assert [each.id for each in await first_due(tx, NOON, 100)] == [lead_id]
        with pytest.raises(planning.NotHeldBack, match="waiting"):
            await planning.ask_again(tx, lead_id, "Dana", NOON)


async def test_who_said_stop_is_not_called_however_often_it_is_asked(desk: Desk) -> None:
    lead_id = await desk.lead()
    async with desk.database.begin() as tx:
        await opt_outs.record(tx, PHONE, "text 1", "wrote STOP", NOON)
        with pytest.raises(planning.NotHeldBack, match="asked us to stop"):
            await planning.ask_again(tx, lead_id, "Dana", NOON)


async def test_who_was_talked_to_is_not_called_again_by_asking(desk: Desk) -> None:
    lead_id = await desk.lead()
    assert isinstance(await desk.claiming.claim(lead_id), Claimed)
    async with desk.database.begin() as tx:
        await leads.close(tx, lead_id, "They are not interested.")
        with pytest.raises(planning.NotHeldBack, match="not interested"):
            await planning.ask_again(tx, lead_id, "Dana", NOON)

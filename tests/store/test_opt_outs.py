"""One wish, whatever its door: list, consents, leads and calls, in one transaction."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from engine.dialing.first_due import first_due
from engine.store import Database, calls, consents, holds, lead_story, leads, opt_outs, stopping, suppression
from engine.store.calls import CallRow, NewCall
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead
from engine.store.stopping import Ringing

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
PHONE, OTHER = "+14155550123", "+14155550124"
TERMS = ConsentEvidence("written", "Harborline LLC", "I agree to calls by an AI.", "website", PHONE)


async def a_lead(database: Database, source: str = "website", phone: str | None = PHONE, **more: str) -> str:
    async with database.begin() as tx:
        lead = (await leads.receive(tx, NewLead(source, "Dana", "Reyes", phone, form={"by": source, **more}), NOW)).lead
        await consents.add(tx, lead.id, replace(TERMS, phone=phone, source=source), NOW)
        if phone:
            await leads.plan_call(tx, lead.id, NOW + timedelta(seconds=1))
    return lead.id


async def a_call(
    database: Database, state: str, *, to: str = PHONE, asked: bool = True, uuid: str | None = None
) -> str:
    call = NewCall(f"call_{state}_{asked}_{uuid}", "home", 1, to_number=to)
    async with database.begin() as tx:
        await calls.place(tx, call, NOW)
        values = {"state": state, "requested_at": NOW if asked else None, "carrier_uuid": uuid}
        await tx.execute(update(CallRow).where(CallRow.id == call.id).values(**values))
    return call.id


async def test_an_opt_out_closes_every_lead_with_the_number_whichever_source_it_came_by(database: Database) -> None:
    mine = [await a_lead(database, source) for source in ("website", "meta", "csv")]
    other = await a_lead(database, phone=OTHER)
    async with database.begin() as tx:
        done = await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW, door="text", words="Stop it")
    assert done.new == {PHONE}
    assert done.leads == set(mine)
    async with database.read() as tx:
        assert [lead.id for lead in await first_due(tx, NOW + timedelta(hours=1), 100)] == [other]
        for lead_id in mine:
            lead = await leads.read(tx, lead_id)
            assert lead is not None
            assert (lead.state, lead.reason, lead.next_call_at) == ("closed", "asked us to stop", None)
            (given,) = await consents.of_lead(tx, lead_id)
            assert (given.revoked_at, given.revoked_how) == (NOW, "wrote STOP")
            told = [event for event in await lead_story.of_lead(tx, lead_id) if event.kind == "opted_out"]
            assert [dict(event.data) for event in told] == [{"door": "text", "why": "wrote STOP", "words": "Stop it"}]
        (left,) = await consents.of_lead(tx, other)
        assert left.revoked_at is None
        entry = await suppression.read(tx, PHONE)
        assert entry == suppression.Suppressed(PHONE, "asked us to stop", "text 7", NOW, "text")


async def test_a_wish_that_comes_twice_is_one_entry_and_one_revocation(database: Database) -> None:
    lead_id = await a_lead(database)
    for hour in range(2):
        async with database.begin() as tx:
            done = await opt_outs.record(tx, PHONE, f"call_{hour}", "said so", NOW + timedelta(hours=hour))
        assert done.new == ({PHONE} if hour == 0 else frozenset())
    async with database.read() as tx:
        assert await suppression.count(tx) == 1
        entry = await suppression.read(tx, PHONE)
        assert entry is not None and entry.source == "call_0"
        (given,) = await consents.of_lead(tx, lead_id)
        assert given.revoked_at == NOW


async def test_a_consent_with_the_number_is_revoked_though_its_lead_has_another(database: Database) -> None:
    lead_id = await a_lead(database, phone=OTHER)
    async with database.begin() as tx:
        await consents.add(tx, lead_id, TERMS, NOW)
        done = await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW)
    assert done.leads == frozenset()
    async with database.read() as tx:
        standing = {each.evidence.phone: each.revoked_at for each in await consents.of_lead(tx, lead_id)}
        assert standing == {OTHER: None, PHONE: NOW}
        lead = await leads.read(tx, lead_id)
        assert lead is not None and lead.state == "waiting"


async def test_who_says_stop_from_another_phone_is_called_at_neither(database: Database) -> None:
    lead_id = await a_lead(database, phone=OTHER)
    async with database.begin() as tx:
        done = await opt_outs.record(tx, PHONE, "call_1", "said so", NOW, also=[lead_id])
    assert done.new == {PHONE, OTHER}
    async with database.read() as tx:
        lead = await leads.read(tx, lead_id)
        assert lead is not None and lead.state == "closed"


async def test_a_lead_without_a_number_can_say_stop(database: Database) -> None:
    lead_id = await a_lead(database, phone=None)
    async with database.begin() as tx:
        done = await opt_outs.record(tx, "", "link", "by the link", NOW, also=[lead_id], door="link")
    assert (done.new, done.leads) == (frozenset(), {lead_id})
    async with database.read() as tx:
        lead = await leads.read(tx, lead_id)
        assert lead is not None
        assert (lead.state, lead.reason) == ("unusable", "There is no phone number that can be called.")
        (given,) = await consents.of_lead(tx, lead_id)
        assert given.revoked_at == NOW


async def test_a_call_of_which_the_carrier_was_not_asked_is_called_off(database: Database) -> None:
    claimed = await a_call(database, "placed", asked=False)
    async with database.begin() as tx:
        done = await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW)
    assert (done.called_off, done.ringing) == ({claimed}, ())
    async with database.read() as tx:
        record = await calls.read(tx, claimed)
    assert record is not None
    assert (record.state, record.disposition, record.problem) == ("failed", "do_not_call", stopping.CALLED_OFF)


@pytest.mark.parametrize(
    ("state", "uuid", "hung_up"), [("placed", None, True), ("ringing", "uuid-1", True), ("answered", "uuid-2", False)]
)
async def test_phones_that_ring_are_given_to_be_hung_up_and_talks_are_not(
    database: Database, state: str, uuid: str | None, hung_up: bool
) -> None:
    call_id = await a_call(database, state, uuid=uuid)
    elsewhere = await a_call(database, "ringing", to=OTHER, uuid="uuid-9")
    async with database.begin() as tx:
        done = await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW)
    assert done.ringing == ((Ringing(call_id, uuid),) if hung_up else ())
    async with database.read() as tx:
        assert await stopping.stopped(tx, call_id)
        assert not await stopping.stopped(tx, elsewhere)
        record = await calls.read(tx, call_id)
    assert record is not None and record.state == state


async def test_the_process_that_holds_a_ringing_call_hears_of_the_wish_with_its_next_beat(database: Database) -> None:
    call_id, other = await a_call(database, "ringing"), await a_call(database, "ringing", to=OTHER, uuid="uuid-9")
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW)
        held = await holds.beat(tx, "one", [call_id, other], NOW)
    assert {call_id: True, other: False} == {each: found.stopped for each, found in held.items()}


async def test_the_call_in_which_the_wish_was_spoken_ends_by_itself(database: Database) -> None:
    call_id = await a_call(database, "answered", uuid="uuid-1")
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, call_id, "said so", NOW)
    async with database.read() as tx:
        assert not await stopping.stopped(tx, call_id)


async def test_the_carriers_answer_to_a_call_that_was_stopped_meanwhile_says_hang_up(database: Database) -> None:
    asked, other = await a_call(database, "placed"), await a_call(database, "placed", to=OTHER, uuid="uuid-9")
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "text 7", "wrote STOP", NOW)
    async with database.begin() as tx:
        assert not await calls.accepted(tx, asked, "uuid-1")
        assert await calls.accepted(tx, other, "uuid-9")


async def test_many_numbers_are_recorded_in_one_transaction(database: Database) -> None:
    lead_id = await a_lead(database)
    async with database.begin() as tx:
        await suppression.add(tx, OTHER, "asked us to stop", "call_1", NOW)
        done = await opt_outs.record_all(
            tx, [PHONE, OTHER, "+14155550125"], "list.csv", "in a file", NOW, "upload", "x"
        )
        with pytest.raises(ValueError, match="500"):
            await opt_outs.record_all(tx, [str(each) for each in range(501)], "x", "x", NOW, "upload", "x")
    assert done.new == {PHONE, "+14155550125"}
    assert done.leads == {lead_id}


async def consent_given(database: Database, lead_id: str, at: datetime, **changes: str) -> str:
    async with database.begin() as tx:
        return await consents.add(tx, lead_id, replace(TERMS, **changes), at)  # type: ignore[arg-type]


async def test_a_number_leaves_the_list_only_for_new_written_consent_to_it(database: Database) -> None:
    later = NOW + timedelta(days=30)
    lead_id = await a_lead(database)
    old = await consent_given(database, lead_id, NOW - timedelta(days=1))
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "call_1", "said so", NOW)
    oral = await consent_given(database, lead_id, later, level="express")
    other = await consent_given(database, lead_id, later, phone=OTHER)
    new = await consent_given(database, lead_id, later)
    for consent_id, why in ((old, "older"), (oral, "not in writing"), (other, "no such"), ("con_0", "no such")):
        async with database.begin() as tx:
            with pytest.raises(opt_outs.NotTakenOff, match=why):
                await opt_outs.take_off(tx, PHONE, consent_id, later)
    async with database.begin() as tx:
        with pytest.raises(opt_outs.NotTakenOff, match="not on your own"):
            await opt_outs.take_off(tx, OTHER, new, later)
        assert (await opt_outs.take_off(tx, PHONE, new, later)).id == new
    async with database.read() as tx:
        assert not await suppression.contains(tx, PHONE)
        lead = await leads.read(tx, lead_id)
        assert lead is not None and lead.state == "closed"


async def test_a_number_of_which_only_the_hash_is_kept_can_leave_the_list_too(database: Database) -> None:
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "call_1", "said so", NOW)
        await suppression.forget_number(tx, PHONE)
    lead_id = await a_lead(database)
    new = await consent_given(database, lead_id, NOW + timedelta(days=30))
    async with database.begin() as tx:
        await opt_outs.take_off(tx, PHONE, new, NOW + timedelta(days=30))
        assert not await suppression.contains(tx, PHONE)


async def test_a_consent_that_was_taken_back_again_takes_no_number_off(database: Database) -> None:
    lead_id = await a_lead(database)
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "call_1", "said so", NOW)
    new = await consent_given(database, lead_id, NOW + timedelta(days=1))
    async with database.begin() as tx:
        await opt_outs.record(tx, PHONE, "call_2", "said so again", NOW + timedelta(days=2))
        with pytest.raises(opt_outs.NotTakenOff, match="taken back"):
            await opt_outs.take_off(tx, PHONE, new, NOW + timedelta(days=2))

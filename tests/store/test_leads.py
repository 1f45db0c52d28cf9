"""A lead is stored once; its consent is evidence that nobody can change; who said stop stays on the list."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.dialing.first_due import first_due
from engine.store import Database, consents, leads, suppression
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
DANA = NewLead(
    "website", "Dana", "Reyes", "+14155550123", "(415) 555-0123", form={"service": "Roof repair", "zip": "94107"}
)
FROM_META = replace(DANA, source="meta", external_id="fb_77120")
CONSENT = ConsentEvidence(
    "written", "Harborline Roofing", "I agree to be called.", "website", "+14155550123", ticked=True
)


async def receive(database: Database, lead: NewLead, now: datetime = NOW) -> leads.Received:
    async with database.begin() as tx:
        return await leads.receive(tx, lead, now)


async def test_lead_comes_back_as_it_was_received(database: Database) -> None:
    received = await receive(database, FROM_META)
    async with database.read() as tx:
        assert await leads.read(tx, received.lead.id) == received.lead
    assert received.is_new
    assert received.lead.for_call(attempt=2).attempt == 2


async def test_a_redelivered_lead_is_the_same_lead_whenever_it_comes(database: Database) -> None:
    first = await receive(database, FROM_META)
    again = await receive(database, replace(FROM_META, first_name="D."), NOW + timedelta(days=30))
    assert (again.is_new, again.lead) == (False, first.lead)


async def test_a_form_sent_twice_in_a_row_is_one_lead(database: Database) -> None:
    first = await receive(database, DANA)
    again = await receive(
        database, replace(DANA, form={"zip": "94107", "service": "roof repair "}), NOW + timedelta(minutes=2)
    )
    assert (again.is_new, again.lead.id) == (False, first.lead.id)


async def test_the_same_form_another_day_is_a_new_wish(database: Database) -> None:
    first = await receive(database, DANA)
    assert (await receive(database, DANA, NOW + timedelta(days=1))).lead.id != first.lead.id


async def test_another_service_is_another_lead(database: Database) -> None:
    await receive(database, DANA)
    assert (await receive(database, replace(DANA, form={"service": "Gutters"}))).is_new


async def test_of_twenty_deliveries_at_once_one_is_new(database: Database, sqlite_or_postgresql: str) -> None:
    other = Database(sqlite_or_postgresql)
    ends = await asyncio.gather(*(receive((database, other)[n % 2], FROM_META if n % 3 else DANA) for n in range(20)))
    assert sum(end.is_new for end in ends) == 1
    assert len({end.lead.id for end in ends}) == 1
    await other.close()


async def test_unusable_lead_is_kept_with_its_reason_and_never_due(database: Database) -> None:
    received = await receive(database, replace(DANA, phone=None, phone_typed="ask my wife"))
    assert (received.lead.state, received.lead.phone_typed) == ("unusable", "ask my wife")
    assert "no phone number" in received.lead.reason
    async with database.begin() as tx:
        await leads.plan_call(tx, received.lead.id, NOW)
        assert await first_due(tx, NOW, 100) == []
    with pytest.raises(ValueError, match="no phone number"):
        received.lead.for_call(attempt=1)


async def test_leads_are_due_at_their_time_until_they_are_closed(database: Database) -> None:
    lead = (await receive(database, DANA)).lead
    async with database.begin() as tx:
        await leads.plan_call(tx, lead.id, NOW + timedelta(hours=1))
        assert await first_due(tx, NOW, 100) == []
        assert [one.id for one in await first_due(tx, NOW + timedelta(hours=1), 100)] == [lead.id]
        await leads.close(tx, lead.id, "booked")
        assert await first_due(tx, NOW + timedelta(days=1), 100) == []


async def test_characters_that_postgresql_refuses_do_not_lose_a_lead(database: Database) -> None:
    received = await receive(database, replace(DANA, first_name="Da\x00na", form={"no\x00te": "a\x00b"}))
    async with database.read() as tx:
        stored = await leads.read(tx, received.lead.id)
    assert stored is not None
    assert (stored.first_name, stored.form) == ("Dana", {"note": "ab"})


async def test_consent_is_kept_with_the_hash_of_what_was_shown(database: Database) -> None:
    lead = (await receive(database, DANA)).lead
    async with database.begin() as tx:
        await consents.add(tx, lead.id, CONSENT, NOW)
    async with database.read() as tx:
        (consent,) = await consents.of_lead(tx, lead.id)
    assert consent.evidence == CONSENT
    assert consent.text_sha256 == hashlib.sha256(b"I agree to be called.").hexdigest()
    assert consent.revoked_at is None


@pytest.mark.parametrize("change", ["UPDATE consent SET text = 'You may sell my number'", "DELETE FROM consent"])
async def test_consent_evidence_cannot_be_changed_even_by_hand(database: Database, change: str) -> None:
    lead = (await receive(database, DANA)).lead
    async with database.begin() as tx:
        await consents.add(tx, lead.id, CONSENT, NOW)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as tx:
            await tx.execute(text(change))


async def test_revoked_consent_keeps_its_evidence_and_its_first_revocation(database: Database) -> None:
    lead = (await receive(database, DANA)).lead
    async with database.begin() as tx:
        id = await consents.add(tx, lead.id, CONSENT, NOW)
        await consents.revoke(tx, id, "said so in call call_31", NOW + timedelta(hours=1))
        await consents.revoke(tx, id, "wrote STOP", NOW + timedelta(hours=2))
        (consent,) = await consents.of_lead(tx, lead.id)
    assert (consent.revoked_at, consent.revoked_how) == (NOW + timedelta(hours=1), "said so in call call_31")


async def test_who_said_stop_stays_on_the_list_with_the_first_reason(database: Database) -> None:
    async with database.begin() as tx:
        assert await suppression.add(tx, "+14155550123", "asked us to stop", "call_1", NOW)
        assert not await suppression.add(tx, "+14155550123", "list", "import", NOW + timedelta(days=1))
    async with database.read() as tx:
        assert await suppression.contains(tx, "+14155550123")
        assert not await suppression.contains(tx, "+14155550124")
        entry = await suppression.read(tx, "+14155550123")
    assert entry == suppression.Suppressed("+14155550123", "asked us to stop", "call_1", NOW)


async def test_numbers_in_another_form_would_never_match_and_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        async with database.begin() as tx:
            await suppression.add(tx, "(415) 555-0123", "asked us to stop", "call_1", NOW)

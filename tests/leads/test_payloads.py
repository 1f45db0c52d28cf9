"""What was sent is kept word for word, sealed, for administrators; each reading is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.clock import Clock
from engine.leads import Inlet
from engine.store import audit, lead_payloads, leads
from engine.store.connections import Vault, WrongKey
from engine.store.lead_payloads import PURPOSE, LeadPayloadRow, Seal
from tests.support.inlet import KEY, Here, form, seal

SENT = b'{"name": "Dana Reyes", "phone": "415 555 2671"}'


async def test_what_was_sent_is_read_as_it_came_and_the_reading_is_written_down(here: Here) -> None:
    lead = (await here.inlet.take_in(form(SENT))).lead
    async with here.database.begin() as tx:
        (payload,) = await lead_payloads.read(tx, seal(), lead.id, "Alice", here.at)
    assert (payload.body, payload.content_type, payload.received_at) == (SENT, "application/json", here.at)
    async with here.database.read() as tx:
        (entry,) = await audit.recent(tx, subject=f"lead:{lead.id}")
    assert (entry.who, entry.what, entry.detail) == ("Alice", "saw_payload", {"requests": 1})


async def test_nothing_of_it_can_be_read_in_the_database(here: Here) -> None:
    await here.inlet.take_in(form(SENT))
    async with here.database.read() as tx:
        sealed = (await tx.execute(select(LeadPayloadRow.sealed))).scalar_one()
    assert b"Dana" not in sealed
    assert b"2671" not in sealed


async def test_another_form_of_the_person_is_kept_too_and_a_repetition_is_not(here: Here) -> None:
    lead = (await here.inlet.take_in(form(SENT))).lead
    await here.inlet.take_in(form(SENT))
    here.at += timedelta(minutes=1)
    await here.inlet.take_in(form(b"other", id="c2", service="gutters"))
    async with here.database.begin() as tx:
        assert [each.body for each in await lead_payloads.read(tx, seal(), lead.id, "Alice", here.at)] == [
            SENT,
            b"other",
        ]


async def test_what_was_sealed_for_one_lead_does_not_open_as_another_s(here: Here) -> None:
    one = (await here.inlet.take_in(form(SENT))).lead
    other = (await here.inlet.take_in(form(b"other", id="c2", phone="415 555 2672"))).lead
    async with here.database.begin() as tx:
        sealed = (await tx.execute(select(LeadPayloadRow.sealed).where(LeadPayloadRow.lead_id == one.id))).scalar_one()
        await tx.execute(
            LeadPayloadRow.__table__.update().where(LeadPayloadRow.lead_id == other.id).values(sealed=sealed)
        )
    with pytest.raises(WrongKey):
        async with here.database.begin() as tx:
            await lead_payloads.read(tx, seal(), other.id, "Alice", here.at)


async def test_a_key_that_was_changed_still_opens_what_the_old_one_sealed(here: Here) -> None:
    lead = (await here.inlet.take_in(form(SENT))).lead
    newer = Seal(lambda: Vault(Vault.new_key(), KEY).derived(PURPOSE))
    async with here.database.begin() as tx:
        (payload,) = await lead_payloads.read(tx, newer, lead.id, "Alice", here.at)
    assert payload.body == SENT


async def test_a_key_that_cannot_be_used_costs_the_copy_and_not_the_lead(here: Here) -> None:
    def no_key() -> tuple[bytes, ...]:
        raise WrongKey("LEADLINE_SECRET_KEY is not a Fernet key.")

    inlet = Inlet(here.database, Clock(), Seal(no_key))
    lead = (await inlet.take_in(form(SENT))).lead
    assert lead.state == "waiting"
    async with here.database.read() as tx:
        assert await leads.read(tx, lead.id) is not None
        assert (await tx.execute(select(LeadPayloadRow.id))).first() is None

"""A form is kept once, with its evidence, whoever sends it how often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from engine.leads import Arrival, read_submission, take_in
from engine.store import Database, consents, leads
from engine.store.consents import ConsentRow

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ARRIVAL = Arrival("home", "Harborline LLC", "US")
FORM = {"name": "Dana Reyes", "phone": "415 555 2671", "consent": "on", "consent_text": "I agree.", "id": "c1"}


async def test_the_same_form_sent_by_many_at_once_is_one_lead(database: Database) -> None:
    form = read_submission(FORM, ARRIVAL)
    taken = await asyncio.gather(*(take_in(database, form, NOW) for _ in range(8)))
    assert sum(each.is_new for each in taken) == 1
    assert len({each.lead.id for each in taken}) == 1
    async with database.read() as tx:
        assert len(await consents.of_lead(tx, taken[0].lead.id)) == 1
        assert [lead.id for lead in await leads.due(tx, NOW)] == [taken[0].lead.id]


async def test_a_form_without_an_id_is_known_by_its_content(database: Database) -> None:
    plain = {name: value for name, value in FORM.items() if name != "id"}
    first = await take_in(database, read_submission(plain, ARRIVAL), NOW)
    again = await take_in(database, read_submission(plain, ARRIVAL), NOW + timedelta(seconds=5))
    assert (again.is_new, again.lead.id) == (False, first.lead.id)


async def test_an_unusable_lead_is_kept_with_its_reason_and_the_corrected_one_is_called(database: Database) -> None:
    bad = await take_in(database, read_submission({**FORM, "phone": "555"}, ARRIVAL), NOW)
    good = await take_in(database, read_submission(FORM, ARRIVAL), NOW)
    assert (bad.lead.state, good.lead.state) == ("unusable", "waiting")
    assert "phone" in bad.lead.reason.lower() or "digits" in bad.lead.reason.lower()
    async with database.read() as tx:
        assert [lead.id for lead in await leads.due(tx, NOW)] == [good.lead.id]


async def test_consent_evidence_cannot_be_changed_afterwards(database: Database) -> None:
    await take_in(database, read_submission(FORM, ARRIVAL), NOW)
    with pytest.raises(DBAPIError):
        async with database.begin() as tx:
            await tx.execute(ConsentRow.__table__.update().values(text="something else"))

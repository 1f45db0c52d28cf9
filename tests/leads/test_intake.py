"""A form is kept once, with its evidence, whoever sends it how often; what arrives together is committed together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from engine.clock import Clock
from engine.dialing.first_due import first_due
from engine.leads import Arrival, Arrived, Inlet, read_submission
from engine.store import Database, DatabaseDown, consents
from engine.store.consents import ConsentRow

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ARRIVAL = Arrival("home", "Harborline LLC", "US")
FORM = {"name": "Dana Reyes", "phone": "415 555 2671", "consent": "on", "consent_text": "I agree.", "id": "c1"}


def form(**changes: str) -> Arrived:
    return read_submission({**FORM, **changes}, ARRIVAL)


class Moment:
    """Real time that a test moves on by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest_asyncio.fixture
async def inlet(database: Database, moment: Moment) -> AsyncIterator[Inlet]:
    opened = Inlet(database, Clock(real=moment))
    yield opened
    await opened.close()


async def test_the_same_form_sent_by_many_at_once_is_one_lead(database: Database, inlet: Inlet) -> None:
    taken = await asyncio.gather(*(inlet.take_in(form()) for _ in range(8)))
    assert sum(each.is_new for each in taken) == 1
    assert len({each.lead.id for each in taken}) == 1
    async with database.read() as tx:
        assert len(await consents.of_lead(tx, taken[0].lead.id)) == 1
        assert [lead.id for lead in await first_due(tx, NOW, 100)] == [taken[0].lead.id]


async def test_a_form_without_an_id_is_known_by_its_content(inlet: Inlet, moment: Moment) -> None:
    plain = form(id="")
    first = await inlet.take_in(plain)
    moment.at += timedelta(seconds=5)
    again = await inlet.take_in(plain)
    assert (again.is_new, again.lead.id) == (False, first.lead.id)


async def test_an_unusable_lead_is_kept_with_its_reason_and_the_corrected_one_is_called(
    database: Database, inlet: Inlet
) -> None:
    bad = await inlet.take_in(form(phone="555"))
    good = await inlet.take_in(form())
    assert (bad.lead.state, good.lead.state) == ("unusable", "waiting")
    assert "phone" in bad.lead.reason.lower() or "digits" in bad.lead.reason.lower()
    async with database.read() as tx:
        assert [lead.id for lead in await first_due(tx, NOW, 100)] == [good.lead.id]


async def test_consent_evidence_cannot_be_changed_afterwards(database: Database, inlet: Inlet) -> None:
    await inlet.take_in(form())
    with pytest.raises(DBAPIError):
        async with database.begin() as tx:
            await tx.execute(ConsentRow.__table__.update().values(text="something else"))


async def test_what_arrives_together_is_committed_in_one_transaction(
    database: Database, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = 0
    really = database.begin

    def counted():  # type: ignore[no-untyped-def]
        nonlocal begun
        begun += 1
        return really()

    monkeypatch.setattr(database, "begin", counted)
    taken = await asyncio.gather(
        *(inlet.take_in(form(id=f"c{n}", phone=f"415 555 {n:04d}")) for n in range(2600, 2650))
    )
    assert len({each.lead.id for each in taken}) == 50
    assert begun == 1


async def test_one_that_cannot_be_kept_fails_alone(database: Database, inlet: Inlet) -> None:
    unstorable = replace(form(id="bad", phone="415 555 2673").lead, form={"field": b"bytes"})  # type: ignore[dict-item]
    ends = await asyncio.gather(
        inlet.take_in(form(id="c1")),
        inlet.take_in(Arrived(unstorable, None)),
        inlet.take_in(form(id="c2", phone="415 555 2672")),
        return_exceptions=True,
    )
    assert [isinstance(each, Exception) for each in ends] == [False, True, False]


async def test_a_database_that_is_away_is_told_to_everybody_who_waits(
    database: Database, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.leads.intake.land", AsyncMock(side_effect=DatabaseDown("away")))
    ends = await asyncio.gather(*(inlet.take_in(form(id=f"c{n}")) for n in range(5)), return_exceptions=True)
    assert all(isinstance(each, DatabaseDown) for each in ends)


async def test_a_lead_whose_sender_hung_up_is_kept(database: Database, inlet: Inlet) -> None:
    waiting = asyncio.create_task(inlet.take_in(form()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await inlet.close()
    async with database.read() as tx:
        assert len(await first_due(tx, NOW, 100)) == 1

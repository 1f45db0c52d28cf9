"""A lead of which only the ids came: once its answers are fetched it is called, kept as unusable, or is somebody who is
here already. Never twice, whatever the fetching does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.dialing.first_due import first_due
from engine.leads import Arrived, Inlet, Intake
from engine.store import consents, lead_story, leads
from engine.store.leads import NewLead
from tests.support.inlet import Here, form

IDS = Arrived(
    NewLead("meta", "", "", None, external_id="444", source_id="src_page", flow_id="home", arriving=True), None
)


def answers(**changes: str) -> Arrived:
    read = form(**changes)
    lead = replace(read.lead, source="meta", source_id="src_page", external_id="444")
    return replace(read, lead=lead, payload=b'{"field_data":[]}')


async def complete(here: Here, inlet: Inlet, lead_id: str, arrived: Arrived) -> Intake:
    async with (here.database if inlet is here.inlet else here.second).begin() as tx:
        return await inlet.complete(tx, lead_id, arrived)


async def test_a_lead_is_due_when_its_answers_are_there_and_not_before(here: Here) -> None:
    ids = await here.inlet.take_in(IDS)
    assert (ids.lead.state, here.woken) == ("arriving", 0)
    async with here.database.read() as tx:
        assert await first_due(tx, here.at, 100) == []
    here.at += timedelta(seconds=2)
    done = await complete(here, here.inlet, ids.lead.id, answers())
    assert (done.lead.id, done.lead.state, done.lead.phone) == (ids.lead.id, "waiting", "+14155552671")
    async with here.database.read() as tx:
        assert [each.id for each in await first_due(tx, here.at, 100)] == [ids.lead.id]
        due = await leads.read(tx, ids.lead.id)
        assert due is not None
        # The webhook of Meta is what the person's wait is counted from.
        assert due.webhook_at == here.at - timedelta(seconds=2)
        assert [each.evidence.level for each in await consents.of_lead(tx, due.id)] == ["written"]
        assert [each.kind for each in await lead_story.of_lead(tx, due.id)] == ["came_in", "fetched"]


async def test_answers_that_are_fetched_twice_count_once(here: Here) -> None:
    ids = await here.inlet.take_in(IDS)
    ends = await asyncio.gather(
        *(complete(here, inlet, ids.lead.id, answers()) for inlet in (here.inlet, here.other, here.inlet))
    )
    assert len({each.lead.id for each in ends}) == 1
    async with here.database.read() as tx:
        assert len(await consents.of_lead(tx, ids.lead.id)) == 1


async def test_two_leads_that_are_to_be_fetched_are_two(here: Here) -> None:
    other = replace(IDS, lead=replace(IDS.lead, external_id="555"))
    one, two, again = await asyncio.gather(*(here.inlet.take_in(each) for each in (IDS, other, IDS)))
    assert one.lead.id != two.lead.id
    assert again.lead.id == one.lead.id


async def test_answers_by_which_nobody_can_be_called_are_kept_with_the_reason(here: Here) -> None:
    ids = await here.inlet.take_in(IDS)
    done = await complete(here, here.inlet, ids.lead.id, answers(phone="n/a"))
    assert (done.lead.state, done.lead.phone, done.lead.phone_typed) == ("unusable", None, "n/a")
    assert done.lead.reason


async def test_answers_of_a_test_lead_are_never_called(here: Here) -> None:
    ids = await here.inlet.take_in(IDS)
    test = answers()
    done = await complete(here, here.inlet, ids.lead.id, replace(test, lead=replace(test.lead, test=True)))
    assert (done.lead.state, done.lead.test, done.lead.next_call_at) == ("unusable", True, None)


async def test_answers_of_somebody_who_is_here_already_go_to_their_lead(here: Here) -> None:
    there = await here.inlet.take_in(form())
    ids = await here.inlet.take_in(IDS)
    done = await complete(here, here.inlet, ids.lead.id, answers(service="", zip="94107"))
    assert (done.merged, done.lead.id) == (True, there.lead.id)
    async with here.database.read() as tx:
        own = await leads.read(tx, ids.lead.id)
        assert own is not None
        assert (own.state, own.next_call_at, own.phone) == ("closed", None, None)
        assert there.lead.id in own.reason
        assert len(await consents.of_lead(tx, there.lead.id)) == 2
        assert done.lead.form == {"service": "roof", "zip": "94107"}
        assert [each.id for each in await first_due(tx, here.at, 100)] == [there.lead.id]
        story = await lead_story.of_lead(tx, ids.lead.id)
        assert story[-1].data["disposition"] == "duplicate"
    # Meta sends its webhook again: still known.
    again = await here.inlet.take_in(IDS)
    assert (again.is_new, again.lead.id) == (False, ids.lead.id)


async def test_the_same_person_by_form_and_by_fetched_answers_at_once_is_called_once(here: Here) -> None:
    ids = await here.inlet.take_in(IDS)
    await asyncio.gather(
        complete(here, here.inlet, ids.lead.id, answers()), here.other.take_in(form(service="gutters"))
    )
    async with here.database.read() as tx:
        assert len(await first_due(tx, here.at, 100)) == 1


async def test_a_lead_that_is_not_there_cannot_be_completed(here: Here) -> None:
    with pytest.raises(LookupError):
        await complete(here, here.inlet, "lead_0", answers())

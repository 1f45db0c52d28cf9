"""A person who sends several forms, by whatever sources, is one lead and is called once; no consent is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.campaigns import Campaign, write
from engine.dialing.first_due import first_due
from engine.leads import Arrived
from engine.observe.metrics import METRICS
from engine.store import calls, campaigns, consents, lead_story, leads, suppression
from engine.store.calls import NewCall
from engine.store.lead_story import LeadEvent
from engine.store.leads import Delivery, StoredLead
from tests.support.inlet import Here, form

PHONE = "+14155552671"


def by_google(source_id: str = "src_ads", **changes: str) -> Arrived:
    """The same person by an advertisement."""
    sent = form(**{"id": "g1", "service": "", "zip": "94107", **changes})
    assert sent.evidence is not None
    lead = replace(sent.lead, source="google", source_id=source_id, external_id=changes.get("id", "g1"))
    return replace(sent, lead=lead, evidence=replace(sent.evidence, source="google", text="Google's words."))


async def all_leads(here: Here) -> Sequence[StoredLead]:
    async with here.database.read() as tx:
        return await leads.recent(tx, limit=500)


async def kept(here: Here, lead_id: str) -> tuple[StoredLead, list[str], Sequence[Delivery], Sequence[LeadEvent]]:
    """The lead, the texts of its consents, its further deliveries and its story."""
    async with here.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        assert lead is not None
        texts = [each.evidence.text for each in await consents.of_lead(tx, lead_id)]
        return lead, texts, await leads.deliveries(tx, lead_id), await lead_story.of_lead(tx, lead_id)


async def test_two_sources_at_the_same_instant_on_two_processes_are_one_lead(here: Here) -> None:
    ends = await asyncio.gather(
        *(inlet.take_in(sent) for sent in (form(), by_google()) for inlet in (here.inlet, here.other) for _ in range(4))
    )
    assert len({each.lead.id for each in ends}) == 1
    assert [each.is_new for each in ends].count(True) == 1
    assert [each.merged for each in ends].count(True) == 1
    lead, texts, deliveries, _ = await kept(here, ends[0].lead.id)
    assert len(await all_leads(here)) == 1
    assert sorted(texts) == ["Google's words.", "I agree to be called."]
    assert sorted(each.kind for each in deliveries) == ["repeated"] * 14 + ["same_person"]
    assert lead.form == {"service": "roof", "zip": "94107"}


async def test_batches_of_two_processes_with_the_same_people_in_another_order_do_not_wait_for_each_other(
    here: Here,
) -> None:
    people = [form(id=f"c{n}", phone=f"415 555 {n:04d}") for n in range(2600, 2660)]
    ends = await asyncio.gather(
        *(here.inlet.take_in(each) for each in people), *(here.other.take_in(each) for each in reversed(people))
    )
    assert sum(each.is_new for each in ends) == 60
    assert len(await all_leads(here)) == 60


async def test_a_form_that_was_merged_is_known_when_it_is_sent_again(here: Here) -> None:
    first = await here.inlet.take_in(form())
    for _ in range(3):
        here.at += timedelta(minutes=1)
        await here.inlet.take_in(by_google())
    here.at += timedelta(days=30)
    late = await here.inlet.take_in(by_google())
    assert (late.is_new, late.merged, late.lead.id) == (False, False, first.lead.id)
    _, texts, deliveries, story = await kept(here, first.lead.id)
    assert texts == ["I agree to be called.", "Google's words."]
    assert [each.kind for each in deliveries] == ["same_person", *["repeated"] * 3]
    assert [each.kind for each in story] == ["came_in", "merged", *["repeated"] * 3]


@pytest.mark.parametrize("change", ["UPDATE consent SET text = 'Sell my number'", "DELETE FROM consent"])
async def test_no_evidence_changes_when_forms_are_merged_nor_can_it_afterwards(here: Here, change: str) -> None:
    first = await here.inlet.take_in(form(consent="no"))
    async with here.database.read() as tx:
        before = await consents.of_lead(tx, first.lead.id)
    here.at += timedelta(minutes=1)
    await here.inlet.take_in(by_google())
    async with here.database.read() as tx:
        assert [each for each in await consents.of_lead(tx, first.lead.id) if each in before] == before
    with pytest.raises(DBAPIError, match="append-only"):
        async with here.database.begin() as tx:
            await tx.execute(text(change))


async def test_a_double_click_on_a_merged_form_without_id_adds_one_consent(here: Here) -> None:
    first = await here.inlet.take_in(form())
    click = form(id="", service="gutters")
    ends = await asyncio.gather(*(here.inlet.take_in(click) for _ in range(3)))
    assert sorted((each.is_new, each.merged) for each in ends) == [(False, False), (False, False), (False, True)]
    _, texts, _, _ = await kept(here, first.lead.id)
    assert len(texts) == 2


async def test_the_hours_are_those_of_the_campaign(here: Here) -> None:
    async with here.database.begin() as tx:
        document = write(Campaign(flow_id="home", same_person_hours=1))
        await campaigns.save(
            tx, "short", name="Short", state="on", document=document, revision=0, by="test", now=here.at
        )
    first = await here.inlet.take_in(form())
    here.at += timedelta(hours=2)
    short = replace(by_google(), lead=replace(by_google().lead, campaign_id="short"))
    assert (await here.inlet.take_in(short)).is_new
    again = await here.inlet.take_in(form(id="c9", service="gutters"))
    assert (again.is_new, again.merged) == (False, True)
    assert again.lead.id != first.lead.id, "the latest of two that wait is the one that is meant"


async def test_the_second_form_of_a_family_keeps_the_other_name(here: Here) -> None:
    first = await here.inlet.take_in(form())
    await here.inlet.take_in(form(id="c2", name="Tom Miller", email="tom@example.com"))
    lead, _, (delivery,), story = await kept(here, first.lead.id)
    assert (lead.first_name, lead.email) == ("Dana", None)
    assert isinstance(delivery.form, dict)
    assert (delivery.form["first_name"], delivery.form["email"]) == ("Tom", "tom@example.com")
    assert story[-1].data["other_name"] is True
    async with here.database.read() as tx:
        assert {each.evidence.name for each in await consents.of_lead(tx, lead.id)} == {"Dana Reyes", "Tom Miller"}


async def test_who_forgot_the_box_is_called_when_another_form_has_it(here: Here) -> None:
    bad = await here.inlet.take_in(form(consent="no"))
    assert (bad.lead.state, here.woken) == ("unusable", 0)
    here.at += timedelta(minutes=3)
    good = await here.inlet.take_in(by_google())
    assert (good.lead.id, good.merged, here.woken) == (bad.lead.id, True, 1)
    lead, texts, _, story = await kept(here, bad.lead.id)
    assert (lead.state, lead.reason, lead.next_call_at) == ("waiting", "", here.at)
    assert texts == ["I agree to be called.", "Google's words."]
    assert "They are called now" in str(story[-1].data["why"])
    async with here.database.read() as tx:
        assert [each.id for each in await first_due(tx, here.at, 100)] == [lead.id]


async def test_the_very_same_form_with_the_box_ticked_this_time_is_called(here: Here) -> None:
    bad = await here.inlet.take_in(form(consent="no"))
    good = await here.inlet.take_in(form())
    assert (good.lead.id, good.lead.state, here.woken) == (bad.lead.id, "waiting", 1)


async def test_a_corrected_number_of_the_same_address_is_called(here: Here) -> None:
    bad = await here.inlet.take_in(form(phone="555", email="dana@example.com"))
    good = await here.inlet.take_in(form(email="dana@example.com"))
    assert (good.lead.id, good.lead.phone, good.lead.state) == (bad.lead.id, PHONE, "waiting")


async def test_a_corrected_form_of_two_people_at_once_brings_back_one(here: Here) -> None:
    await here.inlet.take_in(form(phone="555", email="dana@example.com"))
    ends = await asyncio.gather(
        here.inlet.take_in(form(email="dana@example.com")),
        here.other.take_in(form(id="c2", email="dana@example.com", phone="415 555 2672")),
    )
    assert sorted(each.is_new for each in ends) == [False, True]
    assert {each.phone for each in await all_leads(here)} == {PHONE, "+14155552672"}


async def test_who_was_talked_to_is_not_called_for_another_form(here: Here) -> None:
    first = await here.inlet.take_in(form())
    async with here.database.begin() as tx:
        await calls.place(tx, NewCall("call_1", "home", 1, first.lead.id, to_number=PHONE), here.at)
        await leads.close(tx, first.lead.id, "booked")
    here.woken = 0
    again = await here.inlet.take_in(by_google())
    assert (again.merged, again.lead.state, here.woken) == (True, "closed", 0)
    _, texts, _, story = await kept(here, first.lead.id)
    assert len(texts) == 2
    assert (story[-1].kind, story[-1].data["disposition"]) == ("merged", "duplicate")
    assert "booked" in str(story[-1].data["why"])


async def test_who_said_stop_is_not_brought_back_by_a_form(here: Here) -> None:
    bad = await here.inlet.take_in(form(consent="no"))
    async with here.database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", here.at)
    again = await here.inlet.take_in(by_google())
    assert (again.lead.id, again.lead.state, here.woken) == (bad.lead.id, "unusable", 0)
    _, _, _, story = await kept(here, bad.lead.id)
    assert "do-not-call" in str(story[-1].data["why"])


async def test_two_pages_may_use_the_same_ids(here: Here) -> None:
    one = await here.inlet.take_in(by_google("src_one"))
    other = await here.inlet.take_in(by_google("src_two", phone="415 555 2672"))
    assert one.lead.id != other.lead.id
    assert (other.is_new, other.lead.external_id, other.lead.source_id) == (True, "g1", "src_two")


async def test_what_comes_in_is_counted_by_its_source(here: Here) -> None:
    def counts() -> list[int]:
        shown = METRICS.text()
        names = ("received", "repeated", "merged", "unusable")
        lines = {line.split()[0]: int(line.split()[1]) for line in shown.splitlines() if 'source="website"' in line}
        return [lines.get(f'leadline_leads_{name}_total{{source="website"}}', 0) for name in names]

    before = counts()
    for sent in (form(), form(), form(id="c2", service="gutters"), form(id="c3", phone="1")):
        await here.inlet.take_in(sent)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [2, 1, 1, 1]


async def test_a_test_lead_is_kept_and_never_due(here: Here) -> None:
    real = await here.inlet.take_in(form())
    sent = form(id="t1")
    test = await here.inlet.take_in(replace(sent, lead=replace(sent.lead, test=True)))
    assert (test.is_new, test.lead.test, test.lead.state, test.lead.next_call_at) == (True, True, "unusable", None)
    assert test.lead.id != real.lead.id
    assert "test lead" in test.lead.reason
    async with here.database.read() as tx:
        assert [each.id for each in await first_due(tx, here.at, 100)] == [real.lead.id]


async def test_a_lead_without_any_word_of_consent_is_kept_and_not_called(here: Here) -> None:
    end = await here.inlet.take_in(replace(form(), evidence=None))
    assert (end.lead.state, end.lead.next_call_at) == ("unusable", None)
    assert "consent" in end.lead.reason

"""Whichever door a person uses: what is planned for them one second later, by another source and another campaign, is
not dialled, and a phone that rings falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from engine.call.handoff import TransferDesk
from engine.call.keypad import PRESSED
from engine.call.outside import StoreOutside
from engine.campaigns import Campaign, write
from engine.dialing import NotDialled
from engine.providers.stored import vault_of
from engine.sdk import Connection
from engine.simulate.network import NoAnswerPhone
from engine.store import calls, campaigns, connections, consents, lead_story, leads, suppression
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead
from tests.emulators.vonage_sms.herald import TextHerald
from tests.support.api import PHONE, Leadline, leadline

SECRET = "the-signature-secret-of-the-account"
Use = Callable[[Leadline, str], Awaitable[None]]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        running.network.register_others(NoAnswerPhone)
        yield running


async def said(house: Leadline, lead_id: str) -> None:
    await _in_a_call(house, lead_id).opt_out(PHONE, "Please take me off your list.")


async def pressed_nine(house: Leadline, lead_id: str) -> None:
    await _in_a_call(house, lead_id).opt_out(PHONE, PRESSED)


def _in_a_call(house: Leadline, lead_id: str) -> StoreOutside:
    use = house.services
    nobody = TransferDesk(use.carrier, {}, lambda _: None)
    return StoreOutside(use.database, "call_of_before", lead_id, use.clock, {}, {}, nobody)


async def wrote_stop(house: Leadline, lead_id: str) -> None:
    settings = {"api_key": "abcd1234", "api_secret": "s", "sender": "+14155550100", "signature_secret": SECRET}
    async with house.services.database.begin() as tx:
        made = Connection("texts", "vonage_sms", settings)
        await connections.save(tx, vault_of(house.settings), made, datetime.now(UTC))
    vonage = TextHerald(f"{house.settings.public_url}/vonage/text/texts", SECRET)
    assert (await vonage.reply(house.stranger, PHONE, "STOP")).status_code == 204


async def pressed_the_button(house: Leadline, lead_id: str) -> None:
    link = house.services.opt_out_links.link(lead_id)
    assert (await house.stranger.post(link)).status_code == 200


async def told_by_number(house: Leadline, lead_id: str) -> None:
    assert (await house.client.post("/do-not-call", json={"number": PHONE})).status_code == 201


async def told_by_the_crm(house: Leadline, lead_id: str) -> None:
    given = {"lead_id": lead_id, "source": "HubSpot", "reason": "said so to a colleague"}
    assert (await house.client.post("/do-not-call", json=given)).status_code == 201


async def uploaded(house: Leadline, lead_id: str) -> None:
    content = b"area,number\n415,5552671\n"
    assert (await house.client.post("/do-not-call/numbers", content=content)).json()["added"] == 1


DOORS: dict[str, tuple[str, Use]] = {
    "voice": ("voice", said),
    "key 9": ("key", pressed_nine),
    "text": ("text", wrote_stop),
    "link": ("link", pressed_the_button),
    "api by number": ("api", told_by_number),
    "api by lead, from the crm": ("api", told_by_the_crm),
    "upload": ("upload", uploaded),
}


async def two_leads(house: Leadline) -> list[str]:
    """One person by two sources of two campaigns, each to be called in a second. Nobody dials before
    `after_that_second`: a slow machine makes no difference to which comes first."""
    use = house.services
    use.switchboard.draining = True
    now, flow = use.clock.now(), house.settings.default_flow
    seller = "Harborline Home Services LLC"
    made = []
    for name in ("roofs", "gutters"):
        new = NewLead(
            f"form_{name}", "Dana", "Reyes", PHONE, external_id=name, flow_id=flow, form={"by": name}, campaign_id=name,
        )  # fmt: skip
        consent = ConsentEvidence("written", seller, f"{seller} may call me with an AI voice.", name, PHONE)
        async with use.database.begin() as tx:
            text = write(Campaign(flow_id=flow))
            await campaigns.save(tx, name, name=name, state="on", document=text, revision=0, by="test", now=now)
            lead = (await leads.receive(tx, new, now)).lead
            await consents.add(tx, lead.id, consent, now)
            await leads.plan_call(tx, lead.id, now + timedelta(seconds=1))
        made.append(lead.id)
    return made


async def after_that_second(house: Leadline) -> None:
    await asyncio.sleep(1.0)
    house.services.switchboard.draining = False
    house.services.dialer.wake()
    await asyncio.sleep(1.2)


async def test_without_a_wish_the_planned_call_is_made(house: Leadline) -> None:
    await two_leads(house)
    await after_that_second(house)
    assert len(house.network.calls) == 1


@pytest.mark.parametrize("name", DOORS)
async def test_after_any_door_a_call_that_was_due_in_a_second_is_not_made(house: Leadline, name: str) -> None:
    door, use = DOORS[name]
    ids = await two_leads(house)
    await use(house, ids[0])
    await after_that_second(house)
    assert house.network.calls == []
    async with house.services.database.read() as tx:
        entry = await suppression.read(tx, PHONE)
        assert entry is not None and entry.door == door
        assert await calls.recent(tx) == []
        for lead_id in ids:
            lead = await leads.read(tx, lead_id)
            assert lead is not None and (lead.state, lead.next_call_at) == ("closed", None)
            (consent,) = await consents.of_lead(tx, lead_id)
            assert consent.revoked_at is not None
            (told,) = [each for each in await lead_story.of_lead(tx, lead_id) if each.kind == "opted_out"]
            assert told.data["door"] == door
    for lead_id in ids:  # whoever asks for it all the same
        answer = await house.services.dialer.call_lead(lead_id)
        assert isinstance(answer, NotDialled) and answer.state == "not_allowed"


@pytest.mark.parametrize("name", ["text", "link", "api by number", "upload"])
async def test_a_phone_that_rings_falls_silent(house: Leadline, name: str) -> None:
    lead_id = (await house.send_form()).json()["lead_id"]
    ringing = await house.call_in("ringing")
    await DOORS[name][1](house, lead_id)
    ended = await house.call_in("failed")
    assert ended["id"] == ringing["id"]
    assert (ended["disposition"], ended["answered_at"]) == ("do_not_call", None)
    async with asyncio.timeout(5):
        assert await house.network.calls[0].ended() == "cancelled"
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, lead_id)
    assert lead is not None and (lead.state, lead.next_call_at) == ("closed", None)


async def test_a_call_of_which_the_carrier_never_answered_falls_silent_too(house: Leadline) -> None:
    """It was placed, our request was cut off, and only the webhooks tell that it rings."""
    house.network.swallow_answers = 1
    lead_id = (await house.send_form()).json()["lead_id"]
    await house.call_in("ringing")
    await told_by_number(house, lead_id)
    assert (await house.call_in("failed"))["disposition"] == "do_not_call"
    async with asyncio.timeout(5):
        assert await house.network.calls[0].ended() == "cancelled"


async def test_a_wish_told_in_another_process_reaches_the_one_whose_call_rings(house: Leadline) -> None:
    """Voice doors know no switchboard: the holder hears of it with its next beat."""
    lead_id = (await house.send_form()).json()["lead_id"]
    await house.call_in("ringing")
    await said(house, lead_id)
    assert (await house.call_in("failed"))["disposition"] == "do_not_call"


async def test_looking_at_the_link_stops_nothing_since_mail_scanners_look_too(house: Leadline) -> None:
    ids = await two_leads(house)
    page = await house.stranger.get(house.services.opt_out_links.link(ids[0]))
    assert page.status_code == 200
    assert "ends in <b>71</b>" in page.text
    assert "4155552671" not in page.text and "Dana" not in page.text and "555" not in page.text
    assert page.headers["cache-control"] == "no-store"
    async with house.services.database.read() as tx:
        assert not await suppression.contains(tx, PHONE)
    done = await house.stranger.post(house.services.opt_out_links.link(ids[0]))
    assert "Done" in done.text
    again = await house.stranger.get(house.services.opt_out_links.link(ids[0]))
    assert "<form" not in again.text


@pytest.mark.parametrize("token", ["abc", "A" * 32, "A" * 200, "%00", "..%2F..%2Fetc"])
async def test_a_link_that_is_not_ours_says_so_and_stops_nobody(house: Leadline, token: str) -> None:
    for answer in (await house.stranger.get(f"/stop/{token}"), await house.stranger.post(f"/stop/{token}")):
        assert answer.status_code == 404
    async with house.services.database.read() as tx:
        assert await suppression.count(tx) == 0


async def test_a_link_of_somebody_whose_data_was_deleted_says_that_nobody_calls(house: Leadline) -> None:
    link = house.services.opt_out_links.link("lead_" + "0" * 24)
    answer = await house.stranger.post(link)
    assert (answer.status_code, "Nothing to stop" in answer.text) == (200, True)

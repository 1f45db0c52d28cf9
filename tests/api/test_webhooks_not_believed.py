"""Day one with a wrong signature secret: the first call says why it fell silent, and no second person is rung up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.simulate.network import NoAnswerPhone
from engine.store import leads
from engine.telephony.webhooks import WebhookKeys
from tests.api.test_carrier_side import signed
from tests.support.api import PHONE, Leadline, leadline

SECRET = "the-api-secret-instead-of-the-signature-secret"
OTHER = "+14155552672"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        running.network.register_others(NoAnswerPhone)
        yield running


async def believing(house: Leadline, keys: WebhookKeys) -> str:
    """A call is placed while the house has `keys`; its id, once it is placed and a webhook about it was
    refused."""
    house.services.webhook_keys = keys
    await house.send_form()
    async with asyncio.timeout(10):
        while not ((calls := house.services.switchboard.calls) and calls[0].not_believed and calls[0].watch):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return calls[0].call_id


async def given_up(house: Leadline, call_id: str) -> dict[str, object]:
    """The call's view after nothing more was heard of it, without the wait."""
    board = house.services.switchboard
    live = board.live(call_id)
    assert live is not None and live.watch is not None
    live.watch.cancel()
    live.watch = None
    board.expect_answer(call_id, -1000.0)
    await live.finished.wait()
    view: dict[str, object] = (await house.client.get(f"/calls/{call_id}")).json()
    return view


async def test_a_wrong_signature_secret_is_the_problem_of_the_record_and_stands_in_the_journal(house: Leadline) -> None:
    call_id = await believing(house, replace(house.services.webhook_keys, signature_secret=SECRET))
    view = await given_up(house, call_id)
    problem = str(view["problem"])
    assert problem.startswith("Vonage's webhooks are not believed")
    assert "LEADLINE_VONAGE_SIGNATURE_SECRET" in problem and "not the API secret" in problem
    journal = view["journal"]
    assert isinstance(journal, list)
    noted = [each["facts"] for each in journal if each["kind"] == "webhook_refused"]
    assert noted == [{"fault": "wrong signature", "problem": problem}], "once, though every webhook is refused"
    assert SECRET not in json.dumps(view)


async def test_a_wrong_api_key_is_told_apart_from_a_wrong_secret(house: Leadline) -> None:
    call_id = await believing(house, replace(house.services.webhook_keys, api_key="someone"))
    assert "LEADLINE_VONAGE_API_KEY" in str((await given_up(house, call_id))["problem"])


async def test_nobody_else_is_called_until_a_webhook_is_believed(house: Leadline) -> None:
    right = house.services.webhook_keys
    call_id = await believing(house, replace(right, signature_secret=SECRET))
    lead_id = (await house.send_form(id="form-2", phone=OTHER, name="Other Person")).json()["lead_id"]
    refused = await house.services.dialer.call_lead(lead_id)
    assert "Vonage's webhooks are not believed" in getattr(refused, "why", "")
    await asyncio.sleep(2.5)  # the dialer has looked for leads twice
    assert [each.to for each in house.network.calls] == [PHONE]
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, lead_id)
    assert lead is not None and lead.next_call_at is not None, "it stays due"
    ready = await house.stranger.get("/ready")
    assert (ready.status_code, ready.json()["ready"]) == (200, True), "the carrier must still reach this process"
    assert "LEADLINE_VONAGE_SIGNATURE_SECRET" in ready.json()["dialling"]
    assert "leadline_dialling_paused 1" in (await house.client.get("/metrics")).text

    house.services.webhook_keys = right
    body = json.dumps({"uuid": house.network.calls[0].uuid, "status": "ringing", "to": PHONE[1:]}).encode()
    await house.stranger.post(f"/vonage/event/{call_id}", content=body, headers=signed(house, body))
    async with asyncio.timeout(10):
        while len(house.network.calls) < 2:  # noqa: ASYNC110  the network tells nobody
            await asyncio.sleep(0.02)
    assert house.network.calls[1].to == OTHER
    assert (await house.stranger.get("/ready")).json()["dialling"] == "ok"


async def test_a_burst_at_the_start_rings_one_person_up_before_a_webhook_is_believed(house: Leadline) -> None:
    house.services.webhook_keys = replace(house.services.webhook_keys, signature_secret=SECRET)
    for number in range(5):
        await house.send_form(id=f"form-{number}", phone=f"+1415555267{number}", name=f"Lead {number}")
    await asyncio.sleep(3.0)
    assert len(house.network.calls) == 1


async def test_a_stranger_who_posts_nonsense_stops_no_calls(house: Leadline) -> None:
    for path in ("/vonage/event", "/vonage/answer", "/vonage/event/call_x", "/vonage/answer/call_x"):
        assert (await house.stranger.post(path, content=b"{}")).status_code == 401
    assert (await house.stranger.get("/ready")).json()["dialling"] == "ok"
    await house.send_form()
    await house.call_in("ringing")


async def test_a_refused_webhook_in_the_middle_of_good_ones_stops_no_calls(house: Leadline) -> None:
    await house.send_form()
    call_id = str((await house.call_in("ringing"))["id"])
    assert (await house.stranger.post(f"/vonage/event/{call_id}", content=b"{}")).status_code == 401
    assert (await house.stranger.get("/ready")).json()["dialling"] == "ok"

"""What the carrier may do, and what somebody who pretends to be the carrier may not."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets

from engine.simulate.network import NoAnswerPhone, SilentPhone
from engine.simulate.network.herald import Signer
from tests.support.api import PHONE, Leadline, leadline


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


def signer(house: Leadline, secret: str = "") -> Signer:
    keys = house.services.webhook_keys
    return Signer(secret or keys.signature_secret, keys.api_key, keys.application_id)


def signed(house: Leadline, body: bytes, secret: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {signer(house, secret).token(body)}", "Content-Type": "application/json"}


async def ringing(house: Leadline) -> str:
    house.network.register(PHONE, NoAnswerPhone)
    await house.send_form()
    return str((await house.call_in("ringing"))["id"])


async def test_only_genuine_events_are_believed(house: Leadline) -> None:
    call_id = await ringing(house)
    path = f"/vonage/event/{call_id}"
    uuid = house.network.calls[0].uuid
    body = json.dumps({"uuid": uuid, "status": "completed", "to": PHONE[1:]}).encode()
    for headers in ({}, signed(house, body, "another-secret-of-sufficient-length!"), signed(house, b"{}")):
        refused = await house.stranger.post(path, content=body, headers=headers)
        assert refused.status_code == 401
        assert "not believed" in refused.json()["detail"]
    assert (await house.call_in("ringing"))["id"] == call_id
    garbage = await house.stranger.post(path, content=b"x", headers=signed(house, b"x"))
    assert garbage.status_code == 400

    began = time.monotonic()
    believed = await house.stranger.post(path, content=body, headers=signed(house, body))
    assert believed.status_code == 204
    assert time.monotonic() - began < 1
    assert (await house.call_in("failed"))["disposition"] == "no_answer"
    again = await house.stranger.post(path, content=body, headers=signed(house, body))
    assert again.status_code == 204  # late and repeated events change nothing


async def test_the_answer_webhook_is_answered_at_once_and_for_unknown_calls_too(house: Leadline) -> None:
    call_id = await ringing(house)
    body = json.dumps({"uuid": house.network.calls[0].uuid}).encode()
    ncco = (await house.stranger.post(f"/vonage/answer/{call_id}", content=body, headers=signed(house, body))).json()
    endpoint = ncco[0]["endpoint"][0]
    assert endpoint["uri"] == house.settings.public_url.replace("http", "ws") + "/vonage/media"
    unknown = await house.stranger.post("/vonage/answer/call_x", content=body, headers=signed(house, body))
    assert unknown.json()[0]["action"] == "talk"

    query = json.dumps({"uuid": "u-1"}, separators=(",", ":")).encode()
    by_get = await house.stranger.get("/vonage/answer/call_x", params={"uuid": "u-1"}, headers=signed(house, query))
    assert by_get.json()[0]["action"] == "talk"


async def test_a_repeated_answer_webhook_gets_the_same_answer_and_picks_up_once(house: Leadline) -> None:
    call_id = await ringing(house)
    body = json.dumps({"uuid": house.network.calls[0].uuid}).encode()
    headers = signed(house, body)
    path = f"/vonage/answer/{call_id}"
    answers = await asyncio.gather(*(house.stranger.post(path, content=body, headers=headers) for _ in range(3)))
    # A repetition may come with a token of its own.
    answers.append(await house.stranger.post(path, content=body, headers=signed(house, body)))
    assert [each.status_code for each in answers] == [200] * 4
    assert len({each.content for each in answers}) == 1
    live = house.services.switchboard.live(call_id)
    assert live is not None
    assert live.tally.kinds["picked_up"] == 1


async def test_an_event_that_was_delivered_elsewhere_before_is_not_acted_on(house: Leadline) -> None:
    call_id = await ringing(house)
    body = json.dumps({"uuid": house.network.calls[0].uuid, "status": "completed", "to": PHONE[1:]}).encode()
    headers = signed(house, body)
    assert (await house.stranger.post("/vonage/event/call_x", content=body, headers=headers)).status_code == 204
    assert (await house.stranger.post(f"/vonage/event/{call_id}", content=body, headers=headers)).status_code == 204
    assert (await house.call_in("ringing"))["id"] == call_id


async def knock(house: Leadline, hello: dict[str, str] | bytes, authorization: str | None = None) -> int:
    """Open the media socket as the carrier would; the code with which it is closed."""
    uri = house.settings.public_url.replace("http", "ws") + "/vonage/media"
    token = authorization or f"Bearer {signer(house).token(b'')}"
    async with websockets.connect(uri, additional_headers={"Authorization": token}, proxy=None) as socket:
        await socket.send(json.dumps(hello) if isinstance(hello, dict) else hello)
        if isinstance(hello, bytes):
            await socket.send(json.dumps({"event": "nothing"}))
        async with asyncio.timeout(5):
            await socket.wait_closed()
        return socket.close_code or 0


async def test_a_media_socket_needs_a_genuine_handshake_and_a_token_that_works_once(house: Leadline) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await knock(house, {}, "Bearer nonsense")
    assert refused.value.response.status_code == 403

    house.network.register(PHONE, lambda: SilentPhone(hang_up_after_s=4.0))
    await house.send_form()
    call_id = str((await house.call_in("answered"))["id"])
    live = house.services.switchboard.live(call_id)
    assert live is not None
    async with asyncio.timeout(5):
        while not live.talking:  # noqa: ASYNC110  the call tells nobody that it begins
            await asyncio.sleep(0.02)
    hello = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "call_id": call_id}
    [leg] = house.network.calls[0].media_legs
    used = str(leg.step.headers["token"])
    assert await knock(house, {**hello, "token": used}) == 1008  # used by the real carrier already
    assert await knock(house, {**hello, "token": "guess"}) == 1008
    assert await knock(house, {**hello, "call_id": "call_x", "token": used}) == 1008
    assert await knock(house, {"event": "websocket:dtmf", "digit": "1"}) == 1008
    assert await knock(house, b"\x00" * 77) == 1008  # odd sound ahead of a wrong introduction
    assert live.talking
    assert (await house.call_in("finished"))["problem"] == ""

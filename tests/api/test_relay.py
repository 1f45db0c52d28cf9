"""What is passed on to another process, what is not, and to whom: one real web server; the test plays the holder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from engine.api.relay import ALIVE, MARK
from engine.observe.metrics import METRICS
from engine.settings import Settings
from engine.simulate.network import NoAnswerPhone
from engine.simulate.network.herald import Signer
from engine.store import calls, holds, processes
from engine.store.calls import NewCall
from tests.support.api import PHONE, Leadline, leadline

CALL, UUID = "call_of_another", "uuid-of-another"
ANSWER = [{"action": "talk", "text": "The holder's words."}]

Reaction = Callable[[Request], Awaitable[Response]]


async def in_its_words(_: Request) -> Response:
    return Response(json.dumps(ANSWER), media_type="application/json")


async def too_slow(_: Request) -> Response:
    await asyncio.sleep(5)
    return Response(json.dumps(ANSWER), media_type="application/json")


async def not_mine(_: Request) -> Response:
    return Response(status_code=421)


async def sent_away(_: Request) -> Response:
    return Response(status_code=307, headers={"Location": "http://127.0.0.1:9/elsewhere"})


async def broken(_: Request) -> Response:
    return Response(status_code=500)


async def empty(_: Request) -> Response:
    return Response(status_code=204)


@dataclass
class Holder:
    """Another process of the installation, and what it was sent."""

    address: str
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@asynccontextmanager
async def holder(reaction: Reaction) -> AsyncIterator[Holder]:
    app = FastAPI()
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def take(request: Request) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked.append((request.method, target, dict(request.headers), await request.body()))
        return await reaction(request)

    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield Holder(f"http://127.0.0.1:{listener.getsockname()[1]}", asked)
        finally:
            server.should_exit = server.force_exit = True
            await serving


async def hold(house: Leadline, address: str, *, alive_for: timedelta = timedelta(), over: bool = False) -> None:
    """A call of a process that is reached at `address`, and last said `alive_for` ago that it lives."""
    now = datetime.now(UTC)
    async with house.services.database.begin() as tx:
        await processes.seen(tx, "process_other", address, now)
        call = NewCall(
            CALL, "home_services_v1", 1, holder="process_other", from_number="+14155550100", to_number="+1415"
        )
        await calls.place(tx, call, now)
        await calls.accepted(tx, CALL, UUID)
        await holds.beat(tx, "process_other", [CALL], now - alive_for)
        if over:
            await calls.failed(tx, CALL, now, "busy")


def signed(house: Leadline, body: bytes) -> dict[str, str]:
    keys = house.services.webhook_keys
    signer = Signer(keys.signature_secret, keys.api_key, keys.application_id)
    return {"Authorization": f"Bearer {signer.token(body)}", "Content-Type": "application/json"}


async def tell(house: Leadline, path: str, **extra: str) -> tuple[httpx.Response, bytes, dict[str, str]]:
    """A genuine webhook about the call."""
    # Spaced as Python does by default: the body has to arrive byte by byte.
    body = json.dumps({"uuid": UUID, "status": "machine", "sub_state": "beep_start", "to": "1415"}).encode()
    headers = signed(house, body) | extra
    return await house.stranger.post(path, content=body, headers=headers), body, headers


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


@pytest.mark.parametrize("path", [f"/vonage/event/{CALL}", f"/vonage/colleague/{CALL}", f"/vonage/answer/{CALL}"])
async def test_a_webhook_reaches_the_holder_as_it_came_and_its_answer_goes_back(house: Leadline, path: str) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        response, body, headers = await tell(house, path)
        assert (response.status_code, response.json()) == (200, ANSWER)
        assert response.headers["content-type"] == "application/json"
        ((method, target, sent, arrived),) = other.asked
        assert (method, target, arrived) == ("POST", path, body)
        assert sent["authorization"] == headers["Authorization"]
        assert sent[MARK] == "1"


@pytest.mark.parametrize("path", ["/vonage/event", "/vonage/answer"])
async def test_a_webhook_that_names_no_call_of_ours_reaches_the_holder_by_the_carriers_name(
    house: Leadline, path: str
) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        response, _, _ = await tell(house, path)
        assert response.json() == ANSWER
        assert len(other.asked) == 1


async def test_an_answer_webhook_by_get_is_passed_on_with_its_parameters(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        query = {"uuid": UUID, "to": "1415 555"}
        body = json.dumps(query, separators=(",", ":")).encode()
        response = await house.stranger.get(f"/vonage/answer/{CALL}", params=query, headers=signed(house, body))
        assert response.json() == ANSWER
        ((method, target, _, arrived),) = other.asked
        assert (method, arrived) == ("GET", b"")
        assert dict(httpx.QueryParams(target.partition("?")[2])) == query


async def test_an_empty_answer_stays_empty(house: Leadline) -> None:
    async with holder(empty) as other:
        await hold(house, other.address)
        response, _, _ = await tell(house, f"/vonage/event/{CALL}")
        assert (response.status_code, response.content) == (204, b"")


async def test_a_repetition_is_passed_on_too(house: Leadline) -> None:
    """Only the holder knows whether the first one has reached it."""
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        _, body, headers = await tell(house, f"/vonage/event/{CALL}")
        again = await house.stranger.post(f"/vonage/event/{CALL}", content=body, headers=headers)
        assert again.json() == ANSWER
        assert len(other.asked) == 2


@pytest.mark.parametrize("reaction", [too_slow, not_mine, sent_away, broken])
async def test_a_holder_that_gives_no_answer_is_done_without(house: Leadline, reaction: Reaction) -> None:
    async with holder(reaction) as other:
        await hold(house, other.address)
        before = METRICS.count("webhooks_not_passed_on")
        response, _, _ = await tell(house, f"/vonage/event/{CALL}")
        assert response.status_code == 204
        assert len(other.asked) == 1
        assert METRICS.count("webhooks_not_passed_on") == before + 1


async def test_a_holder_that_is_gone_is_done_without(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        pass
    await hold(house, other.address)
    response, _, _ = await tell(house, f"/vonage/event/{CALL}")
    assert response.status_code == 204


async def test_a_webhook_that_is_not_believed_goes_nowhere(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        body = json.dumps({"uuid": UUID, "status": "answered", "to": "1415"}).encode()
        for headers in ({}, signed(house, b"{}"), {MARK: "1"}):
            refused = await house.stranger.post(f"/vonage/event/{CALL}", content=body, headers=headers)
            assert refused.status_code == 401
        assert other.asked == []


async def test_what_was_passed_on_is_not_passed_on_again(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address)
        for path in (f"/vonage/event/{CALL}", f"/vonage/answer/{CALL}", "/vonage/event"):
            response, _, _ = await tell(house, path, **{MARK: "1"})
            assert response.status_code == 421
        assert other.asked == []


async def test_a_holder_that_has_long_not_said_that_it_lives_is_not_asked(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address, alive_for=ALIVE)
        response, _, _ = await tell(house, f"/vonage/event/{CALL}")
        assert response.status_code == 204
        assert other.asked == []


async def test_of_a_call_that_is_over_nobody_is_asked(house: Leadline) -> None:
    async with holder(in_its_words) as other:
        await hold(house, other.address, over=True)
        await tell(house, f"/vonage/event/{CALL}")
        assert other.asked == []


async def test_only_addresses_of_our_own_database_are_contacted(house: Leadline) -> None:
    """Whatever a request says of itself, nobody is asked who is not written there."""
    async with holder(in_its_words) as other:
        host = other.address.removeprefix("http://")
        for extra in ({"Host": host}, {"X-Forwarded-Host": host}, {"Forwarded": f"host={host}"}):
            await tell(house, "/vonage/event/call_unknown", **extra)
        assert other.asked == []


async def test_a_process_that_was_started_again_at_the_same_address_does_not_ask_itself(house: Leadline) -> None:
    await hold(house, house.settings.own_address)
    before = METRICS.count("webhooks_not_passed_on")
    response, _, _ = await tell(house, f"/vonage/event/{CALL}")
    assert response.status_code == 204
    assert METRICS.count("webhooks_not_passed_on") == before


async def test_without_an_address_of_its_own_a_process_passes_nothing_on(tmp_path: Path) -> None:
    async with leadline(tmp_path, own_url="off") as house, holder(in_its_words) as other:
        await hold(house, other.address)
        response, _, _ = await tell(house, f"/vonage/event/{CALL}")
        assert response.status_code == 204
        assert other.asked == []


async def test_a_process_is_known_while_it_runs(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        assert house.settings.own_address == f"http://127.0.0.1:{house.settings.port}"
        database = house.services.database
        me = house.services.switchboard.holder
        async with database.begin() as tx:
            await calls.place(tx, NewCall(CALL, "home_services_v1", 1, holder=me), datetime.now(UTC))
            held = await processes.holding(tx, call_id=CALL)
        assert held is not None
        assert (held.holder, held.address) == (me, house.settings.own_address)


async def test_a_call_that_comes_in_and_is_told_to_two_processes_at_once_is_one_call(
    sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with (
        leadline(tmp_path, database_url=SecretStr(sqlite_or_postgresql)) as one,
        leadline(tmp_path, database_url=SecretStr(sqlite_or_postgresql)) as two,
    ):
        body = json.dumps({"uuid": "uuid-in", "from": "14155552671", "to": "14155550100"}).encode()
        headers = signed(one, body)
        asked = [each.stranger.post("/vonage/answer", content=body, headers=headers) for each in (one, two)]
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [200, 200]
        joined = {answer.json()[0]["endpoint"][0]["headers"]["call_id"] for answer in answers}
        async with one.services.database.read() as tx:
            (record,) = await calls.recent(tx)
        assert joined == {record.id}


async def test_all_that_another_process_is_told_of_a_call_is_heard_by_its_holder(
    sqlite_or_postgresql: str, tmp_path: Path
) -> None:
    async with leadline(tmp_path, database_url=SecretStr(sqlite_or_postgresql)) as one:
        one.network.register(PHONE, NoAnswerPhone)
        await one.send_form()
        call_id = str((await one.call_in("ringing"))["id"])
        live = one.services.switchboard.live(call_id)
        assert live is not None
        async with leadline(tmp_path, database_url=SecretStr(sqlite_or_postgresql)) as two:
            for state in ("machine", "human"):
                body = json.dumps({"call_uuid": live.uuid, "status": state, "sub_state": ""}).encode()
                path = f"/vonage/event/{call_id}"
                told = await two.stranger.post(path, content=body, headers=signed(two, body))
                assert told.status_code == 204
            assert live.told == ["machine"]  # machine wins over human
            body = json.dumps({"uuid": live.uuid, "to": PHONE[1:]}).encode()
            path = f"/vonage/answer/{call_id}"
            ncco = (await two.stranger.post(path, content=body, headers=signed(two, body))).json()
            assert ncco[0]["endpoint"][0]["headers"]["call_id"] == call_id
            assert two.services.switchboard.live(call_id) is None
            assert live.answered_at is not None


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "::1", "port": 9000}, "http://[::1]:9000"),
        ({"host": "localhost"}, "http://localhost:8080"),
        ({"host": "0.0.0.0"}, ""),
        ({"host": "0.0.0.0", "own_url": "http://10.0.3.7:8080/"}, "http://10.0.3.7:8080"),
        ({"own_url": "off"}, ""),
    ],
)
def test_the_own_address_follows_from_what_the_server_listens_to(settings: dict[str, object], address: str) -> None:
    chosen = Settings.model_validate({"api_token": hashlib.sha256(b"token").hexdigest(), **settings})
    assert chosen.own_address == address

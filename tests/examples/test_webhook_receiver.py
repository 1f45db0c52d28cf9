"""The example of a receiver runs as its README says, and takes what the card sends: each call once."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from engine.sdk import AfterCallContext, Permanent
from engine.simulate.receiver import new_secret
from nodes.aftercall.webhook import WEBHOOK, Webhook, WebhookSettings
from tests.nodes.connect.conftest import Bench, called

EXAMPLE = Path(__file__).parents[2] / "examples" / "webhook_receiver"


@dataclass
class Running:
    url: str
    file: Path
    secret: str

    def calls(self) -> list[tuple[str, ...]]:
        with sqlite3.connect(self.file) as database:
            return database.execute("SELECT * FROM call").fetchall()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Running]:
    secret, file = new_secret(), tmp_path / "calls.sqlite"
    command = [sys.executable, str(EXAMPLE / "receiver.py"), "--port", "0", "--file", str(file)]
    environment = {**os.environ, "WEBHOOK_SECRET": f"{new_secret()} {secret}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            found = re.search(r"http://\S+", program.stdout.readline())
            assert found is not None
            yield Running(found[0], file, secret)
        finally:
            program.kill()


@pytest.fixture
def desk(tmp_path: Path, receiver: Running) -> Bench:
    desk = Bench(called(), str(tmp_path / "outbox"))
    desk.book.add("crm", "webhook", {"url": receiver.url, "secret": receiver.secret})
    return desk


async def send(desk: AfterCallContext) -> str:
    return (await Webhook(WebhookSettings(connection="crm")).run(desk)).external_id


async def test_a_call_is_kept_once_however_often_it_is_sent(desk: Bench, receiver: Running) -> None:
    assert [await send(desk), await send(desk)] == ["call_31", "call_31"]
    assert receiver.calls() == [("call_31", "+14155550123", "Dana Reyes", "booked", "2026-11-26T14:00:00-08:00")]


async def test_another_card_of_the_same_call_is_no_repeat(desk: Bench, receiver: Running) -> None:
    await send(desk)
    desk.key, desk.result = "call_32:tell", called("call_32", appointment=None, disposition="no_answer")
    await send(desk)
    assert receiver.calls()[1] == ("call_32", "+14155550123", "Dana Reyes", "no_answer", None)


async def test_during_a_change_of_the_secret_either_side_may_be_first(desk: Bench, receiver: Running) -> None:
    desk.book.add("crm", "webhook", {"url": receiver.url, "secret": new_secret(), "new_secret": receiver.secret})
    assert await send(desk) == "call_31"


async def test_what_is_not_signed_is_not_kept(desk: Bench, receiver: Running) -> None:
    desk.book.add("crm", "webhook", {"url": receiver.url, "secret": new_secret()})
    with pytest.raises(Permanent, match="Check the secret on both sides"):
        await send(desk)
    async with httpx.AsyncClient() as web:
        broken = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,=not base64="}
        assert (await web.post(receiver.url, content=b"{}", headers=broken)).status_code == 401
        assert (await web.post(receiver.url, content=b"{}")).status_code == 401
    assert receiver.calls() == []


async def test_a_test_message_is_taken_and_leads_to_nothing(desk: Bench, receiver: Running) -> None:
    assert WEBHOOK.test is not None
    assert "took a signed test message" in await WEBHOOK.test(desk.connection("crm"))
    desk.result = called(test=True)
    await send(desk)
    assert receiver.calls() == []

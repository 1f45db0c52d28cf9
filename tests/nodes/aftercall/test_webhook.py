"""The webhook card against real receivers on loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from engine.sdk import AfterCallContext, Permanent, StepOutcome, Transient
from engine.simulate.receiver import Receiver
from nodes.aftercall.webhook import Webhook, WebhookSettings
from tests.support.aftercall import NOON
from tests.support.http import Answer, Door

Connect = Callable[..., AfterCallContext]
VECTOR = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


async def send(ctx: AfterCallContext, event: str = "call.completed") -> StepOutcome:
    return await Webhook(WebhookSettings(connection="crm", event=event)).run(ctx)


@asynccontextmanager
async def door(*answers: Answer) -> AsyncIterator[Door]:
    async with Door(answers) as opened:
        yield opened


async def test_a_receiver_can_be_sure_that_it_is_from_us_and_gets_the_whole_result(connected: Connect) -> None:
    async with Receiver() as crm:
        ctx = connected("webhook", url=crm.url, secret=crm.secret)
        ctx.now = datetime.now(UTC)
        outcome = await send(ctx)
    [delivery] = crm.deliveries
    assert delivery.id == "call_31:tell"
    assert delivery.document["event_id"] == "evt_call_31"
    assert crm.contacts["+14155550123"]["first_name"] == "Dana"
    assert outcome.external_id == "crm-call_31:tell"


async def test_a_wrong_secret_is_told_as_such(connected: Connect) -> None:
    async with Receiver() as crm:
        ctx = connected("webhook", url=crm.url, secret=VECTOR)
        ctx.now = datetime.now(UTC)
        with pytest.raises(Permanent, match="Check the secret on both sides"):
            await send(ctx)
    assert not crm.deliveries


async def test_every_try_sends_the_same_id_and_the_same_bytes(connected: Connect) -> None:
    async with door(Answer(200), Answer(200)) as other:
        ctx = connected("webhook", url=other.url, secret=VECTOR)
        await send(ctx)
        ctx.now = NOON + timedelta(minutes=9)
        await send(ctx)
    first, second = other.requests
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


async def test_the_signature_carries_real_time_whatever_day_the_call_lives_in(connected: Connect) -> None:
    async with door(Answer(200)) as other:
        ctx = connected("webhook", url=other.url, secret=VECTOR)
        ctx.now = NOON - timedelta(days=70)
        await send(ctx)
    signed_at = datetime.fromtimestamp(int(other.requests[0].headers["webhook-timestamp"]), UTC)
    assert abs(datetime.now(UTC) - signed_at) < timedelta(minutes=1)


async def test_the_event_is_the_one_the_card_names(connected: Connect) -> None:
    async with door(Answer(200)) as other:
        await send(connected("webhook", url=other.url, secret=VECTOR), event="lead.opted_out")
    assert b'"event":"lead.opted_out"' in other.requests[0].body


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_not_now_is_tried_again(connected: Connect, status: int) -> None:
    async with door(Answer(status)) as other:
        with pytest.raises(Transient, match=str(status)):
            await send(connected("webhook", url=other.url, secret=VECTOR))


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 403, 404, 410, 422])
async def test_no_is_not_tried_again(connected: Connect, status: int) -> None:
    async with door(Answer(status, headers={"location": "http://127.0.0.1:9/"})) as other:
        with pytest.raises(Permanent, match=str(status)):
            await send(connected("webhook", url=other.url, secret=VECTOR))
    assert len(other.requests) == 1


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("17", 17.0), ("soon", None), ("", None)],
)
async def test_the_pause_the_receiver_asks_for_is_passed_on(
    connected: Connect, given: str, seconds: float | None
) -> None:
    async with door(Answer(429, headers={"retry-after": given})) as other:
        with pytest.raises(Transient) as refused:
            await send(connected("webhook", url=other.url, secret=VECTOR))
    assert refused.value.retry_after_s == seconds


async def test_a_pause_given_as_a_date_is_passed_on(connected: Connect) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    async with door(Answer(429, headers={"retry-after": date})) as other:
        with pytest.raises(Transient) as refused:
            await send(connected("webhook", url=other.url, secret=VECTOR))
    assert refused.value.retry_after_s is not None
    assert 30 < refused.value.retry_after_s <= 40


async def test_a_web_page_is_no_receiver(connected: Connect) -> None:
    async with door(Answer(200, body=b"<!DOCTYPE html><html>Please log in</html>")) as other:
        with pytest.raises(Permanent, match="login page"):
            await send(connected("webhook", url=other.url, secret=VECTOR))


async def test_a_short_ok_is_fine_whatever_its_type(connected: Connect) -> None:
    async with door(Answer(200, headers={"content-type": "text/html"}, body=b"OK")) as other:
        assert (await send(connected("webhook", url=other.url, secret=VECTOR))).external_id == ""


async def test_a_receiver_that_is_not_there_is_tried_again(connected: Connect) -> None:
    with pytest.raises(Transient, match="could not be reached"):
        await send(connected("webhook", url="http://127.0.0.1:9/hooks", secret=VECTOR))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "", "secret": VECTOR}, "must begin with https"),
        ({"url": "ftp://crm.example.com", "secret": VECTOR}, "must begin with https"),
        ({"url": "http://crm.example.com/hooks", "secret": VECTOR}, "for all to read"),
        ({"url": "https://crm.example.com/hooks", "secret": ""}, "no secret"),
        ({"url": "https://crm.example.com/hooks", "secret": "whsec_a"}, "whsec_"),
    ],
)
async def test_a_connection_that_cannot_work_is_explained_before_anything_is_sent(
    connected: Connect, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(Permanent, match=words):
        await send(connected("webhook", **settings))


async def test_a_connection_of_another_kind_is_refused(connected: Connect) -> None:
    with pytest.raises(Permanent, match="'smtp'"):
        await send(connected("smtp", host="mail.example.com"))


async def test_what_the_dashboard_shows_names_nobody(connected: Connect) -> None:
    async with door(Answer(200)) as other:
        outcome = await send(connected("webhook", url=other.url, secret=VECTOR))
    shown = str(outcome.sent) + outcome.note
    for private in ("Dana", "Reyes", "4155550123", "dana.reyes", "94107", "1200 18th", VECTOR):
        assert private not in shown
    assert "booked" in shown

"""The webhook card against real receivers on loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from engine.sdk import AfterCallContext, Connection, Permanent, StepOutcome, Transient
from engine.simulate.receiver import Receiver, new_secret
from nodes.aftercall.webhook import WEBHOOK, Webhook, WebhookSettings, signed
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


async def test_an_address_inside_that_is_written_in_numbers_works_as_it_always_did(connected: Connect) -> None:
    """Connections from before the switch: only who may publish can enter an address, and numbers mean what they say."""
    async with door(Answer(200)) as other:
        await send(connected("webhook", url=other.url, secret=VECTOR))
        await send(connected("webhook", url=other.url.replace("127.0.0.1", "localhost"), secret=VECTOR))
    assert len(other.requests) == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "https://crm.example/hooks"}, ""),
        ({"url": "http://10.0.0.7/hooks", "inside": "yes"}, ""),
        ({"url": "http://10.0.0.7/hooks"}, "set “In your own network” to yes"),
        ({"url": "https://localhost/hooks", "inside": "no"}, "set “In your own network” to yes"),
        ({"url": "http://crm.example/hooks"}, "for all to read"),
        ({"url": "https://[/hooks"}, "no usable web address"),
        ({"url": "https://crm.example/hooks", "secret": "whsec_a"}, "should look like whsec_"),
        ({"url": "https://crm.example/hooks", "new_secret": "whsec_a"}, "should look like whsec_"),
    ],
)
def test_a_connection_is_judged_as_it_is_entered(settings: dict[str, str], words: str) -> None:
    problems = WEBHOOK.problems(Connection("crm", "webhook", {"secret": VECTOR, **settings}))
    assert words in " ".join(problems)
    assert bool(problems) == bool(words)


async def test_a_name_that_leads_inside_is_refused_after_it_was_resolved_and_the_switch_is_named(
    connected: Connect,
) -> None:
    """'127.1' is no address as we write them, but resolves to this machine, as a name of an attacker's would."""
    with pytest.raises(Permanent, match="“In your own network”"):
        await send(connected("webhook", url="https://127.1/hooks", secret=VECTOR))
    with pytest.raises(Permanent, match="for all to read"):
        await send(connected("webhook", url="http://127.1/hooks", secret=VECTOR))


async def test_the_switch_opens_names_of_ones_own_network(connected: Connect) -> None:
    async with door(Answer(200)) as other:
        url = other.url.replace("127.0.0.1", "127.1")
        await send(connected("webhook", url=url, secret=VECTOR, inside="yes"))
    assert len(other.requests) == 1


@pytest.mark.parametrize("inside", ["yes", "no"])
@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "0.0.0.0", "224.0.0.1"])
async def test_no_switch_opens_metadata_link_local_or_special_addresses(
    connected: Connect, host: str, inside: str
) -> None:
    with pytest.raises(Permanent):
        await send(connected("webhook", url=f"https://{host}/latest", secret=VECTOR, inside=inside))


async def test_nothing_is_sent_unencrypted_to_the_internet_even_with_the_switch(connected: Connect) -> None:
    with pytest.raises(Permanent, match="read by everybody on the way"):
        await send(connected("webhook", url="http://8.8.8.8/hooks", secret=VECTOR, inside="yes"))


async def test_while_a_secret_is_changed_both_prove_who_we_are(connected: Connect) -> None:
    old, new = new_secret(), new_secret()
    async with door(Answer(200)) as other:
        await send(connected("webhook", url=other.url, secret=old, new_secret=new))
    [asked] = other.requests
    for known in (old, new):
        Signer(known).verify(asked.body, dict(asked.headers))
    with pytest.raises(WebhookVerificationError):
        Signer(new_secret()).verify(asked.body, dict(asked.headers))


def test_every_try_is_signed_anew_under_the_same_id() -> None:
    now = datetime.now(UTC)
    connection = Connection("crm", "webhook", {"url": "https://crm.example", "secret": VECTOR})
    first, second = (signed(connection, "call_31:tell", at, "{}") for at in (now - timedelta(minutes=9), now))
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]
    Signer(VECTOR).verify("{}", second)
    with pytest.raises(WebhookVerificationError):  # the first is too old to be believed: a retry must not reuse it
        Signer(VECTOR).verify("{}", first)


async def test_a_receiver_that_has_switched_the_webhook_off_is_told_of_as_such(connected: Connect) -> None:
    async with door(Answer(410)) as other:
        with pytest.raises(Permanent, match="switched this webhook off for good") as refused:
            await send(connected("webhook", url=other.url, secret=VECTOR))
    assert "take the card out of the flow" in str(refused.value)


async def test_a_test_message_is_marked_and_signed(connected: Connect) -> None:
    async with door(Answer(200)) as other:
        connection = connected("webhook", url=other.url, secret=VECTOR).connection("crm")
        assert WEBHOOK.test is not None
        assert "took a signed test message" in await WEBHOOK.test(connection)
    [asked] = other.requests
    assert Signer(VECTOR).verify(asked.body, dict(asked.headers))["event"] == "leadline.test"


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

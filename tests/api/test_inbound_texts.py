"""Whoever answers a text with STOP is off the list at once, for calls and texts; nobody else can say it for them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.aftercall.texting import may_text
from engine.providers.stored import vault_of
from engine.sdk import Connection
from engine.store import connections, leads, suppression
from tests.emulators.vonage_sms.herald import TextHerald, Way
from tests.support.api import PHONE, Leadline, leadline

SECRET = "the-signature-secret-of-the-account"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def herald(house: Leadline, kind: str = "vonage_sms", **changed: str) -> TextHerald:
    """Vonage, with webhooks that go to the connection *texts* of the house."""
    settings = {
        "api_key": "abcd1234",
        "api_secret": "s",
        "sender": "+14155550100",
        "signature_secret": SECRET,
    } | changed
    async with house.services.database.begin() as tx:
        made = Connection("texts", kind, settings)
        await connections.save(tx, vault_of(house.settings), made, datetime.now(UTC))
    return TextHerald(f"{house.settings.public_url}/vonage/text/texts", SECRET)


async def refused(house: Leadline, lead_id: str = "nobody") -> str:
    return (await may_text(house.services.database, PHONE, lead_id, "America/New_York")).refused


@pytest.mark.parametrize("way", ["get", "form", "json"])
async def test_stop_takes_the_number_off_for_calls_and_texts(house: Leadline, way: Way) -> None:
    vonage = await herald(house)
    vonage.way = way
    answer = await vonage.reply(house.stranger, PHONE, "Stop")
    assert answer.status_code == 204
    async with house.services.database.read() as tx:
        entry = await suppression.read(tx, PHONE)
    assert entry is not None
    assert (entry.reason, entry.source) == ("asked us to stop", "text 0B00000000000001")
    assert "do-not-call list" in await refused(house)


async def test_a_lead_who_wrote_stop_is_planned_no_more_and_the_consent_is_taken_back(house: Leadline) -> None:
    await house.send_form()
    async with house.services.database.read() as tx:
        [lead] = await leads.with_phone(tx, PHONE)
    await (await herald(house)).reply(house.stranger, PHONE, "STOP")
    async with house.services.database.read() as tx:
        [after] = await leads.with_phone(tx, PHONE)
    assert (after.id, after.state, after.reason) == (lead.id, "closed", "asked us to stop")


async def test_stop_written_twice_is_one_entry(house: Leadline) -> None:
    vonage = await herald(house)
    for _ in range(2):
        assert (await vonage.reply(house.stranger, PHONE, "STOP")).status_code == 204
    async with house.services.database.read() as tx:
        assert await suppression.count(tx) == 1


@pytest.mark.parametrize(
    "words", ["Please take me off your list", "no me llamen más", "I revoke my consent.", "cancelar", "Cancel", "END"]
)
async def test_a_wish_to_be_left_alone_counts_in_whatever_words(house: Leadline, words: str) -> None:
    await (await herald(house)).reply(house.stranger, PHONE, words)
    assert await refused(house)


@pytest.mark.parametrize("words", ["START", "YES", "Cancel my appointment please", "Stopped by, nobody was there?"])
async def test_start_is_no_consent_and_other_words_are_no_wish(house: Leadline, words: str) -> None:
    vonage = await herald(house)
    await vonage.reply(house.stranger, PHONE, words)
    assert not await refused(house)
    await vonage.reply(house.stranger, PHONE, "STOP")
    await vonage.reply(house.stranger, PHONE, "START")
    assert await refused(house)


async def test_other_words_and_receipts_change_nothing(house: Leadline) -> None:
    vonage = await herald(house)
    assert (await vonage.reply(house.stranger, PHONE, "Thanks, see you!")).status_code == 204
    assert (await vonage.receipt(house.stranger, PHONE)).status_code == 204
    assert not await refused(house)


@pytest.mark.parametrize("method", ["sha512", "sha1", "md5", "md5hash"])
async def test_every_method_of_the_dashboard_is_understood(house: Leadline, method: str) -> None:
    vonage = await herald(house, signature_method=method)
    vonage.method = method
    assert (await vonage.reply(house.stranger, PHONE, "STOP")).status_code == 204
    assert await refused(house)


async def test_a_reply_that_nobody_signed_is_not_believed(house: Leadline) -> None:
    vonage = await herald(house)
    vonage.signed = False
    answer = await vonage.reply(house.stranger, PHONE, "STOP")
    assert answer.status_code == 401
    assert "not signed" in answer.json()["detail"]
    assert not await refused(house)


async def test_nobody_can_say_stop_for_somebody_else(house: Leadline) -> None:
    vonage = await herald(house)
    answer = await vonage.reply(house.stranger, "+14155559999", "STOP", msisdn=PHONE.removeprefix("+"))
    assert answer.status_code == 401
    assert not await refused(house)


@pytest.mark.parametrize("settings", [{"signature_secret": ""}, {"kind": "webhook"}])
async def test_without_a_signature_secret_nothing_is_believed(house: Leadline, settings: dict[str, str]) -> None:
    answer = await (await herald(house, **settings)).reply(house.stranger, PHONE, "STOP")
    assert answer.status_code == 401
    assert not await refused(house)


async def test_a_connection_that_does_not_exist_tells_nothing(house: Leadline) -> None:
    vonage = await herald(house)
    vonage.address = vonage.address.replace("/texts", "/others")
    assert (await vonage.reply(house.stranger, PHONE, "STOP")).status_code == 401


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"x" * 20_000, "text/plain", 413),
        (b"", "text/plain", 401),
    ],
)
async def test_what_is_no_message_is_refused(house: Leadline, content: bytes, kind: str, status: int) -> None:
    vonage = await herald(house)
    answer = await house.stranger.post(vonage.address, content=content, headers={"content-type": kind})
    assert answer.status_code == status


async def test_half_a_character_in_a_signature_or_a_text_is_not_believed_and_no_error_of_ours(house: Leadline) -> None:
    vonage = await herald(house)
    for given in (
        {"sig": "\ud800"},
        {"sig": "00", "text": "\ud800", "msisdn": PHONE[1:]},
        {"sig": "00", "\udfff": "1"},
    ):
        answer = await house.stranger.post(
            vonage.address, content=json.dumps(given), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 401, given

"""What happens between our client and the carrier's REST side, on the wire."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from engine.simulate.network import LoopbackNetwork, NetworkCredentials, SilentPhone, demo_credentials
from engine.telephony.carrier_errors import CarrierBusy, CarrierRefused, CarrierUnreachable
from engine.telephony.client import (
    Credentials,
    MachineDetection,
    PlaceCall,
    VonageClient,
    carries_our_token,
)

LEAD = "+447700900001"
ORDER = PlaceCall(
    to=LEAD,
    from_number="+447700900000",
    # Nobody listens there: these tests are about REST, and a lost webhook must not matter to it.
    answer_url="http://127.0.0.1:9/answer",
    event_url="http://127.0.0.1:9/event",
    ringing_timer_s=30,
    machine_detection=MachineDetection(),
)


async def test_a_placed_call_rings_the_number_that_was_asked_for(
    client: VonageClient, network: LoopbackNetwork
) -> None:
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    placed = await client.create_call(ORDER)
    [call] = network.calls
    assert (placed.uuid, placed.conversation_uuid) == (call.uuid, call.conversation_uuid)
    assert (call.to, call.from_number) == (LEAD, "+447700900000")
    assert (call.order.to, call.order.ringing_timer_s) == ("447700900001", 30)
    assert await client.look_up(placed.uuid) == "ringing"


async def test_a_key_in_pkcs1_places_calls_from_a_file_and_as_text(
    account: NetworkCredentials, network: LoopbackNetwork, tmp_path: Path
) -> None:
    key = load_pem_private_key(account.private_key_file.read_bytes(), password=None)
    older = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert older.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    file = tmp_path / "vonage"
    file.write_bytes(older)
    for form in (file, older.decode()):
        client = VonageClient(
            Credentials(account.application_id, form), api_host=network.api_host, ca_file=network.ca_file
        )
        await client.create_call(ORDER)
        client.close()
    assert len(network.calls) == 2


@pytest.mark.parametrize("content", [b"no key", b"\xff\xfe", None])
def test_a_key_file_that_is_none_is_told_in_plain_words_before_a_lead_waits(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "vonage.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match="private key"):
        VonageClient(Credentials("app", file))


async def test_one_call_only_is_placed_when_the_connection_drops_without_a_response(
    client: VonageClient, network: LoopbackNetwork
) -> None:
    network.swallow_answers = 20
    with pytest.raises(CarrierUnreachable, match="may or may not have been placed") as caught:
        await client.create_call(ORDER)
    assert caught.value.maybe_placed
    assert len(network.calls) == 1


async def test_a_refused_connection_is_known_to_have_placed_nothing(account: NetworkCredentials) -> None:
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file), api_host="127.0.0.1:9", timeout_s=2
    )
    with pytest.raises(CarrierUnreachable, match="Nothing was sent") as caught:
        await client.create_call(ORDER)
    assert not caught.value.maybe_placed
    client.close()


async def test_a_certificate_of_another_authority_is_refused_before_anything_is_sent(
    account: NetworkCredentials, network: LoopbackNetwork
) -> None:
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file), api_host=network.api_host, timeout_s=5
    )
    with pytest.raises(CarrierUnreachable, match="certificate is not trusted"):
        await client.create_call(ORDER)
    assert network.calls == []
    client.close()


async def test_the_authority_of_the_setting_beats_the_one_of_the_environment(
    client: VonageClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    assert (await client.create_call(ORDER)).uuid


async def test_a_carrier_that_accepts_and_says_nothing_leaves_the_outcome_open(
    account: NetworkCredentials, network: LoopbackNetwork
) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file),
        api_host=f"127.0.0.1:{port}",
        ca_file=network.ca_file,
        timeout_s=1,
    )
    with pytest.raises(CarrierUnreachable):
        await client.create_call(ORDER)
    client.close()
    server.close()


@pytest.mark.parametrize("network", [3.0], indirect=True)
async def test_the_fourth_call_in_a_second_is_told_that_the_carrier_is_busy(
    client: VonageClient, network: LoopbackNetwork
) -> None:
    results = await asyncio.gather(*(client.create_call(ORDER) for _ in range(6)), return_exceptions=True)
    busy = [result for result in results if isinstance(result, CarrierBusy)]
    assert len(network.calls) == 6 - len(busy)
    assert 3 <= len(network.calls) <= 5  # a slow machine may earn a slot or two meanwhile


async def test_a_stranger_to_the_carrier_is_refused_with_advice(network: LoopbackNetwork, tmp_path: Path) -> None:
    stranger = demo_credentials(tmp_path / "stranger")
    client = VonageClient(
        Credentials(stranger.application_id, stranger.private_key_file),
        api_host=network.api_host,
        ca_file=network.ca_file,
    )
    with pytest.raises(CarrierRefused, match="Check the application id") as caught:
        await client.create_call(ORDER)
    assert caught.value.status == 401
    client.close()


async def test_hanging_up_waits_out_the_carrier_that_finds_the_call_too_young(
    client: VonageClient, network: LoopbackNetwork
) -> None:
    network.early_hang_up_refused_s = 1.0
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    placed = await client.create_call(ORDER)
    await client.hang_up(placed.uuid)
    assert await network.calls[0].ended() == "cancelled"


async def test_hanging_up_a_call_that_is_over_is_no_error(client: VonageClient, network: LoopbackNetwork) -> None:
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    placed = await client.create_call(ORDER)
    await client.hang_up(placed.uuid)
    await network.calls[0].ended()
    await client.hang_up(placed.uuid)
    await client.hang_up("no-such-call")


async def test_a_call_that_stays_too_young_is_reported(client: VonageClient, network: LoopbackNetwork) -> None:
    network.early_hang_up_refused_s = 60
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    placed = await client.create_call(ORDER)
    with pytest.raises(CarrierRefused) as caught:
        await client.hang_up(placed.uuid)
    assert caught.value.status == 400


async def test_neither_token_nor_number_reaches_the_log(
    client: VonageClient, network: LoopbackNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await client.create_call(ORDER)
    with pytest.raises(CarrierRefused) as caught:
        await client.create_call(replace(ORDER, answer_url="ftp://127.0.0.1/x"))
    written = caplog.text + str(caught.value) + repr(ORDER)
    assert "Bearer" not in written
    assert "447700900001" not in written


@pytest.mark.parametrize("number", ["447700900777", "+44 7700 900777", "+0123456789", "+1", "", "+" + "1" * 16])
def test_numbers_that_are_not_e164_are_refused_before_the_carrier_is_asked(number: str) -> None:
    with pytest.raises(ValueError, match="international form") as caught:
        replace(ORDER, to=number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("api.nexmo.com", True),
        ("api-ap-3.vonage.com", True),
        ("localhost:8443", True),
        ("127.0.0.1:8443", True),
        ("[::1]:8443", True),
        ("evil.example", False),
        ("nexmo.com.evil.example", False),
        ("evilnexmo.com", False),
        ("localhost/x?nexmo.com", True),
        ("evil.example/x?api.nexmo.com", False),
        ("api.nexmo.com@evil.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_the_token_goes_to_vonage_and_to_this_machine_only(host: str, trusted: bool) -> None:
    assert carries_our_token(host) is trusted


def test_a_client_for_a_strange_host_cannot_be_made(account: NetworkCredentials) -> None:
    with pytest.raises(ValueError, match="Our token is not sent there"):
        VonageClient(Credentials(account.application_id, account.private_key_file), api_host="vonage.com.evil.example")

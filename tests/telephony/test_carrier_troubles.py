"""Each way in which the carrier can fail us is told apart, says what to do, and never dials twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.provider_problem import ProblemKind
from engine.simulate.network import LoopbackNetwork, NetworkCredentials, SilentPhone, ToneOrFilePhone, demo_credentials
from engine.telephony.carrier_errors import CarrierBusy, CarrierError, CarrierRefused, CarrierUnreachable
from engine.telephony.client import Credentials, PlaceCall, VonageClient
from engine.telephony.events import RecordingReady
from engine.telephony.ncco import Ncco, Record
from engine.telephony.webhooks import WebhookKeys
from tests.emulators.faults import Fault, FaultPlan
from tests.support.carrier_app import CarrierApp, running
from tests.telephony.test_live_call import TONE, listen_only

LEAD = "+447700900001"
ORDER = PlaceCall(LEAD, "+447700900000", "http://127.0.0.1:9/a", "http://127.0.0.1:9/e", ringing_timer_s=30)


@pytest.fixture
def plan(network: LoopbackNetwork) -> FaultPlan:
    network.rest_faults = plan = FaultPlan()
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    return plan


@pytest.fixture
def hasty(account: NetworkCredentials, network: LoopbackNetwork) -> Iterator[VonageClient]:
    """A client that waits a second."""
    credentials = Credentials(account.application_id, account.private_key_file)
    client = VonageClient(credentials, api_host=network.api_host, ca_file=network.ca_file, timeout_s=1)
    yield client
    client.close()


async def test_a_good_connection_passes_the_test(client: VonageClient, network: LoopbackNetwork) -> None:
    await client.check()
    assert network.calls == []


async def trouble(client: VonageClient) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        await client.check()
    assert caught.value.problem.fix
    assert str(caught.value) == str(caught.value.problem)
    return caught.value


async def test_a_wrong_key_a_wrong_application_and_a_wrong_clock_are_told_apart(
    account: NetworkCredentials, network: LoopbackNetwork, client: VonageClient, tmp_path: Path
) -> None:
    other_key = demo_credentials(tmp_path / "other").private_key_file
    for application, key, kind, fix in (
        (account.application_id, other_key, ProblemKind.WRONG_KEY, "private key"),
        ("11111111-2222-3333-4444-555555555555", account.private_key_file, ProblemKind.WRONG_PROJECT, "application id"),
    ):
        wrong = VonageClient(Credentials(application, key), api_host=network.api_host, ca_file=network.ca_file)
        problem = (await trouble(wrong)).problem
        assert (problem.kind, fix in problem.fix) == (kind, True)
        wrong.close()
    for ahead_s, words in ((-600.0, "seconds ahead of"), (1800.0, "seconds behind")):
        network.clock_ahead_s = ahead_s
        problem = (await trouble(client)).problem
        assert problem.kind is ProblemKind.CLOCK_SKEW
        assert words in problem.fix


@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        (Fault("rate_limit"), ProblemKind.QUOTA, CarrierBusy),
        (Fault("refuse", error="PERMISSION_DENIED"), ProblemKind.NOT_ALLOWED, CarrierRefused),
        (Fault("refuse", error="UNAVAILABLE"), ProblemKind.BUSY, CarrierUnreachable),
        (Fault("stall"), ProblemKind.TOO_SLOW, CarrierUnreachable),
        (Fault("delay", seconds=3.0), ProblemKind.TOO_SLOW, CarrierUnreachable),
        (Fault("cut"), ProblemKind.CUT, CarrierUnreachable),
    ],
)
async def test_each_fault_of_the_carrier_has_its_name(
    hasty: VonageClient, plan: FaultPlan, fault: Fault, kind: ProblemKind, error: type[CarrierError]
) -> None:
    plan.set(fault)
    problem = await trouble(hasty)
    assert isinstance(problem, error)
    assert problem.problem.kind is kind
    plan.clear()
    await hasty.check()


@pytest.mark.parametrize("kind", ["cut", "stall", "corrupt"])
async def test_an_order_whose_answer_is_lost_may_have_been_placed_and_was_placed_once(
    hasty: VonageClient, network: LoopbackNetwork, plan: FaultPlan, kind: str
) -> None:
    plan.set(Fault(kind))  # type: ignore[arg-type]
    with pytest.raises(CarrierUnreachable) as caught:
        await hasty.create_call(ORDER)
    assert caught.value.maybe_placed
    assert len(network.calls) == plan.hits == 1


async def test_a_number_that_is_not_ours_is_named_as_the_culprit(
    client: VonageClient, network: LoopbackNetwork
) -> None:
    network.own_numbers = frozenset({"+12025550100"})
    with pytest.raises(CarrierRefused) as caught:
        await client.create_call(ORDER)
    assert caught.value.problem.kind is ProblemKind.REFUSED
    assert "not one of this Vonage account" in caught.value.problem.fix
    assert network.calls == []


async def test_a_hang_up_survives_a_carrier_that_fails_twice(
    client: VonageClient, network: LoopbackNetwork, plan: FaultPlan
) -> None:
    placed = await client.create_call(ORDER)
    plan.set(Fault("cut", times=1))
    await client.hang_up(placed.uuid)
    plan.set(Fault("rate_limit", times=2))
    await client.hang_up(placed.uuid)
    assert await network.calls[0].ended() == "cancelled"


async def test_a_call_is_ended_at_the_host_of_its_region(client: VonageClient, network: LoopbackNetwork) -> None:
    network.register(LEAD, lambda: SilentPhone(answer_after_s=30))
    placed = await client.create_call(ORDER)
    region = network.region_url.replace("localhost", "127.0.0.1")
    await client.hang_up(placed.uuid, region_url=region)
    assert network.hosts_asked[-1] == region.removeprefix("https://")
    # The carrier's word does not send our token from this machine to the outside, nor to anybody else.
    await client.hang_up(placed.uuid, region_url="https://api-ap-3.vonage.com")
    assert network.hosts_asked[-1] == network.api_host
    with pytest.raises(ValueError, match="not sent there"):
        await client.hang_up(placed.uuid, region_url="https://evil.example")


async def recorded(client: VonageClient, network: LoopbackNetwork, keys: WebhookKeys) -> tuple[RecordingReady, bytes]:
    app = CarrierApp(keys, talk=listen_only)
    network.register(LEAD, lambda: ToneOrFilePhone(TONE[:6400], hang_up_after_s=0.4))
    async with running(app):
        app.ncco = Ncco((Record(app.event_url), *app.socket_ncco().actions))
        order = replace(ORDER, answer_url=app.answer_url, event_url=app.event_url)
        placed = await client.create_call(order)
        call = network.call(placed.uuid)
        assert call is not None
        await call.ended()
        (ready,) = [event for event in app.events if isinstance(event, RecordingReady)]
    assert call.tape is not None
    return ready, call.tape.wav()


async def test_a_recording_that_is_not_there_yet_is_asked_for_again(
    client: VonageClient, network: LoopbackNetwork, keys: WebhookKeys, tmp_path: Path
) -> None:
    ready, sound = await recorded(client, network, keys)
    network.recordings_late = 2
    began = time.monotonic()
    assert await client.download_recording(ready.url, tmp_path / "call.wav") == ready.size
    assert time.monotonic() - began < 5
    assert (tmp_path / "call.wav").read_bytes() == sound
    assert [file.name for file in tmp_path.glob("*.part")] == []
    with pytest.raises(CarrierRefused) as caught:
        await asyncio.wait_for(client.download_recording(f"{network.region_url}/v1/files/none", tmp_path / "x"), 15)
    assert caught.value.status == 404
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/files/1?nexmo.com", "https://nexmo.com.evil.example/1", "https://evilnexmo.com/1",
        "http://api.nexmo.com/v1/files/1", "file:///etc/passwd", "https://api.nexmo.com@evil.example/1",
    ],
)  # fmt: skip
async def test_our_token_goes_for_a_recording_to_the_carriers_own_hosts_only(
    client: VonageClient, network: LoopbackNetwork, url: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"not sent there|over https only"):
        await client.download_recording(url, tmp_path / "x")
    assert network.hosts_asked == []

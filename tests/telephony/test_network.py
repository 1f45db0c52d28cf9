"""The loopback network's own parts, which everything else is measured by."""

import asyncio
import json
import subprocess
import sys
import wave
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import jwt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.simulate.network import CallTape, LoopbackNetwork, NetworkCredentials, demo_credentials
from engine.simulate.network.far_end import Jitter
from engine.simulate.network.playout import Breach, Playout
from engine.simulate.network.rest import OrderRefused, TokenBucket, read_order, token_fault
from engine.speech.audio import SILENCE
from engine.telephony.client import Credentials, PlaceCall, VonageClient

FRAME = b"\x01" * 640
NOTIFY = '{"action":"notify","payload":{"n":1}}'
PLAYED = '{"event":"websocket:notify","payload":{"n":1}}'


def test_an_empty_queue_plays_silence() -> None:
    assert Playout().next_frame() == (SILENCE, [])


def test_a_mark_is_due_when_the_frame_before_it_has_been_played() -> None:
    playout = Playout()
    playout.receive_bytes(FRAME)
    assert playout.receive_text(NOTIFY) == []
    assert playout.next_frame() == (FRAME, [])
    assert playout.next_frame() == (SILENCE, [PLAYED])


@pytest.mark.parametrize(("survive", "marks"), [(False, []), (True, [PLAYED])])
def test_clear_empties_the_queue_and_does_with_marks_as_it_was_told(survive: bool, marks: list[str]) -> None:
    playout = Playout(marks_survive_clear=survive)
    playout.receive_bytes(FRAME)
    playout.receive_text(NOTIFY)
    assert playout.receive_text('{"action":"clear"}') == [*marks, '{"event": "websocket:cleared"}']
    assert playout.next_frame() == (SILENCE, [])


@given(st.lists(st.sampled_from(["frame", "odd", "notify", "clear", "tick", "nonsense"]), max_size=60))
def test_no_frame_is_played_twice_or_lost_without_account(steps: list[str]) -> None:
    playout = Playout(limit=5)
    sent = 0
    for step in steps:
        match step:
            case "frame" | "odd":
                sent += 1
                breach = playout.receive_bytes(FRAME if step == "frame" else b"\x01" * 639)
                assert breach is None or playout.waiting == 5 or step == "odd"
            case "tick":
                playout.next_frame()
            case "nonsense":
                assert isinstance(playout.receive_text("nonsense"), Breach)
            case action:
                playout.receive_text(json.dumps({"action": action, "payload": {"n": 1}}))
    assert sent == playout.received
    assert sent == playout.played + playout.cleared + playout.refused + playout.waiting


@given(st.integers(0, 9), st.integers(0, 100), st.integers(0, 200))
def test_jitter_holds_frames_up_but_loses_and_swaps_none(most: int, seed: int, count: int) -> None:
    jitter = Jitter(most, seed)
    sent = [n.to_bytes(2, "big") for n in range(count)]
    arrived = [frame for tick in sent for frame in jitter.pass_on(tick)]
    assert arrived == sent[: len(arrived)]
    assert count - len(arrived) <= most


def test_three_calls_a_second_and_no_more() -> None:
    bucket = TokenBucket(3.0, 3.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(100.34), bucket.take(100.35)] == [True, False]
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_the_tape_is_a_stereo_file_with_the_phone_on_the_left() -> None:
    tape = CallTape(0.0)
    tape.add(FRAME, SILENCE)
    with wave.open(BytesIO(tape.wav())) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 16_000, 320)
        samples = np.frombuffer(file.readframes(320), "<i2").reshape(-1, 2)
    assert (samples[:, 0] == 0x0101).all()
    assert not samples[:, 1].any()
    assert tape.duration_s == 0.02


ORDER = MappingProxyType(
    {
        "to": [{"type": "phone", "number": "447700900001"}],
        "from": {"type": "phone", "number": "447700900000"},
        "answer_url": ["https://x.example/a"],
        "event_url": ["https://x.example/e"],
    }
)


def test_a_documented_order_is_taken_with_the_carriers_defaults() -> None:
    order = read_order(dict(ORDER))
    assert (order.to, order.answer_method) == ("447700900001", "GET")
    assert (order.ringing_timer_s, order.length_timer_s) == (60, 7200)


@pytest.mark.parametrize(
    "change",
    [
        {"to": []}, {"to": [{"type": "phone", "number": "447700900001"}] * 2},
        {"to": [{"type": "phone", "number": "+447700900001"}]},
        {"to": [{"type": "sip", "uri": "sip:x"}]}, {"from": {"number": "1"}}, {"random_from_number": True},
        {"ncco": []}, {"answer_url": "https://x.example"}, {"answer_url": ["ftp://x"]}, {"event_url": None},
        {"ringing_timer": 0}, {"ringing_timer": 121}, {"length_timer": 86_401}, {"length_timer": "60"},
        {"machine_detection": "ignore"}, {"advanced_machine_detection": {"beep_timeout": 30}},
        {"answer_method": "PUT"},
    ],
)  # fmt: skip
def test_an_order_that_the_carrier_would_refuse_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(OrderRefused):
        read_order({**ORDER, **change})


def test_only_a_fresh_token_of_the_application_opens_the_door(
    account: NetworkCredentials, network: LoopbackNetwork
) -> None:
    key = account.private_key_file.read_text()

    def fault(**claims: object) -> str | None:
        full = {"application_id": account.application_id, "iat": 1000, "exp": 1900, "jti": "1"} | claims
        return token_fault(network, "Bearer " + jwt.encode(full, key, algorithm="RS256"), 1000.0)

    assert fault() is None
    assert "expired" in (fault(exp=999) or "")
    assert "future" in (fault(iat=1002) or "")
    assert "not known" in (fault(application_id="another") or "")
    assert "missing" in (token_fault(network, None, 1000.0) or "")
    unsigned = jwt.encode({"application_id": account.application_id}, "", algorithm="none")
    assert "not valid" in (token_fault(network, f"Bearer {unsigned}", 1000.0) or "")


def test_the_demonstration_account_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first, again = demo_credentials(tmp_path), demo_credentials(tmp_path)
    assert first == again
    assert first.private_key_file.stat().st_mode & 0o077 == 0
    assert first.private_key_file.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert first.signature_secret not in repr(first)


async def test_networks_come_and_go_without_leaving_anything_behind(
    account: NetworkCredentials, tmp_path: Path
) -> None:
    before = asyncio.all_tasks()
    for round_ in range(2):
        async with LoopbackNetwork(
            tmp_path / str(round_),
            application_id=account.application_id,
            api_key=account.api_key,
            signature_secret=account.signature_secret,
            public_key_pem=account.public_key_pem,
        ):
            pass
    assert asyncio.all_tasks() == before


NETWORK_ALONE = """
import asyncio, sys
from pathlib import Path
from engine.simulate.network import LoopbackNetwork, SilentPhone, demo_credentials

async def main(folder):
    account = demo_credentials(folder)
    async with LoopbackNetwork(
        folder, application_id=account.application_id, api_key=account.api_key,
        signature_secret=account.signature_secret, public_key_pem=account.public_key_pem,
    ) as network:
        network.register_others(lambda: SilentPhone(answer_after_s=60))
        print(network.api_host, network.ca_file, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_the_network_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    account = demo_credentials(tmp_path)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        NETWORK_ALONE,
        str(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdin is not None
    api_host, ca_file = (await process.stdout.readline()).decode().split()
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file),
        api_host=api_host,
        ca_file=Path(ca_file),
    )
    url = "http://127.0.0.1:9/"
    placed = await client.create_call(PlaceCall("+447700900001", "+447700900000", url, url))
    assert await client.look_up(placed.uuid) == "ringing"
    client.close()
    process.stdin.write(b"\n")
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0

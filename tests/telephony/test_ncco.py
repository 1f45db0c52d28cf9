"""What we hand to the carrier: exactly what it documents, and accepted by the network that reads as strictly."""

import json

import pytest

from engine.simulate.network.ncco_reader import (
    AskKeys,
    JoinPhone,
    JoinSocket,
    Meet,
    NccoRefused,
    Notify,
    Say,
    read_ncco,
)
from engine.telephony.ncco import (
    ConnectPhone,
    Ncco,
    Record,
    ring_colleague,
    say_and_end,
    to_room,
    whisper,
)
from tests.support.ncco import talk_to_socket

URL = "https://leadline.example/vonage/event/c_81f"
FROM = "+447700900000"


def socket_ncco(token: str = "secret") -> Ncco:
    return talk_to_socket("c_81f", token, "wss://leadline.example/vonage/media", URL, FROM)


def test_the_ncco_of_a_live_call_is_the_documented_one() -> None:
    assert json.loads(socket_ncco().body()) == [
        {
            "action": "connect",
            "eventType": "synchronous",
            "eventUrl": [URL],
            "from": "447700900000",
            "endpoint": [
                {
                    "type": "websocket",
                    "uri": "wss://leadline.example/vonage/media",
                    "content-type": "audio/l16;rate=16000",
                    "headers": {"call_id": "c_81f", "token": "secret"},
                    "authorization": {"type": "vonage"},
                }
            ],
        }
    ]


def test_the_network_understands_every_ncco_we_write() -> None:
    [join] = read_ncco(socket_ncco().write())
    assert isinstance(join, JoinSocket)
    assert (join.synchronous, join.authorization) == (True, "vonage")
    assert read_ncco(say_and_end("Goodbye.").write()) == [Say("Goodbye.")]
    connect = ConnectPhone("+447700900009", FROM, URL, 25, "https://leadline.example/ring.wav", detect_machine=True)
    assert read_ncco(ring_colleague(connect).write()) == [
        JoinPhone(
            "447700900009",
            25.0,
            URL,
            synchronous=True,
            ringback_url="https://leadline.example/ring.wav",
            detection="continue",
        ),
        Notify({"after": "colleague"}, URL),
    ]
    assert read_ncco(whisper("Dana is on the line. Press 1.", URL).write()) == [
        Say("Dana is on the line. Press 1.", barge_in=True),
        AskKeys(10.0, 1, event_url=URL),
    ]
    assert read_ncco(to_room("c_81f-1", "One moment.").write()) == [
        Say("One moment."),
        Meet("c_81f-1", starts=True, ends=True),
    ]
    assert len(read_ncco(Ncco((Record(URL), *socket_ncco().actions)).write())) == 2


def test_headers_beyond_the_carriers_limit_are_refused_here_and_there() -> None:
    fits = 512 - len(b'{"call_id":"c_81f","token":""}')
    assert read_ncco(socket_ncco("x" * fits).write())
    with pytest.raises(ValueError, match="Vonage allows 512"):
        socket_ncco("x" * (fits + 1))
    raw = socket_ncco("x" * fits).body().replace(b'c_81f",', b'c_81f_longer",')
    with pytest.raises(NccoRefused, match="more than 512"):
        read_ncco(json.loads(raw))


def test_the_secret_of_a_socket_stays_out_of_the_log() -> None:
    assert "secret" not in repr(socket_ncco())


def test_an_address_that_is_no_socket_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with ws"):
        talk_to_socket("c", "t", "https://leadline.example", URL, FROM)


@pytest.mark.parametrize(
    "ncco",
    [
        {}, ["talk"], [{"action": "dance"}], [{"action": "talk"}], [{"action": "connect"}],
        [{"action": "connect", "from": "+1", "endpoint": [{"type": "websocket", "uri": "ws://x"}]}],
        [{"action": "connect", "from": "447700900000", "endpoint": [
            {"type": "websocket", "uri": "ws://x", "content-type": "audio/l16;rate=8000"}]}],
        [{"action": "wait", "timeout": 0}], [{"action": "talk", "text": "x" * 1501}],
        [{"action": "notify", "payload": 1, "eventUrl": ["http://x"]}],
    ],
)  # fmt: skip
def test_the_network_refuses_what_the_carrier_would(ncco: object) -> None:
    with pytest.raises(NccoRefused):
        read_ncco(ncco)

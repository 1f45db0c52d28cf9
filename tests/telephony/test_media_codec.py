"""The protocol of the media socket, without a socket."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.telephony.media import Cleared, Connected, Dtmf, FrameIn, MediaCodec, Played

HELLO = '{"event":"websocket:connected","content-type":"audio/l16;rate=16000","call_id":"c_1","token":"t"}'


def test_the_first_message_brings_our_headers_back() -> None:
    hello = MediaCodec().receive_text(HELLO)
    assert hello == Connected("audio/l16;rate=16000", {"call_id": "c_1", "token": "t"})
    assert "token" not in repr(hello)


def test_a_regular_frame_passes_as_it_is() -> None:
    codec = MediaCodec()
    assert codec.receive_bytes(b"\x01" * 640) == [FrameIn(b"\x01" * 640)]
    assert codec.counts.odd_sizes == 0


@given(st.lists(st.binary(max_size=1500), max_size=20))
def test_audio_cut_anyhow_comes_out_in_whole_frames_and_no_byte_is_lost(chunks: list[bytes]) -> None:
    codec = MediaCodec()
    frames = [frame.pcm for chunk in chunks for frame in codec.receive_bytes(chunk)]
    sent = b"".join(chunks)
    assert all(len(frame) == 640 for frame in frames)
    assert b"".join(frames) == sent[: len(sent) // 640 * 640]
    assert codec.counts.odd_sizes == sum(len(chunk) != 640 for chunk in chunks)


def test_a_key_that_is_pressed() -> None:
    codec = MediaCodec()
    assert codec.receive_text('{"event":"websocket:dtmf","digit":"5","duration":260}') == Dtmf("5", 260)
    assert codec.receive_text('{"event":"websocket:dtmf","digit":"#"}') == Dtmf("#", 0)


def test_marks_come_back_until_their_generation_is_cleared() -> None:
    codec = MediaCodec()
    mark = '{"event":"websocket:notify","payload":{"generation":3,"clause":1}}'
    assert codec.receive_text(mark) == Played({"generation": 3, "clause": 1})
    assert codec.clear(3) == '{"action":"clear"}'
    assert codec.receive_text(mark) is None
    assert codec.receive_text(mark.replace("3", "4")) == Played({"generation": 4, "clause": 1})
    assert codec.receive_text('{"event":"websocket:cleared"}') == Cleared(3)
    assert codec.counts.stale_marks == 1


def test_messages_to_the_carrier() -> None:
    assert json.loads(MediaCodec.notify({"generation": 1})) == {
        "action": "notify",
        "payload": {"generation": 1},
    }


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "[]", "5", '{"event":"websocket:media:update"}', '{"event":5}', "{}",
        '{"event":"websocket:dtmf"}', '{"event":"websocket:dtmf","digit":"12"}',
        '{"event":"websocket:notify","payload":7}', "[" * 50_000,
    ],
)  # fmt: skip
def test_what_we_do_not_know_is_ignored_and_counted(text: str) -> None:
    codec = MediaCodec()
    assert codec.receive_text(text) is None
    assert codec.counts.unknown + codec.counts.unreadable == 1


TEXT = st.text('az09:{}[]",\\ é', max_size=60)


@given(TEXT | st.recursive(TEXT, lambda x: st.lists(x)).map(json.dumps))
def test_no_text_can_crash_the_codec(text: str) -> None:
    MediaCodec().receive_text(text)

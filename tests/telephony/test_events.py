"""Reading the carrier's webhooks."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.telephony.events import (
    LegStatus,
    MalformedWebhook,
    NccoError,
    OtherNotice,
    RecordingReady,
    parse_answer,
    parse_event,
)


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_a_completed_call_tells_its_length_and_price() -> None:
    event = parse_event(
        body(
            uuid="u", conversation_uuid="CON", status="completed", to="447700900001", duration="63",
            price="0.0105", timestamp="2026-11-24T12:00:00.250Z", disconnected_by="user",
        )
    )  # fmt: skip
    assert isinstance(event, LegStatus)
    assert (event.duration_s, event.price_eur, event.ended_by) == (63.0, 0.0105, "user")
    assert (event.leg, event.to) == ("phone", "+447700900001")
    assert event.at == datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)


def test_a_machine_event_names_the_call_by_another_key() -> None:
    event = parse_event(body(call_uuid="u", status="machine", sub_state="beep_start"))
    assert isinstance(event, LegStatus)
    assert (event.uuid, event.leg, event.sub_state) == ("u", "unknown", "beep_start")


def test_the_media_socket_is_a_leg_of_its_own_and_brings_our_headers_back() -> None:
    event = parse_event(body(uuid="u2", status="disconnected", to="wss://x/media", headers={"call_id": "c_1", "n": 1}))
    assert isinstance(event, LegStatus)
    assert (event.leg, event.headers) == ("websocket", {"call_id": "c_1"})


def test_empty_and_missing_values_of_an_answered_event_are_no_values() -> None:
    event = parse_event(body(uuid="u", status="answered", to="1", rate="", duration=None, start_time=None))
    assert isinstance(event, LegStatus)
    assert (event.duration_s, event.price_eur, event.at) == (None, None, None)


def test_events_without_a_status() -> None:
    assert parse_event(body(recording_url="https://x/1", recording_uuid="r", size=12)) == RecordingReady(
        "", "r", "https://x/1", 12
    )
    assert parse_event(body(reason="bad NCCO", conversation_uuid="CON")) == NccoError("CON", "bad NCCO")
    assert parse_event(body(conversation_uuid_to="CON", uuid="u")) == OtherNotice(
        "u", "", ("conversation_uuid_to", "uuid")
    )


def test_phone_numbers_stay_out_of_the_log() -> None:
    event = parse_event(body(uuid="u", status="ringing", to="447700900001", **{"from": "447700900000"}))
    answer = parse_answer(body(uuid="u", to="447700900001", **{"from": "447700900000"}))
    assert "4477009" not in repr(event) + repr(answer)


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"[]", b"\xff", b'{"status":"answered"}', b"[" * 100_000])
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        parse_event(raw)


TEXT = st.text("az09:.-TZ+ws/é", max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["uuid", "call_uuid", "status", "to", "from", "timestamp", "duration", "price", "size", "headers",
     "recording_url", "reason", "type", "conversation_uuid"]
)  # fmt: skip


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_no_json_object_can_crash_the_reader(data: dict[str, object]) -> None:
    try:
        parse_event(json.dumps(data).encode())
    except MalformedWebhook:
        assert data.get("status")

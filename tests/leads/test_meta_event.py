"""What Meta posts: believed by its raw bytes alone, read whatever ids look like, and never by a float."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from engine.leads.sources.meta_event import believed, read_events, read_id, read_moment
from tests.emulators.meta_graph import MetaSender, a_lead
from tests.emulators.meta_graph.sender import body_of, change

SECRET = "app-secret-0123456789abcdef"
SENDER = MetaSender("http://127.0.0.1:1/in/x", SECRET, "token")


def test_a_post_signed_with_the_app_secret_is_believed() -> None:
    body = body_of(change(a_lead()))
    assert believed(body, SENDER.signature(body), [SECRET])


def test_while_the_secret_is_changed_both_are_believed() -> None:
    body = body_of(change(a_lead()))
    assert believed(body, SENDER.signature(body), ["the-new-secret", SECRET])
    assert not believed(body, SENDER.signature(body), ["the-new-secret", "another"])


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=Zoë", "sha256=" + "ab" * 4000],
)
def test_a_forged_signature_is_not_believed(signature: str) -> None:
    assert not believed(body_of(change(a_lead())), signature, [SECRET])


def test_nobody_is_believed_without_a_secret() -> None:
    body = body_of(change(a_lead()))
    assert not believed(body, SENDER.signature(body), [])


def test_the_signature_is_over_the_bytes_as_they_came_and_not_over_json_written_again() -> None:
    body = body_of(change(a_lead()))
    assert b"\\u00eb" in body  # as Meta escapes what is not ASCII
    assert b"\\/" in body
    again = json.dumps(json.loads(body)).encode()
    assert again != body
    assert believed(body, SENDER.signature(body), [SECRET])
    assert not believed(again, SENDER.signature(body), [SECRET])


def test_ids_beyond_2_to_the_53_stay_what_they_are_as_text_and_as_number() -> None:
    lead = a_lead()
    assert float(lead.id) != int(lead.id)
    for numbers in (False, True):
        posted = read_events(body_of(change(lead, numbers)))
        assert [each.leadgen_id for each in posted.events] == [lead.id]
        assert posted.events[0].form_id == "999"


def test_one_post_may_hold_several_changes_and_several_entries() -> None:
    leads = [a_lead(number) for number in range(3)]
    for entries in (False, True):
        posted = read_events(body_of(*(change(each) for each in leads), entries=entries))
        assert [each.leadgen_id for each in posted.events] == [each.id for each in leads]


def test_the_same_lead_twice_in_one_post_is_read_once() -> None:
    assert len(read_events(body_of(change(a_lead()), change(a_lead()))).events) == 1


def test_an_organic_lead_has_no_advertisement() -> None:
    event = read_events(body_of(change(a_lead(ad_id="")))).events[0]
    assert (event.ad_id, event.adgroup_id) == ("", "")
    assert event.created_at == datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)


def test_changes_of_other_fields_are_nobodys_business() -> None:
    posted = read_events(body_of({"field": "feed", "value": {"post_id": "1"}}, change(a_lead())))
    assert (len(posted.events), posted.unreadable) == (1, 0)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"leadgen_id": None},
        {"leadgen_id": True},
        {"leadgen_id": 4.5e17},
        {"leadgen_id": "../me"},
        {"leadgen_id": "٣"},
        7,
    ],
)
def test_a_lead_without_a_proper_id_is_counted_and_takes_no_other_with_it(value: object) -> None:
    posted = read_events(body_of({"field": "leadgen", "value": value}, change(a_lead())))
    assert (len(posted.events), posted.unreadable) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b"\xff\xfe", b'{"object":"page","entry":{}}', b"[" * 100_000,
        b'{"object":"page","entry":[1,{"changes":[2]}]}',
    ],
)  # fmt: skip
def test_nothing_that_is_posted_raises(body: bytes) -> None:
    assert read_events(body).events == ()


def test_ids_and_times_of_all_shapes() -> None:
    assert [read_id(each) for each in (12, "12", "", "1" * 41, True, 1.0, None)] == ["12", "12", "", "", "", "", ""]
    moment = datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
    for given in ("2026-11-22T14:06:30+0000", "2026-11-22T15:06:30+0100", 1795356390, "1795356390"):
        assert read_moment(given) == moment, given
    for given in (None, "", "yesterday", "2026-11-22T14:06:30", 10**30, True):
        assert read_moment(given) is None, given

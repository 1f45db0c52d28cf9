"""What HubSpot is told of a call: pure."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.connect.hubspot import words
from nodes.connect.hubspot.problems import Refused, failure
from tests.emulators.hubspot.rules import DISPOSITIONS, STATUSES
from tests.nodes.connect.conftest import called


@pytest.mark.parametrize(
    ("disposition", "status", "outcome"),
    [
        ("booked", "COMPLETED", "f240bbac"),
        ("do_not_call", "COMPLETED", "f240bbac"),
        ("one of the customer's own", "COMPLETED", "f240bbac"),
        ("no_answer", "NO_ANSWER", "73a0d17f"),
        ("busy", "BUSY", "9d9162e7"),
        ("failed", "FAILED", ""),
        ("voicemail_left", "COMPLETED", "b2cf5968"),
        ("voicemail_no_message", "COMPLETED", "73a0d17f"),
        ("wrong_number", "COMPLETED", "17b47fee"),
        ("third_party_answered", "COMPLETED", "a4c4c377"),
        ("blocked_compliance", "CANCELED", ""),
    ],
)
def test_our_outcomes_are_told_in_hubspots_words(disposition: str, status: str, outcome: str) -> None:
    told = words.call(called(disposition=disposition), "t", "b", "512", "")
    assert told["hs_call_status"] == status
    assert told.get("hs_call_disposition", "")[:8] == outcome


def test_every_outcome_is_one_that_hubspot_knows() -> None:
    for status, outcome in [*words.OUTCOMES.values(), words.CONVERSATION]:
        assert status in STATUSES
        assert not outcome or outcome in DISPOSITIONS


@pytest.mark.parametrize(
    ("direction", "told"), [("outbound", "OUTBOUND"), ("inbound", "INBOUND"), ("browser", "INBOUND")]
)
def test_direction(direction: str, told: str) -> None:
    assert words.call(called(call={"direction": direction}), "t", "b", "1", "")["hs_call_direction"] == told


@given(st.text(max_size=400), st.integers(min_value=100, max_value=600))
def test_any_text_becomes_html_that_only_shows_it(text: str, limit: int) -> None:
    made = words.as_html(text, limit)
    assert len(made) <= limit
    left = made.replace("<br>", "")
    assert "<" not in left
    assert re.sub(r"&(amp|lt|gt|quot|#x27);", "", left).count("&") == 0
    if not made.endswith(words.CUT):
        assert "".join(html.unescape(left).split()) == "".join(words._clean(text).replace("\n", "").split())


def test_a_long_transcript_keeps_to_the_limit_and_says_that_it_was_cut() -> None:
    made = words.as_html('"Yes," she said.\n' * 9_000)
    assert len(made) <= 65_536
    assert made.endswith(words.CUT)
    assert "&quot;Yes,&quot; she said.<br>" in made


def test_titles_are_one_line() -> None:
    assert words.call(called(), "a\nb" + "c" * 400, "", "1", "")["hs_call_title"] == "a b" + "c" * 252


NOW = datetime(2026, 11, 24, 21, 48, tzinfo=UTC)


def test_a_used_up_day_is_asked_again_at_full_hours() -> None:
    refused = Refused(429, '{"policyName": "DAILY"}', {})
    assert getattr(failure(refused, NOW, 0.5), "retry_after_s", None) == 12 * 60 + 30


@pytest.mark.parametrize(
    ("given", "seconds"), [("17", 17.0), ("Tue, 24 Nov 2026 21:49:30 GMT", 90.0), ("soon", None), ("", None)]
)
def test_retry_after_is_passed_on(given: str, seconds: float | None) -> None:
    assert getattr(failure(Refused(503, "", {"retry-after": given}), NOW, 0.0), "retry_after_s", 0) == seconds


def test_the_window_of_the_limit_is_taken_from_its_header() -> None:
    refused = Refused(429, "{}", {"x-hubspot-ratelimit-interval-milliseconds": "4000"})
    assert getattr(failure(refused, NOW, 0.0), "retry_after_s", None) == 4.0


def test_no_value_of_the_lead_is_quoted() -> None:
    body = '{"message": "Property values were not valid: [{\\"message\\":\\"dana@x is bad\\",\\"name\\":\\"email\\"}]"}'
    said = str(failure(Refused(400, body, {}), NOW + timedelta(), 0.0))
    assert "“email”" in said
    assert "dana" not in said

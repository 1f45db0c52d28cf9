"""What an error of Graph means for a lead: when it is asked for again, or what a person must mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.leads.graph_errors import GIVE_UP_AFTER, RIGHTS, TOKEN, Again, GraphTrouble, Park, read_trouble, what_next
from tests.emulators.meta_graph import MetaGraphEmulator

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SOON = NOW - timedelta(seconds=5)


def error(name: str) -> GraphTrouble:
    """As the emulator sends it."""
    answer = MetaGraphEmulator().refusal(name)
    return read_trouble(answer.status, answer.body)


def pause(trouble: GraphTrouble, tries: int, since: datetime = SOON) -> float:
    step = what_next(trouble, tries, since, NOW)
    assert isinstance(step, Again)
    return (step.at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("token", "token"), ("expired", "token"), ("not_readable", "not_yet"), ("parameter", "fields"),
        ("permission", "rights"), ("app_rate", "rate"), ("page_rate", "rate"), ("rate", "rate"),
        ("transient", "transient"), ("unknown", "transient"),
    ],
)  # fmt: skip
def test_each_error_of_graph_is_told_apart(name: str, kind: str) -> None:
    assert error(name).kind == kind


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "no"}', b'{"error": {"code": "190"}}'])
def test_an_answer_that_is_no_error_of_graph_is_a_trouble_that_passes(body: bytes) -> None:
    assert read_trouble(502, body).kind == "transient"
    assert read_trouble(429, body).kind == "rate"


def test_a_lead_that_cannot_be_read_yet_is_asked_for_after_1_3_10_and_60_seconds() -> None:
    assert [pause(error("not_readable"), tries) for tries in (1, 2, 3, 4)] == [1, 3, 10, 60]


def test_later_pauses_grow_up_to_an_hour() -> None:
    pauses = [pause(error("not_readable"), tries) for tries in range(5, 30)]
    assert pauses == sorted(pauses)
    assert max(pauses) == 3600
    assert max(pause(error("transient"), tries) for tries in range(1, 40)) == 3600


def test_a_rate_is_waited_for_by_all_leads_and_never_given_up() -> None:
    step = what_next(error("rate"), 500, NOW - 10 * GIVE_UP_AFTER, NOW)
    assert isinstance(step, Again)
    assert step.all
    assert NOW < step.at <= NOW + timedelta(hours=1)


def test_a_token_that_meta_refuses_is_for_a_person_to_mend() -> None:
    assert what_next(error("token"), 1, SOON, NOW) == Park(TOKEN)
    assert what_next(error("permission"), 1, SOON, NOW) == Park(RIGHTS)
    assert "renew it in the connection" in TOKEN


def test_after_36_hours_a_person_is_told_and_nothing_is_lost() -> None:
    for name in ("transient", "not_readable"):
        assert isinstance(what_next(error(name), 50, NOW - GIVE_UP_AFTER + timedelta(minutes=1), NOW), Again)
        parked = what_next(error(name), 50, NOW - GIVE_UP_AFTER, NOW)
        assert isinstance(parked, Park)
        assert "Fetch again" in parked.why


def test_the_first_tries_come_whatever_the_hour() -> None:
    """A lead that waited a day for its token is asked for anew with the short pauses."""
    assert pause(error("not_readable"), 1, NOW - 2 * GIVE_UP_AFTER) == 1

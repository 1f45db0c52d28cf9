"""What the screens draw themselves: nothing from outside becomes markup, and times read as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ui import figures, looks, moments
from ui.after_call_view import head, step_card
from ui.call_records import AfterCall, AfterStep, JournalEntry, Turn, Utterance
from ui.call_view import live_chat, why
from ui.flow_view import Flow
from ui.player import line
from ui.records import Call

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
ATTACK = '<img src=x onerror="alert(1)">'


def call(id: str, placed_at: datetime = NOW, **changes: object) -> Call:
    values: dict[str, object] = {
        "id": id, "lead_id": "l", "flow_id": "f", "flow_version": 1, "direction": "outbound", "attempt": 1,
        "state": "finished", "person": "Dana", "from_number": "", "to_number": "+14155550123", "placed_at": placed_at,
        "answered_at": placed_at, "ended_at": placed_at, "duration_s": 60.0, "form_to_ring_ms": 800,
        "answered_by": "person", "ended_by": "caller", "disposition": "booked", "reason": None, "qualified": True,
        "problem": "",
    }  # fmt: skip
    return Call(**(values | changes))  # type: ignore[arg-type]  # a test's shorthand


def test_what_a_caller_says_never_becomes_markup() -> None:
    drawn = [
        live_chat([JournalEntry(1, 0, "caller_said", {"text": ATTACK})]),
        why([Turn(1, 0, caller=ATTACK, refused=(ATTACK,))], Flow("f", "F")),
        looks.card(ATTACK, looks.paragraph(ATTACK)),
        looks.fact(ATTACK, ATTACK, ATTACK),
        looks.head(ATTACK, lead=ATTACK),
        looks.link_row(looks.address("call", call='"><script>'), looks.esc(ATTACK), ""),
    ]
    assert all("<img" not in each and "<script" not in each for each in drawn)


def test_words_that_were_never_heard_are_told_apart() -> None:
    drawn = line(Utterance("agent", "I have Tuesday at ten, or Friday.", 900, heard="I have Tuesday"))
    assert drawn["text"] == "I have Tuesday"
    assert drawn["note"] == "interrupted; not heard: at ten, or Friday."
    assert line(Utterance("agent", "All of it.", 0, heard="All of it."))["note"] == ""


def test_the_assistants_sentences_of_one_turn_are_one_bubble_in_a_running_call() -> None:
    entries = [JournalEntry(n, 100 * n, "agent_says", {"text": text}) for n, text in enumerate(["Got it.", "When?"], 1)]
    assert live_chat(entries).count("ll-say") == 1
    assert live_chat([]) == ""


@pytest.mark.parametrize(
    ("minutes", "said"), [(0.5, "just now"), (5, "5 min ago"), (150, "2 h ago"), (60 * 24, "Mon 23 Nov, 12:30 PM")]
)
def test_moments_are_told_by_their_distance(minutes: float, said: str) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    assert moments.ago(NOW - timedelta(minutes=minutes), NOW, zone) == said


def test_lengths_and_positions() -> None:
    assert (moments.length(42), moments.length(185), moments.length(None)) == ("42 s", "3 min 5 s", "–")
    assert (moments.quickness(840), moments.quickness(12_000), moments.quickness(None)) == ("0.8 s", "12 s", "–")
    assert (moments.position(67_900), moments.position(-500)) == ("1:07", "0:00")
    assert (moments.phone("+14155550123"), moments.phone("+4915112345")) == ("+1 415 555 0123", "+4915112345")
    assert moments.zone_named("Mars/Olympus").key == "UTC"


def test_figures_of_today_count_from_midnight_where_the_reader_is() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    since = moments.midnight(NOW, zone)
    assert since == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    day = figures.today(
        [
            call("a", form_to_ring_ms=600),
            call("b", form_to_ring_ms=1000, disposition="no_answer", answered_at=None),
            call("again", attempt=2, form_to_ring_ms=90_000_000),  # a later attempt says nothing about speed
            call("yesterday", since - timedelta(seconds=1)),
        ],
        since,
    )
    assert (day.calls, day.talked, day.booked, day.form_to_ring_ms) == (3, 2, 2, 800)


def test_a_voicemail_is_nobody_talked_with() -> None:
    assert not call("v", answered_by="machine").talked


def test_rare_outcomes_share_a_bar_and_running_calls_have_none() -> None:
    kinds = ["a", "b", "c", "d", "e"]
    calls = [call(f"{kind}{n}", disposition=kind) for kind in kinds for n in range(2)]
    calls += [call("rare", disposition="z"), call("on", state="answered", disposition=None)]
    bars = {bar.disposition: bar.count for bar in figures.by_day(calls, ZoneInfo("UTC"))}
    assert bars == {**dict.fromkeys(kinds, 2), "": 1}


def test_each_outcome_of_the_chart_has_its_own_colour() -> None:
    colours = looks.chart_colours(["booked", "callback_scheduled", "unqualified", "no_answer", "do_not_call", ""])
    assert len(set(colours)) == 6


def test_a_lane_that_waits_says_until_when_in_the_viewers_own_zone() -> None:
    thursday = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
    steps = (
        AfterStep("tell", "done", 1, "Told."),
        AfterStep("remind", "waiting", 0, "Waits until the day before.", until=thursday),
    )
    berlin = ZoneInfo("Europe/Berlin")
    assert "Waits until Friday 27 November, 2:00 PM" in head(
        AfterCall("pending", "", next_at=thursday, steps=steps), berlin
    )
    assert "waits until Friday 27 November, 2:00 PM" in step_card(steps[1], Flow("f", "F"), berlin)
    busy = (AfterStep("tell", "started", 2, "Busy."),)
    retried = head(AfterCall("pending", "Busy.", next_at=thursday, steps=busy), berlin)
    assert "Waits until" not in retried
    assert "Goes on Friday 27 November, 2:00 PM" in retried

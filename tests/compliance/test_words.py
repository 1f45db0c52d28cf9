"""A decision told to people: one headline and a line for each rule, by the clock of the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.compliance import Case, ConsentFact, Terms, may_call
from engine.compliance.moments import clock_of, day, hour, when
from engine.compliance.places import places_of
from engine.compliance.policy import RULES
from engine.compliance.words import TITLES, Sentences, sentences

PHONE = "+14155552671"
WEST = ZoneInfo("America/Los_Angeles")
THURSDAY = datetime(2026, 9, 17, 20, 40, tzinfo=WEST).astimezone(UTC)
CONSENT = ConsentFact("written", PHONE, given_at=THURSDAY - timedelta(days=1), text="An AI may call me.")
CASE = Case(THURSDAY, PHONE, consents=(CONSENT,), places=places_of(PHONE), lists_loaded={"": THURSDAY})
EVENING = replace(CASE, places=places_of("+13053741234", "94107"), lists_loaded={"": THURSDAY, "FL": THURSDAY})


def told(case: Case) -> Sentences:
    return sentences(may_call(case), case.now, case.places)


def test_a_call_that_waits_for_the_hours_says_the_day_and_the_clock_there() -> None:
    words = told(EVENING)
    assert words.headline == "We will call tomorrow at 9:00 a.m. Pacific, when the calling hours begin there."
    assert words.there == (
        "8:40 p.m. Pacific: CA, ZIP code 94107 on the form",
        "11:40 p.m. Eastern: FL, area code 305",
    )
    assert (words.lines[0].rule, words.lines[0].state) == ("hours", "waits")
    assert words.lines[0].text.startswith("It is 11:40 p.m. Eastern")


@pytest.mark.parametrize(
    ("case", "headline"),
    [
        (replace(CASE, now=THURSDAY - timedelta(hours=4)), "We may call now."),
        (
            replace(CASE, suppressed="asked us to stop"),
            "We will not call. The number is on the do-not-call list: asked us to stop.",
        ),
        (
            replace(CASE, now=THURSDAY - timedelta(hours=4), active_call="call_7"),
            "We do not call now, and cannot say when we will. This person is being called right now (call call_7).",
        ),
        (
            replace(CASE, now=THURSDAY - timedelta(hours=4), attempts=(THURSDAY - timedelta(hours=5),)),
            "We will call today at 5:40 p.m. Pacific, when enough time has passed since the last call.",
        ),
        (
            replace(CASE, now=THURSDAY - timedelta(hours=4),
                    attempts=(THURSDAY - timedelta(hours=27), THURSDAY - timedelta(hours=7))),
            "We will call today at 5:40 p.m. Pacific, when one more call is allowed.",
        ),
        (
            replace(CASE, attempts=(THURSDAY - timedelta(minutes=30),)),
            "We will call tomorrow at 9:00 a.m. Pacific, when the calling hours begin there.",
        ),
        (
            replace(CASE, terms=Terms(windows={"weekday": (), "saturday": ()})),
            "We will call on Sunday at 9:00 a.m. Pacific, when the calling hours begin there.",
        ),
        (
            replace(CASE, suspended={"CA": THURSDAY + timedelta(days=8, hours=17)}),
            "We will call on Saturday, 26 September at 1:40 p.m. Pacific, when calling there is no longer stopped.",
        ),
    ],
)  # fmt: skip
def test_the_headline_says_what_we_do(case: Case, headline: str) -> None:
    assert told(case).headline == headline


def test_every_rule_has_a_title_and_its_line() -> None:
    words = told(CASE)
    assert {line.rule for line in words.lines} == set(TITLES)
    assert len(words.lines) == len(RULES)
    assert {line.state for line in words.lines} <= {"ok", "warning", "waits", "no"}
    states = [line.state for line in words.lines]
    assert states == sorted(states, key=["no", "waits", "warning", "ok"].index)
    assert next(line for line in words.lines if line.rule == "state_rows").text.startswith("The rules of California")


def test_without_a_place_the_clock_is_the_eastern_one() -> None:
    nowhere = replace(CASE, places=())
    words = told(nowhere)
    assert words.there == ()
    assert words.headline == "We will call tomorrow at noon Eastern, when the calling hours begin there."


def test_clocks_and_days_as_people_say_them() -> None:
    assert [clock_of(zone) for zone in ("America/Phoenix", "Europe/London", "America/Puerto_Rico")] == [
        "Arizona time", "London time", "Puerto Rico time",
    ]  # fmt: skip
    there = datetime(2026, 9, 17, 0, 5, tzinfo=WEST)
    assert [hour(there), hour(there.replace(hour=12, minute=0)), hour(there.replace(hour=12))] == [
        "12:05 a.m.", "noon", "12:05 p.m.",
    ]  # fmt: skip
    today = there.date()
    assert [day(today + timedelta(days=ahead), today) for ahead in (0, 1, 2, 6, 7, 13)] == [
        "today", "tomorrow", "on Saturday", "on Wednesday", "on Thursday, 24 September", "on Wednesday, 30 September",
    ]  # fmt: skip
    assert when(there, "America/New_York", there - timedelta(days=1)) == "tomorrow at 3:05 a.m. Eastern"

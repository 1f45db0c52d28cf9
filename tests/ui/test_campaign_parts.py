"""The pure parts of the Campaigns page."""

from __future__ import annotations

import re

import pytest

from ui.campaigns.hours_text import after, mode_of, of_mode, spans_of, text_of
from ui.campaigns.mapping_rules import line_of, shown, with_constant, with_line
from ui.campaigns.merging import Both, merge, put
from ui.campaigns.one_view import section_of
from ui.campaigns.steps_text import Picked, next_step, of_unit, picked, step
from ui.campaigns.week import picture
from ui.forms.binding import MISSING
from ui.records import Json
from ui.resources.campaigns import Day

BASE: dict[str, Json] = {"priority": 5, "hours": {"weekday": "", "sunday": ""}, "steps": [1, 2], "colour": "green"}


def test_what_two_people_changed_in_different_places_is_all_kept() -> None:
    mine = put(put(BASE, ("hours", "weekday"), "09:00-17:00"), ("colour",), MISSING)
    theirs = put(put(BASE, ("hours", "sunday"), "none"), ("steps",), [1])
    merged = merge(BASE, mine, theirs)
    assert merged.both == ()
    assert merged.document == {
        "priority": 5, "hours": {"weekday": "09:00-17:00", "sunday": "none"}, "steps": [1],
    }  # fmt: skip


def test_one_field_that_both_changed_has_theirs_until_somebody_chooses() -> None:
    merged = merge(BASE, put(BASE, ("priority",), 9), put(BASE, ("priority",), 1))
    assert merged.both == (Both(("priority",), 1, 9),)
    assert merged.document["priority"] == 1


def test_the_same_change_by_both_is_no_choice() -> None:
    both = put(BASE, ("steps",), [3])
    assert merge(BASE, both, both).both == ()


def test_a_list_is_one_field() -> None:
    merged = merge(BASE, put(BASE, ("steps",), [1, 2, 3]), put(BASE, ("steps",), [2]))
    assert [each.path for each in merged.both] == [("steps",)]


def test_a_field_that_they_took_away_and_i_changed_is_to_be_chosen() -> None:
    merged = merge(BASE, put(BASE, ("colour",), "red"), put(BASE, ("colour",), MISSING))
    assert merged.both == (Both(("colour",), MISSING, "red"),)


@pytest.mark.parametrize("text", ["", "none", "09:00-12:00, 14:00-20:00"])
def test_choosing_the_mode_that_is_chosen_changes_nothing(text: str) -> None:
    assert of_mode(mode_of(text), text) == text


def test_hours_are_picked_as_spans_and_written_as_the_document_has_them() -> None:
    assert spans_of("09:00-12:00, 14:00-20:00") == [(540, 720), (840, 1200)]
    assert text_of([(540, 720), (840, 1200)]) == "09:00-12:00, 14:00-20:00"
    assert (of_mode("own", ""), of_mode("never", "09:00-12:00"), of_mode("law", "none")) == ("09:00-18:00", "none", "")
    assert spans_of("9 to 5") is None
    assert mode_of("9 to 5") == "own"


@pytest.mark.parametrize("spans", [[], [(540, 720)], [(540, 1380)], [(0, 1439)]])
def test_one_more_span_ends_after_it_begins(spans: list[tuple[int, int]]) -> None:
    start, end = after(spans)
    assert 0 <= start < end < 24 * 60


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({"after_min": 120, "day": None, "at": ""}, Picked("hours", 2)),
        ({"after_min": 90}, Picked("minutes", 90)),
        ({"day": 3, "at": "17:30"}, Picked("day", 3, "17:30")),
        ({"day": 3, "after_min": 120}, None),
        ({"after_min": 120, "at": "17:30"}, None),
        ({}, None),
        ("x", None),
    ],
)
def test_an_attempt_is_seen_as_it_can_be_picked(given: Json, seen: Picked | None) -> None:
    assert picked(given) == seen
    if seen is not None:
        assert picked(step(seen, given)) == seen


def test_picking_an_attempt_keeps_what_a_newer_leadline_wrote_into_it() -> None:
    assert step(Picked("day", 2, "09:00"), {"after_min": 5, "by": "text"}) == {
        "by": "text", "after_min": None, "day": 2, "at": "09:00",
    }  # fmt: skip


def test_another_unit_keeps_the_length_where_it_can() -> None:
    assert of_unit("minutes", Picked("hours", 2)) == Picked("minutes", 120)
    assert of_unit("hours", Picked("minutes", 90)) == Picked("hours", 2)
    assert of_unit("day", Picked("hours", 2)) == Picked("day", 1)
    assert of_unit("hours", Picked("day", 3)) == Picked("hours", 2)


def test_one_more_attempt_comes_after_the_last_day() -> None:
    assert picked(next_step([{"after_min": 120}, {"day": 5}])) == Picked("day", 7)
    assert picked(next_step([])) == Picked("day", 1)


def test_the_week_shows_the_law_and_within_it_what_is_called() -> None:
    html = picture([Day("weekday", ("08:00", "21:00"), None, (("09:00", "12:00"), ("14:00", "20:00")))], "Texas")
    widths = re.findall(r'class="(law|calls)" style="left:([\d.]+)%;width:([\d.]+)%"', html)
    law = widths[0]
    assert law[0] == "law"
    assert len([each for each in widths if each[0] == "calls"]) == 2 * 5  # Monday to Friday
    assert all(float(left) >= float(law[1]) for kind, left, _ in widths if kind == "calls")
    assert 'aria-label="Mon: 09:00-12:00, 14:00-20:00"' in html
    assert "no calls" in picture([Day("sunday")], "Alabama")


@pytest.mark.parametrize(
    ("path", "section"),
    [("attempts.steps.2.at", "attempts"), ("caller_numbers.0", "calls"), ("", "calls"), ("rules.signed.0", "rules")],
)
def test_a_problem_leads_to_the_section_of_its_field(path: str, section: str) -> None:
    assert section_of(path) == section


def test_a_mapping_is_one_line_and_keeps_what_the_line_does_not_show() -> None:
    rule: Json = {"from": ["first", "last"], "join": " ", "yes": ["ja"]}
    assert line_of(rule) == "first | last"
    assert with_line(rule, "data.name") == {"from": ["data.name"], "join": " ", "yes": ["ja"]}
    assert with_line("phone", "tel | phone") == {"from": ["tel", "phone"]}
    assert with_line("phone", "  ") is None
    assert with_constant({"from": []}, "US") == {"from": [], "constant": "US"}
    assert shown({"zip": "z", "email": "e"})[-1] == "zip"

"""The table of states as data: whole, sound, and row for row what the sheet says."""

from __future__ import annotations

import json
from datetime import datetime, time
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
import pytest
from phonenumbers.geocoder import description_for_number
from phonenumbers.tzdata import TIMEZONE_DATA
from pydantic import ValidationError

from engine.compliance.law import DUTIES, TERRITORIES, Row, area_codes, law, read

FILE = resources.files("engine.compliance").joinpath("states.json").read_text("utf-8")


def _codes(text: str) -> list[str]:
    return text.split()


STATES = _codes(
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR "
    "PA RI SC SD TN TX UT VA VT WA WI WV WY"
)

# Typed out by hand from the sheet: zones, weekday, Saturday, Sunday, holidays, cap, duties, recording, verify, sources.
SHEET = {
    "AK": "America/Anchorage America/Adak | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | as_usual | - |"
    " | one | yes | FED S9 R",
    "AL": "America/Chicago | 08:00-20:00 | 08:00-20:00 | none | none | - | | one | yes | S1 S2 S3 R",
    "AZ": "America/Phoenix America/Denver | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | as_usual | - | registration"
    " | one | yes | FED S4 R",
    "CA": "America/Los_Angeles | 09:00-21:00 | 09:00-21:00 | 09:00-21:00 | as_usual | -"
    " | live_operator_or_prior_agreement ai_disclosure | all | yes | S5 S6 R",
    "CT": "America/New_York | 09:00-20:00 | 09:00-20:00 | 09:00-20:00 | as_usual | -"
    " | written_consent identify_within_s ask_continue_end_remove end_within_s area_code_presumption | all | no | S7 R",
    "FL": "America/New_York America/Chicago | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | 3 in 24"
    " | written_consent area_code_presumption | all | no | S1 S2 S8 R",
    "HI": "Pacific/Honolulu | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | as_usual | - | | one | yes | FED R",
    "KY": "America/New_York America/Chicago | 10:00-21:00 | 10:00-21:00 | 10:00-21:00 | as_usual | - | written_consent"
    " | one | no | S1 S2 S9 R",
    "LA": "America/Chicago | 08:00-20:00 | 08:00-20:00 | none | none | - | emergency_suspension"
    " | one | yes | S1 S2 S3 R",
    "MD": "America/New_York | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | 3 in 24 | written_consent"
    " | all | no | S8 R",
    "ME": "America/New_York | 09:00-17:00 | none | none | as_usual | 1 in 8 | ai_disclosure | one | yes | S10 S11 R",
    "MI": "America/Detroit America/Menominee | 09:00-21:00 | 09:00-21:00 | 09:00-21:00 | as_usual | - |"
    " | all | yes | S1 S2 R",
    "NE": "America/Chicago America/Denver | 08:00-21:00 | 08:00-21:00 | 13:00-21:00 | 13:00-21:00 | - |"
    " | one | yes | S1 R",
    "NJ": "America/New_York | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | as_usual | -"
    " | identify_within_s state_phone_number_in_opening ai_disclosure | one | no | S14 R",
    "NY": "America/New_York | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | as_usual | - | offer_dnc_first"
    " | one | no | S15 R",
    "OK": "America/Chicago | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | 3 in 24"
    " | written_consent area_code_presumption own_dnc_list | one | no | S1 S2 S4 R",
    "OR": "America/Los_Angeles America/Boise | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | 3 in 24"
    " | area_code_presumption | one | no | S16 S9 R",
    "PA": "America/New_York | 08:00-21:00 | 08:00-21:00 | 08:00-21:00 | none | -"
    " | own_dnc_list sunday_holiday_needs_consent | all | yes | S2 S3 R",
    "RI": "America/New_York | 09:00-18:00 | 10:00-17:00 | none | none | - | | one | yes | S1 S2 S3 S17 R",
    "SD": "America/Chicago America/Denver | 09:00-21:00 | none | none | as_usual | - | | one | yes | S18 R",
    "TX": "America/Chicago America/Denver | 09:00-21:00 | 09:00-21:00 | 12:00-21:00 | as_usual | -"
    " | registration own_dnc_list | one | no | S19 R",
    "UT": "America/Denver | 08:00-21:00 | 08:00-21:00 | none | none | - | sunday_holiday_needs_consent ai_disclosure"
    " | one | yes | S3 S20 R",
    "WA": "America/Los_Angeles | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | -"
    " | identify_within_s end_within_s live_operator_or_prior_agreement | all | no | S22 R",
    "WY": "America/Denver | 08:00-20:00 | 08:00-20:00 | 08:00-20:00 | as_usual | - | own_dnc_list | one | yes | S1 R",
}


def test_every_jurisdiction_of_the_sheet_has_its_row() -> None:
    assert sorted(law().states) == STATES
    assert len(STATES) == 51
    assert law().version


@pytest.mark.parametrize("code", STATES)
def test_every_row_is_sound(code: str) -> None:
    row = law().states[code]
    assert row.code == code
    assert row.name
    assert set(row.zones) <= available_timezones()
    assert row.zones
    for window in (row.weekday, row.saturday, row.sunday, *([row.holidays] if isinstance(row.holidays, tuple) else [])):
        assert window is None or time(8) <= window[0] < window[1] <= time(21)
    assert row.cap is None or (row.cap.calls <= 3 and row.cap.hours <= 24)
    assert row.duties <= set(DUTIES)
    assert row.sources
    assert set(row.sources) <= set(law().sources)
    assert row.recording_words.startswith("all" if row.all_parties else "one")
    assert row.own_list or "own_dnc_list" not in row.duties


@pytest.mark.parametrize("code", SHEET)
def test_a_row_says_what_the_sheet_says(code: str) -> None:
    zones, weekday, saturday, sunday, holidays, cap, duties, recording, verify, sources = (
        cell.strip() for cell in SHEET[code].split("|")
    )
    row = law().states[code]
    assert list(row.zones) == zones.split()
    assert [_text(row.weekday), _text(row.saturday), _text(row.sunday)] == [weekday, saturday, sunday]
    assert _text(row.holidays) == holidays
    assert (f"{row.cap.calls} in {row.cap.hours}" if row.cap else "-") == cap
    assert row.duties == set(duties.split())
    assert row.all_parties is (recording == "all")
    assert row.verify is (verify == "yes")
    assert list(row.sources) == sources.split()


def test_the_columns_that_no_cell_repeats() -> None:
    states = law().states
    assert {code for code, row in states.items() if row.own_list} == set(_codes("CO FL IN LA MA MO OK PA TN TX WY"))
    assert {code for code, row in states.items() if row.holidays is None} == set(_codes("AL LA MS PA RI UT"))
    assert {code for code, row in states.items() if not row.verify} == set(
        _codes("CT FL KY MA MD MN NJ NY OK OR TX WA")
    )
    assert {code for code, row in states.items() if row.cap} == set(_codes("FL MD ME OK OR"))
    assert {code for code, row in states.items() if row.all_parties} == set(
        _codes("CA CT DE FL IL MA MD MI MT NH NV PA WA")
    )
    assert (states["CT"].identify_within_s, states["CT"].end_within_s) == (10, 10)
    assert (states["WA"].identify_within_s, states["WA"].end_within_s) == (30, 10)
    assert (states["NJ"].identify_within_s, states["NJ"].end_within_s) == (30, None)
    assert states["AZ"].zone_notes == {"America/Denver": "Navajo Nation"}
    assert states["NE"].words == "Sunday/holiday window applies to recorded messages"
    assert states["FL"].words.startswith("written consent for recorded/artificial sales calls; cap is per subject")
    assert states["OR"].recording_words == "one (phone); all in person"


def test_without_a_state_only_what_every_state_allows_is_left() -> None:
    assert law().some_state.weekday == (time(10), time(17))  # Kentucky's morning, Maine's evening
    assert law().some_state.saturday is law().some_state.sunday is law().some_state.holidays is None
    assert law().nowhere.weekday == (time(12), time(17))
    assert law().some_state.cap == law().nowhere.cap == law().states["ME"].cap


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zones": ["America/Nowhere"]}, "no time zone America/Nowhere"),
        ({"weekday": ["07:00", "21:00"]}, "not inside 08:00-21:00"),
        ({"sunday": ["08:00", "21:30"]}, "not inside 08:00-21:00"),
        ({"saturday": ["20:00", "09:00"]}, "not inside 08:00-21:00"),
        ({"attempts": {"calls": 4, "hours": 24}}, "a cap is 1 to 3 calls"),
        ({"duties": ["sing"]}, "unknown duties: sing"),
        ({"duties": ["end_within_s"]}, "needs its number of seconds"),
        ({"sources": []}, "names its sources"),
        ({"sources": ["S99"]}, "names its sources"),
        ({"zones": []}, "names no time zone"),
        ({"cap": 3}, "cap"),
    ],
)
def test_a_row_that_is_not_sound_is_refused_with_its_name(change: dict[str, object], said: str) -> None:
    document = json.loads(FILE)
    document["states"]["OH"] |= change
    with pytest.raises(ValidationError, match=said):
        read(json.dumps(document))


def test_every_area_code_of_the_united_states_is_known_with_its_state_and_zones() -> None:
    """The table is our own, since the geocoder's takes 100 MB; it is held against it here."""
    names = {row.name: code for code, row in law().states.items()} | {"Washington D.C.": "DC", "Washington State": "WA"}
    codes = area_codes()
    for code in range(200, 1000):
        number = phonenumbers.parse(f"+1{code}2201234")
        region = phonenumbers.region_code_for_number(number)
        if region not in ("US", *TERRITORIES) or not phonenumbers.is_number_geographical(number):
            assert str(code) not in codes
            continue
        state, zones = codes[str(code)]
        told = description_for_number(number, "en").split(", ")[-1]
        assert state == (region if region != "US" else names.get(told, told)), code
        for zone in {
            zone for digits, found in TIMEZONE_DATA.items() if digits.startswith(f"1{code}") for zone in found
        }:
            assert any(_clock(zone) == _clock(each) for each in zones), (code, zone)


def _clock(zone: str) -> list[object]:

    return [datetime(2026, month, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]


def _text(window: object) -> str:
    if isinstance(window, tuple):
        return f"{window[0]:%H:%M}-{window[1]:%H:%M}"
    return "none" if window is None else str(window)


def test_a_holiday_never_widens_a_day() -> None:
    nebraska: Row = law().states["NE"]
    assert nebraska.window(0, holiday=True) == (time(13), time(21))
    assert nebraska.window(6, holiday=True) == (time(13), time(21))
    assert law().states["AL"].window(0, holiday=True) is None
    assert law().states["RI"].window(5, holiday=False) == (time(10), time(17))
    assert law().states["ME"].window(5, holiday=True) is None

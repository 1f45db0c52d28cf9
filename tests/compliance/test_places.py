"""Where a person may be, by every signal: the more careful the signal, the more places."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
import zipcodes
from hypothesis import given
from hypothesis import strategies as st

from engine.compliance.law import TERRITORIES, law
from engine.compliance.places import in_the_us_plan, of_form, places_of


def pairs(*signals: str) -> list[tuple[str, str]]:
    return [(place.zone, place.state) for place in places_of(*signals)]


EAST, CENTRAL, MOUNTAIN, WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (("+13053741234", "94107"), [(WEST, "CA"), (EAST, "FL")]),
        (("+16152661234", "37402"), [(EAST, "TN"), (CENTRAL, "TN")]),
        (("+12142661234", "75201"), [(CENTRAL, "TX")]),
        # States with two zones go by ZIP code.
        (("+18005551234", "32501"), [(CENTRAL, "FL")]),
        (("+18005551234", "86515"), [(MOUNTAIN, "AZ")]),  # Window Rock, Navajo Nation
        (("+18005551234", "85001"), [("America/Phoenix", "AZ")]),
        (("+18005551234", "83814"), [(WEST, "ID")]),
        (("+18005551234", "97914"), [("America/Boise", "OR")]),
        (("+18005551234", "79901"), [(MOUNTAIN, "TX")]),
        (("+18005551234", "94107-1234"), [(WEST, "CA")]),
        (("+18005551234", "2139"), [(EAST, "MA")]),  # a spreadsheet took the zero away
        # Exchanges tell more than area codes.
        (("+18504321234",), [(CENTRAL, "FL")]),
        (("+15418891234",), [(MOUNTAIN, "OR")]),
        (("+14232661234",), [(EAST, "TN")]),
        # What nobody knows more exactly has every zone of the area code; so have the numbers of films.
        (("+18505551234",), [(EAST, "FL"), (CENTRAL, "FL")]),
        (("+14235550123",), [(CENTRAL, "TN"), (EAST, "TN")]),
        (("+12085550123",), [("America/Boise", "ID"), (WEST, "ID")]),
        (("+19065550123",), [("America/Detroit", "MI"), ("America/Menominee", "MI")]),
        (("+16892001234",), [(EAST, "FL"), (CENTRAL, "FL")]),  # of Orlando, which the packages take for Central
        # Toll-free, personal, unassigned: no place.
        (("+18005551234",), []),
        (("+15005550006",), []),
        (("+19999999999",), []),
        (("",), []),
        # What means nothing gives nothing.
        (("+18005551234", "00000"), []),
        (("+18005551234", "K1A 0B1"), []),
        (("+18005551234", "09001"), []),  # military mail: anywhere in the world
        (("+18005551234", "", "Bavaria"), []),
        (("+18005551234", "", "", "", "Mars/Base"), []),
        (("+18005551234", "", "", "", "../../etc/passwd"), []),
        # A stated state: all its zones, unless city or ZIP code tells more.
        (("+18005551234", "", "oregon", "Ontario"), [("America/Boise", "OR")]),
        (("+18005551234", "", "FL", "pensacola"), [(CENTRAL, "FL")]),
        (("+18005551234", "", "TX", "Nowhere"), [(CENTRAL, "TX"), (MOUNTAIN, "TX")]),
        (("+18005551234", "", "D.C."), [(EAST, "DC")]),
        (("+18005551234", "75201", "TX"), [(CENTRAL, "TX")]),
        (("+18005551234", "75201", "OK"), [(CENTRAL, "TX"), (CENTRAL, "OK")]),
        (("+18005551234", "", "Arizona"), [("America/Phoenix", "AZ"), (MOUNTAIN, "AZ")]),
        # A zone that the browser tells counts beside the others, and alone.
        (("+14155552671", "", "", "", "Europe/Paris"), [(WEST, "CA"), ("Europe/Paris", "")]),
        (("+14155552671", "", "", "", "US/Pacific"), [(WEST, "CA")]),
        (("+18005551234", "", "", "", "America/New_York"), [(EAST, "")]),
        # Territories and abroad.
        (("+17875551234",), [("America/Puerto_Rico", "PR")]),
        (("+442079460958", "10001"), [("Europe/London", "")]),  # a ZIP code means nothing there
        (("+493012345678", "10115"), [("Europe/Berlin", "")]),
        (("+16045551234",), [("America/Vancouver", "")]),
        (("+442079460958", "", "", "", "Europe/Paris"), [("Europe/London", ""), ("Europe/Paris", "")]),
    ],
)
def test_the_places_that_signals_tell(signals: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert pairs(*signals) == expected


def test_each_place_says_which_signals_speak_for_it() -> None:
    assert [place.why for place in places_of("+13053741234", "94107")] == [
        "ZIP code 94107 on the form",
        "area code 305",
    ]
    assert [place.why for place in places_of("+12142661234", "75201")] == [
        "ZIP code 75201 on the form and area code 214"
    ]
    assert [place.why for place in places_of("+18504321234")] == ["area code 850, exchange 432"]
    assert [place.why for place in places_of("+14155552671", zone="Asia/Tokyo")][1:] == [
        "time zone Asia/Tokyo given with the lead"
    ]
    assert {place.country for place in places_of("+442079460958", zone="Asia/Tokyo")} == {"GB", "JP"}
    assert {place.country for place in places_of("+17875551234", "94107")} == {"US"}


@pytest.mark.parametrize("name", ["zip", "ZIP", "Zip Code", "zip_code", "postal-code", "answers.zip", "postcode"])
def test_a_form_may_call_its_zip_code_as_it_likes(name: str) -> None:
    assert [place.zone for place in of_form("+18005551234", {name: "32501", "service": "Roof"}, None)] == [CENTRAL]


def test_a_form_may_tell_city_and_state() -> None:
    assert [place.zone for place in of_form("+18005551234", {"City": "Pensacola", "State": "FL"}, None)] == [CENTRAL]


def test_every_kind_of_zip_code_has_a_zone_that_exists_or_gives_no_place() -> None:
    """One row of the package has a zone that does not exist; mail to soldiers has none."""
    states = set(law().states) | set(TERRITORIES)
    elsewhere = {"AA", "AE", "AP", "FM", "MH", "PW"}
    zones = available_timezones()
    wrong = 0
    kinds = {(row["state"], row["timezone"], int(row["zip_code"]) % 3): row for row in zipcodes.list_all()}
    assert len(kinds) > 250
    for row in kinds.values():
        found = places_of(None, str(row["zip_code"]))
        if row["timezone"] not in zones:
            wrong += row["state"] in states
            assert {place.zone for place in found} == set(
                law().states[str(row["state"])].zones if row["state"] in states else ()
            )
            continue
        assert [place.zone for place in found] == [row["timezone"]]
        assert row["state"] in states | elsewhere
    assert wrong == 1


@given(st.text(max_size=20), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.text(max_size=20))
def test_whatever_is_typed_gives_places_whose_zones_exist(
    phone: str, code: str, state: str, city: str, zone: str
) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for place in places_of(phone, code, state, city, zone):
        assert now.astimezone(ZoneInfo(place.zone)).utcoffset() is not None


def test_which_numbers_are_of_the_united_states() -> None:
    assert all(map(in_the_us_plan, ["+14155552671", "+17875551234", "+16715551234", "+18005551234"]))
    assert not any(map(in_the_us_plan, ["+16045551234", "+442079460958", "+12425551234", "+493012345678", ""]))

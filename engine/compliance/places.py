"""Where a person may be, by every signal there is: several places, of which the most careful counts.

ZIP code and stated state say more than the area code, since numbers move with people; yet some states presume that the
area code tells the truth, so it counts as well. Pure: the data comes with packages and with `area_codes.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
import zipcodes
from phonenumbers.timezone import time_zones_for_geographical_number
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from engine.compliance.case import Place
from engine.compliance.law import TERRITORIES, area_codes, law

_FIELDS: Final = {
    "zip": ("zip", "zipcode", "postalcode", "postcode", "propertyzip"),
    "state": ("state", "province", "region", "propertystate"),
    "city": ("city", "town", "propertycity"),
}
"""Names of fields, letters only; 'Zip Code' and 'zip_code' are the same."""

_ZIP: Final = re.compile(r"\s*(\d{4,5})(?:[-\s]?\d{4})?\s*")
_AREA_CODE: Final = slice(2, 5)  # of '+1305...'
_EXCHANGE: Final = slice(5, 8)
_FICTION: Final = "555"
"""The exchange of films and samples: looked up like others it gives whatever is most of the area code."""


@lru_cache(maxsize=8192)
def places_of(
    phone: str | None, zip: str | None = "", state: str | None = "", city: str | None = "", zone: str | None = ""
) -> tuple[Place, ...]:
    """Every place that the signals of a form allow. `phone`: E.164. `state`: two letters or its name. `zone`: IANA name
    that the person or the browser gave. Signals that mean nothing give no place; without any, the result is empty."""
    country = _country(phone)
    found: list[Place] = []
    if country in ("US", ""):
        found += _of_zip(zip or "")
        found += _of_state(state or "", city or "", {place.state for place in found})
        found += _of_area_code(phone or "")
    else:
        found += _abroad(phone or "", country)
    found += _of_zone(zone or "", {place.zone for place in found})
    return _merged(found)


def of_form(phone: str | None, form: Mapping[str, str], zone: str | None) -> tuple[Place, ...]:
    """Places by what a form says, whatever it calls the fields. `zone`: as in `places_of`."""
    fields = {re.sub(r"[^a-z]", "", name.rsplit(".", 1)[-1].casefold()): value for name, value in form.items()}
    told = {
        meaning: next((str(fields[name])[:80] for name in names if fields.get(name)), "")
        for meaning, names in _FIELDS.items()
    }
    return places_of(phone, told["zip"], told["state"], told["city"], zone)


def in_the_us_plan(phone: str) -> bool:
    """Whether a number (E.164) is one of the United States or its territories, by its country and area code."""
    return _country(phone) == "US"


@lru_cache(maxsize=8192)
def _country(phone: str | None) -> str:
    """Two letters; territories count as 'US'; empty if the number does not tell."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ""
    if number.country_code is not None and number.country_code != 1:
        return phonenumbers.region_code_for_country_code(number.country_code)
    if phone[_AREA_CODE] in area_codes():
        return "US"
    region = phonenumbers.region_code_for_number(number)
    return "US" if region is None or region in TERRITORIES else region


def _of_zip(typed: str) -> list[Place]:
    match = _ZIP.fullmatch(typed)
    if match is None:
        return []
    code = match[1].rjust(5, "0")  # spreadsheets take the leading zero away
    return [Place(zone, state, f"ZIP code {code} on the form") for zone, state in _pairs_of_zip(code)]


@lru_cache(maxsize=16384)
def _pairs_of_zip(code: str) -> tuple[tuple[str, str], ...]:
    """Zone and state. A zone that does not exist, which one row has, stands for all zones of the state."""
    rows = [(str(row["timezone"]), str(row["state"])) for row in zipcodes.matching(code)]
    return tuple((one, state) for zone, state in rows for one in ([zone] if _exists(zone) else _zones(state)))


def _of_state(typed: str, city: str, known: set[str]) -> list[Place]:
    """A state that a ZIP code has told already adds nothing: the ZIP code is the more exact."""
    state = _states_by_name().get(typed.strip().casefold().replace(".", ""), "")
    if not state or state in known:
        return []
    zones = _zones_of_city(city.strip(), state)
    if zones:
        return [Place(zone, state, f"{city.strip()}, {state} on the form") for zone in zones]
    return [Place(zone, state, f"{_name(state)} on the form") for zone in _zones(state)]


def _of_area_code(phone: str) -> list[Place]:
    """Of a number of the United States. Toll-free and unassigned area codes are in no table and give no place."""
    code, exchange = phone[_AREA_CODE], phone[_EXCHANGE]
    if not phone.startswith("+1") or code not in area_codes():
        return []
    state, zones = area_codes()[code]
    exact = () if exchange == _FICTION or len(zones) == 1 else _zones_of_exchange(phone)
    if exact:
        return [Place(zone, state, f"area code {code}, exchange {exchange}") for zone in exact]
    return [Place(zone, state, f"area code {code}") for zone in zones]


def _zones_of_exchange(phone: str) -> tuple[str, ...]:
    """What is known of more than the area code; empty if nothing is: the area code's default can be wrong."""
    digits = phone[1:]
    for length in range(min(TIMEZONE_LONGEST_PREFIX, len(digits)), 4, -1):
        if zones := TIMEZONE_DATA.get(digits[:length]):
            return tuple(zones)
    return ()


def _abroad(phone: str, country: str) -> list[Place]:
    number = phonenumbers.parse(phone, None)
    why = f"area code {phone[_AREA_CODE]}" if number.country_code == 1 else f"country code +{number.country_code}"
    return [Place(zone, "", why, country) for zone in time_zones_for_geographical_number(number) if _exists(zone)]


def _of_zone(zone: str, known: set[str]) -> list[Place]:
    """Nothing new if another place has the same clock under whatever name."""
    if not _exists(zone) or any(_clock(zone) == _clock(each) for each in known):
        return []
    # A zone of no country, such as 'US/Pacific', is read as one of the United States: that is the stricter reading.
    country = _countries().get(zone, "US")
    why = f"time zone {zone} given with the lead"
    return [Place(zone, country, why) if country in TERRITORIES else Place(zone, "", why, country)]


def _merged(found: list[Place]) -> tuple[Place, ...]:
    whys: dict[tuple[str, str, str], list[str]] = {}
    for place in found:
        reasons = whys.setdefault((place.zone, place.state, place.country), [])
        if place.why not in reasons:
            reasons.append(place.why)
    return tuple(Place(zone, state, " and ".join(reasons), country) for (zone, state, country), reasons in whys.items())


@lru_cache(maxsize=4096)
def _zones_of_city(city: str, state: str) -> tuple[str, ...]:
    """Zones of the ZIP codes of a city; empty if there is no such city."""
    if not city:
        return ()
    rows = zipcodes.filter_by(city=city, state=state) or zipcodes.filter_by(city=city.title(), state=state)
    return tuple(dict.fromkeys(str(row["timezone"]) for row in rows if _exists(str(row["timezone"]))))


def _zones(state: str) -> tuple[str, ...]:
    if state in law().states:
        return law().states[state].zones
    return tuple(sorted({zone for _, (of, zones) in area_codes().items() if of == state for zone in zones}))


def _name(state: str) -> str:
    row = law().states.get(state)
    return row.name if row else TERRITORIES[state]


@cache
def _states_by_name() -> dict[str, str]:
    names = {code: row.name for code, row in law().states.items()} | dict(TERRITORIES)
    return {
        **{code.casefold(): code for code in names},
        **{name.casefold(): code for code, name in names.items()},
        "washington dc": "DC",
        "washington state": "WA",
    }


@cache
def _countries() -> dict[str, str]:
    """Country by zone, from the time-zone database's own table."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """How a zone's clock stands in winter and in summer."""
    return tuple(datetime(2026, month, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))


@cache
def _exists(zone: str) -> bool:
    if "/" not in zone or zone.startswith("Etc/"):
        return False
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

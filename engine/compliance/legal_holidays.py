"""Legal holidays, the days on which they are observed among them. From the package `holidays`, kept by year."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from engine.compliance.law import TERRITORIES, Row, law


def is_holiday(day: date, row: Row, state: str, country: str) -> bool:
    """Whether `day` is a holiday for somebody in `state` (two letters, empty if unknown) of `country`."""
    if row is law().nowhere or row is law().some_state:
        return day in _anywhere(day.year)
    return day in _dates(country, state, day.year)


@lru_cache(maxsize=1024)
def _dates(country: str, state: str, year: int) -> frozenset[date]:
    """Federal days alone where the state is unknown; none for a country whose days the package does not know."""
    subdivision = state if country == "US" and (state in law().states or state in TERRITORIES) else None
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=32)
def _anywhere(year: int) -> frozenset[date]:
    return frozenset().union(*(_dates("US", state, year) for state in law().states))

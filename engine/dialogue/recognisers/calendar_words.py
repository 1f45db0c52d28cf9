"""Words for weekdays, months and seasons, and the small sums with dates they need."""

import re
from datetime import date, timedelta

from engine.dialogue.recognisers.numbers import TENS, UNITS

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday weds",
            "thursday thurs thur thu",
            "friday fri",
            "saturday",
            "sunday",
        )
    )
    for name in names.split()
}
MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march",
            "april apr",
            "may",
            "june",
            "july",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
# Meteorological seasons of the northern half: each begins on the first of its month.
SEASONS: dict[str, int] = {"spring": 3, "springtime": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}

WEEKDAY_WORD = "|".join(WEEKDAYS)
MONTH_WORD = "|".join(sorted(MONTHS, key=len, reverse=True))
SEASON_WORD = "|".join(SEASONS)
COUNT_WORD = (
    r"\d{1,3}|a couple(?: of)?|couple(?: of)?|a few|few|several|half an?|an?|"
    rf"(?:{'|'.join(TENS)})[- ](?:one|two|three|four|five|six|seven|eight|nine)|{'|'.join([*UNITS, *TENS])}"
)


def count_of(words: str) -> float | None:
    """ "two" 2, "a couple of" 2, "a few" 3, "several" 5, "half a" 0.5, "48" 48."""
    text = re.sub(r"[\s-]+", " ", words.strip().lower())
    if text.isdecimal():
        return float(text)
    vague = {"a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "several": 5.0, "few": 3.0, "a few": 3.0}
    if text in vague:
        return vague[text]
    if "couple" in text:
        return 2.0
    parts = text.split(" ")
    values = [UNITS.get(part, TENS.get(part, -1)) for part in parts]
    return None if -1 in values else float(sum(values))


def next_first_of(month: int, today: date, *, after_this_year: bool = False) -> date:
    """The next time that month begins: today's month counts as next year's unless today is its first day."""
    year = today.year + (date(today.year, month, 1) < today)
    if after_this_year and year == today.year and month <= today.month:
        year += 1
    return date(year, month, 1)


def end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

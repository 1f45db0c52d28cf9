"""Times of day as said: "half past two", "two thirty", "2.30 p.m.", "quarter to five", "noon", "ten o'clock"."""

import re
from dataclasses import dataclass

from engine.dialogue.recognisers.calendar_words import count_of

_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_HOUR = rf"(?:{_HOURS}|1[0-2]|0?[1-9])"
_HOUR_24 = r"(?:1[3-9]|2[0-3])"
_TENS = "ten|fifteen|twenty|thirty|forty|fifty"
_MINUTE = (
    rf"(?:(?:twenty|thirty|forty|fifty)[- ](?:one|two|three|four|five|six|seven|eight|nine)"
    rf"|{_TENS}|(?:oh|o)[- ](?:one|two|three|four|five|six|seven|eight|nine)|[0-5]\d)"
)
_MERIDIEM = r"(?P<meridiem>[ap]\.?\s?m\b\.?)"

CLOCK = re.compile(
    rf"\b(?:(?P<named>noon|midday|midnight)"
    rf"|(?P<fraction>half|(?:a )?quarter|(?:ten|twenty|five|twenty[- ]five|10|20|5)(?: "
    rf"minutes)?)\s+(?P<side>past|to|till|after|before|of)\s+(?P<of>{_HOUR})(?!\d)"
    rf"|(?P<hour24>{_HOUR_24})[:.h](?P<minute24>[0-5]\d)"
    rf"|(?P<hour>{_HOUR})(?:(?:[:.]|[- ])(?P<minute>{_MINUTE}))?(?!\d))"
    rf"(?P<oclock>\s?o'?\s?clock)?(?:\s?{_MERIDIEM})?"
)
_MINUTE_UNITS = {
    name: n for n, name in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1)
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as said. `hour` is 0..23 if `exact` (a.m./p.m. or a word settled it), else 1..12 with both halves open.

    `certain` is False for a bare number ("ten"), which is a time only beside other words of time.
    """

    hour: int
    minute: int
    exact: bool
    certain: bool


def clock_of(match: re.Match[str]) -> Clock | None:
    """The time of a `CLOCK` match."""
    named = match["named"]
    if named:
        return Clock(0 if named == "midnight" else 12, 0, exact=True, certain=True)
    if match["hour24"]:
        return Clock(int(match["hour24"]), int(match["minute24"]), exact=True, certain=True)
    if match["fraction"]:
        hour = count_of(match["of"])
        minutes = _fraction(match["fraction"])
        if hour is None or minutes is None or not 1 <= hour <= 12:
            return None
        if match["side"] in ("to", "till", "before", "of"):
            hour, minutes = (hour - 1 or 12), 60 - minutes
        return _with_meridiem(
            int(hour),
            minutes,
            match["meridiem"],
            certain="half" in match["fraction"] or "quarter" in match["fraction"] or bool(match["oclock"]),
        )
    hour = count_of(match["hour"])
    minute = _minute(match["minute"]) if match["minute"] else 0
    if hour is None or minute is None:
        return None
    certain = bool(match["oclock"]) or bool(match["minute"] and ":" in match.group())
    return _with_meridiem(int(hour), minute, match["meridiem"], certain=certain)


def _with_meridiem(hour: int, minute: int, meridiem: str | None, *, certain: bool) -> Clock:
    if meridiem is None:
        return Clock(hour, minute, exact=False, certain=certain)
    return Clock(hour % 12 + (12 if meridiem.startswith("p") else 0), minute, exact=True, certain=True)


def _fraction(words: str) -> int | None:
    if "half" in words:
        return 30
    if "quarter" in words:
        return 15
    count = count_of(words.removesuffix(" minutes"))
    return None if count is None else int(count)


def _minute(words: str) -> int | None:
    if words.startswith("o"):
        return _MINUTE_UNITS.get(re.split(r"[- ]", words)[-1])
    count = count_of(words)
    return None if count is None else int(count)

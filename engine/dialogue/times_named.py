"""Which days and times a sentence names, so that a model's sentence names none that is not open, offered or agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.dialogue.recognisers.calendar_words import MONTHS, WEEKDAYS, count_of
from engine.dialogue.recognisers.clock_words import CLOCK, clock_of
from engine.dialogue.recognisers.numbers import ordinal_at
from engine.dialogue.recognisers.words import plain, words_of

_COUNT: Final = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty[- ]eight"
    r"|forty|sixty"
    r"|twenty[- ]four|ninety|a couple of|a few|the next|the|half an)"
)
_DAYS: Final = re.compile(
    rf"\b(?P<weekday>{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})s?\b"
    r"|\b(?P<today>today|tonight|this (?:morning|afternoon|evening))\b"
    r"|\b(?P<after>(?:the )?day after tomorrow)\b|\b(?P<tomorrow>tomorrow)\b"
    r"|\b(?P<span>(?:this|next|coming|following) (?:week(?:end)?|month|year)|weekends?|weekdays?)\b"
    r"|\b(?P<part>(?:in the|every|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|that) (?:morning|afternoon"
    r"|evening))\b"
    rf"|\b(?:with)?in (?:about |around |just |only |under |less than )?(?P<count>{_COUNT}) ?(?P<unit>minute|hour"
    rf"|day|week|month)s?\b"
    rf"|\b(?P<count2>{_COUNT}) (?P<unit2>minute|hour|day|week|month)s? (?:from now|away|later)\b"
)
_MONTH: Final = re.compile(rf"\b(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b")
_SHAKY_MONTHS: Final = frozenset({"may", "march", "mar", "sun", "sat", "dec", "jan"})
_BEFORE_CLOCK: Final = re.compile(
    r"\b(?:at|by|around|before|after|until|till|from|between|make it|say|for)\s(?:about |around )?$"
)
_NO_CLOCK_AFTER: Final = re.compile(
    r"^\s*(?:%|percent|dollars?|bucks|years?|days?|weeks?|months?|hours?|minutes?|seconds?|people|rooms?|times?"
    r"|to \d|st\b|nd\b"
    r"|rd\b|th\b|hundred|thousand|of\b|more|other|windows?|panels?|questions?|things?|street|avenue|reasons?"
    r"|options?|[-,]\d)"
)


def times_named(text: str, *, loosely: bool = False) -> frozenset[str]:
    """The days, clock times and spans of time in `text`, in one spelling each. `loosely`: a bare number counts as an
    hour ("ten works"), for texts that may be repeated."""
    return frozenset((*_days(text), *_clocks(text, loosely)))


def unnamed(times: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    """Those of `times` that `allowed` does not hold. An hour without a.m. or p.m. stands for both."""
    return frozenset(each for each in times if not _held(each, allowed))


def _held(time: str, allowed: frozenset[str]) -> bool:
    if time in allowed:
        return True
    if not time.startswith("clock "):
        return False
    hour = time[:-2] if time.endswith(("am", "pm")) else time
    return hour in allowed if time != hour else bool({f"{hour}am", f"{hour}pm"} & allowed)


def _days(text: str) -> Iterator[str]:
    lowered = plain(text)
    for match in _DAYS.finditer(lowered):
        if match["weekday"]:
            if (
                match["weekday"] in ("mon", "sun", "sat", "wed")
                and match.group() not in text
                and len(match.group()) < 4
            ):
                continue
            yield f"weekday {WEEKDAYS[match['weekday']]}"
        elif match["today"]:
            yield "today"
        elif match["after"]:
            yield "day after tomorrow"
        elif match["tomorrow"]:
            yield "tomorrow"
        elif match["span"]:
            yield match["span"].removesuffix("s").replace("coming", "this").replace("following", "next")
        elif match["part"]:
            first, part = match["part"].rsplit(" ", 1)
            yield part
            yield from _days(first)
        else:
            count, unit = match["count"] or match["count2"], match["unit"] or match["unit2"]
            number = 1.0 if count.startswith("the") else count_of(count)
            yield f"in {number if number is not None else count} {unit}"
    words = words_of(text)
    for match in _MONTH.finditer(lowered):
        after = next((i for i, word in enumerate(words) if word.start >= match.end()), None)
        day = ordinal_at(words, after) if after is not None else None
        figure = words[after].text if after is not None else ""
        if day is not None or (figure.isdecimal() and int(figure) <= 31):
            yield f"day {day[0] if day is not None else int(figure)}"
        elif match["month"] in _SHAKY_MONTHS:
            continue
        yield f"month {MONTHS[match['month']]}"
    for i, word in enumerate(words):
        if word.text == "the" and i + 1 < len(words) and (day := ordinal_at(words, i + 1)) is not None:
            following = words[day[1]].text if day[1] < len(words) else "of"
            if following in ("of", "at", "or", "and") or day[1] >= len(words):
                yield f"day {day[0]}"


def _clocks(text: str, loosely: bool) -> Iterator[str]:
    lowered = plain(text)
    for match in CLOCK.finditer(lowered):
        clock = clock_of(match)
        if clock is None:
            continue
        before, after = lowered[: match.start()], lowered[match.end() :]
        bare = not clock.certain
        if bare and (_NO_CLOCK_AFTER.match(after) or not (loosely or _BEFORE_CLOCK.search(before))):
            continue
        half = ("am" if clock.hour < 12 else "pm") if clock.exact else ""
        yield f"clock {clock.hour % 12 or 12}:{clock.minute:02d}{half}"

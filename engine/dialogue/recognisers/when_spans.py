"""Spans of days as people name them: "the weekend", "after Friday", "the end of the month", "Monday through Wednesday".

Pure patterns: each stretch found comes with where it stands, what it says and how sure that is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from engine.dialogue.recognisers.calendar_words import WEEKDAY_WORD, WEEKDAYS, count_of, end_of_month
from engine.dialogue.recognisers.moment import Than, When

SATURDAY, SUNDAY = 5, 6


class Stretch(NamedTuple):
    start: int
    end: int
    when: When
    confidence: float


_WEEKEND = re.compile(
    r"\b(?P<next>(?:the )?(?:next|following)) weekend\b|\b(?:this|the|this coming|the coming) weekend\b"
    r"|\b(?P<any>(?:on |at |any |a )?weekends?)\b"
)
_WORKING_DAYS = re.compile(r"\b(?:on |any |a )?week ?days?\b|\bduring the (?:work(?:ing)? )?week\b|\bin the week\b")
_RANGE = re.compile(
    rf"\b(?P<first>{WEEKDAY_WORD})s?\s*(?:through|thru|to|till?|until|-|–)\s*(?P<last>{WEEKDAY_WORD})s?\b"
)
_PART_OF_WEEK = re.compile(
    r"\b(?:(?P<early>early|(?:at )?(?:the )?(?:beginning|start) of|first thing)|(?P<late>late|later|(?:at |by"
    r" )?(?:the )?end of)"
    r"|(?P<mid>mid|(?:in )?(?:the )?middle of)) (?P<which>next|this|the|in the|the following) week\b(?!end)"
)
_MONTH = re.compile(
    r"\b(?:(?P<early>early|(?:at |by )?(?:the )?(?:beginning|start) of|first (?:week|half) of)"
    r"|(?P<late>late|later|(?:at |by |towards? )?(?:the )?end of|last week of)|(?P<mid>mid|(?:in )?(?:the )?middle"
    r" of))? ?"
    r"\b(?P<which>next|this|the) month\b"
)
_COMING_DAYS = re.compile(
    r"\b(?:in|within|over|during) the (?:next|coming) (?:(?P<count>few|couple(?: of)?|two|three|four|five|ten"
    r"|\d{1,2}) )?"
    r"(?P<unit>days?|weeks?)\b"
)
_WEEK_AFTER = re.compile(r"\b(?:the )?(?:week after(?: that)?|(?:the )?following week)\b(?! next)")

_SAID_BEFORE = re.compile(
    r"\b(?:said|told|mentioned|asked|called|spoke|talked|wrote|put|gave|came)\b(?: \w+){0,3}[ ,]+$|\bor $|\bno $"
    r"|\bthe $"
)
_SOONER = re.compile(
    r"\b(?:any ?thing |something |any ?time |a (?:bit|little) |much )?(?:sooner|earlier)\b(?P<day> in the day| that"
    r" (?:same )?day| the same day)?"
    r"(?! (?:one|or later|the better|this (?:week|month|year|morning)|today|in the (?:call|conversation)|i (?:said"
    r"|told))\b)"
    r"(?! than (?!that|those|this|then))"
    r"|\b(?:that'?s|it'?s|that is|those are|they'?re)(?: all)?(?: a (?:bit|little)| way| much| just)? too (?:late"
    r"|far(?: out| away| off)?)\b(?! in the day)"
    r"|\b(?:can'?t|cannot|don'?t want to) wait (?:that|so) long\b|\bnot soon enough\b"
)
_LATER = re.compile(
    r"\b(?:any ?thing |something |any ?time |a (?:bit|little) |much )?later\b(?P<day> in the day| (?:on )?that"
    r" (?:same )?day| the same day)?"
    r"(?! (?:one|than (?!that|those|this|then))\b)"
    r"|\b(?:that'?s|it'?s|that is|those are|they'?re)(?: all)?(?: a (?:bit|little)| way| much| just)? too (?:early"
    r"|soon)\b"
)
_OTHER_LATER = re.compile(
    r"\b(?:call|phone|ring|talk|speak|see|try|text|back|know|decide|think|maybe|or|no|not|me|us|you|ya|again)[ ,]+$"
)
_MOVE_IT = re.compile(r"\b(?:make|move|push|do) (?:it|that) $")

_DAY_BOUND = re.compile(
    r"\b(?:(?P<busy>(?:away|busy|out|gone|travel+ing|vacation|holiday|work(?:ing)?|tied up|booked(?: up)?|not"
    r" (?:here|home|free|available"
    r"|around|back))(?: \w+){0,3} (?:until|till))"
    r"|(?P<since>(?:any ?time |any day |starting |on or |not )?from|starting(?: on)?|not (?:before|until|till)|no"
    r" (?:sooner|earlier) than)"
    r"|(?P<after>(?:any ?time |any day |sometime )?after)|(?P<before>(?:any ?time |any day |sometime )?before)"
    r"|(?P<by>by|until|till|no later than|not (?:after|later than)))(?: the)?\s+$"
)
_ONWARDS = re.compile(
    r"^\s*(?:or (?P<later>later|after)|(?P<on>onwards?|on(?=\W*$))|or (?P<earlier>earlier|before|sooner))\b"
)


def spans(text: str, today: date) -> Iterator[Stretch]:
    """`text`: lower case, as `words.plain` gives it."""
    monday = today - timedelta(days=today.weekday())
    for match in _WEEKEND.finditer(text):
        if match["any"]:
            yield Stretch(*match.span(), When(weekdays=(SATURDAY, SUNDAY)), 0.9)
            continue
        saturday = monday + timedelta(days=SATURDAY + (7 if match["next"] else 0))
        yield Stretch(*match.span(), When(since=saturday, until=saturday + timedelta(days=1)), 0.9)
    for match in _WORKING_DAYS.finditer(text):
        yield Stretch(*match.span(), When(weekdays=(0, 1, 2, 3, 4)), 0.85)
    for match in _RANGE.finditer(text):
        first, last = WEEKDAYS[match["first"]], WEEKDAYS[match["last"]]
        days = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
        yield Stretch(*match.span(), When(weekdays=days), 0.9)
    for match in _PART_OF_WEEK.finditer(text):
        start = monday + timedelta(days=7 if match["which"] in ("next", "the following") else 0)
        first, last = (0, 2) if match["early"] else (1, 3) if match["mid"] else (3, 6)
        yield Stretch(*match.span(), _span(start + timedelta(days=first), start + timedelta(days=last)), 0.85)
    for match in _MONTH.finditer(text):
        if match["which"] == "the" and not (match["early"] or match["late"] or match["mid"]):
            continue
        yield Stretch(*match.span(), _of_month(match, today), 0.85)
    for match in _COMING_DAYS.finditer(text):
        named = match["count"]
        count = (count_of(named) or 1.0) if named else (7.0 if match["unit"].startswith("d") else 1.0)
        ahead = round(count * (7 if match["unit"].startswith("w") else 1)) + (
            1 if named in ("few", "couple", "couple of") else 0
        )
        yield Stretch(*match.span(), _span(today, today + timedelta(days=ahead)), 0.8)
    for match in _WEEK_AFTER.finditer(text):
        yield Stretch(*match.span(), When(week_after=True), 0.85)


def comparisons(text: str) -> Iterator[Stretch]:
    """ "Anything sooner?", "a bit later", "that's too far out": held against the times that are talked of."""
    for match in _SOONER.finditer(text):
        if not _SAID_BEFORE.search(text[: match.start()]):
            yield Stretch(*match.span(), When(than=Than.SOONER_THAT_DAY if match["day"] else Than.SOONER), 0.8)
    for match in _LATER.finditer(text):
        before = text[: match.start()]
        if not _SAID_BEFORE.search(before) and (_MOVE_IT.search(before) or not _OTHER_LATER.search(before)):
            yield Stretch(*match.span(), When(than=Than.LATER_THAT_DAY if match["day"] else Than.LATER), 0.75)


def bounded(text: str, stretch: Stretch, today: date) -> Stretch:
    """A day with what stands around it: "after Friday" is every day from Saturday on. Others stay as they are."""
    when, behind = stretch.when, _ONWARDS.match(text[stretch.end :])
    side = _DAY_BOUND.search(text[: stretch.start])
    days = _days_of(when, today)
    if days is None or (side is None and behind is None):
        return stretch
    first, last = days
    start, end = stretch.start, stretch.end
    if side is not None:
        start = side.start()
        if side["after"]:
            bound = When(since=last + timedelta(days=1))
        elif side["before"]:
            bound = When(until=first - timedelta(days=1))
        else:
            bound = When(until=last) if side["by"] else When(since=first)
    else:
        assert behind is not None
        end += behind.end()
        bound = When(until=last) if behind["earlier"] else When(since=first)
    kept = replace(
        when, day=None, weekday=None, week_start=None, month_start=None, since=bound.since, until=bound.until
    )
    return Stretch(start, end, kept, stretch.confidence)


def _days_of(when: When, today: date) -> tuple[date, date] | None:
    """First and last day that is meant, if one stretch of days is."""
    if when.week_start is not None and when.weekday is not None:
        day = when.week_start + timedelta(days=when.weekday)
        return day, day
    if when.week_start is not None:
        return when.week_start, when.week_start + timedelta(days=6)
    if when.day is not None:
        return when.day, when.day
    if when.weekday is not None:
        day = today + timedelta(days=(when.weekday - today.weekday()) % 7)
        return day, day
    if when.month_start is not None:
        return when.month_start, end_of_month(when.month_start)
    if when.since is not None and when.until is not None:
        return when.since, when.until
    return None


def _span(first: date, last: date) -> When:
    return When(since=first, until=last)


def _of_month(match: re.Match[str], today: date) -> When:
    first = end_of_month(today) + timedelta(days=1) if match["which"] == "next" else today.replace(day=1)
    if match["which"] != "next" and match["early"] and today.day > 10:
        first = end_of_month(today) + timedelta(days=1)
    last = end_of_month(first)
    if match["early"]:
        return _span(first, first + timedelta(days=6))
    if match["mid"]:
        return _span(first + timedelta(days=10), first + timedelta(days=19))
    if match["late"]:
        return _span(last - timedelta(days=6), last)
    return When(month_start=first) if match["which"] == "next" else _span(today, last)

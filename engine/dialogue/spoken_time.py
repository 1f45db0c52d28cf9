"""Dates and times as people say them."""

from __future__ import annotations

from datetime import date, datetime


def ordinal(day: int) -> str:
    if 10 <= day % 100 <= 20:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def spoken_clock(when: datetime) -> str:
    """'2 p.m.', '10:30 a.m.', 'noon'."""
    if (when.hour, when.minute) == (12, 0):
        return "noon"
    half = "a.m." if when.hour < 12 else "p.m."
    hour = when.hour % 12 or 12
    return f"{hour}:{when.minute:02d} {half}" if when.minute else f"{hour} {half}"


def spoken_day(when: date, today: date, full: bool = False) -> str:
    """'tomorrow', 'Thursday' within the week, else 'Thursday, September 17th'. `full` always gives the last form."""
    named = f"{when:%A}, {when:%B} {ordinal(when.day)}"
    days = (when - today).days
    if full:
        return named
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    return f"{when:%A}" if 1 < days < 7 else named


def spoken_time(when: datetime, now: datetime, full: bool = False) -> str:
    """`when` and `now` in the same zone. 'tomorrow at 2 p.m.' or, `full`, 'Wednesday, September 16th, at 2 p.m.'"""
    day = spoken_day(when.date(), now.date(), full)
    return f"{day}{',' if full else ''} at {spoken_clock(when)}"


_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
_MINUTES = {0: "", 15: " fifteen", 30: " thirty", 45: " forty five"}


def ways_to_say(when: datetime, now: datetime) -> tuple[str, ...]:
    """How a caller may name a time that was offered: 'tomorrow at two', 'Wednesday at two'.

    `when` and `now` in the same zone.
    """
    hour = f"{_HOURS[when.hour % 12]}{_MINUTES.get(when.minute, '')}"
    days = dict.fromkeys((spoken_day(when.date(), now.date()), f"{when:%A}"))
    return tuple(f"{day} at {hour}" for day in days)

"""A wish for a time, as it holds over several turns: "any day after four", "Tuesday or Wednesday", "not Monday".

    "mornings, but not Monday"      any of: morning             none of: Monday
    "Tuesday or Wednesday then"     any of: Tuesday, Wednesday  none of: Monday         (the morning still holds)

Who names days again means other days, who names a time of day another time of day; what was ruled out stays ruled out
until it is asked for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from engine.dialogue.recognisers.clock_words import Clock
from engine.dialogue.recognisers.found import Found
from engine.dialogue.recognisers.moment import Bound, Part, When

Option = tuple[When, ...]
"""All of these hold."""

NEAR_ENOUGH = timedelta(minutes=15)
"""A moment such as "in two hours" is met by an opening that begins so close to it."""

_LAST_AFTERNOON_HOUR = 7  # "at seven" for a visit or a call is 19:00, "at eight" is 8:00
USUAL_HOUR = {Part.MORNING: 10, Part.AFTERNOON: 14, Part.EVENING: 18}
_OR = re.compile(
    r"^[\s,]*(?:or(?: else)?|and(?: also)?|and/or|,)(?: (?:maybe|even|on|at|in|the|any ?time|perhaps))*[\s,]*$"
)
_ONLY_OR = re.compile(r"\bor\b")
_DAY_FIELDS = ("day", "weekday", "weekdays", "week_start", "month_start", "since", "until", "week_after")
_TIME_FIELDS = ("part", "clock", "bound")


@dataclass(frozen=True, slots=True)
class Wish:
    """`options`: one of them must fit; none at all: any time will do. `without`: none of these may fit. Each `When` in
    it speaks of days or of times of day, not of both."""

    options: tuple[Option, ...] = ()
    without: tuple[Option, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.options or self.without)


NO_WISH = Wish()


def wish_of(utterance: str, found: Sequence[Found[When]], reference: date) -> Wish:
    """What the stretches of time words in an utterance come to. `reference`: a day of the week that was talked of."""
    options: list[Option] = []
    without: list[Option] = []
    end, listing = 0, 0
    for each in found:
        when = _placed(each.value, options, reference)
        if not when.constrains:
            continue
        if each.denied:
            without.append(_parts(when))
            continue
        between = utterance[end : each.span.start].lower() if options else ""
        new = _parts(when)
        if options and _OR.match(between) and _alternative(options[-1], new, between):
            # "Tuesday at ten or eleven": the day goes for both. "Tuesday or Wednesday after four": so does the time.
            shared = tuple(p for p in options[-1] if p.about_days and not any(o.about_days for o in new))
            times = tuple(p for p in new if p.about_times)
            if not any(p.about_times for option in options[listing:] for p in option):
                options[listing:] = [(*option, *times) for option in options[listing:]]
            options.append((*shared, *new))
        elif options and all(_together(option, new) for option in options):
            options = [(*option, *new) for option in options]
        else:
            options, listing = [new], 0
        end = each.span.end
    return Wish(tuple(options), tuple(without))


def carried_on(kept: Wish, said: Wish) -> Wish:
    """What holds after `said`, where `kept` held before."""
    days = names_days(said)
    times = any(part.about_times for option in said.options for part in option)
    new = [part for option in said.options for part in option]
    older: list[Option] = []
    for option in kept.options:
        left = tuple(part for part in option if _still(part, new, days=days, times=times))
        if left and left not in older and not any(_rules_out(out, left) for out in said.without):
            older.append(left)
    options = tuple(
        (*old, *option) for old, option in itertools.product(older or [()], said.options or [()]) if old or option
    )
    asked_for = [part for part in new if part.about_days or part.clock is None]
    without = tuple(out for out in kept.without if not any(_same(part, out) for part in asked_for))
    return Wish(options, tuple(dict.fromkeys((*without, *said.without))))


def lasting(wish: Wish) -> Wish:
    """What of a wish holds beyond the turn: a single time ("Thursday at ten") is a choice, not a rule."""
    options = tuple(
        option
        for option in wish.options
        if not any(part.exact is not None or (part.clock is not None and part.bound is None) for part in option)
    )
    return Wish(options, wish.without)


def names_days(wish: Wish) -> bool:
    return any(part.about_days for option in wish.options for part in option)


def pinpoints(wish: Wish) -> bool:
    """Whether it names a day, a time or a part of the day, as people do who mean one of a few: "any day after four" is
    met by one of them, and means none."""
    return any(
        part.has_day or part.part is not None or (part.clock is not None and part.bound is None)
        for option in wish.options
        for part in option
    )


def without_days(wish: Wish) -> Wish:
    """What it says of the time of day, and what it rules out."""
    options = (tuple(part for part in option if not part.about_days) for option in wish.options)
    return Wish(tuple(dict.fromkeys(option for option in options if option)), wish.without)


def suits(wish: Wish, opening: datetime, now: datetime) -> bool:
    """Whether an opening is one of those wished for. Both aware, in the zone in which times are spoken."""
    if any(_fits_all(out, opening, now) for out in wish.without):
        return False
    return not wish.options or any(_fits_all(option, opening, now) for option in wish.options)


def distance(wish: Wish, opening: datetime, now: datetime) -> tuple[float, float]:
    """How far an opening lies from a wish that it does not meet: days, then minutes of the day."""
    return min((_distance(option, opening, now) for option in wish.options), default=(0.0, 0.0))


def ruled_out(wish: Wish, opening: datetime, now: datetime) -> bool:
    return any(_fits_all(out, opening, now) for out in wish.without)


def week_in(wish: Wish) -> date | None:
    """The Monday of the last week that is wished for."""
    return max((part.week_start for option in wish.options for part in option if part.week_start), default=None)


def settled(clock: Clock, part: Part | None = None) -> time:
    """The time of day meant, with a.m. or p.m. chosen by the part of the day, else by working hours."""
    if clock.exact:
        return time(clock.hour, clock.minute)
    hour = clock.hour % 12
    if part is Part.MORNING:
        return time(hour, clock.minute)
    if part is not None or hour <= _LAST_AFTERNOON_HOUR:
        late = part is Part.EVENING and clock.hour == 12
        return time(0 if late else hour + 12, clock.minute)
    return time(hour, clock.minute)


def day_meant(wish: When, now: datetime, clock: time | None = None) -> date | None:
    """The day a wish names, the next one if it names a weekday. `clock` tells whether today is already too late."""
    today = now.date()
    if wish.day is not None:
        return wish.day
    if wish.exact is not None:
        return wish.exact.date()
    if wish.weekday is not None:
        if wish.week_start is not None:
            return wish.week_start + timedelta(days=wish.weekday)
        ahead = (wish.weekday - today.weekday()) % 7
        if ahead == 0 and clock is not None and clock <= now.time().replace(tzinfo=None):
            ahead = 7
        return today + timedelta(days=ahead)
    if wish.month_start is not None:
        first = wish.month_start
        return first + timedelta(days=max(0, 7 - first.weekday()) if first.weekday() > 4 else 0)
    if wish.weekdays:
        return min(today + timedelta(days=(day - today.weekday()) % 7) for day in wish.weekdays)
    if wish.week_start is not None:
        return max(today, wish.week_start)
    if wish.since is not None:
        return max(today, wish.since)
    return wish.until


# One part of a wish.


def _placed(when: When, options: Sequence[Option], reference: date) -> When:
    """ "The week after" as the week it means: behind the one that was just named, else behind the times on offer."""
    if not when.week_after:
        return when
    named = [part.week_start for option in options for part in option if part.week_start is not None]
    monday = named[-1] if named else reference - timedelta(days=reference.weekday())
    return replace(when, week_after=False, week_start=monday + timedelta(days=7))


def _parts(when: When) -> Option:
    """Its day and its time of day apart."""
    if when.exact is not None:
        return (When(exact=when.exact),)
    day = When(**{name: getattr(when, name) for name in _DAY_FIELDS})
    clock = When(**{name: getattr(when, name) for name in _TIME_FIELDS})
    return tuple(part for part in (day, clock) if part.constrains)


def _alternative(before: Option, new: Option, between: str) -> bool:
    """Whether the next of a list stands beside the one before it, and does not narrow it."""
    if _ONLY_OR.search(between):
        return True
    kinds = {tuple(sorted({p.about_days for p in option})) for option in (before, new)}
    return len(kinds) == 1 and not any(p.bound for option in (before, new) for p in option)


def _together(option: Option, new: Option) -> bool:
    """Whether both can be meant at once: a day and a time, a week and a day in it, after ten and before noon."""
    return not any(_clash(old, part) for old in option for part in new)


def _clash(old: When, new: When) -> bool:
    if old.about_days and new.about_days:
        return not _narrows(old, new)
    if old.about_times and new.about_times:
        return not (_opposite(old, new) or (old.part is not None and new.clock is not None and old.clock is None))
    return False


def _narrows(one: When, other: When) -> bool:
    """Whether one names days of the week, and the other a span in which they lie."""
    days = [each.weekday is not None or bool(each.weekdays) for each in (one, other)]
    spans = [
        any((each.week_start, each.month_start, each.since, each.until)) and not day
        for each, day in zip((one, other), days, strict=True)
    ]
    return (days[0] and spans[1]) or (spans[0] and days[1])


def _opposite(one: When, other: When) -> bool:
    """After ten, and before noon."""
    return (
        one.bound is not None and other.bound is not None and (one.bound is Bound.AFTER) != (other.bound is Bound.AFTER)
    )


def _still(part: When, new: Sequence[When], *, days: bool, times: bool) -> bool:
    """Whether a part of an older wish holds beside what was said now."""
    if part.about_days and days:
        return all(_narrows(part, each) for each in new if each.about_days)
    if part.about_times and times:
        return all(_opposite(part, each) for each in new if each.about_times)
    return True


def _same(part: When, out: Option) -> bool:
    """Whether what is asked for now was ruled out before."""
    return any(
        (part.weekday is not None and part.weekday == each.weekday)
        or (part.day is not None and part.day == each.day)
        or (part.part is not None and part.part == each.part)
        or (part.week_start is not None and part.week_start == each.week_start)
        for each in out
    )


def _rules_out(out: Option, option: Option) -> bool:
    return len(out) == 1 and any(_same(part, out) for part in option)


def _fits_all(option: Option, opening: datetime, now: datetime) -> bool:
    return all(fits(part, opening, now) for part in option)


def fits(wish: When, opening: datetime, now: datetime) -> bool:
    """Both aware, in the zone in which times are spoken."""
    day = opening.date()
    if wish.exact is not None:
        return abs(opening - wish.exact.replace(tzinfo=wish.exact.tzinfo or opening.tzinfo)) <= NEAR_ENOUGH
    if wish.day is not None and day != wish.day:
        return False
    if wish.weekday is not None and day.weekday() != wish.weekday:
        return False
    if wish.weekdays and day.weekday() not in wish.weekdays:
        return False
    if wish.week_start is not None and not wish.week_start <= day < wish.week_start + timedelta(days=7):
        # Said on a Sunday, "next Monday" is tomorrow; said on a Friday, people mean the same Monday.
        return False
    if wish.month_start is not None and (day.year, day.month) != (wish.month_start.year, wish.month_start.month):
        return False
    if (wish.since is not None and day < wish.since) or (wish.until is not None and day > wish.until):
        return False
    if day < now.date():
        return False
    if wish.part is not None and wish.clock is None and _part_of(opening.time()) is not wish.part:
        return False
    return wish.clock is None or _fits_clock(wish.clock, wish, opening.time().replace(tzinfo=None))


def _part_of(moment: time) -> Part:
    if moment.hour < 12:
        return Part.MORNING
    return Part.AFTERNOON if moment.hour < 17 else Part.EVENING


def _fits_clock(clock: Clock, wish: When, moment: time) -> bool:
    if wish.bound is not None:
        limit = settled(clock, wish.part)
        if wish.bound is Bound.AFTER:
            return moment >= limit
        return moment <= limit if wish.bound is Bound.BY else moment < limit
    if clock.minute != moment.minute:
        return False
    if clock.exact:
        return clock.hour == moment.hour
    if wish.part is not None:
        return settled(clock, wish.part) == moment
    return clock.hour % 12 == moment.hour % 12


def _distance(option: Option, opening: datetime, now: datetime) -> tuple[float, float]:
    days = minutes = 0.0
    for part in option:
        if part.exact is not None:
            return (0.0, abs((opening - part.exact).total_seconds()) / 60)
        if part.about_days:
            days += _days_off(part, opening.date(), now)
        elif not fits(part, opening, now):
            wanted = settled(part.clock, part.part) if part.clock else time(USUAL_HOUR[part.part or Part.MORNING])
            minutes += abs(opening.hour * 60 + opening.minute - wanted.hour * 60 - wanted.minute)
    return (days, minutes)


def _days_off(part: When, day: date, now: datetime) -> float:
    if part.weekdays:
        return float(day.weekday() not in part.weekdays)
    if part.since is not None and day < part.since:
        return float((part.since - day).days)
    if part.until is not None and day > part.until:
        return float((day - part.until).days)
    if part.since is not None or part.until is not None:
        return 0.0
    meant = day_meant(part, now)
    if meant is None:
        return 0.0
    if part.week_start is not None and part.weekday is None and 0 <= (day - part.week_start).days < 7:
        return 0.0
    return float(abs((day - meant).days))

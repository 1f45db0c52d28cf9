"""Free times held against what the caller said, and one moment for a call back.

An hour without a.m. or p.m. is settled by the openings ("at two" is 14:00 if that is offered), else by working hours:
one to seven is the afternoon, eight to eleven the morning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.dialogue.recognisers.clock_words import Clock
from engine.dialogue.recognisers.found import Found
from engine.dialogue.recognisers.when import Bound, Part, When

MOST_NEAR = 3
_LAST_AFTERNOON_HOUR = 7  # "at seven" for a visit or a call is 19:00, "at eight" is 8:00
_USUAL_HOUR = {Part.MORNING: 10, Part.AFTERNOON: 14, Part.EVENING: 18}
_MONTH_CALL = time(10, 0)


@dataclass(frozen=True, slots=True)
class PickResult:
    """`chosen`: the one meant, or None. `matches`: all that fit. `near`: if none fits, the nearest to the wish."""

    chosen: datetime | None
    matches: tuple[datetime, ...]
    near: tuple[datetime, ...] = ()


def pick(whens: Sequence[Found[When]], openings: Sequence[datetime], now: datetime) -> PickResult:
    """The opening the caller means. `openings` in the order they were offered; `now` in any zone.

    The last wish counts most; an earlier one narrows it where both can hold ("The first one, tomorrow at two"), and is
    dropped where they cannot ("tomorrow ... no, Thursday").
    """
    offered = list(openings)
    said = [f.value for f in whens if not f.denied]
    refused = [f.value for f in whens if f.denied and _constrains(f.value)]
    pool = [o for o in offered if not any(_fits(w, o, now) for w in refused)]
    narrowed = False
    wishes = [w for w in said if _constrains(w) or w.ordinal is not None]
    for wish in reversed(wishes):
        fitting = (
            _ordered(wish, offered, pool) if wish.ordinal is not None else [o for o in pool if _fits(wish, o, now)]
        )
        if fitting:
            pool, narrowed = fitting, True
        elif not narrowed:
            return PickResult(None, (), tuple(_nearest(wish, pool, now)))
    if not said and not refused:
        return PickResult(None, ())
    if not pool:
        return PickResult(None, (), ())
    in_time = sorted(pool)
    if len(pool) == 1 and (narrowed or any(w.that_one or w.anything or w.earliest or w.latest for w in said)):
        return PickResult(pool[0], tuple(pool))
    if any(w.latest for w in said):
        return PickResult(in_time[-1], tuple(pool))
    if any(w.earliest or w.anything for w in said):
        return PickResult(in_time[0], tuple(pool))
    return PickResult(None, tuple(pool) if narrowed or refused else ())


def _constrains(wish: When) -> bool:
    return wish.has_day or wish.has_time or any((wish.week_start, wish.month_start, wish.part))


def _ordered(wish: When, offered: Sequence[datetime], pool: Sequence[datetime]) -> list[datetime]:
    place = wish.ordinal or 0
    index = place - 1 if place > 0 else len(offered) + place
    return [offered[index]] if 0 <= index < len(offered) and offered[index] in pool else []


def _local(now: datetime, opening: datetime) -> datetime:
    return now.astimezone(opening.tzinfo) if now.tzinfo and opening.tzinfo else now.replace(tzinfo=opening.tzinfo)


def _fits(wish: When, opening: datetime, now: datetime) -> bool:
    today = _local(now, opening).date()
    day = opening.date()
    if wish.exact is not None:
        return abs(opening - wish.exact.replace(tzinfo=wish.exact.tzinfo or opening.tzinfo)) <= timedelta(minutes=15)
    if wish.day is not None and day != wish.day:
        return False
    if wish.weekday is not None and day.weekday() != wish.weekday:
        return False
    if wish.week_start is not None and not wish.week_start <= day < wish.week_start + timedelta(days=7):
        # Said on a Sunday, "next Monday" is tomorrow; said on a Friday, people mean the same Monday.
        return False
    if wish.month_start is not None and (day.year, day.month) != (wish.month_start.year, wish.month_start.month):
        return False
    if day < today:
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
        return moment >= limit if wish.bound is Bound.AFTER else moment < limit
    if clock.minute != moment.minute:
        return False
    if clock.exact:
        return clock.hour == moment.hour
    if wish.part is not None:
        return settled(clock, wish.part) == moment
    return clock.hour % 12 == moment.hour % 12


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


def _nearest(wish: When, pool: Sequence[datetime], now: datetime) -> list[datetime]:
    """The openings closest to the wish: first by day, then by time of day."""

    def distance(opening: datetime) -> tuple[float, float]:
        days = 0.0
        day = _day_of(wish, _local(now, opening), None)
        if day is not None:
            days = abs((opening.date() - day).days)
        minutes = 0.0
        if wish.clock is not None or wish.part is not None:
            wanted = settled(wish.clock, wish.part) if wish.clock else time(_USUAL_HOUR[wish.part or Part.MORNING])
            minutes = abs(opening.hour * 60 + opening.minute - wanted.hour * 60 - wanted.minute)
        return (days, minutes)

    return sorted(pool, key=lambda o: (*distance(o), o))[:MOST_NEAR]


def _day_of(wish: When, now: datetime, clock: time | None) -> date | None:
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
    if wish.week_start is not None:
        return max(today, wish.week_start)
    return None


def resolve_time(whens: Sequence[Found[When]], now: datetime) -> datetime | None:
    """One moment for a call back, in the zone of `now`, or None where the time of day is still to be asked.

    The last clear time wins and takes its day from what was said before ("Today after five, say five thirty"). A day
    alone ("tomorrow") has no time: None. A part of the day has a usual one (10:00, 14:00, 18:00), a month alone means
    its first working day at 10:00. "After five" is 17:00; "before five" is an hour earlier.
    """
    said = [f.value for f in whens if not f.denied]
    exact = [w.exact for w in said if w.exact is not None]
    if exact:
        return exact[-1]
    dayed: When | None = None
    timed: When | None = None
    part: Part | None = None
    for wish in said:
        if wish.has_day or wish.week_start is not None or wish.month_start is not None:
            dayed = wish
            if wish.part is not None:
                part = wish.part
        elif wish.part is not None:
            part = wish.part
        if wish.clock is not None and not (timed and timed.bound is Bound.AFTER and wish.bound is Bound.BEFORE):
            timed = wish
    clock = _clock_for(timed, part, dayed)
    if clock is None:
        return None
    return _moment(dayed, timed, clock, part, now)


def _clock_for(timed: When | None, part: Part | None, dayed: When | None) -> time | None:
    if timed is not None and timed.clock is not None:
        moment = settled(timed.clock, timed.part or part)
        if timed.bound is Bound.BEFORE and moment.hour > 0:
            return moment.replace(hour=moment.hour - 1)
        return moment
    if part is not None:
        return time(_USUAL_HOUR[part])
    if dayed is not None and dayed.month_start is not None:
        return _MONTH_CALL
    return None


def _moment(dayed: When | None, timed: When | None, clock: time, part: Part | None, now: datetime) -> datetime | None:
    open_half = (
        timed is not None and timed.clock is not None and not timed.clock.exact and part is None and not timed.part
    )
    day = _day_of(dayed, now, clock) if dayed is not None else None
    today = now.date()
    candidate = datetime.combine(day or today, clock, tzinfo=now.tzinfo)
    if candidate > now:
        return candidate
    if open_half and clock.hour < 12 and (day is None or day == today):
        later = candidate + timedelta(hours=12)
        if later > now and day == today:
            return later
    if day is None:
        return datetime.combine(today + timedelta(days=1), clock, tzinfo=now.tzinfo)
    return None

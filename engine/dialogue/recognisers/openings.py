"""Free times held against what the caller said, and one moment for a call back.

An hour without a.m. or p.m. is settled by the openings ("at two" is 14:00 if that is offered), else by working hours:
one to seven is the afternoon, eight to eleven the morning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.dialogue.recognisers import when
from engine.dialogue.recognisers.found import Found
from engine.dialogue.recognisers.moment import Than
from engine.dialogue.recognisers.when import Bound, Part, When
from engine.dialogue.recognisers.wishes import (
    NO_WISH,
    USUAL_HOUR,
    Wish,
    carried_on,
    day_meant,
    distance,
    lasting,
    names_days,
    pinpoints,
    ruled_out,
    settled,
    suits,
    week_in,
    wish_of,
    without_days,
)

MOST_NEAR = 3
_MONTH_CALL = time(10, 0)


@dataclass(frozen=True, slots=True)
class PickResult:
    """`chosen`: the one meant, or None. `matches`: all that fit. `near`: if none fits, the nearest to the wish.
    `named`: whether a time was spoken of at all. `wish`: what holds from now on."""

    chosen: datetime | None = None
    matches: tuple[datetime, ...] = ()
    near: tuple[datetime, ...] = ()
    named: bool = False
    wish: Wish = NO_WISH


def pick(
    utterance: str,
    openings: Sequence[datetime],
    now: datetime,
    offered: Sequence[datetime] = (),
    kept: Wish = NO_WISH,
) -> PickResult:
    """What the caller means. All moments in one zone, that in which times are spoken; a change of the clock is theirs.

    `openings`: all that are free. `offered`: those of them that were just spoken, in their order: what "the second one"
    or "anything earlier" refers to. `kept`: wishes of earlier turns that still hold.
    """
    found = when.find(utterance, now)
    stated = [each.value for each in found if not each.denied]
    said = wish_of(utterance, found, week_in(kept) or max((at.date() for at in offered), default=now.date()))
    than = next((each.than for each in stated if each.than is not None), None)
    # "Any day", beside a wish, chooses nothing: it says that the wish is all.
    choosing = [
        each
        for each in stated
        if each.ordinal or each.earliest or each.latest or each.that_one or (each.anything and not said.options)
    ]
    if not (said or choosing or (than and offered)):
        return PickResult(wish=kept)
    both = carried_on(kept, said)
    if not any(suits(both, at, now) for at in openings):
        # "This week", and then "on Monday": days that were named before give way to those that are named now.
        anew = carried_on(without_days(kept), said) if names_days(said) else both
        both = anew if any(suits(anew, at, now) for at in openings) else both
    choice = _chosen(found, choosing, said, both, openings, offered, now) if than is None or not offered else None
    chosen, matches, near = choice or _wished(than if offered else None, said, both, openings, offered, now)
    # Who chooses ("Thursday, then") has wished for nothing beyond it.
    wish = carried_on(kept, Wish(without=said.without)) if choice is not None else lasting(both)
    return PickResult(chosen, matches, near, bool(said or chosen or matches or near), wish)


Picked = tuple[datetime | None, tuple[datetime, ...], tuple[datetime, ...]]


def _chosen(
    found: Sequence[Found[When]], choosing: Sequence[When], said: Wish, both: Wish, openings: Sequence[datetime],
    offered: Sequence[datetime], now: datetime,
) -> Picked | None:  # fmt: skip
    """One of the times that were spoken, or the first or last of a kind; None: the words say no more than a wish."""
    spoken = [at for at in offered if suits(said, at, now)]
    ordinal = next((each for each in reversed(choosing) if each.ordinal is not None), None)
    if ordinal is not None and (at := _in_place(ordinal.ordinal or 0, offered)) is not None:
        last = next(each.value for each in reversed(found) if not each.denied)
        if at in spoken or last is ordinal:
            return at, (at,), ()
    if len(spoken) == 1 and pinpoints(said):
        return spoken[0], (spoken[0],), ()
    pool = spoken or ([at for at in openings if suits(both, at, now)] if said.options or not offered else [])
    in_time = sorted(pool, key=_moment)
    if not in_time:
        return None
    if len(spoken) == 1 and choosing:
        return spoken[0], (spoken[0],), ()
    if any(each.latest for each in choosing) and (spoken or said.options):
        return in_time[-1], tuple(pool), ()
    if any(each.earliest for each in choosing) or (spoken and any(each.anything for each in choosing)):
        return in_time[0], tuple(pool), ()
    return None


def _wished(
    than: Than | None, said: Wish, both: Wish, openings: Sequence[datetime], offered: Sequence[datetime], now: datetime
) -> Picked:
    pool = [at for at in openings if suits(both, at, now)]
    if than is not None:
        fitting = tuple(at for at in pool if _beyond(than, at, offered))
        others = tuple(sorted(pool, key=lambda at: _gap(at, offered))[:MOST_NEAR])
        return (
            (fitting[0], fitting, ())
            if len(fitting) == 1 and said.options
            else (None, fitting, () if fitting else others)
        )
    if not said:
        return None, (), ()
    if pool:
        return (pool[0] if len(pool) == 1 and said.options else None), tuple(pool), ()
    # The newest word counts most: better a Friday than a time after four on some other day.
    newest = tuple(at for at in openings if suits(Wish(said.options, both.without), at, now))
    if len(newest) == 1 and not lasting(Wish(said.options)):
        return newest[0], newest, ()  # "Thursday at ten, then": a choice, whatever was wished for before
    if newest:
        return None, (), newest[:MOST_NEAR]
    allowed = [at for at in openings if not ruled_out(both, at, now)]
    wish = both if both.options else said
    return None, (), tuple(sorted(allowed, key=lambda at: (*distance(wish, at, now), _moment(at)))[:MOST_NEAR])


def _moment(at: datetime) -> datetime:
    # Python compares two times of one zone by their wall clocks, wrong in the night when the clock changes.
    return at.astimezone(UTC)


def _in_place(place: int, offered: Sequence[datetime]) -> datetime | None:
    index = place - 1 if place > 0 else len(offered) + place
    return offered[index] if 0 <= index < len(offered) else None


def _beyond(than: Than, at: datetime, offered: Sequence[datetime]) -> bool:
    first, last = min(offered, key=_moment), max(offered, key=_moment)
    if than is Than.SOONER:
        return _moment(at) < _moment(first)
    if than is Than.LATER:
        return _moment(at) > _moment(last)
    same_day = [each for each in offered if each.date() == at.date()]
    if than is Than.SOONER_THAT_DAY:
        return any(_moment(at) < _moment(each) for each in same_day)
    return any(_moment(at) > _moment(each) for each in same_day)


def _gap(at: datetime, offered: Sequence[datetime]) -> timedelta:
    return min(abs(_moment(at) - _moment(each)) for each in offered)


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
        if wish.about_days:
            dayed = wish
            if wish.part is not None:
                part = wish.part
        elif wish.part is not None:
            part = wish.part
        if wish.clock is not None and not (timed and timed.bound is Bound.AFTER and _ends(wish)):
            timed = wish
    clock = _clock_for(timed, part, dayed)
    if clock is None:
        return None
    return _moment_of(dayed, timed, clock, part, now)


def _ends(wish: When) -> bool:
    return wish.bound in (Bound.BEFORE, Bound.BY)


def _clock_for(timed: When | None, part: Part | None, dayed: When | None) -> time | None:
    if timed is not None and timed.clock is not None:
        moment = settled(timed.clock, timed.part or part)
        if _ends(timed) and moment.hour > 0:
            return moment.replace(hour=moment.hour - 1)
        return moment
    if part is not None:
        return time(USUAL_HOUR[part])
    if dayed is not None and dayed.month_start is not None:
        return _MONTH_CALL
    return None


def _moment_of(
    dayed: When | None, timed: When | None, clock: time, part: Part | None, now: datetime
) -> datetime | None:
    open_half = (
        timed is not None and timed.clock is not None and not timed.clock.exact and part is None and not timed.part
    )
    day: date | None = day_meant(dayed, now, clock) if dayed is not None else None
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

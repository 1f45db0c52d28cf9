"""Rules about the moment (C6) and about how often somebody is called (C7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.compliance.case import Case, Terms
from engine.compliance.consent_rules import given_at, in_force
from engine.compliance.decision import Check
from engine.compliance.hours import AHEAD, Standing, first_opening, is_open, windows
from engine.compliance.law import MOST_A_DAY, Cap
from engine.compliance.moments import clock_of, hour
from engine.compliance.state_rules import of_case

_SIMULATED = "simulated network: nobody is disturbed"
_DAY_H = 24
_JUST_AFTER = timedelta(seconds=1)


def hours(case: Case) -> Check:
    """C6: the moment lies inside the window of every place where the person may be, and of the campaign."""
    rule = "hours"
    if not case.disturbs:
        return Check(rule, True, inputs=_SIMULATED)
    there = of_case(case)
    inputs = "; ".join(_told(standing, case.terms, case.now) for standing in there)
    closed = next((standing for standing in there if not is_open(standing, case.terms, case.now)), None)
    if closed is None:
        return Check(rule, True, inputs=inputs)
    opening = first_opening(there, case.terms, case.now)
    why = _why_closed(closed, case.terms, case.now)
    if opening is None:
        why += f" No hour of the next {AHEAD.days} days fits every place and the campaign."
    return Check(rule, False, why, for_good=False, until=opening, inputs=inputs)


def attempts_24h(case: Case) -> Check:
    """C7: the strictest of the campaign's number, the states' caps and the three that are the most anywhere. A call
    that the person asked for counts, but only the law's numbers bind it."""
    rule = "attempts_24h"
    if not case.disturbs:
        return Check(rule, True, inputs=_SIMULATED)
    own = MOST_A_DAY if case.agreed else min(case.terms.per_24h, MOST_A_DAY)
    caps = {("the campaign" if own < MOST_A_DAY else "everywhere"): Cap(own, _DAY_H)}
    caps |= {standing.row.name: standing.row.cap for standing in of_case(case) if standing.row.cap}
    told, latest, who = [], None, ("", Cap(own, _DAY_H))
    for name, cap in caps.items():
        within = _within(case.attempts, case.now, cap.hours)
        told.append(f"{len(within)} of {cap.calls} in {cap.hours} h ({name})")
        if len(within) >= cap.calls:
            until = within[-cap.calls] + timedelta(hours=cap.hours) + _JUST_AFTER
            if latest is None or until > latest:
                latest, who = until, (name, cap)
    inputs = "; ".join(told)
    if latest is None:
        return Check(rule, True, inputs=inputs)
    name, cap = who
    why = f"This number was called {cap.calls} times in {cap.hours} hours, which is the most for {name}."
    if cap.calls == 1:
        why = f"This number was called in the last {cap.hours} hours, and {name} allows one call in that time."
    return Check(rule, False, why, for_good=False, until=latest, inputs=inputs)


def attempts_lifetime(case: Case) -> Check:
    """C7: how often at all since the person last asked to be called: whoever comes back after a year asks anew. The
    campaign's own number, so a call that the person asked for is not bound by it."""
    rule, most = "attempts_lifetime", case.terms.lifetime
    asked = max((given for each in in_force(case) if (given := given_at(each))), default=None)
    made = sum(asked is None or each >= asked for each in case.attempts)
    inputs = f"{made} of {most} since the consent"
    if made >= most and not case.agreed and case.disturbs:
        why = f"This number was called {made} times, and the campaign makes {most} calls."
        return Check(rule, False, why, inputs=inputs)
    return Check(rule, True, inputs=inputs)


def min_gap(case: Case) -> Check:
    """C7: how long after the attempt before."""
    rule, gap = "min_gap", timedelta(minutes=case.terms.min_gap_min)
    last = max(case.attempts, default=None)
    if last is None or case.agreed or not case.disturbs:
        return Check(rule, True)
    again = last + gap
    inputs = f"last {last.isoformat()}, {case.terms.min_gap_min} min"
    if again > case.now:
        why = f"The last call was less than {case.terms.min_gap_min} minutes ago."
        return Check(rule, False, why, for_good=False, until=again, inputs=inputs)
    return Check(rule, True, inputs=inputs)


def _within(attempts: Sequence[datetime], now: datetime, hours: int) -> list[datetime]:
    """Oldest first. One that is exactly so old still counts."""
    since = now - timedelta(hours=hours)
    return sorted(each for each in attempts if each >= since)


def _told(standing: Standing, terms: Terms, now: datetime) -> str:
    local = now.astimezone(standing.zone)
    allowed = windows(standing, terms, local.date())
    spans = ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in allowed) or "none"
    return f"{standing.place.zone} {standing.row.code} {local:%Y-%m-%d %H:%M}, calls {spans} ({standing.place.why})"


def _why_closed(standing: Standing, terms: Terms, now: datetime) -> str:
    local = now.astimezone(standing.zone)
    place = standing.place
    name = standing.row.name if standing.row.zones and place.state else clock_of(place.zone)
    it_is = f"It is {hour(local)} {clock_of(place.zone)}"
    where = f"{name} ({place.why})" if place.why else name
    allowed = windows(standing, terms, local.date())
    if not allowed:
        return f"{it_is}, and no calls are made today in {where}."
    spans = " and ".join(f"from {hour(start)} to {hour(end)}" for start, end in allowed)
    return f"{it_is}, and in {where} calls are begun {spans} today."

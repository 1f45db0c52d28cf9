"""A decision in plain sentences, for pages: what we do and when by the person's own clock, and what each rule said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.compliance.case import Place
from engine.compliance.decision import Check, Decision
from engine.compliance.moments import at, when

TITLES: Final = {
    "number_valid": "The number can be called",
    "number_plan": "The number is in a country that is called",
    "not_suppressed": "The number is not on our own do-not-call list",
    "not_revoked": "Consent was not taken back",
    "consent": "There is consent",
    "ai_wording": "The consent speaks of an AI voice",
    "do_not_call_lists": "National and state do-not-call lists",
    "state_duties": "Special duties of the state",
    "state_rows": "Counsel has read the state's rules",
    "not_stopped": "Calling in the state is not stopped",
    "hours": "Calling hours",
    "attempts_24h": "Calls within a day",
    "attempts_lifetime": "Calls in all",
    "min_gap": "Time since the last call",
    "not_reassigned": "The number has no new owner",
    "caller_id": "The number that is shown",
    "no_active_call": "Nobody is calling already",
}

_BECAUSE: Final = {
    "hours": "when the calling hours begin there",
    "attempts_24h": "when one more call is allowed",
    "min_gap": "when enough time has passed since the last call",
    "not_stopped": "when calling there is no longer stopped",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule. `state`: 'ok', 'warning', 'waits' or 'no'. `text`: why, empty where there is nothing to add."""

    rule: str
    title: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """`headline`: what we do. `there`: the clock at each place where the person may be. `lines`: rule by rule, those
    that decided first."""

    headline: str
    there: tuple[str, ...]
    lines: tuple[Line, ...]


def sentences(decision: Decision, now: datetime, places: Sequence[Place] = ()) -> Sentences:
    """`now`: when the page is shown. `places`: as in the case; the first one's clock is the person's."""
    lines = sorted((_line(check) for check in decision.checks), key=lambda line: _ORDER.index(line.state))
    return Sentences(headline(decision, places, now), clocks(places, now), tuple(lines))


_ORDER: Final = ("no", "waits", "warning", "ok")


def headline(decision: Decision, places: Sequence[Place] = (), now: datetime | None = None) -> str:
    """'We will call tomorrow at 9:00 a.m. Pacific, when the calling hours begin there.' Without `now` the day stands
    with its date."""
    refusal = decision.refusal
    if refusal is None:
        return "We may call now."
    if refusal.for_good:
        return f"We will not call. {refusal.why}"
    if decision.at is None:
        reason = decision.no_moment or refusal.why
        return f"We do not call now, and cannot say when we will. {reason}"
    zone = places[0].zone if places else "America/New_York"
    return (
        f"We will call {when(decision.at, zone, now)}, {_BECAUSE.get(_decides(decision), 'when every rule allows it')}."
    )


def clocks(places: Sequence[Place], now: datetime) -> tuple[str, ...]:
    """'8:40 p.m. Pacific: CA, ZIP code 94107 on the form', one for each place."""
    return tuple(dict.fromkeys(f"{at(now, place.zone)}: {_where(place)}" for place in places))


def _decides(decision: Decision) -> str:
    """The rule that is the last to allow it; 'hours' where the moment is an opening after all others."""
    waiting = [check for check in decision.checks if not check.holds and check.until is not None]
    latest = max(waiting, key=lambda check: check.until.timestamp() if check.until else 0.0, default=None)
    if latest is None or (latest.until is not None and decision.at is not None and latest.until < decision.at):
        return "hours"
    return latest.rule


def _line(check: Check) -> Line:
    state = "no" if not check.holds and check.for_good else "waits" if not check.holds else "ok"
    if state == "ok" and check.warning:
        state = "warning"
    return Line(check.rule, TITLES.get(check.rule, check.rule), state, check.why or check.warning)


def _where(place: Place) -> str:
    return f"{place.state}, {place.why}".strip(", ") or place.zone

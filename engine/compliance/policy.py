"""May this lead be called? Every rule is asked and its verdict kept, also after one has said no: the decision is
evidence (compliance.md, section 10). A further rule is one more function in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.compliance import consent_rules, number_rules, state_rules, time_rules
from engine.compliance.case import Case
from engine.compliance.decision import Check, Decision
from engine.compliance.duties import of_the_call
from engine.compliance.hours import AHEAD
from engine.compliance.law import law
from engine.compliance.places import places_of
from engine.compliance.words import clocks, headline

RULES: Final[tuple[Callable[[Case], Check], ...]] = (
    number_rules.number_valid,
    number_rules.number_plan,
    number_rules.not_suppressed,
    consent_rules.not_revoked,
    consent_rules.consent,
    consent_rules.ai_wording,
    state_rules.do_not_call_lists,
    state_rules.state_duties,
    state_rules.state_rows,
    state_rules.not_stopped,
    time_rules.hours,
    time_rules.attempts_24h,
    time_rules.attempts_lifetime,
    time_rules.min_gap,
    consent_rules.not_reassigned,
    number_rules.caller_id,
    number_rules.no_active_call,
)
"""Each is a pure function of the case. Of several that say no, the first for good decides, else the first."""

NO_HOUR: Final = f"Within the next {AHEAD.days} days there is no moment at which every rule holds."


def may_call(case: Case) -> Decision:
    checks = _asked(case)
    at, why_never = _moment(case, checks)
    decision = Decision(
        checks,
        at=at,
        duties=of_the_call(standing.row for standing in state_rules.of_case(case)),
        version=law().version,
        warnings=tuple(check.warning for check in checks if check.warning),
        no_moment=why_never,
    )
    return replace(decision, headline=headline(decision, case.places), there=clocks(case.places, case.now))


def warm_up(now: datetime) -> None:
    """Read the tables that the first decision of a process would wait half a second for. Blocks so long."""
    may_call(Case(now, "+14155552671", places=places_of("+14155552671", "94107", "CA", "San Francisco"), real=True))
    may_call(Case(now, None))


def _asked(case: Case) -> tuple[Check, ...]:
    return tuple(rule(case) for rule in RULES)


def _moment(case: Case, checks: tuple[Check, ...]) -> tuple[datetime | None, str]:
    """The first moment at which every rule holds as far as can be known, or why there is none.

    What a rule says of its own first moment bounds it for all, so the latest of them is asked next, and so on: no
    moment in between can be one at which all hold."""
    moment, failed = case.now, [check for check in checks if not check.holds]
    if not failed or any(check.for_good for check in failed):
        return None, ""
    while failed:
        unknown = next((check for check in failed if check.for_good or check.until is None), None)
        if unknown is not None:
            return None, unknown.why
        latest = max(check.until for check in failed if check.until is not None)
        if latest <= moment or latest - case.now > AHEAD:
            return None, NO_HOUR
        moment = latest
        failed = [check for check in _asked(replace(case, now=moment)) if not check.holds]
    return moment, ""

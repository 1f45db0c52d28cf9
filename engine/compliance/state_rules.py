"""Rules about lists (C5), special duties of the states and their rows (C8), and states stopped by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.compliance.case import Case
from engine.compliance.consent_rules import has_written_consent, in_force
from engine.compliance.decision import Check
from engine.compliance.duties import ROW, SELLERS, is_signed
from engine.compliance.hours import Standing, standings
from engine.compliance.law import DUTIES, law
from engine.compliance.moments import when


def of_case(case: Case) -> tuple[Standing, ...]:
    return standings(tuple(case.places), case.terms.duties_met)


def do_not_call_lists(case: Case) -> Check:
    """C5: a number on a list is called with written consent for it only. A list counts while it is fresh; where written
    consent is there a missing one is a warning, else the call."""
    rule = "do_not_call_lists"
    written = has_written_consent(case)
    inputs = "; ".join(f"{name}: {_age(case, at)}" for name, at in _lists(case))
    if case.listed and not written:
        names = ", ".join(dict.fromkeys(each.name for each in case.listed))
        why = f"The number is on a do-not-call list ({names}), and there is no written consent for it."
        return Check(rule, False, why, inputs=inputs)
    usable = timedelta(days=case.terms.lists_max_age_days)
    stale = [name for name, at in _lists(case) if at is None or case.now - at > usable]
    if not stale:
        return Check(rule, True, inputs=inputs)
    lacking = (
        f"No {' and no '.join(stale)} do-not-call list of the last {case.terms.lists_max_age_days} days has been loaded"
    )
    if not written and case.real:
        return Check(rule, False, f"{lacking}, and there is no written consent.", for_good=False, inputs=inputs)
    return Check(rule, True, inputs=inputs, warning=f"{lacking}.")


def state_duties(case: Case) -> Check:
    """C8: what the product cannot meet by itself needs somebody's signature; see `engine.compliance.duties`."""
    rule, told = "state_duties", []
    for standing in of_case(case):
        row = standing.row
        told += [f"{row.code}: {', '.join(sorted(row.duties))}"] if row.duties else []
        for duty in sorted(row.duties & SELLERS):
            if not is_signed(duty, row, case.terms.duties_met):
                why = (
                    f"{row.name} asks for {DUTIES[duty]} ({standing.place.why}), and nobody has signed in the campaign "
                    "that this is met."
                )
                return Check(rule, False, why, inputs="; ".join(dict.fromkeys(told)))
        if "written_consent" in row.duties and not has_written_consent(case):
            why = f"{row.name} asks for written consent ({standing.place.why}), and there is none."
            return Check(rule, False, why, inputs="; ".join(dict.fromkeys(told)))
        if "live_operator_or_prior_agreement" in row.duties and not (case.agreed or in_force(case)):
            why = f"{row.name} asks for {DUTIES['live_operator_or_prior_agreement']}, and nobody has agreed."
            return Check(rule, False, why, inputs="; ".join(dict.fromkeys(told)))
    return Check(rule, True, inputs="; ".join(dict.fromkeys(told)), warning=_two_openings(case))


def state_rows(case: Case) -> Check:
    """C8: rows that counsel has not read."""
    unread = {
        standing.row.code: standing.row
        for standing in of_case(case)
        if standing.row.verify and not is_signed(ROW, standing.row, case.terms.duties_met)
    }
    if not unread:
        return Check("state_rows", True)
    names = ", ".join(row.name for row in unread.values())
    inputs = "; ".join(f"{code}: {row.words}" if row.words else code for code, row in unread.items())
    if case.terms.unverified_states == "block" and case.real:
        why = f"The rules of {names} have not been read by counsel, and the campaign waits for that."
        return Check("state_rows", False, why, inputs=inputs)
    return Check("state_rows", True, inputs=inputs, warning=f"The rules of {names} have not been read by counsel.")


def not_stopped(case: Case) -> Check:
    """Stopped by hand: a governor's order, a storm. Where no state is known, each of them may be the person's."""
    rule = "not_stopped"
    if not case.suspended:
        return Check(rule, True)
    there = of_case(case)
    states = {standing.row.code for standing in there if standing.row.code in law().states}
    stopped = {
        state: until
        for state, until in case.suspended.items()
        if until > case.now and (state in states or (not states and there[0].row is not law().abroad))
    }
    if not stopped:
        return Check(rule, True)
    until = max(stopped.values())
    state = max(stopped, key=lambda each: stopped[each])
    name = law().states[state].name if state in law().states else state
    zone = next((each.place.zone for each in there if each.row.code == state), there[0].place.zone)
    why = f"Calling in {name} is stopped until {when(until, zone, case.now).removeprefix('on ')}."
    return Check(rule, False, why, for_good=False, until=until, inputs=", ".join(sorted(stopped)))


def _two_openings(case: Case) -> str:
    """New Jersey's number and Washington's quick end go with every opening; those of these two states do not."""
    if not {"CT", "NY"} <= {standing.row.code for standing in of_case(case)}:
        return ""
    return "The person may be in Connecticut or in New York, whose openings differ: Connecticut's is spoken."


def _lists(case: Case) -> list[tuple[str, datetime | None]]:
    """Name and date of each list that has to be looked at; date None if it was never loaded."""
    states = {each.row.code: each.row for each in of_case(case) if each.row.own_list}
    needed = [("national", case.lists_loaded.get(""))]
    return needed + [(f"{row.name} state", case.lists_loaded.get(code)) for code, row in states.items()]


def _age(case: Case, listed_at: datetime | None) -> str:
    return "never loaded" if listed_at is None else f"of {listed_at.date().isoformat()}"

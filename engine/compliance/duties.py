"""Special duties of the states: which of them the product meets by itself, which the seller has to meet, what the call
itself has to do. See the table in docs/may-we-call.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.compliance.decision import Duties, Variant
from engine.compliance.law import DUTIES, Row, law

ROW: Final = "row"
"""Signed for a state, this says that counsel has read its row."""

SELLERS: Final = frozenset({"registration"})
"""Only the seller can meet these: without somebody's signature the state is not called."""

OPENINGS: Final[tuple[tuple[str, Variant], ...]] = (("CT", "ct"), ("NY", "ny"), ("NJ", "nj"), ("WA", "wa"))
"""The variant of a state's opening, the most demanding first."""


def is_signed(duty: str, row: Row, signed: frozenset[str]) -> bool:
    """Somebody named has signed for a duty, for one state ('TX.registration') or for all ('registration')."""
    return bool(signed) and (f"{row.code}.{duty}" in signed or duty in signed)


def signable() -> dict[str, str]:
    """Everything that somebody can sign for, with words for people: 'TX.registration': 'Texas: registration of ...'.
    Without a state an id speaks for all of them. Other duties need no signature, and none counts for them."""
    duties = sorted(SELLERS | {"sunday_holiday_needs_consent"})
    found = {duty: f"All states: {DUTIES[duty]}" for duty in duties}
    found[ROW] = "All states: counsel has read their rows"
    for code, row in law().states.items():
        for duty in duties:
            if duty in row.duties:
                found[f"{code}.{duty}"] = f"{row.name}: {DUTIES[duty]}"
        if row.verify:
            found[f"{code}.{ROW}"] = f"{row.name}: counsel has read this state's row"
    return found


def of_the_call(rows: Iterable[Row]) -> Duties:
    """The strictest of the rows."""
    rows = list(rows)
    states = {row.code for row in rows}
    ends = [row.end_within_s for row in rows if row.end_within_s is not None]
    return Duties(
        opening=next((variant for state, variant in OPENINGS if state in states), "base"),
        all_parties=any(row.all_parties for row in rows),
        say_number_early=any("state_phone_number_in_opening" in row.duties for row in rows),
        end_within_s=min(ends, default=None),
    )

"""A row of a file as a lead, with the consent that it brings itself or that was stated for the import. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from engine.leads.arrived import Arrived
from engine.leads.csv_files.columns import IGNORED, MEANINGS
from engine.leads.csv_files.plan import ImportPlan
from engine.leads.csv_files.reader import Row
from engine.leads.fields import FieldProblem
from engine.leads.reading import Arrival, Said, moment, read_lead, ticked

SOURCE: Final = "csv"


def read_row(row: Row, plan: ImportPlan, arrival: Arrival, import_id: str, by: str) -> Arrived | FieldProblem:
    """`import_id`, `by`: the import in which, and the person by whom a stated consent was declared. A problem instead
    of a lead: the row cannot even be kept."""
    if row.problem:
        return FieldProblem("", row.problem, row.fix, fatal=True)
    width = len(plan.columns)
    if len(row.cells) > width and any(row.cells[width:]):
        return FieldProblem(
            "",
            f"The row has {len(row.cells)} columns instead of {width}: its cells may have moved.",
            "Put a cell that holds the separator in quotation marks, or delete the cells at the end.",
            fatal=True,
        )
    cells = {meaning: cell for meaning, cell in zip(plan.columns, row.cells, strict=False) if meaning != IGNORED}
    if len(row.cells) < width and not cells.get("phone"):
        return FieldProblem(
            "", f"The row has {len(row.cells)} columns instead of {width}, and no phone number.",
            "Look whether it belongs to the row above.", fatal=True,
        )  # fmt: skip
    said = Said(
        phone=cells.get("phone", ""),
        name=cells.get("name", ""),
        first_name=cells.get("first_name", ""),
        last_name=cells.get("last_name", ""),
        email=cells.get("email", ""),
        country=cells.get("country", ""),
        zone=cells.get("zone", ""),
        external_id=_external_id(cells.get("id", ""), arrival, import_id, row.number),
        submitted_at=_moment(cells.get("submitted_at", ""), plan),
        sub_source=f"import {import_id}",
        answers=_answers(cells),
    )
    said, missing = _with_consent(said, cells, plan, import_id, by)
    read = read_lead(said, replace(arrival, region=plan.country.upper() or arrival.region), SOURCE, keep_id=True)
    problems = tuple(missing if each.field == "consent" else each for each in read.problems)
    unusable = " ".join(each.problem for each in problems if each.fatal)
    return replace(read, lead=replace(read.lead, unusable=unusable), problems=problems)


def _with_consent(
    said: Said, cells: Mapping[str, str], plan: ImportPlan, import_id: str, by: str
) -> tuple[Said, FieldProblem]:
    """What the row itself says goes first: its own words with time and place, or its own no. Then what was stated for
    the whole import. The problem is told where neither of them counts."""
    tick = ticked(cells["consent"]) if cells.get("consent") else None
    text, place = cells.get("consent_text", ""), cells.get("consent_source", "")
    at = _moment(cells.get("consent_at", ""), plan)
    if tick is False:
        no = FieldProblem(
            "consent", "The row says that this person did not agree to be called.", _LEAVE_OUT, fatal=True
        )
        return replace(said, level="none", agreed=False), no
    own = replace(
        said, agreed=tick if tick is not None else bool(text) or None, consent_text=text, consent_at=at,
        page_url=place, consent_ip=cells.get("consent_ip", ""), certificate=cells.get("certificate", ""),
        verified_by=f"as stated in the row, imported by {by or 'a program'}",
    )  # fmt: skip
    if text and at and place:
        return replace(own, level="written"), _NO_PROBLEM
    stated = plan.consent
    if stated.declared and stated.given_on is not None:
        declared = replace(
            own, level="written", agreed=None, consent_text=stated.text.strip(), page_url=stated.where.strip(),
            consent_at=_start_of(stated.given_on, plan),
            verified_by=f"declared for the import {import_id} by {by or 'a program'}",
        )  # fmt: skip
        return declared, _NO_PROBLEM
    lacking = [name for name, there in (("the words", text), ("the time", at), ("the place", place)) if not there]
    problem = (
        f"Nothing proves that this person may be called: {_and(lacking)} of their consent {_are(lacking)} missing."
    )
    return replace(own, level="none"), FieldProblem("consent", problem, _PROVE, fatal=True)


_NO_PROBLEM: Final = FieldProblem("consent", "", "")
_LEAVE_OUT: Final = "Leave this person out."
_PROVE: Final = (
    "Add columns with the words, the time and the place of consent, or state for the whole import what everybody in it "
    "agreed to."
)


def _external_id(own: str, arrival: Arrival, import_id: str, number: int) -> str:
    """The file's own id, which makes a lead known in later files of this source too; else the row of this import, which
    makes it known when the import goes on after a stop."""
    return f"{arrival.source_id}:{own[:160]}" if own else f"{import_id}:{number}"


def _answers(cells: Mapping[str, str]) -> dict[str, str]:
    kept = ("zip", "state", "city")
    return {name: cell for name, cell in cells.items() if cell and (name in kept or name not in MEANINGS)}


def _start_of(day: date, plan: ImportPlan) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(plan.zone)).astimezone(UTC)


_DATE: Final = re.compile(
    r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp][Mm])?)?"
)


def _moment(text: str, plan: ImportPlan) -> datetime | None:
    """ISO 8601, or a date as people write it, with or without a time of day."""
    if not text:
        return None
    found = moment(text)
    if found is not None:
        return found.astimezone(UTC)
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    first, second, third = (int(match[place]) for place in (1, 2, 3))
    if len(match[1]) == 4:
        year, month, day = first, second, third
    elif plan.dates == "dmy":
        year, month, day = third, second, first
    else:
        year, month, day = third, first, second
    hour, minute, second_ = (int(match[place] or 0) for place in (4, 5, 6))
    if match[7]:
        hour = hour % 12 + (12 if match[7].lower() == "pm" else 0)
    try:
        there = datetime(
            year + 2000 if year < 100 else year, month, day, hour, minute, second_, tzinfo=ZoneInfo(plan.zone)
        )
        return there.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 or names == ["the words"] else "is"

"""Fields that several forms of a calendar have: a week, days that differ; and what is wrong, at the field it is about.

A form is sent as a whole, and what the engine says of it comes back field by field (`staff.0.areas`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.records import Json
from ui.resources import calendars
from ui.texts import t

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Hours = Mapping[str, tuple[str, ...]]


@dataclass
class Spots:
    """Places below fields, to say there what is wrong. `at`: path of the form's fields in what the engine takes."""

    at: str = ""
    places: dict[str, Any] = field(default_factory=dict)

    def below(self, name: str, where: Any = st) -> None:
        """What is wrong with the field of that name is told here."""
        self.places[f"{self.at}{name}"] = where.empty()

    def tell(self, trouble: EngineTrouble) -> None:
        told: dict[str, list[str]] = {}
        rest: list[str] = []
        for each in trouble.problems:
            # The nearest field that is drawn: `special.2026-12-24` is told at `special`.
            known = [place for place in self.places if each.field == place or each.field.startswith(f"{place}.")]
            if known:
                told.setdefault(max(known, key=len), []).append(each.problem)
            else:
                rest.append(each.problem)
        for place, sentences in told.items():
            self.places[place].html(looks.page(*(looks.field_problem(sentence) for sentence in sentences)))
        if rest or not trouble.problems:
            st.error(" ".join(rest) or trouble.sentence, icon=":material/error:")


def save(name: str, setup: Mapping[str, Json], spots: Spots) -> bool:
    """Keep the calendar; what is wrong is told at the fields."""
    try:
        calendars.save(parts.engine(), name, setup)
    except EngineTrouble as trouble:
        spots.tell(trouble)
        return False
    st.toast(t("calendars.saved", name=name))
    return True


def week(hours: Hours, key: str, spots: Spots, at: str = "weekly") -> dict[str, Json]:
    """A line for each day of the week."""
    found: dict[str, Json] = {}
    for day in DAYS:
        label, line = st.columns([1, 3], vertical_alignment="center")
        label.write(t(f"day.{day}"))
        text = line.text_input(
            t(f"day.{day}"), value=", ".join(hours.get(day, ())), label_visibility="collapsed", key=f"{key}-{day}"
        )
        spots.below(f"{at}.{day}", line)
        if spoken := spans(text):
            found[day] = list(spoken)
    return found


def special(days: Hours, key: str, spots: Spots, at: str = "special") -> dict[str, Json]:
    """A table of dates."""
    rows = [{"day": date.fromisoformat(day), "hours": ", ".join(hours)} for day, hours in sorted(days.items())]
    edited = st.data_editor(
        rows or [{"day": None, "hours": ""}], num_rows="dynamic", hide_index=True, width="stretch",
        key=f"special-{key}",
        column_config={
            "day": st.column_config.DateColumn(t("calendars.special.day")),
            "hours": st.column_config.TextColumn(t("calendars.special.hours")),
        },
    )  # fmt: skip
    spots.below(at)
    return {str(row["day"]): list(spans(row["hours"] or "")) for row in edited if row.get("day")}


def spans(text: str) -> list[str]:
    """'09:00-12:00, 13:00 - 17:00' as the engine takes it. What is no span stays, for the engine to name it."""
    parts_of_it = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    return [re.sub(r"\s*(?:-|–|to)\s*", "-", part) for part in parts_of_it]


def listed(text: str) -> list[Json]:
    """What stands between commas, semicolons or line breaks."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]

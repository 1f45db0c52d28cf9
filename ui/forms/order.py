"""The menu of a row in a list: up, down, away. For lists that are put as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import streamlit as st

from ui.forms.spot import Spot
from ui.records import Json
from ui.texts import t

ICON_ONLY: Final = "ll-icon"
"""Part of the key of a button whose words only screen readers get (ui/static/looks.css)."""
What: TypeAlias = Literal["up", "down", "remove"]
_ICONS: Final = {"up": ":material/arrow_upward:", "down": ":material/arrow_downward:", "remove": ":material/delete:"}


def choices(place: int, count: int) -> list[What]:
    """What can be done with the row at `place` of `count`."""
    found: list[What] = ["up"] if place else []
    if place + 1 < count:
        found.append("down")
    return [*found, "remove"]


def reordered(things: Sequence[Json], place: int, what: What) -> list[Json]:
    rest = [*things[:place], *things[place + 1 :]]
    if what == "remove":
        return rest
    target = place - 1 if what == "up" else place + 1
    return [*rest[:target], things[place], *rest[target:]]


def row_menu(spot: Spot, things: Sequence[Json], place: int, name: str) -> None:
    """`spot`: of the list. `name`: of the row, for people who do not see where the menu stands."""
    if spot.locked:
        return
    key = spot.key(list(things), f"{ICON_ONLY}.row{place}")

    def act() -> None:
        what: object = st.session_state.get(key)
        if what == "up" or what == "down" or what == "remove":
            spot.put(reordered(things, place, what))

    st.menu_button(
        t("form.row.menu", name=name), choices(place, len(things)), key=key, on_click=act, type="tertiary",
        icon=":material/more_vert:", format_func=lambda what: f"{_ICONS[what]} {t(f'form.row.{what}')}",
    )  # fmt: skip

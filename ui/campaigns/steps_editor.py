"""The plan of attempts as a list: the first is made at once, each line is one more."""

from __future__ import annotations

import streamlit as st

from ui import looks
from ui.campaigns.steps_text import UNITS, Picked, next_step, of_unit, picked, step
from ui.forms.binding import Missing, issues_at
from ui.forms.frame import problem, problems
from ui.forms.order import ICON_ONLY
from ui.forms.raw import raw
from ui.forms.shapes import Field, Raw
from ui.forms.spot import Spot
from ui.forms.widgets import wired
from ui.records import Json
from ui.texts import t

MOST = 19


def steps(spot: Spot) -> None:
    """`spot`: of the list."""
    value = spot.value
    given: list[Json] = list(value) if isinstance(value, list) else []
    st.html(looks.page(f'<p class="ll-step">{looks.badge("1", "good")} {looks.esc(t("campaign.steps.first"))}</p>'))
    for place, each in enumerate(given):
        with st.container(gap="xxsmall", key=f"campaign-step-{place}"):
            _row(spot, given, place, each)
            problems(each.issue for each in issues_at(spot.draft.issues, (*spot.path, place)))
    if not spot.locked and len(given) < MOST:
        st.button(
            t("campaign.steps.add"), key=spot.key(None, "add"), icon=":material/add:", type="tertiary",
            on_click=spot.put, args=([*given, next_step(given)],),
        )  # fmt: skip


def _row(spot: Spot, given: list[Json], place: int, each: Json) -> None:
    now = picked(each)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(looks.page(looks.badge(str(place + 2), "info")), width="content")
        if now is None:
            problem(t("campaign.steps.unclear"))
            inside = spot.inside(place, title=t("campaign.steps.one", place=place + 2))
            raw(inside, Field(str(place), inside.title, Raw()))
        else:
            _widgets(spot, given, place, now)
        if not spot.locked:
            st.button(
                t("campaign.steps.remove", place=place + 2), key=spot.key(given, f"{ICON_ONLY}.{place}"),
                icon=":material/delete:", type="tertiary", on_click=spot.put,
                args=([*given[:place], *given[place + 1 :]],),
            )  # fmt: skip


def _widgets(spot: Spot, given: list[Json], place: int, now: Picked) -> None:
    def put(wanted: Picked) -> Json:
        return [*given[:place], step(wanted, given[place]), *given[place + 1 :]]

    def count(value: object) -> Json | Missing:
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        return put(Picked(now.unit, int(str(value)), now.at)) if whole else put(now)

    def unit(value: object) -> Json | Missing:
        return put(of_unit(next((each for each in UNITS if each == value), now.unit), now))

    def at(value: object) -> Json | Missing:
        return put(Picked(now.unit, now.count, value.strip() if isinstance(value, str) else ""))

    name = t("campaign.steps.one", place=place + 2)
    key = spot.key(put(now), f"{place}.count")
    st.number_input(
        t("campaign.steps.count", name=name), min_value=1, value=now.count, step=1, width=110,
        label_visibility="collapsed", **wired(spot, key, count, f"{place}.count"),
    )  # fmt: skip
    key = spot.key(put(now), f"{place}.unit")
    st.selectbox(
        t("campaign.steps.unit", name=name), UNITS, index=UNITS.index(now.unit), width=180,
        format_func=lambda each: t(f"campaign.steps.unit.{each}"), label_visibility="collapsed",
        **wired(spot, key, unit, f"{place}.unit"),
    )  # fmt: skip
    if now.unit == "day":
        st.html(looks.page(looks.dim(t("campaign.steps.at.word"))), width="content")
        key = spot.key(put(now), f"{place}.at")
        st.text_input(
            t("campaign.steps.at", name=name), now.at, placeholder=t("campaign.steps.at.example"), width=140,
            help=t("campaign.steps.at.help"), label_visibility="collapsed", **wired(spot, key, at, f"{place}.at"),
        )  # fmt: skip

"""The choice when two people changed the same thing: both texts with their authors, nothing lost."""

from __future__ import annotations

import json
from functools import partial
from typing import Literal

import streamlit as st

from ui import moments, parts
from ui.choices import Choice, choices
from ui.desk import Clashed, Desk
from ui.part_names import name_at
from ui.records import Json
from ui.texts import t


def draw(desk: Desk) -> None:
    """Above the page, as long as something is to be chosen."""
    for number, clashed in enumerate(desk.clashes):
        with st.container(border=True, key=f"clash-{clashed.edit.id}-{number}"):
            _one(desk, clashed, number)


def _one(desk: Desk, clashed: Clashed, number: int) -> None:
    clash = clashed.clash
    who = t("session.other_window") if clash.by == desk.by else clash.by or t("session.somebody")
    gone = clash.kind == "gone"
    what = name_at(desk.document, clash.path)
    st.subheader(t("clash.title.gone" if gone else "clash.title", what=what), anchor=False)
    st.caption(clash.sentence or t("clash.intro"))
    left, right = st.columns(2)
    when = moments.ago(clash.at, parts.now(), parts.zone()) if clash.at is not None else ""
    with left, st.container(border=True):
        st.markdown(t("clash.theirs", who=who, when=when) if when else t("clash.theirs.when_unknown", who=who))
        st.text(t("clash.removed") if gone else shown(clash.theirs))
    with right, st.container(border=True):
        st.markdown(t("clash.yours"))
        st.text(shown(clash.yours))
    with st.container(horizontal=True):
        for choice in choices(clash, clashed.undone_by is not None):
            words = t(f"clash.gone.{choice}" if gone else f"clash.choose.{choice}")
            key = f"clash-{choice}-{clashed.edit.id}-{number}"
            kind: Literal["primary", "secondary"] = "primary" if choice == "mine" else "secondary"
            st.button(words, key=key, type=kind, on_click=partial(_settle, desk, clashed, choice))


def _settle(desk: Desk, clashed: Clashed, choice: Choice) -> None:
    desk.settle(parts.engine(), clashed, choice, parts.now())


def shown(value: Json) -> str:
    """A value as people can compare it."""
    if value is None:
        return t("nothing")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, str):
        return value or t("nothing")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(f"• {each}" for each in value) or t("nothing")
    return json.dumps(value, ensure_ascii=False, indent=2)

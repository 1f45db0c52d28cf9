"""The choice where two people have set one field to different values: both stand there, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import streamlit as st

from ui import looks
from ui.campaigns.merging import Both
from ui.clash_view import shown
from ui.forms.binding import Missing
from ui.texts import t


class Chosen(Protocol):
    """What somebody is working on."""

    @property
    def flow_id(self) -> str: ...

    @property
    def both(self) -> tuple[Both, ...]: ...

    def choose(self, both: Both, *, mine: bool) -> None: ...


def draw(mine: Chosen, who: str, titles: Mapping[str, str]) -> None:
    """`who`: the other one. `titles`: of fields, by path with dots."""
    for number, both in enumerate(mine.both):
        name = ".".join(both.path)
        key = f"both-{mine.flow_id}-{number}"
        with st.container(border=True, key=key):
            st.subheader(t("campaign.both", what=titles.get(name, name)), anchor=False)
            st.caption(t("campaign.both.intro", who=who))
            for column, own in zip(st.columns(2), (False, True), strict=True):
                with column, st.container(border=True):
                    _side(mine, both, own, who, key)


def _side(mine: Chosen, both: Both, own: bool, who: str, key: str) -> None:
    value = both.mine if own else both.theirs
    title = t("campaign.both.yours") if own else t("campaign.both.theirs", who=looks.plain(who))
    st.markdown(f"**{title}**")
    st.text(shown(None if isinstance(value, Missing) else value))
    st.button(
        t("campaign.both.take_mine" if own else "campaign.both.take_theirs"),
        key=f"{key}-{'mine' if own else 'theirs'}", type="primary" if own else "secondary",
        on_click=partial(mine.choose, both, mine=own),
    )  # fmt: skip

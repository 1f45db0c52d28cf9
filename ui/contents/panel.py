"""What the pages of a flow's contents draw alike: the list at the side, problems at the top, where a part is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from ui import looks
from ui.contents.reading import Document, thing
from ui.contents.uses import Use, told
from ui.flow_session import FlowSession
from ui.forms.binding import Path, move, path_of
from ui.part_names import name_at, name_of
from ui.records import Issue
from ui.texts import t

SHOW: Final = "show"
"""Query parameter: the id of the part that lies open, so that links lead to it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the list at the side. `note`: small words below its name."""

    id: str
    title: str
    icon: str = ""
    note: str = ""


def shown(items: Sequence[Item]) -> str:
    """The id that lies open: the one of the address, else the first; empty if there is none."""
    wanted = st.query_params.get(SHOW, "")
    ids = [each.id for each in items]
    return wanted if wanted in ids else ids[0] if ids else ""


def show(id: str) -> None:
    st.query_params[SHOW] = id


def side_list(session: FlowSession, place: str, items: Sequence[Item], open_id: str, *, part: str = "") -> None:
    """One button a line; the one that lies open is filled, those with problems are marked. `part`: tells several lists
    of one place apart."""
    wrong = {str(path[1]) for issue in session.issues if len(path := path_of(issue)) > 1 and path[0] == place}
    with st.container(key=f"side-list-{place}-{part}" if part else f"side-list-{place}", gap="xxsmall"):
        for each in items:
            title = f"{each.title} :orange-badge[!]" if each.id in wrong else each.title
            st.button(
                title,
                key=f"open/{session.flow_id}/{place}/{each.id}",
                icon=each.icon or None,
                type="secondary" if each.id == open_id else "tertiary",
                help=t("panel.has_problems") if each.id in wrong else each.note or None,
                width="stretch",
                on_click=show,
                args=(each.id,),
            )


def order_buttons(session: FlowSession, path: Path, order: Sequence[str]) -> None:
    """Up and down for the part at `path` in its list, whose ids are `order`."""
    place = order.index(str(path[-1]))

    def shift(before: str | None) -> None:
        words = t("edit.moved", what=name_at(session.document, path))
        session.edit(words, move(path, before))

    key = "/".join(str(each) for each in (session.flow_id, *path))
    st.button(
        "", icon=":material/arrow_upward:", key=f"up/{key}", type="tertiary", help=t("panel.up"),
        disabled=session.read_only or place == 0, on_click=shift, args=(order[place - 1],),
    )  # fmt: skip
    after = order[place + 2] if place + 2 < len(order) else None
    st.button(
        "", icon=":material/arrow_downward:", key=f"down/{key}", type="tertiary", help=t("panel.down"),
        disabled=session.read_only or place + 1 >= len(order), on_click=shift, args=(after,),
    )  # fmt: skip


def remove_button(session: FlowSession, path: Path, uses: Sequence[Use], act: Callable[[], None]) -> None:
    """Removing asks first, and says what hangs on it."""
    key = "/".join(str(each) for each in (session.flow_id, *path))
    with st.popover(
        "", icon=":material/delete:", type="tertiary", disabled=session.read_only, key=f"gone/{key}",
        help=t("panel.remove"),
    ):  # fmt: skip
        st.markdown(t("panel.remove.sure"))
        taken = [use for use in uses if use.removable]
        left = [use for use in uses if not use.removable]
        if taken:
            st.caption(t("panel.remove.taken"))
            st.html(looks.page(looks.listing(told(taken))))
        if left:
            st.warning(t("panel.remove.left"), icon=":material/link_off:")
            st.html(looks.page(looks.listing(told(left))))
        st.button(t("panel.remove.do"), key=f"remove/{key}", type="primary", on_click=act)


def used_where(uses: Sequence[Use]) -> None:
    st.markdown(f"**{t('panel.used')}**")
    if uses:
        st.html(looks.page(looks.listing(told(uses))))
    else:
        st.caption(t("use.none"))


def problems(session: FlowSession, places: Iterable[str], *, fields: Iterable[str] = ()) -> None:
    """What the validator says about this page's part of the flow, each with a way to it. `places`: lists of the
    document that the page shows; `fields`: names at the top of the document."""
    lists, names = set(places), set(fields)
    found = [(issue, path) for issue in session.issues if (path := path_of(issue)) and path[0] in lists | names]
    if not found:
        return
    errors = sum(issue.is_error for issue, _ in found)
    title = t("panel.problems", count=len(found)) if len(found) > 1 else t("panel.problem")
    icon = ":material/error:" if errors else ":material/info:"
    with st.expander(title, icon=icon, key=f"problems/{session.flow_id}/{'-'.join(sorted(lists | names))}"):
        for number, (issue, path) in enumerate(found):
            _problem(session.document, issue, path, f"{session.flow_id}/{'.'.join(map(str, path))}/{number}")


def _problem(document: Document, issue: Issue, path: Path, key: str) -> None:
    st.html(looks.page(looks.field_problem(issue.sentence, issue.fix, issue.is_error)))
    part = thing(document, str(path[0]), str(path[1])) if len(path) > 1 else None
    if part is not None:
        st.button(
            t("panel.goto", name=name_of(part)), key=f"goto/{key}", icon=":material/arrow_forward:", type="tertiary",
            on_click=show, args=(str(path[1]),),
        )  # fmt: skip

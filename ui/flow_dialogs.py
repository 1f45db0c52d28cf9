"""Small windows of the Flows page: begin from a template, begin empty, rename, duplicate.

Which one is open is kept for the browser session, so that a rerun of the page does not shut it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Final, Literal
from zoneinfo import available_timezones

import streamlit as st

from ui import parts, people
from ui.client import EngineTrouble
from ui.new_flow import business_steps, international
from ui.records import FlowLine
from ui.resources import drafts, flows
from ui.resources.drafts import Draft, EditsClash, NewEdit, Step
from ui.resources.flows import Template
from ui.shelf import free_name
from ui.texts import t

EDITOR: Final = "app_pages/flow.py"
NAME_LENGTH: Final = 80
BLANK: Final = "blank"
"""The template with hardly anything in it."""
_OPEN: Final = "shelf-window"


Window = Literal["template", "rename", "copy"]


def ask(window: Window, about: str) -> None:
    """Open a window at the next run, as a button's callback. `about`: a template's name, or a flow's id."""
    st.session_state[_OPEN] = (window, about)


def asked() -> bool:
    """Whether a window is to be open."""
    return _OPEN in st.session_state


def draw(lines: Sequence[FlowLine], templates: Sequence[Template]) -> None:
    """The window that is open, if any. What it is about may be gone meanwhile."""
    window, about = st.session_state.get(_OPEN, ("", ""))
    line = next((each for each in lines if each.id == about), None)
    template = next((each for each in templates if each.name == about), None)
    if window == "template" and template is not None:
        title = t("new.empty") if template.name == BLANK else template.title
        _shown(title, ":material/add:")(_from_template)(template, lines)
    elif window == "rename" and line is not None:
        _shown(t("rename.title"), ":material/edit_note:")(_rename)(line)
    elif window == "copy" and line is not None:
        _shown(t("copy.title"), ":material/content_copy:")(_copy)(line, lines)


def _shown(title: str, icon: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    made: Callable[[Callable[..., None]], Callable[..., None]] = st.dialog(title, icon=icon, on_dismiss=_close)
    return made


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _to_editor(flow_id: str) -> None:
    _close()
    st.switch_page(EDITOR, query_params={"flow": flow_id})


def _from_template(template: Template, lines: Sequence[FlowLine]) -> None:
    st.caption(t("new.empty.intro" if template.name == BLANK else "new.intro"))
    business, phone, zone = _business(template.name)
    kind = template.title.partition(":")[0]
    words = business if template.name == BLANK else t("new.name.suggested", template=kind, business=business)
    name = _flow_name(free_name(words, lines) if business else "", template.name)
    if not st.button(t("new.create"), type="primary", icon=":material/check:", width="stretch", key="new-create"):
        return
    number = international(phone) if phone else None
    if not _complete(business, name, phone, number):
        return
    try:
        made = flows.from_template(parts.engine(), template.name, name, people.current_person())
        _edit(made, t("new.label.business", business=business), business_steps(business, number, zone))
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _to_editor(made.id)


def _rename(line: FlowLine) -> None:
    st.caption(t("rename.intro"))
    name = st.text_input(t("new.name"), value=line.name, max_chars=NAME_LENGTH, key=f"rename-to-{line.id}").strip()
    if not st.button(t("rename.do"), type="primary", key="rename-do"):
        return
    if not name:
        st.error(t("new.name.needed"))
        return
    try:
        there = drafts.draft(parts.engine(), line.id)
        put: Step = {"do": "put", "path": ["name"], "value": name, "was": line.name}
        _edit(there, t("rename.label", name=name), (put,))
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _close()
    st.rerun()


def _copy(line: FlowLine, lines: Sequence[FlowLine]) -> None:
    st.caption(t("copy.intro"))
    suggested = free_name(t("copy.name", name=line.name), lines)
    name = st.text_input(t("new.name"), value=suggested, max_chars=NAME_LENGTH, key=f"copy-as-{line.id}").strip()
    if not st.button(t("copy.do"), type="primary", key="copy-do"):
        return
    if not name:
        st.error(t("new.name.needed"))
        return
    try:
        made = flows.copy(parts.engine(), line.id, name, people.current_person())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _to_editor(made.id)


def _business(about: str) -> tuple[str, str, str]:
    """The business's name, phone as typed, and time zone. `about`: what the fields belong to."""
    business = st.text_input(
        t("new.business"), max_chars=NAME_LENGTH, key=f"business-{about}", placeholder=t("new.business.example"),
        help=t("new.business.help"),
    ).strip()  # fmt: skip
    phone = st.text_input(
        t("new.phone"), max_chars=40, key=f"phone-{about}", placeholder=t("new.phone.example"), help=t("new.phone.help")
    ).strip()
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    here = parts.zone().key
    at = zones.index(here) if here in zones else zones.index("America/New_York")
    zone = st.selectbox(t("new.zone"), zones, index=at, key=f"zone-{about}", help=t("new.zone.help"))
    return business, phone, zone


def _flow_name(suggested: str, about: str) -> str:
    typed = st.text_input(
        t("new.name"), max_chars=NAME_LENGTH, key=f"flow-name-{about}", placeholder=suggested or t("new.name.example"),
        help=t("new.name.help"),
    ).strip()  # fmt: skip
    return typed or suggested


def _complete(business: str, name: str, phone: str, number: str | None) -> bool:
    if not business:
        st.error(t("new.business.needed"))
    elif not name:
        st.error(t("new.name.needed"))
    elif phone and number is None:
        st.error(t("new.phone.wrong"))
    else:
        return True
    return False


def _edit(draft: Draft, label: str, steps: tuple[Step, ...]) -> None:
    """Raises `EngineTrouble`, also when somebody else was quicker."""
    new = NewEdit(f"edit_{uuid.uuid4().hex}", label, steps)
    client = f"window_{uuid.uuid4().hex}"
    answer = drafts.send_edits(parts.engine(), draft.id, draft.revision, client, people.current_person(), [new])
    if isinstance(answer, EditsClash):
        raise EngineTrouble("conflict", answer.detail)

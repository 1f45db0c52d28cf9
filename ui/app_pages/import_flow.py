"""A flow from a file or from the clipboard: first a report of what opening it comes to, then it is brought in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from ui import import_report, looks, parts, people
from ui.client import EngineTrouble
from ui.flow_view import NotAFlow, read_flow
from ui.part_names import part_names
from ui.records import FlowLine
from ui.resources import flows, imports
from ui.resources.imports import Import, NamedConnection, OwnConnection
from ui.sentences import counted
from ui.shelf import free_name
from ui.texts import t

TEXT: Final = "import-text"
FILE: Final = "import-file"
# Rises with every new attempt, so that the fields of the last one are gone.
ROUND: Final = "import-round"


def main() -> None:
    st.page_link("app_pages/flows.py", label=t("back.flows"), icon=":material/arrow_back:")
    st.html(looks.head(t("import.title"), lead=t("import.intro")))
    text = st.session_state.get(TEXT)
    if text is None:
        _choose()
        return
    with parts.troubles():
        found = imports.look(parts.engine(), text)
    _report(found, text)
    st.space("small")
    if found.outcome == "refused" or (found.outcome == "newer" and not found.flow_id):
        _again(primary=True)
    else:
        _bring_in(found, text)


def _choose() -> None:
    number = st.session_state.get(ROUND, 0)
    file_side, paste_side = st.columns(2, gap="large")
    with file_side, st.container(border=True, height="stretch"):
        st.subheader(t("import.file"), anchor=False)
        file = st.file_uploader(
            t("import.file.field"), type=["json", "txt"], label_visibility="collapsed", key=f"import-upload-{number}"
        )
        st.caption(t("import.file.help"))
    with paste_side, st.container(border=True, height="stretch"):
        st.subheader(t("import.paste"), anchor=False)
        pasted = st.text_area(
            t("import.paste.field"), height=160, label_visibility="collapsed", key=f"import-paste-{number}",
            placeholder=t("import.paste.example"),
        )  # fmt: skip
        go = st.button(t("import.check"), icon=":material/fact_check:", type="primary", key="import-check")
    if file is not None:
        _take(import_report.decoded(file.getvalue()), file.name)
    elif go and (pasted or "").strip():
        _take(pasted, "")
    elif go:
        st.info(t("import.nothing"))


def _take(text: str, name: str) -> None:
    st.session_state[TEXT] = text
    st.session_state[FILE] = name
    st.rerun()


def _start_anew() -> None:
    st.session_state.pop(TEXT, None)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _again(primary: bool = False) -> None:
    st.button(
        t("import.again"), icon=":material/restart_alt:", key="import-again", on_click=_start_anew,
        type="primary" if primary else "secondary",
    )  # fmt: skip


def _report(found: Import, text: str) -> None:
    tone = import_report.TONES[found.outcome]
    name = found.name or st.session_state.get(FILE) or t("import.pasted")
    about = found.sentence or t(f"import.about.{found.outcome}", name=name)
    st.html(
        looks.page(
            f'<div class="ll-report {tone}" role="status"><div class="ll-h2">'
            f"{looks.esc(t(f'import.outcome.{found.outcome}', name=name))}</div>{looks.paragraph(about)}</div>"
        )
    )
    if found.outcome == "refused":
        _why_refused(found, text)
    if found.changes:
        st.subheader(t("import.changes"), anchor=False)
        st.caption(t("import.changes.intro"))
        st.html(looks.page(looks.listing(found.changes)))
    if found.ghosts:
        _ghosts(found)
    if found.outcome != "refused" and found.issues:
        _problems(found, text)


def _why_refused(found: Import, text: str) -> None:
    if found.line:
        st.html(looks.page(looks.paragraph(t("import.place", line=found.line, column=found.column))))
    if shown := import_report.excerpt_html(import_report.excerpt(text, found.line, found.column)):
        st.html(shown)
    if fix := t(f"import.fix.{found.code}", otherwise=""):
        st.html(looks.page(looks.paragraph(fix, dimmed=True)))


def _ghosts(found: Import) -> None:
    st.subheader(t("import.ghosts"), anchor=False)
    st.caption(t("import.ghosts.intro"))
    cards = [looks.fact(", ".join(names), type_) for type_, names in import_report.by_type(found.ghosts).items()]
    st.html(looks.page(looks.facts(cards)))
    if line := import_report.install_line(found.needs):
        st.markdown(t("import.install"))
        st.code(line, language="bash")
        st.caption(t("import.install.then"))
    else:
        st.caption(t("import.no_package"))


def _problems(found: Import, text: str) -> None:
    errors = sum(issue.is_error for issue in found.issues)
    hints = len(found.issues) - errors
    title = t("import.problems", errors=counted("problem", errors), hints=counted("hint", hints))
    with st.expander(title, expanded=False, icon=":material/rule:"):
        st.caption(t("import.problems.intro"))
        try:
            names = part_names(read_flow(text.removeprefix("\ufeff")))
        except NotAFlow:
            names = {}
        st.html(parts.issue_list(found.issues, names))


def _bring_in(found: Import, text: str) -> None:
    with parts.troubles():
        lines = flows.shelf(parts.engine())
        ours = imports.own_connections(parts.engine()) if found.connections else ()
    mapped = _connections(found.connections, ours)
    replace = _replace(found, lines)
    name = found.name
    if not replace and any(line.name.casefold() == found.name.casefold() for line in lines):
        name = free_name(t("copy.name", name=found.name), lines)
        name = st.text_input(t("import.name"), value=name, max_chars=80, key="import-name").strip() or name
    with st.container(horizontal=True, vertical_alignment="center"):
        label = t("import.replace.do" if replace else f"import.do.{found.outcome}")
        if st.button(label, type="primary", icon=":material/check:", key="import-do"):
            _save(text, replace, name, mapped)
        _again()


def _connections(named: Sequence[NamedConnection], ours: Sequence[OwnConnection]) -> dict[str, str]:
    """Asks which of ours takes the place of each. Those that are left as they are, are left out."""
    if not named:
        return {}
    st.subheader(t("import.connections"), anchor=False)
    st.caption(t("import.connections.intro"))
    chosen: dict[str, str] = {}
    for each in named:
        fitting = [one.name for one in ours if not each.kinds or one.kind in each.kinds]
        options = ["", *fitting]
        about, field = st.columns([2, 3], vertical_alignment="center")
        used = looks.paragraph(t("import.connections.used", cards=", ".join(each.cards)), dimmed=True)
        about.html(looks.tight(f"<p><b>{looks.esc(each.name)}</b></p>", used if each.cards else ""))
        if not fitting:
            field.caption(t("import.connections.none", name=each.name))
            continue
        taken = field.selectbox(
            t("import.connections.field", name=each.name), options, key=f"import-connection-{each.name}",
            index=options.index(each.name) if each.name in fitting else 0, label_visibility="collapsed",
            format_func=lambda one, there=each.name: one or t("import.connections.leave", name=there),
        )  # fmt: skip
        if taken and taken != each.name:
            chosen[each.name] = taken
    return chosen


def _replace(found: Import, lines: Sequence[FlowLine]) -> bool:
    """Whether the flow that has this id is to be replaced. One that cannot be changed here never replaces another."""
    if not found.exists or found.outcome == "newer":
        return False
    there = next((line for line in lines if line.id == found.flow_id), None)
    name = there.name if there else found.name
    st.subheader(t("import.exists", name=looks.plain(name)), anchor=False)
    choice = st.radio(
        t("import.exists.field"), ["copy", "replace"], label_visibility="collapsed", key="import-exists",
        format_func=lambda each: t(f"import.exists.{each}", name=looks.plain(name)),
        captions=[t("import.exists.copy.help"), t("import.exists.replace.help")],
    )  # fmt: skip
    return bool(choice == "replace")


def _save(text: str, replace: bool, name: str, mapped: dict[str, str]) -> None:
    try:
        made = imports.bring_in(
            parts.engine(), text, by=people.current_person(), replace=replace, name="" if replace else name,
            connections=mapped,
        )  # fmt: skip
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _start_anew()
    st.toast(t("import.done", name=looks.plain(made.name)), icon=":material/check:")
    st.switch_page("app_pages/flow.py", query_params={"flow": made.id})


main()

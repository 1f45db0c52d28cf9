"""Connections as cards: what each is for, who uses it, whether it works; and the form that adds or changes one.

A form is sent as a whole here: unlike a flow's contents an account is worth nothing half entered, and its secrets are
not to travel with every rerun.
"""

from __future__ import annotations

import streamlit as st

from ui import looks, moments, parts
from ui.client import EngineTrouble
from ui.resources import connections
from ui.resources.connections import CalendarThere, ConnectionFull, Field, Kind, Tested
from ui.texts import t

_OPEN = "connection-open"
"""Name of the connection whose form is open; empty for a new one."""
_TESTED = "connection-tested"
_CALENDARS = "connection-calendars"
"""Name of the connection whose calendars are shown, and these."""


def connection_list(may_change: bool) -> None:
    """Raises `EngineTrouble`."""
    engine = parts.engine()
    kinds = {each.kind: each for each in connections.kinds(engine)}
    lines = connections.everything(engine)
    if may_change and st.button(t("connections.add"), type="primary", icon=":material/add:"):
        st.session_state[_OPEN] = ""
    if may_change and st.session_state.get(_OPEN) == "":
        _form(kinds, None)
    if not lines:
        st.caption(t("connections.none"))
    for line in lines:
        _card(connections.one(engine, line.name), kinds, may_change)


def _card(connection: ConnectionFull, kinds: dict[str, Kind], may_change: bool) -> None:
    kind = kinds.get(connection.kind)
    with st.container(border=True, key=f"connection-{connection.name}"):
        about, actions = st.columns([1, 1], vertical_alignment="top")
        when = moments.ago(connection.changed_at, parts.now(), parts.zone())
        badge = looks.badge(kind.title if kind else connection.kind)
        purpose = t("connections.purpose", title=kind.title, purpose=kind.purpose) if kind else ""
        about.html(
            looks.page(
                f"<h3 class='ll-h3'>{looks.esc(connection.name)} {badge}</h3>",
                looks.paragraph(purpose or t("connections.unknown_kind"), dimmed=True),
                looks.paragraph(_uses(connection), dimmed=True),
                looks.dim(t("connections.changed", when=when)),
            )
        )
        if may_change:
            with actions.container(horizontal=True, horizontal_alignment="right"):
                _actions(connection, kind)
        tested = st.session_state.get(_TESTED, {}).get(connection.name)
        if tested is not None:
            _findings(tested)
        listed = st.session_state.get(_CALENDARS)
        if may_change and listed is not None and listed[0] == connection.name:
            _calendar_table(listed[1])
        if may_change and kind is not None and st.session_state.get(_OPEN) == connection.name:
            _form(kinds, connection)


def _actions(connection: ConnectionFull, kind: Kind | None) -> None:
    name = connection.name
    if (
        kind is not None
        and kind.testable
        and st.button(t("connections.test"), key=f"test-{name}", icon=":material/bolt:")
    ):
        with st.spinner(t("connections.testing")):
            _remember(name, connections.test(parts.engine(), name))
    if (
        kind is not None
        and kind.calendars
        and st.button(t("connections.calendars"), key=f"calendars-{name}", icon=":material/calendar_month:")
    ):
        with st.spinner(t("connections.testing")):
            st.session_state[_CALENDARS] = name, _calendars(name)
    if kind is not None and st.button(t("connections.edit"), key=f"edit-{name}", icon=":material/edit:"):
        st.session_state[_OPEN] = name
    with st.popover(t("connections.remove"), icon=":material/delete:"):
        st.write(t("connections.remove.sure", name=name))
        if st.button(t("connections.remove.do"), key=f"remove-{name}", type="primary"):
            connections.remove(parts.engine(), name)
            st.toast(t("connections.removed", name=name))
            st.rerun()


def _uses(connection: ConnectionFull) -> str:
    if not connection.used_by:
        return t("connections.unused")
    places = [
        t("connections.used.source", source=use.source)
        if use.source
        else t("connections.used.card", card=use.card, flow=use.flow)
        if use.card
        else t("connections.used.flow", flow=use.flow)
        for use in connection.used_by
    ]
    return f"{t('connections.used')} {', '.join(places)}."


def _findings(tested: Tested) -> None:
    lines = "\n".join(f"- {each.about}: {each.sentence} {each.fix}".rstrip() for each in tested.findings)
    if tested.ok:
        st.success(f"**{t('connections.fine')}**\n\n{lines}", icon=":material/check_circle:")
    else:
        st.error(f"**{t('connections.not_fine')}**\n\n{lines}", icon=":material/error:")


def _calendars(name: str) -> tuple[CalendarThere, ...] | str:
    """Those of the account, or why they cannot be listed."""
    try:
        return connections.calendars_of(parts.engine(), name)
    except EngineTrouble as trouble:
        return trouble.sentence


def _calendar_table(found: tuple[CalendarThere, ...] | str) -> None:
    if isinstance(found, str) or not found:
        st.info(found or t("connections.calendars.none"), icon=":material/calendar_month:")
        return
    writing = {True: t("connections.calendars.yes"), False: t("connections.calendars.no"), None: ""}
    st.caption(t("connections.calendars.help"))
    st.dataframe(
        [
            {
                t("connections.calendars.name"): each.name,
                t("connections.calendars.id"): each.id,
                t("connections.calendars.writing"): writing[each.writable],
                t("connections.calendars.zone"): each.zone,
            }
            for each in found
        ],
        hide_index=True,
    )


def _remember(name: str, tested: Tested) -> None:
    st.session_state.setdefault(_TESTED, {})[name] = tested


def _form(kinds: dict[str, Kind], kept: ConnectionFull | None) -> None:
    with st.container(border=kept is None, key="connection-form"):
        if kept is None:
            chosen = st.selectbox(
                t("connections.kind"), list(kinds), format_func=lambda each: kinds[each].title, key="connection-kind"
            )
            kind = kinds[chosen]
            st.caption(t("connections.purpose", title=kind.title, purpose=kind.purpose))
        else:
            kind = kinds[kept.kind]
        if kind.steps:
            with st.expander(t("connections.steps"), icon=":material/help:", expanded=kept is None):
                st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(kind.steps, 1)))
        with st.form(f"connection-{kept.name if kept else kind.kind}", border=False):
            name = kept.name if kept else st.text_input(
                t("connections.name"), value=kind.kind, max_chars=64, help=t("connections.name.help")
            )  # fmt: skip
            settings = _fields(kind, kept)
            with st.container(horizontal=True):
                save = st.form_submit_button(t("connections.save"), type="primary")
                test = kind.testable and st.form_submit_button(t("connections.test"), icon=":material/bolt:")
                cancel = st.form_submit_button(t("connections.cancel"))
        if cancel:
            st.session_state.pop(_OPEN, None)
            st.rerun()
        if save or test:
            _carry_out(name.strip(), kind, settings, kept is not None, save)


def _carry_out(name: str, kind: Kind, settings: dict[str, str], keep_secrets: bool, save: bool) -> None:
    engine = parts.engine()
    try:
        if not save:
            with st.spinner(t("connections.testing")):
                _findings(connections.test_unsaved(engine, name, kind.kind, settings, keep_secrets))
            return
        connections.save(engine, name, kind.kind, settings, keep_secrets)
    except EngineTrouble as trouble:
        st.error(trouble.sentence, icon=":material/error:")
        return
    st.session_state.pop(_OPEN, None)
    st.session_state.get(_TESTED, {}).pop(name, None)
    st.session_state.pop(_CALENDARS, None)
    st.toast(t("connections.saved", name=name))
    st.rerun()


def _fields(kind: Kind, kept: ConnectionFull | None) -> dict[str, str]:
    settings = {field.name: _field(field, kind, kept) for field in kind.fields if not field.advanced}
    advanced = [field for field in kind.fields if field.advanced]
    if advanced:
        with st.expander(t("connections.advanced")):
            settings |= {field.name: _field(field, kind, kept) for field in advanced}
    return {name: value for name, value in settings.items() if value}


def _field(field: Field, kind: Kind, kept: ConnectionFull | None) -> str:
    key = f"field-{kept.name if kept else kind.kind}-{field.name}"
    value = kept.settings.get(field.name, "") if kept else ""
    is_kept = kept is not None and field.name in kept.secrets
    label = field.label if field.required or field.advanced else f"{field.label}"
    hint = t("connections.secret.kept") if is_kept else field.example
    if field.choices:
        options = ("", *field.choices)
        return str(
            st.selectbox(
                label, options, index=options.index(value) if value in options else 0, key=key, help=field.help,
                format_func=lambda each: each or t("connections.choice.usual"),
            )
        )  # fmt: skip
    if field.long:
        text = st.text_area(label, value=value, key=key, help=field.help, placeholder=hint, height=110)
        file = st.file_uploader(t("connections.file"), key=f"{key}-file", label_visibility="collapsed")
        return file.getvalue().decode("utf-8", "replace").strip() if file is not None else str(text).strip()
    kind_of_input = "password" if field.secret else "default"
    return str(
        st.text_input(
            label, value=value, key=key, help=field.help, placeholder=hint, type=kind_of_input, autocomplete="off"
        )
    ).strip()

"""Published versions: the list, what differs between any two, and an old one again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import streamlit as st

from ui import change_view, flow_header, looks, moments, parts, people
from ui.client import EngineTrouble
from ui.flow_session import FlowSession
from ui.resources import flows, versions
from ui.resources.versions import NotPublished, Version
from ui.texts import t

FROM: Final = "compare-from"
TO: Final = "compare-to"
VIEW: Final = "publish-view"
"""Which part of the page is open: publish, versions or compare."""
_ASKED: Final = "restore-asked"
CHECKSUM_LENGTH: Final = 12

Target = Literal["live", "draft"]


def draw(session: FlowSession, found: Sequence[Version]) -> None:
    if not found:
        st.info(t("versions.none"), icon=":material/history:")
        return
    st.caption(t("versions.intro"))
    for place, each in enumerate(found):
        before = found[place + 1] if place + 1 < len(found) else None
        _version(session, each, before, live=place == 0)
    _dialog(session, found)


def _version(session: FlowSession, each: Version, before: Version | None, live: bool) -> None:
    with st.container(border=True, key=f"version-{each.version}", gap="small"):
        title, about = st.columns([3, 2], vertical_alignment="center")
        when = moments.day_and_time(each.published_at, parts.zone())
        by = t("flow.version.by", when=when, name=each.published_by) if each.published_by else when
        mark = looks.badge(t("versions.live"), "good") if live else ""
        name = looks.esc(t("flow.version", version=each.version))
        title.html(looks.tight(f"<p><b>{name}</b> {mark}</p>", looks.paragraph(each.note or t("versions.no_note"))))
        packages = ", ".join(f"{name} {number}".strip() for name, number in each.packages.items())
        facts = [by, t("versions.checksum", checksum=each.checksum[:CHECKSUM_LENGTH])]
        facts += [t("versions.packages", packages=packages)] if packages else []
        about.html(looks.tight(*(looks.paragraph(fact, dimmed=True) for fact in facts)))
        with st.container(horizontal=True, gap="small"):
            if before is not None:
                _button("changed", each, ":material/difference:", _compare, str(before.version), str(each.version))
            _button("to_draft", each, ":material/compare_arrows:", _compare, str(each.version), "draft")
            if not live:
                _button("again", each, ":material/settings_backup_restore:", _ask, each.version, "live")
            if not session.read_only:
                _button("bring", each, ":material/edit_note:", _ask, each.version, "draft")
            st.download_button(
                t("versions.export"), lambda: flows.exported(parts.engine(), session.flow_id, each.version),
                file_name=f"{session.flow_id}-v{each.version}.json", mime="application/json", type="tertiary",
                icon=":material/download:", on_click="ignore", key=f"export-{each.version}",
            )  # fmt: skip


def _button(name: str, each: Version, icon: str, deed: object, *args: object) -> None:
    label, key = t(f"versions.{name}"), f"{name}-{each.version}"
    st.button(label, icon=icon, type="tertiary", key=key, on_click=deed, args=args)


def _compare(before: str, after: str) -> None:
    st.session_state[FROM] = before
    st.session_state[TO] = after
    st.session_state[VIEW] = "compare"


def _ask(version: int, to: Target) -> None:
    st.session_state[_ASKED] = (version, to)


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def _dialog(session: FlowSession, found: Sequence[Version]) -> None:
    version, to = st.session_state.get(_ASKED, (0, ""))
    if version not in {each.version for each in found}:
        return
    title = t(f"restore.title.{to}", version=version)
    st.dialog(title, icon=":material/settings_backup_restore:", on_dismiss=_close)(_restore)(session, version, to)


def _restore(session: FlowSession, version: int, to: Target) -> None:
    st.write(t(f"restore.about.{to}", version=version))
    note = ""
    if to == "live":
        note = st.text_input(
            t("publish.note"), key="restore-note", max_chars=500, placeholder=t("restore.note.example")
        )
        people.ask_name("restore")
    allowed = to == "draft" or people.may("publisher")
    if not allowed:
        st.caption(t("publish.role"))
    if not st.button(t(f"restore.do.{to}", version=version), type="primary", key="restore-do", disabled=not allowed):
        return
    try:
        made = versions.restore(
            parts.engine(), session.flow_id, version, to=to, note=(note or "").strip(), by=people.current_person()
        )
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    if isinstance(made, NotPublished):
        st.error(made.detail, icon=":material/error:")
        for issue in made.issues:
            if issue.is_error:
                st.html(looks.tight(looks.paragraph(f"{issue.sentence} {issue.fix}")))
        return
    _close()
    flow_header.went_live()
    if made.version is not None:
        st.toast(t("restore.done.live", version=version, number=made.version.version), icon=":material/check:")
    else:
        st.toast(t("restore.done.draft", version=version), icon=":material/check:")
    st.rerun()


def compare(session: FlowSession, found: Sequence[Version]) -> None:
    """Any two of the draft and the versions, in words."""
    if not found:
        st.info(t("versions.none"), icon=":material/history:")
        return
    options = ["draft", *(str(each.version) for each in found)]
    left, right = st.columns(2)
    before = _choose(left, t("compare.from"), FROM, options, options[1], found[0].version)
    after = _choose(right, t("compare.to"), TO, options, "draft", found[0].version)
    if before == after:
        st.info(t("compare.same"), icon=":material/compare_arrows:")
        return
    with parts.troubles():
        differing = versions.compare(parts.engine(), session.flow_id, before, after).changes
    if differing:
        st.html(change_view.changes(differing))
    else:
        st.success(t("compare.equal"), icon=":material/check:")


def _choose(
    where: st.delta_generator.DeltaGenerator, label: str, key: str, options: list[str], at_first: str, live: int
) -> str:
    if st.session_state.get(key) not in options:
        st.session_state[key] = at_first

    def said(side: str) -> str:
        if side == "draft":
            return t("compare.draft")
        return t("compare.live" if side == str(live) else "flow.version", version=side)

    return str(where.selectbox(label, options, key=key, format_func=said))

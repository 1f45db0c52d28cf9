"""Publishing a draft, or a part of it: what would go live with a tick each, what stands against it, the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from ui import caller_check, change_view, flow_header, looks, moments, parts, people
from ui.client import EngineTrouble
from ui.flow_pages import FLOW_PAGES
from ui.flow_session import FlowSession
from ui.leftovers import leftovers
from ui.mending import flow_page, page_of, spot
from ui.publishing import by_place, left_out, mine, missing, nothing_new, shown, ticked_at_first
from ui.records import Issue, Json
from ui.resources import flows, versions
from ui.resources.versions import NotPublished, Row, Unpublished, Version
from ui.sentences import counted
from ui.texts import t

SHOWN_PROBLEMS: Final = 3


def draw(session: FlowSession, new: Unpublished) -> None:
    done = st.session_state.get(_done_key(session.flow_id))
    if isinstance(done, Version):
        _success(session, done)
        return
    if session.read_only:
        st.info(t("publish.read_only"), icon=":material/lock:")
        return
    if nothing_new(new):
        live = t("publish.nothing", version=new.live)
        st.html(looks.page(f'<div class="ll-report good"><div class="ll-h2">{looks.esc(live)}</div></div>'))
        if new.changes:
            st.html(change_view.changes(new.changes))
        return
    what, order = st.columns([3, 2], gap="large")
    with what:
        ticked = _what(session, new)
    with order:
        _order(session, new, ticked)


def _what(session: FlowSession, new: Unpublished) -> set[str] | None:
    """What would go live. The ids of the rows that are ticked; None when nothing can be left out."""
    if not new.live:
        st.subheader(t("publish.first"), anchor=False)
        st.caption(t("publish.first.intro"))
        st.html(looks.page(looks.facts(_contents(session.document))))
        return None
    st.subheader(t("publish.what", version=new.live), anchor=False)
    if new.whole_only:
        st.caption(t("publish.whole_only"))
        st.html(change_view.changes(new.changes))
        return None
    rows = shown(new.rows)
    me = people.current_person()
    others = [row for row in rows if not mine(row, me)]
    st.caption(t("publish.what.others" if others else "publish.what.mine"))
    if others:
        _ticks_at_once(new.rows, me)
    at_first = ticked_at_first(rows, me)
    ticked = set()
    for place, group in by_place(rows).items():
        title = t(f"change.place.{place}", otherwise=place.replace("_", " ").capitalize())
        st.html(looks.page(f'<div class="ll-h3 ll-place">{looks.esc(title)}</div>'))
        for row in group:
            if _row(row, row.id in at_first, mine(row, me)):
                ticked.add(row.id)
    return ticked


def _contents(document: Mapping[str, Json]) -> list[str]:
    """How much of everything a flow has."""
    found = []
    for name in ("nodes", "slots", "knowledge", "criteria", "reflexes"):
        things = document.get(name)
        count = len(things) if isinstance(things, list) else 0
        found.append(looks.fact(t(f"publish.contents.{name}"), str(count)))
    return found


def _ticks_at_once(rows: Sequence[Row], me: str) -> None:
    with st.container(horizontal=True):
        for choice in ("all", "mine"):
            st.button(
                t(f"publish.tick.{choice}"), key=f"ticks-{choice}", type="tertiary", on_click=_tick,
                args=(rows, me if choice == "mine" else None),
            )  # fmt: skip


def _tick(rows: Sequence[Row], only: str | None) -> None:
    for row in rows:
        st.session_state[f"tick-{row.id}"] = only is None or mine(row, only)


def _row(row: Row, at_first: bool, own: bool) -> bool:
    with st.container(border=True, gap="small"):
        key = f"tick-{row.id}"
        if key not in st.session_state:
            st.session_state[key] = at_first
        first, *more = row.changes
        ticked = st.checkbox(looks.plain(first.sentence), key=key)
        who = t("publish.you") if own else ", ".join(filter(None, row.by)) or t("session.somebody")
        when = moments.ago(row.last_at, parts.now(), parts.zone())
        marks = looks.badge(who, "calm" if own else "warm")
        rest = "".join(change_view.change(each) for each in more)
        st.html(looks.tight(change_view.sides(first), rest, f'<p class="ll-by">{marks} {looks.dim(when)}</p>'))
    return bool(ticked)


def _order(session: FlowSession, new: Unpublished, ticked: set[str] | None) -> None:
    out = left_out(new.rows, ticked) if ticked is not None else []
    errors = [issue for issue in session.issues if issue.is_error]
    hints = [issue for issue in session.issues if not issue.is_error]
    blocked = bool(errors) and not out
    with st.container(border=True):
        st.subheader(t("publish.checks"), anchor=False)
        _problems(session, errors, hints, partly=bool(out))
        for left in leftovers(session.document):
            _linked(left.sentence, "warm", left.page, session.flow_id)
    with st.container(border=True):
        caller_check.draw(session.flow_id)
    with st.container(border=True):
        st.subheader(t("publish.order"), anchor=False)
        nothing = ticked is not None and not ticked
        needed = missing(new.rows, ticked) if ticked is not None else []
        if out and not nothing:
            kept = [row for row in shown(new.rows) if row.id in set(out)]
            st.caption(t("publish.stay", changes=counted("change", len(kept))))
        for each in needed:
            one, other = each.row.changes[0].sentence, _said(each.other)
            st.warning(t("publish.needs", one=looks.plain(one), other=looks.plain(other)), icon=":material/link:")
            st.button(
                t("publish.needs.tick"), key=f"needs-{each.row.id}-{each.other.id}", on_click=_also, args=(each.other,)
            )
        note = st.text_area(
            t("publish.note"),
            key=f"note-{session.flow_id}",
            max_chars=500,
            height=90,
            placeholder=t("publish.note.example"),
        )
        people.ask_name("publish")
        st.caption(t("publish.calls"))
        allowed = people.may("publisher")
        if st.button(
            t("publish.do"), type="primary", icon=":material/publish:", width="stretch", key="publish-do",
            disabled=blocked or nothing or bool(needed) or not allowed,
        ):  # fmt: skip
            _publish(session, new, note or "", out)
        if not allowed:
            st.caption(t("publish.role"))
        elif blocked:
            st.caption(t("publish.blocked"))
        elif nothing:
            st.caption(t("publish.nothing_ticked"))


def _also(row: Row) -> None:
    st.session_state[f"tick-{row.id}"] = True


def _said(row: Row) -> str:
    return row.changes[0].sentence if row.changes else ", ".join(row.labels)


def _problems(session: FlowSession, errors: Sequence[Issue], hints: Sequence[Issue], partly: bool) -> None:
    if not errors and not hints:
        st.html(looks.page(looks.dot("good") + looks.esc(t("publish.no_problems"))))
        return
    if errors:
        words = t("publish.errors.partly" if partly else "publish.errors", problems=counted("problem", len(errors)))
        st.error(words, icon=":material/error:")
    for issue in errors[:SHOWN_PROBLEMS]:
        _problem(issue, session.flow_id)
    if rest := errors[SHOWN_PROBLEMS:]:
        with st.expander(t("publish.errors.more", problems=counted("problem", len(rest))), icon=":material/rule:"):
            for issue in rest:
                _problem(issue, session.flow_id)
    if hints:
        with st.expander(t("publish.hints", hints=counted("hint", len(hints))), icon=":material/lightbulb:"):
            for issue in hints:
                _problem(issue, session.flow_id)


def _problem(issue: Issue, flow_id: str) -> None:
    _linked(f"{issue.sentence} {issue.fix}", "bad" if issue.is_error else "warm", page_of(issue), flow_id, issue)


def _linked(sentence: str, tone: looks.Tone, page: str, flow_id: str, issue: Issue | None = None) -> None:
    """A sentence with the way to the place that it is about."""
    st.html(looks.tight(f"<p>{looks.dot(tone)}{looks.esc(sentence)}</p>"))
    found = flow_page(page)
    query = {"flow": flow_id} | (spot(issue) if issue is not None else {})
    st.page_link(
        found.file, label=t("publish.go", page=found.title), icon=":material/arrow_forward:", query_params=query
    )


def _publish(session: FlowSession, new: Unpublished, note: str, out: Sequence[str]) -> None:
    try:
        made = versions.publish(
            parts.engine(), session.flow_id, new.revision, note=note.strip(), by=people.current_person(), leave_out=out
        )
    except EngineTrouble as trouble:
        if trouble.kind != "conflict":
            parts.show_trouble(trouble, retry=False)
            return
        st.warning(trouble.sentence, icon=":material/group:")
        st.button(t("publish.look_again"), icon=":material/refresh:", key="publish-again")
        return
    if isinstance(made, NotPublished):
        st.error(made.detail, icon=":material/error:")
        for issue in made.issues:
            if issue.is_error:
                _problem(issue, session.flow_id)
        return
    flow_header.went_live()
    st.session_state[_done_key(session.flow_id)] = made
    st.session_state.pop(f"note-{session.flow_id}", None)
    st.rerun()


def _success(session: FlowSession, made: Version) -> None:
    title = t("publish.done", version=made.version)
    about = t("publish.done.about")
    st.html(
        looks.page(
            f'<div class="ll-report good" role="status"><div class="ll-h2">{looks.esc(title)}</div>'
            f"{looks.paragraph(about)}{looks.paragraph(made.note, dimmed=True) if made.note else ''}</div>"
        )
    )
    st.subheader(t("publish.next"), anchor=False)
    with st.container(horizontal=True):
        test = next((page for page in FLOW_PAGES if page.name == "test"), None)
        if test is not None and st.button(
            t("publish.next.test"), icon=":material/science:", type="primary", key="next-test"
        ):
            st.switch_page(test.file, query_params={"flow": session.flow_id})
        if st.button(t("publish.next.call"), icon=":material/call:", key="next-call"):
            st.switch_page("app_pages/leads.py")
        st.download_button(
            t("publish.next.share"), lambda: flows.exported(parts.engine(), session.flow_id, made.version),
            file_name=f"{session.flow_id}-v{made.version}.json", mime="application/json", icon=":material/ios_share:",
            on_click="ignore", key="next-share", help=t("publish.next.share.help"),
        )  # fmt: skip
        st.button(
            t("publish.next.back"),
            icon=":material/arrow_back:",
            key="next-back",
            on_click=_forget,
            args=(session.flow_id,),
        )
    if made.left_out:
        st.caption(t("publish.done.left", changes=counted("change", made.left_out)))


def _forget(flow_id: str) -> None:
    st.session_state.pop(_done_key(flow_id), None)


def _done_key(flow_id: str) -> str:
    return f"published-{flow_id}"

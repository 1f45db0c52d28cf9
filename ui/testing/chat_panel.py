"""The chat with the draft, as the Test page and the editor's side panel show it.

session ──> chat_panel(session)                 beside the canvas, narrow
        └─> chat_panel(session, wide=True)      on its own page: things to find out at the side
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from ui import moments, parts
from ui.flow_session import FlowSession
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.resources.test_bench import Chat, Circumstances
from ui.testing import chat_view
from ui.testing.chat_desk import ChatDesk
from ui.testing.light import light
from ui.texts import t

_DESKS: Final = "leadline-chats"
MOODS: Final = ("free", "taken", "busy", "down")
HEIGHT: Final = 440
MOST_REPLIES: Final = 9


def chat_panel(session: FlowSession, *, wide: bool = False) -> None:
    """A fragment: a move redraws the chat and nothing else."""
    _panel(session, wide)


def _draw(session: FlowSession, wide: bool) -> None:
    desk = _desk(session)
    if desk.chat is None:
        _start(session, desk)
        return
    desk.look(parts.engine())
    flow = _flow(session)
    chat = desk.chat
    cards = [] if chat.over else [chat.card]
    light(session.flow_id, cards, chat.visited, key=f"light-{session.flow_id}")
    if not wide:
        _talk(session, desk, chat, flow)
        with st.expander(t("chat.found"), icon=":material/checklist:"):
            st.html(chat_view.slots_html(chat.slots))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _talk(session, desk, chat, flow)
    with right:
        _state(chat, flow)


_panel = st.fragment(_draw)


def _desk(session: FlowSession) -> ChatDesk:
    desks: dict[str, ChatDesk] = st.session_state.setdefault(_DESKS, {})
    if session.flow_id not in desks:
        desks[session.flow_id] = ChatDesk(session.flow_id, Circumstances(form=_likely_form(_flow(session))))
    return desks[session.flow_id]


def _likely_form(flow: Flow) -> dict[str, str]:
    """A lead has asked about something: the first choice that the flow takes from its form, until somebody says
    otherwise. The rest is left to be asked."""
    asked_about = next((slot for slot in flow.slots if slot.prefill and slot.choices), None)
    if asked_about is None or asked_about.prefill is None:
        return {}
    return {asked_about.prefill: asked_about.choices[0].label or asked_about.choices[0].value}


def _flow(session: FlowSession) -> Flow:
    try:
        return read_flow(session.document)
    except NotAFlow:
        return Flow(id=session.flow_id, name=session.name)


def _start(session: FlowSession, desk: ChatDesk) -> None:
    st.caption(t("chat.intro"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("chat.begin"), type="primary", icon=":material/chat:", key=f"chat-begin-{desk.flow_id}",
            on_click=lambda: desk.begin(parts.engine()),
        )  # fmt: skip
        _circumstances(session, desk)
        st.caption(t("chat.begin.hint"))
    _trouble(desk)


def _talk(session: FlowSession, desk: ChatDesk, chat: Chat, flow: Flow) -> None:
    _bar(session, desk, chat)
    if chat.newest != chat.revision:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"chat-news-{desk.flow_id}"):
            st.markdown(f":material/update: {t('chat.changed')}")
            st.button(
                t("chat.changed.keep"), key=f"chat-keep-{desk.flow_id}", on_click=lambda: desk.keep(parts.engine())
            )
            st.button(t("chat.restart"), key=f"chat-anew-{desk.flow_id}", on_click=lambda: desk.restart(parts.engine()))
    with st.container(height=HEIGHT, border=True, autoscroll=True, key=f"chat-talk-{desk.flow_id}"):
        for turn in chat.turns:
            st.html(chat_view.turn_html(turn, flow))
        if chat.end is not None:
            st.html(chat_view.end_html(chat))
    _trouble(desk)
    if desk.news:
        st.caption(desk.news)
    if not chat.over:
        _answer(desk, chat)
    _mind(chat)


def _bar(session: FlowSession, desk: ChatDesk, chat: Chat) -> None:
    key = desk.flow_id
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"chat-bar-{key}"):
        st.button(
            t("chat.restart"), icon=":material/restart_alt:", key=f"chat-restart-{key}", type="tertiary",
            on_click=lambda: desk.restart(parts.engine()),
        )  # fmt: skip
        st.button(
            t("chat.back"), icon=":material/undo:", key=f"chat-back-{key}", type="tertiary",
            disabled=len(chat.turns) < 2, help=t("chat.back.help"), on_click=lambda: desk.take_back(parts.engine()),
        )  # fmt: skip
        st.button(
            t("chat.silence"), icon=":material/volume_off:", key=f"chat-silence-{key}", type="tertiary",
            disabled=chat.over, on_click=lambda: desk.be_silent(parts.engine()),
        )  # fmt: skip
        st.button(
            t("chat.hang_up"), icon=":material/call_end:", key=f"chat-hang-up-{key}", type="tertiary",
            disabled=chat.over, on_click=lambda: desk.hang_up(parts.engine()),
        )  # fmt: skip
        _circumstances(session, desk)


def _answer(desk: ChatDesk, chat: Chat) -> None:
    key = desk.flow_id
    replies = chat.replies[:MOST_REPLIES]
    if replies:
        with st.container(horizontal=True, gap="small", key=f"chat-replies-{key}"):
            for reply in replies:
                st.button(
                    reply, key=f"chat-reply-{key}-{len(chat.turns)}-{reply}", on_click=desk.say,
                    args=(parts.engine(), reply),
                )  # fmt: skip
    field = f"chat-words-{key}"
    st.chat_input(
        t("chat.placeholder"), key=field, max_chars=1000,
        on_submit=lambda: desk.say(parts.engine(), str(st.session_state.get(field) or "")),
    )  # fmt: skip


def _mind(chat: Chat) -> None:
    names = [t("chat.mind.local") if name in ("offline", "local") else name for name in chat.mind]
    said = [t("chat.mind", names=t("chat.mind.then").join(names))] if names else []
    said += [t("chat.left_out", problem=problem) for problem in chat.left_out]
    if said:
        st.caption(" · ".join(said))


def _state(chat: Chat, flow: Flow) -> None:
    st.html(chat_view.standing_html(chat, flow))
    done = chat_view.actions_html(chat)
    if done:
        st.markdown(f"**{t('chat.done')}**")
        st.html(done)
    st.markdown(f"**{t('chat.found')}**")
    st.html(chat_view.slots_html(chat.slots))


def _trouble(desk: ChatDesk) -> None:
    if desk.trouble is not None:
        st.error(desk.trouble.sentence, icon=":material/error:")


def _circumstances(session: FlowSession, desk: ChatDesk) -> None:
    """Who is called, when, and what the world around is like."""
    flow, how, key = _flow(session), desk.how, desk.flow_id
    with st.popover(t("chat.circumstances"), icon=":material/tune:"):
        name = st.text_input(t("chat.first_name"), how.first_name, max_chars=100, key=f"chat-name-{key}")
        form = {}
        for slot in flow.slots:
            if slot.prefill:
                label = t("chat.form", label=slot.label or slot.id)
                given = _form_field(label, [each.label or each.value for each in slot.choices],
                                    how.form.get(slot.prefill, ""), f"chat-form-{key}-{slot.id}")  # fmt: skip
                if given:
                    form[slot.prefill] = given
        mood = st.selectbox(
            t("chat.calendar"), MOODS, MOODS.index(how.calendar), key=f"chat-mood-{key}",
            format_func=lambda each: t(f"chat.calendar.{each}"),
        )  # fmt: skip
        colleague = st.toggle(t("chat.colleague"), how.colleague, key=f"chat-colleague-{key}")
        inbound = bool(session.document.get("start_inbound")) and st.toggle(
            t("chat.inbound"), how.inbound, key=f"chat-inbound-{key}"
        )
        moment = _moment(flow, how.local_time, key)
        wanted = Circumstances(name.strip(), form, moment, mood, colleague, inbound)
        st.button(
            t("chat.circumstances.apply"), type="primary", key=f"chat-apply-{key}", on_click=desk.begin,
            args=(parts.engine(), wanted),
        )  # fmt: skip


def _form_field(label: str, choices: list[str], now: str, key: str) -> str:
    if not choices:
        return str(st.text_input(label, now, max_chars=200, key=key)).strip()
    options = ["", *choices]
    chosen = st.selectbox(
        label, options, options.index(now) if now in options else 0, key=key,
        format_func=lambda each: each or t("chat.form.none"),
    )  # fmt: skip
    return str(chosen or "")


def _moment(flow: Flow, before: datetime | None, key: str) -> datetime | None:
    """When the phone rings, by the clock of the business; None for now."""
    other = st.radio(
        t("chat.time"), (False, True), int(before is not None), horizontal=True, key=f"chat-other-time-{key}",
        format_func=lambda each: t("chat.time.other" if each else "chat.time.now"),
    )  # fmt: skip
    if not other:
        return None
    here = moments.zone_named(flow.seller.zone)
    shown = before or parts.now().astimezone(here).replace(tzinfo=None, second=0, microsecond=0)
    day = st.date_input(t("chat.date"), shown.date(), key=f"chat-day-{key}")
    clock = st.time_input(t("chat.clock", zone=flow.seller.zone), shown.time(), key=f"chat-clock-{key}")
    return datetime.combine(day, clock)

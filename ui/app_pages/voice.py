"""Voice and tone (`?flow=<id>`): who speaks, how, with which services, and what is never said."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui import parts
from ui.client import EngineTrouble
from ui.contents import never_say, panel, schemas
from ui.contents.areas import lines_area
from ui.contents.reading import group, text, texts
from ui.contents.shared import context, form, words_of_the_engine
from ui.contents.voice_picker import voice_picker
from ui.flow_session import FlowSession, open_flow
from ui.forms.binding import clear, write
from ui.forms.spot import Context
from ui.resources.voices import Voices, voices
from ui.texts import t

# The engine's texts by the moment in which they are said; what is in none of them comes last.
GROUPS: Final = {
    "talk": (
        "acknowledge",
        "acknowledge_correction",
        "read_back",
        "refused",
        "once_more",
        "appointment_again",
        "moment",
    ),
    "unclear": ("unclear", "no_words", "misheard", "misheard_words", "misheard_booking", "cannot_understand", "go_on"),
    "law": ("short_opening", "disclosures_again", "unknown_answer"),
    "end": ("still_there", "silence_goodbye", "farewell", "time_is_up", "line_back", "failure"),
}


def main() -> None:
    session = open_flow()
    st.caption(t("voice.intro"))
    panel.problems(session, ("texts",), fields=("assistant", "language", "limits", "providers", "never_say"))
    given = context(session)
    found: Voices | None = None
    try:
        found = voices(parts.engine())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
    who, wording, never, patience, services = st.tabs(
        [t("voice.tab.who"), t("voice.tab.wording"), t("voice.tab.never"), t("voice.tab.patience"),
         t("voice.tab.services")],
        default=_opened(session),
    )  # fmt: skip
    with who:
        _who(session, given, found)
    with wording:
        _wording(session, given)
    with never:
        _never(session)
    with patience:
        st.caption(t("voice.patience.intro"))
        left, _ = st.columns([2, 1])
        with left:
            form(session, ("limits",), schemas.limits(), given)
    with services:
        if found is not None:
            _services(session, given, found)


def _opened(session: FlowSession) -> str:
    """The tab that a link to a wording leads to."""
    wanted = st.query_params.get(panel.SHOW, "")
    return t("voice.tab.wording") if wanted in group(session.document, "texts") else t("voice.tab.who")


def _who(session: FlowSession, given: Context, found: Voices | None) -> None:
    left, right = st.columns([1, 2], gap="large")
    with left:
        form(session, ("assistant",), schemas.assistant(), given)
        form(session, (), schemas.language(text(session.document, "language")), given)
    with right:
        if found is not None:
            voice_picker(session, found)


def _wording(session: FlowSession, given: Context) -> None:
    st.caption(t("voice.wording.intro"))
    try:
        known = words_of_the_engine().wordings
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    by_name = {each.name: each for each in known}
    sorted_ = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, "other": tuple(name for name in by_name if name not in sorted_)}
    for group_name, names in groups.items():
        here = [by_name[name] for name in names if name in by_name]
        if not here:
            continue
        own = sum(bool(session.value(("texts", each.name))) for each in here)
        title = t(f"voice.wording.{group_name}")
        label = t("voice.wording.count", title=title, count=own) if own else title
        with st.expander(label, key=f"wording/{session.flow_id}/{group_name}"):
            fields = {each.name: schemas.wording(each.name, each.standard, each.fills) for each in here}
            form(session, ("texts",), schemas.form(**fields), given)


def _never(session: FlowSession) -> None:
    st.caption(t("voice.never.intro"))
    patterns = texts(session.document, "never_say")
    phrases, others = never_say.split(patterns)
    key = f"never/{session.flow_id}"

    def put(new: list[str]) -> None:
        document = session.document
        step = write(document, ("never_say",), [*new]) if new else clear(document, ("never_say",))
        session.edit(t("edit.changed", what=t("part.never_say")), step)

    left, _ = st.columns([2, 1])
    with left:
        lines_area(
            f"{key}/phrases", t("voice.never.phrases"), phrases, lambda new: put(never_say.merged(patterns, new)),
            help=t("voice.never.phrases.help"), placeholder=t("voice.never.phrases.example"),
            disabled=session.read_only,
        )  # fmt: skip
        st.caption(t("voice.never.star"))
        with st.expander(t("voice.never.advanced"), key=f"{key}/advanced"):
            lines_area(
                f"{key}/patterns", t("voice.never.patterns"), others,
                lambda new: put([*(each for each in patterns if each not in others), *new]),
                help=t("voice.never.patterns.help"), disabled=session.read_only,
            )  # fmt: skip


def _services(session: FlowSession, given: Context, found: Voices) -> None:
    st.caption(t("voice.services.intro"))
    ear, voice, mind = st.columns(3, gap="large")
    chosen = group(session.document, "providers")
    standard = found.standard
    with ear:
        st.markdown(f"**{t('voice.services.ear')}**")
        form(session, ("providers", "ear"), schemas.ear(text(group(chosen, "ear"), "use"), standard.ear), given)
    with voice:
        st.markdown(f"**{t('voice.services.voice')}**")
        hosted = (text(group(chosen, "voice"), "use") or standard.voice) == "google"
        st.caption(t("voice.services.voice.help") if hosted else t("voice.services.voice.local"))
        if hosted:
            form(session, ("providers", "voice"), schemas.voice_place(), given)
    with mind:
        st.markdown(f"**{t('voice.services.mind')}**")
        form(session, ("providers", "mind"), schemas.mind(text(group(chosen, "mind"), "use"), standard.mind), given)


main()

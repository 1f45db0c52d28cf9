"""Choosing a voice by ear: every voice with a button to hear it say a sentence of the flow. Draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.contents.reading import Document, group, text, texts, things
from ui.flow_session import FlowSession
from ui.forms.binding import clear, write
from ui.forms.frame import plain
from ui.records import Json
from ui.resources.voices import Voice, Voices, sample
from ui.texts import t

COLUMNS: Final = 4
MOST_SENTENCES: Final = 24
OWN: Final = ""


def voice_picker(session: FlowSession, found: Voices) -> None:
    chosen = chosen_voice(session.document, found)
    st.html(looks.page(_now(session.document, found, chosen)))
    sentence = _sentence(session)
    wanted = st.session_state.pop(_listen_key(session), None)
    if isinstance(wanted, Voice):
        _play(session, wanted, sentence)
    for use in ("local", "google"):
        voices = [each for each in found.voices if each.use == use]
        st.markdown(f"**{t(f'voice.from.{use}')}**")
        if voices and not any(each.there for each in voices):
            _not_there(voices)
            continue
        st.caption(t(f"voice.from.{use}.help"))
        if use == "google":
            kinds = st.segmented_control(
                t("voice.sounds"), ["female", "male"], key=f"sounds/{session.flow_id}", selection_mode="single",
                format_func=lambda each: t(f"voice.sounds.{each}"), label_visibility="collapsed",
            )  # fmt: skip
            voices = [each for each in voices if kinds is None or each.sounds == kinds]
        _grid(session, voices, chosen)
    if group(group(session.document, "providers"), "voice").get("use"):
        st.button(
            t("voice.standard"), icon=":material/undo:", type="tertiary", key=f"voice-standard/{session.flow_id}",
            disabled=session.read_only, on_click=_choose, args=(session, None),
        )  # fmt: skip


def _not_there(voices: list[Voice]) -> None:
    """Says what is missing and leads there; which voices there would be is told all the same."""
    st.info(t("voice.needs_account"), icon=":material/voice_selection_off:")
    st.page_link("app_pages/connections.py", label=t("voice.connect"), icon=":material/electrical_services:")
    st.caption(t("voice.would_be", names=", ".join(each.voice for each in voices)))


def chosen_voice(document: Document, found: Voices) -> tuple[str, str]:
    """Who speaks in this flow's calls: local or google, and the name; as `engine.providers.choice` decides it."""
    wanted = group(group(document, "providers"), "voice")
    use = text(wanted, "use") or found.standard.voice
    if use == "local":
        return "local", next((each.voice for each in found.voices if each.use == "local"), "")
    named = text(wanted, "voice") or text(group(document, "assistant"), "voice")
    short = named.rsplit("-", 1)[-1]
    known = any(each.use == "google" and each.voice == short for each in found.voices)
    return "google", short if known else text(wanted, "voice") or found.standard.voice_name.rsplit("-", 1)[-1]


def _now(document: Document, found: Voices, chosen: tuple[str, str]) -> str:
    own = bool(text(group(group(document, "providers"), "voice"), "use"))
    words = t("voice.now", name=chosen[1].capitalize(), provider=t(f"voice.provider.{chosen[0]}"))
    return looks.card(words, looks.paragraph(t("voice.now.own") if own else t("voice.now.settings"), dimmed=True))


def sentences(document: Document) -> Iterator[str]:
    """What the agent says in this flow, the opening first."""
    for card in things(document, "nodes"):
        settings = group(card, "settings")
        if text(card, "type") == "fixed_line" and text(settings, "text"):
            yield text(settings, "text")
    for slot in things(document, "slots"):
        yield from texts(slot, "ask")[:1]
    for entry in things(document, "knowledge"):
        yield text(entry, "say")


def filled(document: Document, sentence: str) -> str:
    """A sentence as it will be heard, as far as the flow itself knows it."""
    seller, assistant = group(document, "seller"), group(document, "assistant")
    known = {
        "seller": text(seller, "say_as"),
        "assistant": text(assistant, "name"),
        "seller_phone": text(seller, "phone"),
        "opt_out_phone": text(seller, "opt_out_phone") or text(seller, "phone"),
        "first_name": t("voice.say.first_name"),
        "topic": t("voice.say.topic"),
    }
    for name, value in known.items():
        sentence = sentence.replace("{" + name + "}", value)
    return sentence


def _sentence(session: FlowSession) -> str:
    known = [each for each in dict.fromkeys(sentences(session.document)) if each.strip()][:MOST_SENTENCES]
    picked = st.selectbox(
        t("voice.say"), [*known, OWN], key=f"say/{session.flow_id}",
        format_func=lambda each: filled(session.document, each) or t("voice.say.own"),
    )  # fmt: skip
    if picked:
        return str(picked)
    typed = st.text_input(t("voice.say.type"), key=f"say-own/{session.flow_id}", max_chars=400)
    return (typed or "").strip() or t("voice.say.hello")


def _grid(session: FlowSession, voices: list[Voice], chosen: tuple[str, str]) -> None:
    for start in range(0, len(voices), COLUMNS):
        for cell, voice in zip(st.columns(COLUMNS), voices[start : start + COLUMNS], strict=False):
            with cell, st.container(border=True, gap="xsmall"):
                _voice(session, voice, chosen == (voice.use, voice.voice))


def _voice(session: FlowSession, voice: Voice, chosen: bool) -> None:
    mark = looks.badge(t("voice.chosen"), "good") if chosen else ""
    name = voice.voice.capitalize()
    sounds = t(f"voice.sounds.{voice.sounds}", otherwise="")
    st.html(looks.page(f'<div class="ll-split"><b>{looks.esc(name)}</b><span>{mark}</span></div>{looks.dim(sounds)}'))
    key = f"{session.flow_id}/{voice.use}/{voice.voice}"
    with st.container(horizontal=True, gap="xxsmall"):
        st.button(
            t("voice.listen"), icon=":material/play_arrow:", key=f"listen/{key}", disabled=not voice.there,
            help=t("voice.listen.help", name=name), on_click=_listen, args=(session, voice),
        )  # fmt: skip
        if not chosen:
            st.button(
                t("voice.choose"), key=f"choose/{key}", type="tertiary", disabled=session.read_only or not voice.there,
                help=t("voice.choose.help", name=name), on_click=_choose, args=(session, voice),
            )  # fmt: skip


def _listen_key(session: FlowSession) -> str:
    return f"listen-now/{session.flow_id}"


def _listen(session: FlowSession, voice: Voice) -> None:
    st.session_state[_listen_key(session)] = voice


def _play(session: FlowSession, voice: Voice, sentence: str) -> None:
    wanted = group(group(session.document, "providers"), "voice")
    choice = {
        "use": voice.use,
        "voice": voice.voice if voice.use == "google" else "",
        "connection": text(wanted, "connection") if voice.use == "google" else "",
        "location": text(wanted, "location") if voice.use == "google" else "",
    }
    try:
        with st.spinner(t("voice.speaking", name=voice.voice.capitalize())):
            sound = sample(parts.engine(), session.flow_id, sentence[:400], choice)
    except EngineTrouble as trouble:
        st.error(t("voice.silent", name=voice.voice.capitalize(), why=plain(trouble.sentence)))
        return
    st.audio(sound, format="audio/wav", autoplay=True)


def _choose(session: FlowSession, voice: Voice | None) -> None:
    document = session.document
    path = ("providers", "voice")
    old = group(group(document, "providers"), "voice")
    rest: dict[str, Json] = {name: value for name, value in old.items() if name not in ("use", "voice")}
    if voice is None:
        step = write(document, path, rest) if rest else clear(document, path)
        session.edit(t("voice.edit.standard"), step)
        return
    new: Mapping[str, Json] = {"use": voice.use, **({"voice": voice.voice} if voice.use == "google" else {}), **rest}
    session.edit(t("voice.edit", name=voice.voice.capitalize()), write(document, path, dict(new)))

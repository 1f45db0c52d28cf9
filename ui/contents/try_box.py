"""Boxes in which a sentence is tried out on the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from ui import looks, parts
from ui.client import EngineTrouble
from ui.resources.rehearsals import Answer, Heard, Noticed, Understood
from ui.texts import t

R = TypeVar("R")
LONGEST = 500
"""Letters that the engine reads."""


def sentence(key: str, label: str, placeholder: str) -> str:
    """What somebody typed to try."""
    typed = st.text_input(label, key=key, placeholder=placeholder, icon=":material/record_voice_over:")
    return (typed or "").strip()[:LONGEST]


def asked(ask: Callable[[], R]) -> R | None:
    """The engine's answer; None if it has none, which is said."""
    try:
        return ask()
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return None


def understood(heard: Heard, list_name: str) -> None:
    """What was understood of an answer, in words. `list_name`: what the list of its check is called."""
    st.html(looks.page(_asked(heard.understood, list_name), *_beside(heard)))


def _asked(found: Understood, list_name: str) -> str:
    lines = []
    match found.state:
        case "heard":
            tone: looks.Tone = "good"
            if found.words:
                lines.append(looks.paragraph(t("tryout.by_words", words=found.words), dimmed=True))
            if found.denied:
                lines.append(looks.paragraph(t("tryout.denied", values=", ".join(found.denied)), dimmed=True))
            if found.outside:
                tone = "warm"
                lines.append(looks.paragraph(t("tryout.outside", list=list_name or found.outside)))
            if found.asks > 1:
                lines.append(looks.paragraph(t("tryout.second"), dimmed=True))
            value = found.in_words or str(found.value)
            return looks.card(
                found.label, f'<p class="big">{looks.esc(value)}</p>', *lines, beside=_badge("heard", tone)
            )
        case "refused":
            return looks.card(found.label, looks.paragraph(t("tryout.refused")), beside=_badge("refused", "warm"))
        case "not_taken":
            why = found.why[:1].upper() + found.why[1:]
            return looks.card(
                found.label, looks.paragraph(t("tryout.not_taken", why=why)), beside=_badge("not_taken", "bad")
            )
    return looks.card(found.label, looks.paragraph(t("tryout.nothing")), beside=_badge("nothing", "bad"))


def _badge(state: str, tone: looks.Tone) -> str:
    return looks.badge(t(f"tryout.state.{state}"), tone)


def _beside(heard: Heard) -> list[str]:
    lines = [f"{each.label}: {each.in_words}" for each in heard.others]
    lines += [t("tryout.question", words=words) for words in heard.questions]
    lines += [t("tryout.noticed", label=each.label) for each in heard.noticed if each.answers]
    return [looks.paragraph(t("tryout.also"), dimmed=True), looks.listing(lines)] if lines else []


def answered(found: Answer) -> None:
    """Which entry would be told, and what came near."""
    if found.entry is not None:
        said = looks.card(
            found.entry.question, looks.paragraph(found.entry.say), kind="strong",
            beside=looks.badge(t("tryout.told"), "good"),
        )  # fmt: skip
    else:
        why = t("tryout.no_entry") if found.as_question else t("tryout.no_question")
        said = looks.card(
            t("tryout.unknown"), looks.paragraph(f"“{found.unknown}”" if found.as_question else t("tryout.talks_on")),
            looks.paragraph(why, dimmed=True), beside=looks.badge(t("tryout.not_told"), "warm"),
        )  # fmt: skip
    others = [each for each in found.nearest if found.entry is None or each.id != found.entry.id]
    near = [t("tryout.likeness", question=each.question, percent=round(each.score * 100)) for each in others]
    st.html(
        looks.page(said, looks.paragraph(t("tryout.near"), dimmed=True), looks.listing(near))
        if near
        else looks.page(said)
    )


def noticed(found: tuple[Noticed, ...], reflex: str = "") -> None:
    """Which reflex a sentence sets off. `reflex`: the one that lies open."""
    acting = next((each for each in found if each.answers), None)
    if acting is None:
        words = t("tryout.nobody_waits") if found else t("tryout.no_reflex")
        st.html(looks.page(looks.card(t("tryout.no_reflex.title"), looks.paragraph(words))))
        return
    mine = acting.reflex == reflex or not reflex
    lines = [looks.paragraph(t("tryout.by_words", words=acting.words), dimmed=True)]
    others = [each.label for each in found if not each.answers and each.label]
    if others:
        lines.append(looks.paragraph(t("tryout.weightier", others=", ".join(others)), dimmed=True))
    mark = looks.badge(t("tryout.fires") if mine else t("tryout.another"), "good" if mine else "warm")
    st.html(looks.page(looks.card(acting.label, *lines, beside=mark)))

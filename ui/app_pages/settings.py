"""Settings: who is there, who may, and what this installation is made of."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from ui import login, looks, parts, people
from ui.audit_view import audit_log
from ui.people_view import people_list
from ui.records import CardType
from ui.resources.house import Setting, settings
from ui.texts import t


def main() -> None:
    st.html(looks.head(t("settings.title")))
    names = ("you", "people", "audit", "house", "cards")
    you, everybody, log, house, cards = st.tabs([t(f"settings.tab.{name}") for name in names])
    with you:
        _you()
    with everybody:
        if people.may("admin"):
            people_list()
        else:
            st.info(t("people.not_yours"), icon=":material/lock:")
    with log:
        if people.may("admin"):
            audit_log()
        else:
            st.info(t("audit.not_yours"), icon=":material/lock:")
    with parts.troubles():
        types = parts.engine().card_types()
        with house:
            _house()
        with cards:
            st.caption(t("cards.intro"))
            if types.broken:
                st.subheader(t("cards.broken"), anchor=False)
                for package in types.broken:
                    st.error(f"**{package.name}**: {package.problem}\n\n{t('cards.broken.help')}")
            st.html(looks.grid([_card(each) for each in types.nodes]))


def _you() -> None:
    person = login.person()
    if person is None:
        left, _ = st.columns([2, 3])
        with left:
            people.ask_name("settings")
        st.caption(t("you.open"))
        return
    st.write(t("you.logged_in", name=person.shown))
    st.caption(f"{t(f'role.{person.role}')}: {t(f'role.{person.role}.help')}")
    if st.button(t("you.log_out"), icon=":material/logout:"):
        login.log_out()
        st.rerun()


def _house() -> None:
    engine = parts.engine()
    ready, running = engine.ready(), engine.version()
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(t("house.engine"), anchor=False)
        states = {"database": ready.database, "models": ready.models, "calls": ready.calls, "dialling": ready.dialling}
        lines = [
            looks.fact(t("house.address"), engine.address),
            looks.fact(t("house.version"), running),
            looks.fact(t("house.screens"), _own_version()),
            *(
                looks.fact(t(f"house.part.{name}"), t("house.ok") if state == "ok" else state)
                for name, state in states.items()
            ),
        ]
        st.html(looks.page(looks.facts(lines)))
        st.link_button(t("house.api"), f"{engine.address}/docs", icon=":material/api:")
    with right:
        st.subheader(t("house.settings"), anchor=False)
        if not people.may("publisher"):
            st.caption(t("house.settings.not_yours"))
            return
        st.caption(t("house.settings.intro"))
        words = st.text_input(
            t("house.settings.search"), placeholder=t("house.settings.search"), label_visibility="collapsed",
            icon=":material/search:",
        )  # fmt: skip
        found = [each for each in settings(engine) if _fits(each, words or "")]
        st.html(looks.page(looks.facts([_setting(each) for each in sorted(found, key=lambda each: not each.chosen)])))


def _fits(setting: Setting, words: str) -> bool:
    text = f"{setting.variable} {setting.description}".casefold()
    return all(word in text for word in words.casefold().split())


def _setting(setting: Setting) -> str:
    value = t("house.settings.secret") if setting.secret and setting.chosen else setting.value or "–"
    marks = looks.badge(t("house.settings.chosen"), "info") if setting.chosen else ""
    return looks.fact(setting.variable, value, proof=setting.description.replace("`", ""), badges=marks)


def _card(each: CardType) -> str:
    kind = looks.badge(t(f"cards.kind.{each.kind}", otherwise=each.kind), "info" if each.kind == "talk" else "calm")
    package = looks.dim(t("cards.package", package=each.package)) if each.package else ""
    return looks.card(each.title, looks.paragraph(each.help, dimmed=True), beside=f"{package} {kind}")


def _own_version() -> str:
    try:
        return version("leadline")
    except PackageNotFoundError:
        return ""


main()

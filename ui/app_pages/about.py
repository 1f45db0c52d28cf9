"""What this installation is made of, and how its parts are."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from ui import looks, parts
from ui.records import CardType
from ui.texts import t


def main() -> None:
    st.html(looks.head(t("about.title")))
    with parts.troubles():
        ready = parts.engine().ready()
        types = parts.engine().card_types()
        running = parts.engine().version()
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(t("about.engine"), anchor=False)
        states = {"database": ready.database, "models": ready.models, "calls": ready.calls, "dialling": ready.dialling}
        lines = [looks.fact(t("about.address"), parts.engine().address), looks.fact(t("about.version"), running)]
        lines.append(looks.fact(t("about.screens"), _own_version()))
        lines += [
            looks.fact(t(f"about.part.{name}"), t("about.ok") if state == "ok" else state)
            for name, state in states.items()
        ]
        st.html(looks.page(looks.facts(lines)))
        st.link_button(t("about.api"), f"{parts.engine().address}/docs", icon=":material/api:")
        if types.broken:
            st.subheader(t("about.broken"), anchor=False)
            for package in types.broken:
                st.error(f"**{package.name}**: {package.problem}")
    with right:
        st.subheader(t("about.cards"), anchor=False)
        st.caption(t("about.cards.intro"))
        st.html(looks.page(*(_card(each) for each in types.nodes)))


def _card(each: CardType) -> str:
    kind = looks.badge(t(f"about.kind.{each.kind}", otherwise=each.kind), "info" if each.kind == "talk" else "calm")
    package = looks.dim(t("about.package", package=each.package)) if each.package else ""
    return looks.card(each.title, looks.paragraph(each.help, dimmed=True), beside=f"{package} {kind}")


def _own_version() -> str:
    try:
        return version("leadline")
    except PackageNotFoundError:
        return ""


main()

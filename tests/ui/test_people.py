"""Whose name stands beside a change."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ui.people import NAMED


def _page() -> None:
    import streamlit as st

    from ui import people

    people.ask_name("here")
    st.write(people.current_person())


def test_without_a_name_changes_are_signed_by_the_screens() -> None:
    page = AppTest.from_function(_page).run()
    assert page.markdown[0].value == "Leadline screens"


def test_a_name_that_was_given_once_signs_everything_of_this_browser_session() -> None:
    page = AppTest.from_function(_page).run()
    page.text_input[0].input("  Dana Reyes ").run()
    assert page.markdown[0].value == "Dana Reyes"
    assert page.session_state[NAMED] == "Dana Reyes"
    page.text_input[0].input("").run()
    assert page.markdown[0].value == "Leadline screens"

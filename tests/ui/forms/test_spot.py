"""What a widget's callback may write: never what was only shown, never to a draft that may not be changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from engine.sdk import Json
from tests.support.form_page import context, shipped_draft
from tests.support.memory_draft import MemoryDraft
from ui.forms.binding import MISSING, Missing
from ui.forms.names import distinct
from ui.forms.spot import Spot

GOAL = ("nodes", "qualify", "settings", "goal")


@pytest.fixture
def draft() -> Iterator[MemoryDraft]:
    st.session_state.clear()
    yield shipped_draft()
    st.session_state.clear()


def spot_of(draft: MemoryDraft) -> Spot:
    return Spot(draft, GOAL, "Goal", context(draft))


def reported(spot: Spot, key: str, typed: str) -> None:
    """The browser reports a value of the widget that was drawn with `key`."""
    st.session_state[key] = typed
    spot.on_change(key, lambda given: str(given), spot.put)


def test_a_callback_with_the_shown_value_writes_nothing(draft: MemoryDraft) -> None:
    """Streamlit replays callbacks when it mounts a page again under load."""
    spot = spot_of(draft)
    key = spot.key(spot.value)
    for _ in range(3):
        reported(spot, key, str(spot.value))
    assert draft.edits == []


def test_a_callback_that_is_replayed_after_an_edit_writes_it_once(draft: MemoryDraft) -> None:
    spot = spot_of(draft)
    key = spot.key(spot.value)
    reported(spot, key, "Find out what is wrong.")
    reported(spot, key, "Find out what is wrong.")
    assert [label for label, _ in draft.edits] == ["Changed “Goal” of the card “Find out what is needed”"]


def test_ones_own_edit_keeps_the_widget_and_somebody_elses_gives_it_a_new_key(draft: MemoryDraft) -> None:
    spot = spot_of(draft)
    key = spot.key(spot.value)
    reported(spot, key, "Mine")
    assert spot.key(spot.value) == key  # the focus stays
    draft.changed_by_somebody_else({"do": "put", "path": list(GOAL), "value": "Theirs"})
    newer = spot.key(spot.value)
    assert newer != key
    assert spot.key(spot.value) == newer


def test_a_key_tells_flow_and_place(draft: MemoryDraft) -> None:
    spot = spot_of(draft)
    assert draft.flow_id in spot.key("x") and "nodes/qualify/settings/goal" in spot.key("x")
    assert spot.key("x", "one") != spot.key("x", "two")


def test_a_draft_that_may_not_be_changed_takes_nothing_from_a_widget(draft: MemoryDraft) -> None:
    spot = spot_of(draft)
    key = spot.key(spot.value)
    draft.read_only = True
    reported(spot, key, "Mine")
    assert draft.edits == []


@pytest.mark.parametrize(("shown", "new"), [(1, 1.0), (MISSING, MISSING), ([1, {"a": 2}], [1.0, {"a": 2.0}])])
def test_numbers_that_a_browser_writes_otherwise_are_no_change(
    draft: MemoryDraft, shown: Json | Missing, new: Json | Missing
) -> None:
    spot = spot_of(draft)
    key = spot.key(shown)
    st.session_state[key] = "anything"
    spot.on_change(key, lambda _: new, spot.put)
    assert draft.edits == []


def test_names_that_stand_twice_are_told_apart() -> None:
    assert distinct({1: "Goodbye", 2: "Goodbye", 3: "Goodbye (2)", 4: "Hello"}) == {
        1: "Goodbye",
        2: "Goodbye (2)",
        3: "Goodbye (2) (2)",
        4: "Hello",
    }

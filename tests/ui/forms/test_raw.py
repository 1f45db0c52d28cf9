"""The editor of last resort: only what can be read is written, and what is wrong is said with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sdk import Json
from ui.forms.binding import MISSING, same
from ui.forms.raw import Unreadable, as_text, read_json
from ui.forms.widgets import scalar

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_what_is_shown_can_be_read_back(value: Json) -> None:
    assert same(read_json(as_text(value)), value)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ('{"a": 1,\n "b": }', "line 2, at letter 7"),
        ("[NaN]", "NaN is no value of a flow"),
        ("[" * 100_000, "too many brackets"),
        ("hello", "line 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(typed: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read_json(typed)


def test_an_empty_box_is_nothing() -> None:
    assert read_json("  \n ") is MISSING
    assert as_text(MISSING) == ""


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("2.5", 2.5),
        ("yes", True),
        ("No", False),
        ("00123", "00123"),
        ("+14155550100", "+14155550100"),
        ("1e9", "1e9"),
        ("roof", "roof"),
    ],
)
def test_what_is_typed_where_anything_may_stand_becomes_what_people_mean(typed: str, value: Json) -> None:
    assert same(scalar(typed), value)

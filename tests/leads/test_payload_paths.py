"""Paths into what was sent: as people write them, over the shapes that form builders send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.leads.sources.paths import PathUnclear, find, parse, quoted, read_json, text_of

TALLY = {"data": {"fields": [
    {"key": "q1", "label": "Your phone", "value": "415-555-2671"},
    {"key": "q2", "label": "Is it [urgent]?", "value": ["yes", "very"]},
    {"key": "q3", "label": None, "value": 7},
]}}  # fmt: skip
TYPEFORM = {"form_response": {"answers": [
    {"type": "phone_number", "phone_number": "+14155552671", "field": {"ref": "phone", "id": "a"}},
    {"type": "choice", "choice": {"label": "Roof", "ref": "x"}, "field": {"ref": "service"}},
    {"type": "boolean", "boolean": True, "field": {"ref": "consent"}},
]}}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "path", "text"),
    [
        ({"Phone": "1"}, "phone", "1"),
        ({"Your Phone ": "1"}, "your phone", "1"),
        ({"a": {"b": [{"c": 5}]}}, "a.b[0].c", "5"),
        ({"a": {"b": [{"c": 5}]}}, "$.a.b[0].c", "5"),
        ({"1.3": "Zoë"}, '"1.3"', "Zoë"),
        ({"a": {"x.y": "z"}}, 'a."x.y"', "z"),
        (TALLY, "data.fields[label=Your Phone].value", "415-555-2671"),
        (TALLY, 'data.fields[label="Is it [urgent]?"].value', "yes, very"),
        (TALLY, "data.fields[key=q3].value", "7"),
        (TALLY, "data.fields[ key = q3 ].value", "7"),
        (TYPEFORM, "form_response.answers[field.ref=phone].phone_number", "+14155552671"),
        (TYPEFORM, "form_response.answers[field.ref=service].choice", "Roof"),
        (TYPEFORM, "form_response.answers[field.ref=consent].boolean", "true"),
        ({"fields": {"x": {"id": "email", "value": "a@b.c"}}}, "fields[id=email].value", "a@b.c"),
        ({"rawRequest": json.dumps({"q3_phone": {"full": "415"}})}, "rawRequest.q3_phone.full", "415"),
        ([{"phone": "1"}], "[0].phone", "1"),
        ({"a": 1}, "b", None),
        ({"a": 1}, "a.b", None),
        ({"a": []}, "a[0]", None),
        ({"a": "text"}, "a[*]", None),
        ("text", "a", None),
        (None, "a", None),
    ],
)
def test_a_path_finds_what_stands_there(document: object, path: str, text: str | None) -> None:
    found = find(document, parse(path))  # type: ignore[arg-type]  # a JSON document
    assert [text_of(each) for each in found] == ([] if text is None else [text])


def test_a_star_finds_every_entry_in_order() -> None:
    document = {"entry": [{"changes": [1, 2]}, {"changes": [3]}, {"other": 4}]}
    assert find(document, parse("entry[*].changes[*]")) == [1, 2, 3]


@pytest.mark.parametrize(
    "path",
    ["", "  ", "a..b", ".a", "a.", "a[", "a[]", "a[x", "a]", 'a"b"', "a[b=c", "[=x]", "$", "x" * 400, "a[b[*]=1]"],
)  # fmt: skip
def test_a_path_that_cannot_be_meant_is_told_so(path: str) -> None:
    with pytest.raises(PathUnclear, match=r"\.$"):
        parse(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4155552671.0", "4155552671"), (4155552671, "4155552671"), (9007199254740993, "9007199254740993"),
        ("1.5", "1.5"), (True, "true"), (None, ""), ([], ""), ({}, ""), (["a", None, "", "b"], "a, b"),
        ({"label": "Roof", "id": 3}, "Roof"), ({"id": 3}, ""), (" x\x00\ud800 ", "x"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_a_person_would(value: object, text: str) -> None:
    assert text_of(value) == text  # type: ignore[arg-type]  # a JSON value


def test_numbers_lose_nothing_on_the_way() -> None:
    document = read_json(b'{"phone": 4155552671.0, "id": 9007199254740993, "nan": NaN, "big": 1e400}')
    assert [text_of(each) for each in document.values()] == ["4155552671", "9007199254740993", "NaN", "1e400"]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="nested"):
        read_json(b"[" * 200_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.text(max_size=30))
def test_no_path_over_no_document_breaks(document: object, path: str) -> None:
    try:
        steps = parse(path)
    except PathUnclear:
        return
    for each in find(document, steps):  # type: ignore[arg-type]  # a JSON document
        text_of(each)


@given(st.text(alphabet=st.characters(exclude_characters='"'), min_size=1, max_size=20), st.text(max_size=5))
def test_every_name_without_quotation_marks_can_be_written(name: str, value: str) -> None:
    if name.strip() and len(name) < 250:
        assert find({name: value}, parse(quoted(name))) == [value]

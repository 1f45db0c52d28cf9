"""A JSON Schema as fields: what each type and each mark becomes; nothing is left out, nothing is bent."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic import Field as Setting

from engine.sdk import Json, NodeSettings, Scalar, marks
from engine.sdk.marks import FORMATS, MARKS, REFERS
from engine.sdk.registry import discover
from ui.forms import fields as f
from ui.forms.binding import MISSING
from ui.forms.fields import fields_of
from ui.forms.shapes import Field, fits, folded, new_row


class Visit(BaseModel):
    day: str
    hours: int = 2


class Nested(BaseModel):
    visit: Visit


class Everything(NodeSettings):
    line: str = Setting("", title="Line", description="Help.", examples=["like this"], max_length=9)
    needed: str
    long: str = Setting("", json_schema_extra=marks(format="long_text", fills=["when"]))
    phone: str = Setting("", json_schema_extra=marks(format="phone"))
    whole: int = Setting(3, ge=1, le=9)
    above: int = Setting(3, gt=1, lt=9)
    part: float = Setting(0.5, ge=0)
    yes: bool = False
    one: Literal["go_on", "listen"] = Setting("go_on", json_schema_extra=marks(labels={"go_on": "Go on"}))
    some: tuple[Literal["a", "b"], ...] = ()
    maybe: int | None = None
    slot: str = Setting("", json_schema_extra=marks(refers="slot"))
    slots: tuple[str, ...] = Setting((), json_schema_extra=marks(refers="slot", ordered=True))
    mail: str = Setting("", json_schema_extra=marks(refers="connection:smtp|outbox_folder"))
    rule: dict[str, Json] | None = Setting(None, json_schema_extra=marks(refers="rule"))
    answer: Scalar = Setting("", json_schema_extra=marks(answer_of="slot"))
    scalar: Scalar = ""
    hours: tuple[str, ...] = Setting((), json_schema_extra=marks(format="opening_hours"))
    window: str = Setting("", json_schema_extra=marks(format="time_window"))
    wordings: tuple[str, ...] = Setting((), json_schema_extra=marks(format="phrases"))
    numbers: list[int] = Setting(default_factory=list)
    visits: list[Visit] = Setting(default_factory=list)
    first: Visit = Visit(day="mon")
    prices: dict[str, float] = Setting(default_factory=dict)
    nested: Nested | None = None
    odd: dict[str, list[dict[str, int]]] = Setting(default_factory=dict)
    pair: tuple[int, str] = (1, "x")
    hidden: str = Setting("", json_schema_extra=marks(advanced=True))
    worded: str = Setting("", json_schema_extra=marks(group="Wording"))


FIELDS = {field.name: field for field in fields_of(Everything.model_json_schema())}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("line", f.Text(max_length=9)),
        ("long", f.Text(long=True, fills=("when",))),
        ("phone", f.Text(kind="phone")),
        ("whole", f.Number(True, 1, 9)),
        ("above", f.Number(True, 2, 8)),
        ("part", f.Number(False, 0, None)),
        ("yes", f.YesNo()),
        ("one", f.Choice((f.Option("go_on", "Go on"), f.Option("listen", "Listen")))),
        ("some", f.Choice((f.Option("a", "A"), f.Option("b", "B")), many=True)),
        ("maybe", f.Number(True)),
        ("slot", f.Pick("slot")),
        ("slots", f.Pick("slot", many=True, ordered=True)),
        ("mail", f.Pick("connection", kinds=("smtp", "outbox_folder"))),
        ("rule", f.RuleTree()),
        ("answer", f.AnswerOf("slot")),
        ("scalar", f.Anything()),
        ("hours", f.Hours()),
        ("window", f.Window()),
        ("wordings", f.Lines(f.Text(), wordings=True)),
        ("numbers", f.Lines(f.Number(True))),
        ("prices", f.Entries(f.Number())),
        ("odd", f.Raw()),
        ("pair", f.Raw()),
    ],
)
def test_each_type_and_mark_has_its_widget(name: str, shape: f.Shape) -> None:
    assert FIELDS[name].shape == shape


def test_things_with_fields_are_rows_and_groups() -> None:
    rows, group, nested = (FIELDS[name].shape for name in ("visits", "first", "nested"))
    assert isinstance(rows, f.Rows) and [each.name for each in rows.fields] == ["day", "hours"]
    assert isinstance(group, f.Group) and group.fields == rows.fields
    assert isinstance(nested, f.Group) and isinstance(nested.fields[0].shape, f.Group)
    assert new_row(rows.fields) == {"day": ""}  # nothing that the person did not set


def test_needed_fields_come_first_and_folds_last() -> None:
    fields = fields_of(Everything.model_json_schema())
    assert fields[0].name == "needed" and fields[0].required and fields[0].default is MISSING
    seen, folds = folded(fields)
    assert [(name, [each.name for each in inside]) for name, inside in folds] == [
        ("Wording", ["worded"]),
        ("", ["hidden"]),
    ]
    assert {"hidden", "worded"}.isdisjoint(each.name for each in seen)


def test_title_help_example_and_default_come_from_the_schema() -> None:
    line = FIELDS["line"]
    assert (line.title, line.help, line.example, line.default) == ("Line", "Help.", "like this", "")
    assert FIELDS["maybe"].nullable and FIELDS["maybe"].default is None


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (f.Text(), "x", 3),
        (f.Number(True), 2, 2.5),
        (f.Number(True), 2.0, True),
        (f.YesNo(), False, 0),
        (f.Lines(f.Number()), [1, 2.5], [1, "2"]),
        (f.Rows(()), [{}], ["x"]),
        (f.Entries(f.Number()), {"a": 1}, {"a": "1"}),
        (f.Pick("slot", many=True), ["zip"], "zip"),
        (f.Hours(), ["Mon 08:00-09:00"], [8]),
        (f.RuleTree(), {}, []),
    ],
)
def test_what_does_not_fit_is_told_from_what_does(shape: f.Shape, good: Json, bad: Json) -> None:
    assert fits(shape, good) and fits(shape, MISSING)
    assert not fits(shape, bad)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "anyOf", "allOf", "$ref", "enum", "refers", "format", "x", "required"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), json, max_size=4), st.dictionaries(st.just("X"), json))
def test_any_schema_becomes_a_form_with_every_property(properties: dict[str, Json], shared: dict[str, Json]) -> None:
    drawable = {name for name, each in properties.items() if isinstance(each, dict)}
    found = fields_of({"properties": properties, "$defs": shared})
    assert {field.name for field in found} == drawable


def test_a_schema_that_refers_to_itself_ends() -> None:
    circle: dict[str, Json] = {
        "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/B"}},
        "$defs": {"A": {"$ref": "#/$defs/A"}, "B": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}}},
    }
    a, b = fields_of(circle)
    assert isinstance(a.shape, f.Raw)
    assert isinstance(b.shape, f.Group)


def test_every_mark_of_the_sdk_changes_what_is_drawn() -> None:
    def drawn(extra: dict[str, Json], kind: dict[str, Json]) -> Field:
        return fields_of({"properties": {"x": kind | extra}})[0]

    text: dict[str, Json] = {"type": "string"}
    many: dict[str, Json] = {"type": "array", "items": {"type": "string"}}
    for what in REFERS:
        assert drawn({"refers": what}, text) != drawn({}, text), what
    for kind in FORMATS:
        base = many if kind in ("phrases", "opening_hours") else text
        assert drawn({"format": kind}, base) != drawn({}, base), kind
    samples: dict[str, tuple[dict[str, Json], dict[str, Json]]] = {
        "refers": ({"refers": "slot"}, text),
        "format": ({"format": "long_text"}, text),
        "ordered": ({"refers": "slot", "ordered": True}, many),
        "fills": ({"fills": []}, text),
        "labels": ({"labels": {"a": "Ah"}}, {"enum": ["a"]}),
        "answer_of": ({"answer_of": "slot"}, text),
        "group": ({"group": "Wording"}, text),
        "advanced": ({"advanced": True}, text),
    }
    assert samples.keys() == MARKS.keys()
    for mark, (extra, base) in samples.items():
        without = {name: value for name, value in extra.items() if name != mark}
        assert drawn(extra, base) != drawn(without, base), mark


def test_a_mark_that_refers_to_nothing_is_found_at_once() -> None:
    with pytest.raises(ValueError, match="Nothing can refer to 'slots'"):
        marks(refers="slots")


def test_every_shipped_setting_has_a_title_of_its_own_and_a_proper_widget() -> None:
    for klass in discover():
        if not klass.__module__.startswith("nodes."):
            continue
        for name, info in klass.settings_model().model_fields.items():
            assert info.title, f"{klass.type}.{name} has no title"
        for field in fields_of(klass.settings_schema()):
            assert not isinstance(field.shape, f.Raw), f"{klass.type}.{field.name}"
            if not (field.fold or field.advanced or isinstance(field.default, str)):
                assert field.help, f"{klass.type}.{field.name} has no help"

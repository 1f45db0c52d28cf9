"""Every field of every shipped card, edited as a person does: it is saved, alone, and shown again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import time

import pytest
from streamlit.testing.v1 import AppTest

from engine.sdk import Json
from tests.support.form_page import card_types, form_page, settings_of, shipped_draft
from tests.support.memory_draft import MemoryDraft
from tests.support.page_text import raw, words
from ui.forms import shapes as f
from ui.forms.card_form import card_form
from ui.forms.fields import fields_of

TYPES = card_types()
OURS = {name: each for name, each in TYPES.items() if not name.startswith("acme.") and fields_of(each.settings)}
SETTINGS: dict[str, dict[str, Json]] = {
    "look_up": {"slot": "zip", "list": "service_area"},
    "set_slot": {"slot": "service_type", "value": "roof_repair"},
    "stage": {"goal": "Ask", "slots": ["zip"]},
    "fixed_line": {"text": "Hello."},
    "end": {"disposition": "booked"},
    "leave_voicemail": {"text": "Call us."},
}


def draft_with(type_: str) -> MemoryDraft:
    """Home services with one more card, `it`, of this type."""
    draft = shipped_draft()
    card: Json = {"id": "it", "type": type_, "name": "It", "settings": {**SETTINGS.get(type_, {}), "unknown_yet": [1]}}
    draft.changed_by_somebody_else({"do": "insert", "path": ["nodes"], "value": card})
    return draft


def form_of(draft: MemoryDraft, card: str = "it") -> AppTest:
    return form_page(draft, lambda draft, context: card_form(draft, card, context))


def at_field(page: AppTest, kind: str, name: str, part: str = "") -> object:
    """The widget of a kind that edits the setting `name`."""
    wanted = f"/settings/{name}{f'#{part}' if part else '/'}"
    found = [each for each in page.get(kind) if wanted in str(each.key)]
    assert found, (kind, name, [each.key for each in page.get(kind)])
    return found[0]


def first(page: AppTest, kinds: tuple[str, ...], name: str) -> object:
    return next(each for kind in kinds for each in page.get(kind) if f"/settings/{name}/" in str(each.key))


def edit(page: AppTest, field: f.Field) -> Callable[[Json], bool]:
    """Does what a person would, and tells whether a value shows it."""
    match field.shape:
        case f.Text():
            widget = first(page, ("text_input", "text_area"), field.name)
            widget.set_value("+14155550177" if field.shape.kind == "phone" else "Something else").run()  # type: ignore[attr-defined]
            return lambda value: value in ("Something else", "+14155550177")
        case f.Number(low=low, high=high):
            widget = at_field(page, "number_input", field.name)
            now = widget.value  # type: ignore[attr-defined]
            new = now + 1 if high is None or now + 1 <= high else now - 1
            widget.set_value(new).run()  # type: ignore[attr-defined]
            return lambda value: value == new and (low is None or new >= low)
        case f.Choice(many=True, options=options):
            at_field(page, "button_group", field.name).select(options[0].value).run()  # type: ignore[attr-defined]
            return lambda value: value == [options[0].value]
        case f.Choice(options=options):
            group = first(page, ("button_group", "selectbox"), field.name)
            other = next(each.value for each in options if each.value != group.value)  # type: ignore[attr-defined]
            group.set_value(other).run()  # type: ignore[attr-defined]
            return lambda value: value == other
        case f.Pick(many=True, ordered=True):
            at_field(page, "selectbox", field.name, "add").select("problem").run()  # type: ignore[attr-defined]
            return lambda value: isinstance(value, list) and value[-1] == "problem"
        case f.Pick(many=True):
            at_field(page, "multiselect", field.name).select("problem").run()  # type: ignore[attr-defined]
            return lambda value: value == ["problem"]
        case f.Pick():
            box = at_field(page, "selectbox", field.name)
            other = next(each for each in PICKS[field.shape.what] if each != box.value)  # type: ignore[attr-defined]
            box.select(other).run()  # type: ignore[attr-defined]
            return lambda value: value == other
        case f.RuleTree():
            at_field(page, "selectbox", field.name, "add.all()").select("slot:zip").run()  # type: ignore[attr-defined]
            return lambda value: value == {"slot": "zip", "is": "known"}
        case f.AnswerOf():
            at_field(page, "selectbox", field.name).select("hvac_repair").run()  # type: ignore[attr-defined]
            return lambda value: value == "hvac_repair"
        case f.Hours():
            at_field(page, "button", field.name, "add").click().run()  # type: ignore[attr-defined]
            there = [str(line) for line in field.default] if isinstance(field.default, list) else []
            return lambda value: value == ([*there, "Sat-Sun 09:00-13:00"] if there else ["Mon-Fri 08:00-17:00"])
        case f.Window():
            at_field(page, "time_input", field.name, "from").set_value(time(10, 30)).run()  # type: ignore[attr-defined]
            return lambda value: value == "10:30-20:00"
        case f.YesNo():
            box = first(page, ("toggle", "checkbox"), field.name)
            other = not box.value  # type: ignore[attr-defined]
            box.set_value(other).run()  # type: ignore[attr-defined]
            return lambda value: value is other
        case f.Lines():
            new_line = next(each for each in page.text_input if f"/settings/{field.name}#new" in str(each.key))
            new_line.set_value("One more.").run()
            return lambda value: isinstance(value, list) and value[-1] == "One more."
        case f.Rows():
            at_field(page, "button", field.name, "add").click().run()  # type: ignore[attr-defined]
            before = field.default if isinstance(field.default, list) else []
            return lambda value: value == [*before, f.new_row(field.shape.fields)]  # type: ignore[union-attr]
        case other_shape:
            raise AssertionError(f"no shipped card has a {other_shape}")


PICKS = {
    "slot": ("zip", "problem"),
    "list": ("service_area",),
    "calendar": ("main", "crew_two"),
    "connection": ("office_mail", "webhook", "front_desk"),
    "outcome": ("booked", "unqualified"),
    "reason": ("busy", "out_of_area"),
}


@pytest.mark.parametrize(
    ("type_", "field"),
    [(name, field) for name, each in sorted(OURS.items()) for field in fields_of(each.settings)],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
def test_each_setting_is_shown_edited_and_saved_alone(type_: str, field: f.Field) -> None:
    draft = draft_with(type_)
    before = copy.deepcopy(settings_of(draft, "it"))
    page = form_of(draft)
    labels = {str(getattr(each, "label", "")) for kind in WIDGETS for each in page.get(kind)} | {raw(page)}
    assert any(field.title in label for label in labels), f"{field.title} is not shown"
    if (type_, field.name) in ONE_CHOICE:
        return
    done = edit(page, field)
    assert not page.exception
    after = settings_of(draft, "it")
    assert done(after.get(field.name)), after
    assert {k: v for k, v in after.items() if k != field.name} == {k: v for k, v in before.items() if k != field.name}
    ((label, steps),) = draft.edits
    assert field.title in label and "“It”" in label
    assert len(steps) == 1
    page.run()
    assert len(draft.edits) == 1, "drawing again wrote something"


WIDGETS = ("text_input", "text_area", "number_input", "selectbox", "multiselect", "toggle", "button_group", "expander")
ONE_CHOICE = {
    ("look_up", "list"),
    *((card, "connection") for card in ("webhook", "transfer", "hubspot", "http_request", "sms", "keep_recording")),
    *((card, "connection") for card in ("google_sheets", "hubspot_look_up", "make", "slack", "zapier")),
}
"""There is only one thing that fits."""


def test_an_issue_stands_at_its_field_in_the_validators_words() -> None:
    draft = draft_with("stage")
    page = form_of(draft)
    first(page, ("text_area",), "goal").set_value("").run()  # type: ignore[attr-defined]
    assert "In the card “It”, “Goal” is empty." in words(page)
    draft.changed_by_somebody_else({"do": "put", "path": ["nodes", "it", "settings", "slots"], "value": ["gone"]})
    first(page, ("text_area",), "goal").set_value("Ask.").run()  # type: ignore[attr-defined]
    text = words(page)
    assert "is empty" not in text
    assert "gone (no longer there)" in text
    assert "refers to “gone”, which is not among the things to find out" in text


def test_a_value_that_does_not_fit_is_shown_as_it_stands_and_mended_by_hand() -> None:
    draft = draft_with("book")
    draft.changed_by_somebody_else({"do": "put", "path": ["nodes", "it", "settings", "length_min"], "value": "an hour"})
    page = form_of(draft)
    assert "“Length (minutes)” holds something that does not fit here." in words(page)
    box = at_field(page, "text_area", "length_min", "raw")
    assert box.value == '"an hour"'  # type: ignore[attr-defined]
    box.set_value("45,").run()  # type: ignore[attr-defined]
    assert "This cannot be read: something is wrong in line 1" in words(page)
    assert draft.edits == []
    at_field(page, "text_area", "length_min", "raw").set_value("45").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["length_min"] == 45
    assert at_field(page, "number_input", "length_min").value == 45  # type: ignore[attr-defined]


def test_a_text_that_somebody_else_changed_is_shown_and_what_was_typed_against_the_old_one_is_a_conflict() -> None:
    draft = draft_with("stage")
    page = form_of(draft)
    draft.changed_by_somebody_else({"do": "put", "path": ["nodes", "it", "settings", "goal"], "value": "Theirs"})
    first(page, ("text_area",), "goal").set_value("Mine").run()  # type: ignore[attr-defined]
    (conflict,) = draft.conflicts
    assert (conflict.kind, conflict.current) == ("changed", "Theirs")
    assert settings_of(draft, "it")["goal"] == "Theirs"
    assert first(page, ("text_area",), "goal").value == "Theirs"  # type: ignore[attr-defined]


def test_emptying_a_text_leaves_the_field_out_or_says_so_and_its_standard_can_be_had_back() -> None:
    draft = draft_with("callback")
    page = form_of(draft)
    first(page, ("text_input",), "done").set_value("").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["done"] == ""  # said on purpose: nothing
    at_field(page, "button", "done", "standard").click().run()  # type: ignore[attr-defined]
    assert "done" not in settings_of(draft, "it")
    assert first(page, ("text_input",), "done").value == "Great, we'll call you {when}."  # type: ignore[attr-defined]
    draft = draft_with("stage")
    draft.changed_by_somebody_else({"do": "put", "path": ["nodes", "it", "settings", "tone"], "value": "Calm"})
    first(form_of(draft), ("text_area",), "tone").set_value("").run()  # type: ignore[attr-defined]
    assert "tone" not in settings_of(draft, "it")


def test_a_placeholder_is_put_in_by_its_name() -> None:
    draft = draft_with("fixed_line")
    page = form_of(draft)
    menu = at_field(page, "menu_button", "text", "fill")
    menu.click("slot:zip").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["text"] == "Hello. {slot:zip}"


def test_things_in_an_order_are_moved_and_removed() -> None:
    draft = draft_with("stage")
    draft.changed_by_somebody_else(
        {"do": "put", "path": ["nodes", "it", "settings", "slots"], "value": ["zip", "problem", "email"]}
    )
    page = form_of(draft)
    at_field(page, "menu_button", "slots", "ll-icon.row2").click("up").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["slots"] == ["zip", "email", "problem"]
    at_field(page, "menu_button", "slots", "ll-icon.row0").click("remove").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["slots"] == ["email", "problem"]


def test_wordings_are_changed_one_by_one_and_an_emptied_one_goes_away() -> None:
    draft = draft_with("stage")
    draft.changed_by_somebody_else(
        {"do": "put", "path": ["nodes", "it", "settings", "question"], "value": ["A?", "B?"]}
    )
    page = form_of(draft)
    at_field(page, "text_input", "question", "line1").set_value("C?").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["question"] == ["A?", "C?"]
    at_field(page, "text_input", "question", "line0").set_value("").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["question"] == ["C?"]


def test_a_draft_that_may_not_be_changed_is_shown_and_writes_nothing() -> None:
    draft = draft_with("stage")
    draft.read_only = True
    page = form_of(draft)
    assert all(each.disabled for kind in ("text_input", "text_area", "number_input") for each in page.get(kind))
    assert draft.edits == []


def test_a_card_of_a_missing_package_keeps_its_settings_and_says_what_to_do() -> None:
    draft = draft_with("far.away")
    page = form_of(draft)
    assert "No installed package brings cards of the type “far.away”" in words(page)
    assert settings_of(draft, "it") == {"unknown_yet": [1]}


def test_settings_that_this_version_does_not_know_are_named_and_kept() -> None:
    draft = draft_with("stage")
    page = form_of(draft)
    assert "unknown_yet" in words(page)
    first(page, ("text_area",), "goal").set_value("New").run()  # type: ignore[attr-defined]
    assert settings_of(draft, "it")["unknown_yet"] == [1]

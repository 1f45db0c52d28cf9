"""The rule builder and the forms of ways out, driven as a person drives them: by picking alone."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from engine.sdk import Json
from tests.support.form_page import form_page, shipped_draft
from tests.support.memory_draft import MemoryDraft
from tests.support.page_text import raw, words
from ui.forms.binding import MISSING, at
from ui.forms.card_form import card_form
from ui.forms.edge_form import edge_form

SLOTS: list[Json] = [
    {"id": "budget", "label": "Budget", "type": "money", "ask": ["Budget?"]},
    {"id": "decides", "label": "Decision this quarter", "type": "yes_no", "ask": ["Do you decide this quarter?"]},
    {"id": "demo", "label": "Wish for a demo", "type": "yes_no", "ask": ["A demo?"]},
]
EDGE = "qualify_to_why_not"


def draft_without_rule() -> MemoryDraft:
    draft = shipped_draft()
    slots = draft.document["slots"]
    assert isinstance(slots, list)
    draft.changed_by_somebody_else(
        {"do": "put", "path": ["slots"], "value": [*slots, *SLOTS]},
        {"do": "remove", "path": ["edges", EDGE, "rule"]},
    )
    return draft


def form_of(draft: MemoryDraft, edge: str = EDGE) -> AppTest:
    return form_page(draft, lambda draft, context: edge_form(draft, edge, context))


def rule_of(draft: MemoryDraft, edge: str = EDGE) -> Json:
    found = at(draft.document, ("edges", edge, "rule"))
    return None if found is MISSING else found  # type: ignore[return-value]


def box(page: AppTest, part: str, kind: str = "selectbox"):  # type: ignore[no-untyped-def]
    found = [each for each in page.get(kind) if f"/rule#{part}" in str(each.key)]
    assert found, (part, [each.key for each in page.get(kind)])
    return found[0]


def test_the_field_lessons_rule_is_built_by_picking_without_typing_a_symbol() -> None:
    """(budget over 10k and decides this quarter) or asked for a demo: field lesson 10."""
    draft = draft_without_rule()
    page = form_of(draft)
    assert "No rule yet." in words(page)
    box(page, "add.all()").select("slot:budget").run()
    box(page, "trial()").select("more_than").run()
    assert any("compares “Budget” with nothing" in issue.sentence for issue in draft.issues)
    assert "compares “Budget” with nothing" in words(page)  # said at the field, as long as it is so
    box(page, "value()", "number_input").set_value(10_000).run()
    box(page, "add.all()").select("slot:decides").run()
    box(page, "trial(1,)").select("equals").run()
    box(page, "value(1,)").select_index(0).run()
    box(page, "add.any()").select("slot:demo").run()
    box(page, "trial(1,)").select("equals").run()
    box(page, "value(1,)").select_index(0).run()
    assert rule_of(draft) == {
        "any": [
            {
                "all": [
                    {"not": {"slot": "budget", "is": "at_most", "value": 10_000}},
                    {"slot": "decides", "is": "equals", "value": True},
                ]
            },
            {"slot": "demo", "is": "equals", "value": True},
        ]
    }
    assert (
        "Both the budget is more than $10,000 and the decision this quarter is yes, or the wish for a demo is yes."
        in raw(page)
    )
    assert not [issue for issue in draft.issues if issue.place == "edge" and issue.id == EDGE]
    assert draft.conflicts == []


def test_a_test_is_turned_around_grouped_and_taken_away_by_its_menu() -> None:
    draft = draft_without_rule()
    page = form_of(draft)
    box(page, "add.all()").select("slot:zip").run()
    box(page, "add.all()").select("slot:budget").run()
    box(page, "ll-icon.(0,)", "menu_button").click("turn").run()
    assert rule_of(draft) == {"all": [{"not": {"slot": "zip", "is": "known"}}, {"slot": "budget", "is": "known"}]}
    box(page, "ll-icon.(1,)", "menu_button").click("any").run()
    box(page, "add.any(1,)").select("slot:demo").run()
    assert rule_of(draft) == {
        "all": [
            {"not": {"slot": "zip", "is": "known"}},
            {"any": [{"slot": "budget", "is": "known"}, {"slot": "demo", "is": "known"}]},
        ]
    }
    box(page, "how()").select("not_any").run()
    rule = rule_of(draft)
    assert isinstance(rule, dict) and list(rule) == ["not"]
    box(page, "ll-icon.()", "menu_button").click("remove").run()
    assert rule_of(draft) is None


def test_parts_of_a_newer_version_are_shown_kept_and_can_be_taken_away() -> None:
    draft = draft_without_rule()
    strange: Json = {"weather": "rain"}
    draft.changed_by_somebody_else(
        {
            "do": "put",
            "path": ["edges", EDGE, "rule"],
            "value": {"all": [strange, {"slot": "zip", "is": "known", "since": 2}]},
        }
    )
    page = form_of(draft)
    assert "weather" in raw(page)
    box(page, "trial(1,)").select("unknown").run()
    assert rule_of(draft) == {"all": [strange, {"slot": "zip", "is": "unknown", "since": 2}]}
    box(page, "ll-icon.(0,)", "menu_button").click("remove").run()
    assert rule_of(draft) == {"all": [{"slot": "zip", "is": "unknown", "since": 2}]}


def test_several_answers_are_picked_at_once_and_kept_when_one_is_asked_for() -> None:
    draft = draft_without_rule()
    page = form_of(draft)
    box(page, "add.all()").select("slot:service_type").run()
    box(page, "trial()").select("one_of").run()
    box(page, "value()", "multiselect").set_value(["roof_repair", "plumbing_repair"]).run()
    assert rule_of(draft) == {"slot": "service_type", "is": "one_of", "value": ["roof_repair", "plumbing_repair"]}
    box(page, "trial()").select("equals").run()
    assert rule_of(draft) == {"slot": "service_type", "is": "equals", "value": "roof_repair"}


def test_the_kind_of_a_way_its_target_and_its_place_are_changed() -> None:
    draft = shipped_draft()
    edges = [
        str(each["id"])
        for each in draft.document["edges"]  # type: ignore[union-attr]
        if each["from"]["node"] == "why_not" and each.get("kind") == "rule"  # type: ignore[index, call-overload, union-attr]
    ]
    page = form_of(draft, edges[0])
    assert f"Considered as rule 1 of {len(edges)}" in words(page)
    next(each for each in page.button if each.label == "Move down").click().run()
    assert f"Considered as rule 2 of {len(edges)}" in words(page)
    next(each for each in page.selectbox if each.label == "Goes to").select("end_booked").run()
    assert at(draft.document, ("edges", edges[0], "to")) == "end_booked"
    next(each for each in page.button if each.label == "Remove this way").click().run()
    assert at(draft.document, ("edges", edges[0])) is MISSING
    assert "This way is not there any more." in words(page)


def test_an_intention_is_described_with_examples_on_both_sides() -> None:
    draft = shipped_draft()
    page = form_page(draft, lambda draft, context: card_form(draft, "qualify", context))
    next(each for each in page.get("menu_button") if each.label == "Another way").click("intent/next").run()
    (edge,) = [
        str(step["value"]["id"])
        for _, steps in draft.edits
        for step in steps
        if step["do"] == "insert"  # type: ignore[index, call-overload]
    ]
    page = form_of(draft, edge)
    assert "does not say what" in words(page)
    next(each for each in page.text_input if each.label == "When the caller…").set_value("asks about a warranty").run()
    next(each for each in page.text_input if "/examples#new" in str(each.key)).set_value("Is there a warranty?").run()
    next(each for each in page.text_input if "/not_examples#new" in str(each.key)).set_value("I want a roof").run()
    assert at(draft.document, ("edges", edge, "intent")) == {
        "says": "asks about a warranty",
        "examples": ["Is there a warranty?"],
        "not_examples": ["I want a roof"],
    }


def test_a_card_that_does_not_listen_offers_no_intention() -> None:
    draft = shipped_draft()
    page = form_page(draft, lambda draft, context: card_form(draft, "why_not", context))
    menu = next(each for each in page.get("menu_button") if each.label == "Another way")
    assert len(menu.options) == 1


def test_ways_are_connected_with_the_keyboard_alone() -> None:
    """React Flow has no keyboard connecting: boxes do it."""
    draft = shipped_draft()
    draft.changed_by_somebody_else(
        {"do": "insert", "path": ["nodes"], "value": {"id": "new", "type": "fixed_line", "name": "New",
         "settings": {"text": "One more thing."}}}
    )  # fmt: skip
    page = form_page(draft, lambda draft, context: card_form(draft, "new", context))
    goes = next(each for each in page.selectbox if each.label == "Then goes to")
    assert goes.value == ""
    goes.select("end_booked").run()
    next(each for each in page.selectbox if each.label == "Then goes to").select("").run()
    assert [steps[0]["do"] for _, steps in draft.edits] == ["insert", "remove"]


def test_a_behaviour_that_the_assistant_notices_by_itself_is_picked_and_given_up() -> None:
    draft = shipped_draft()
    edges = draft.document["edges"]
    assert isinstance(edges, list)
    edge = next(
        str(each["id"])
        for each in edges
        if isinstance(each, dict) and isinstance(each.get("intent"), dict) and each["intent"].get("trigger")  # type: ignore[union-attr]
    )
    page = form_of(draft, edge)
    box_ = next(each for each in page.selectbox if each.label == "The assistant notices by itself")
    assert "Asks whether it is a robot" in box_.options and box_.value
    box_.select("").run()
    assert at(draft.document, ("edges", edge, "intent", "trigger")) is MISSING
    next(each for each in page.selectbox if each.label == "The assistant notices by itself").select("upset").run()
    assert at(draft.document, ("edges", edge, "intent", "trigger")) == "upset"

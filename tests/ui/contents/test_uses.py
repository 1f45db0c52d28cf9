"""Nothing of a flow is removed without saying what hangs on it."""

from __future__ import annotations

import copy

from pydantic import TypeAdapter

from engine.flow import shipped
from engine.flow.edits import AnyStep, apply
from engine.sdk import Json
from ui.contents.reading import new_id, thing
from ui.contents.uses import (
    marked,
    steps_without,
    told,
    uses_of_choice,
    uses_of_criterion,
    uses_of_list,
    uses_of_slot,
)

STEPS: TypeAdapter[list[AnyStep]] = TypeAdapter(list[AnyStep])


def flow() -> dict[str, Json]:
    return copy.deepcopy(shipped.load("home_services").data)


def test_every_mention_of_a_slot_in_the_shipped_flow_is_found() -> None:
    document = flow()
    found = uses_of_slot(document, "zip")
    kinds = {use.kind for use in found}
    assert {"asked", "criterion"} <= kinds
    # Whatever mentions it by name in the document stands among the uses.
    places = {(use.paths[0][0], use.id) for use in found}
    for name in ("nodes", "edges", "criteria"):
        for each in document[name]:  # type: ignore[union-attr, index]  # a JSON document
            text = str(each)
            if "'zip'" in text or "{slot:zip}" in text:
                assert (name, each["id"]) in places, each["id"]  # type: ignore[index, call-overload]


def test_a_way_is_named_by_the_cards_it_joins() -> None:
    document = flow()
    document["edges"].append(  # type: ignore[union-attr]  # a JSON document
        {"id": "e_new", "from": {"node": "start"}, "to": "transfer_person", "kind": "rule",
         "rule": {"not": {"any": [{"slot": "zip", "is": "known"}]}}}
    )  # fmt: skip
    way = next(use for use in uses_of_slot(document, "zip") if use.id == "e_new")
    assert way.kind == "way"
    assert way.sentence.startswith("The way from “")


def test_placeholders_and_prices_count_as_uses() -> None:
    document = flow()
    document["reflexes"][0]["do"]["say"] = ["You said {slot:zip}."]  # type: ignore[index, call-overload]
    document["texts"]["closing"] = ["Bye, {slot:zip}!"]  # type: ignore[index, call-overload]
    kinds = {use.kind for use in uses_of_slot(document, "zip")}
    assert {"reflex", "wording"} <= kinds
    assert any(use.kind == "answer" and use.removable for use in uses_of_slot(document, "service_type"))


def test_removing_takes_it_out_of_stages_and_prices_as_one_edit() -> None:
    document = flow()
    uses = uses_of_slot(document, "service_type")
    steps = steps_without(document, ("slots", "service_type"), uses)
    after = apply(document, STEPS.validate_python(list(steps))).data
    left = uses_of_slot(after, "service_type")
    assert thing(after, "slots", "service_type") is None
    assert {use.kind for use in uses if use.removable} == {"asked", "answer"}
    assert not any(use.removable for use in left)
    assert {(use.kind, use.id) for use in left} == {(use.kind, use.id) for use in uses if not use.removable}


def test_other_things_that_a_stage_asks_for_stay_in_their_order() -> None:
    document = flow()
    stage = next(use.id for use in uses_of_slot(document, "zip") if use.kind == "asked")
    before = thing(document, "nodes", stage)["settings"]["slots"]  # type: ignore[index, call-overload]
    steps = steps_without(document, ("slots", "zip"), uses_of_slot(document, "zip"))
    after = apply(document, STEPS.validate_python(list(steps))).data
    assert thing(after, "nodes", stage)["settings"]["slots"] == [each for each in before if each != "zip"]  # type: ignore[index, call-overload, union-attr]


def test_a_setting_that_a_package_marks_counts_as_a_use() -> None:
    document = flow()
    document["nodes"].append({"id": "own", "type": "acme", "name": "Own", "settings": {"about": "zip"}})  # type: ignore[union-attr]
    schemas: dict[str, dict[str, Json]] = {"acme": {"properties": {"about": {"type": "string", "refers": "slot"}}}}
    assert not any(use.id == "own" for use in uses_of_slot(document, "zip"))
    assert any(use.id == "own" for use in uses_of_slot(document, "zip", marked(schemas, "slot")))


def test_an_answer_of_a_choice_is_used_by_rules_and_prices() -> None:
    found = uses_of_choice(flow(), "service_type", "roof_repair")
    assert ("criterion", "q1") in {(use.kind, use.id) for use in found}
    assert ("answer", "price_roof_repair") in {(use.kind, use.id) for use in found}
    assert uses_of_choice(flow(), "service_type", "nobody_asks") == []
    assert uses_of_choice(flow(), "property_type", "roof_repair") == []


def test_many_uses_of_one_kind_are_told_in_one_sentence() -> None:
    sentences = told(uses_of_slot(flow(), "service_type"))
    assert any(sentence.endswith("answers of the knowledge go by it") for sentence in sentences)
    assert len(sentences) < len(uses_of_slot(flow(), "service_type"))


def test_a_list_is_used_by_checks_and_rules() -> None:
    kinds = {(use.kind, use.id) for use in uses_of_list(flow(), "service_area")}
    assert {("slot", "zip"), ("criterion", "q3")} <= kinds
    assert uses_of_list(flow(), "zip") == []


def test_a_criterion_is_used_by_rules() -> None:
    found = uses_of_criterion(flow(), "q3")
    assert found
    assert all(use.kind in ("way", "card", "criterion") for use in found)


def test_an_id_tells_what_it_is_about_and_is_never_taken_twice() -> None:
    assert new_id("Number of windows", [], "answer") == "number_of_windows"
    assert new_id("Café size?", ["cafe_size"], "answer") == "cafe_size_2"
    assert new_id("屋根", ["answer"], "answer") == "answer_2"
    assert new_id("2 floors", [], "answer") == "answer_2_floors"

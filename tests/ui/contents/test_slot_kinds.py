"""A new thing to find out can be asked at once."""

from __future__ import annotations

import copy

import pytest

from engine.flow import shipped
from engine.sdk import Json, SlotType
from tests.support.memory_draft import MemoryDraft
from ui.contents.reading import ids, text
from ui.contents.slot_kinds import BY_BOOKING, KINDS, copy_of, new_slot, stages, stages_with, steps_to_add, type_words


def flow() -> dict[str, Json]:
    return copy.deepcopy(shipped.load("home_services").data)


def test_every_kind_that_the_engine_knows_is_offered_in_plain_words() -> None:
    assert {kind.type for kind in KINDS} | {BY_BOOKING} == {each.value for each in SlotType}
    for each in SlotType:
        assert type_words(each.value) != each.value


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_a_new_thing_in_a_stage_brings_no_problem_with_it(kind: object) -> None:
    draft = MemoryDraft(flow())
    before = {issue.code for issue in draft.issues if issue.is_error}
    slot = new_slot(draft.document, kind.type, "Something new", answers=["One", "Two"])  # type: ignore[attr-defined]
    draft.edit("Added", *steps_to_add(draft.document, slot, text(stages(draft.document)[0], "id")))
    assert {issue.code for issue in draft.issues if issue.is_error} == before
    assert ids(draft.document, "slots")[-1] == "something_new"


def test_answers_of_a_choice_have_ids_of_their_own() -> None:
    slot = new_slot(flow(), "choice", "Roof", answers=["Flat roof", "Flat, roof", "", "Flat roof"])
    assert slot["choices"] == [
        {"value": "flat_roof", "label": "Flat roof", "synonyms": []},
        {"value": "flat_roof_2", "label": "Flat, roof", "synonyms": []},
    ]


def test_the_first_question_is_the_persons_own() -> None:
    assert new_slot(flow(), "zip", "ZIP of the shop", "Where is the shop?")["ask"] == ["Where is the shop?"]


def test_a_copy_stands_behind_its_model_and_is_asked_where_that_is() -> None:
    draft = MemoryDraft(flow())
    model = next(each for each in draft.document["slots"] if each["id"] == "zip")  # type: ignore[union-attr, index, call-overload]
    new = copy_of(draft.document, model)  # type: ignore[arg-type]
    draft.edit("Copied", *steps_to_add(draft.document, new, behind="zip"))
    order = ids(draft.document, "slots")
    assert order[order.index("zip") + 1] == new["id"]
    for stage in stages_with(draft.document, "zip"):
        wanted = stage["settings"]["slots"]  # type: ignore[index, call-overload]
        assert wanted[wanted.index("zip") + 1] == new["id"]  # type: ignore[union-attr, call-overload, index]
    assert not [issue for issue in draft.issues if issue.is_error and issue.id == new["id"]]

"""A flow as it lies open in a window, in front of the real engine: saving, clashes, undo, an engine that is gone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.supervisor import free_port
from tests.support.background_house import House
from tests.support.builder_pages import new_flow
from ui.client import Engine
from ui.desk import Desk
from ui.records import Json
from ui.resources import drafts
from ui.resources.drafts import Step
from ui.saving import status
from ui.steps import ahead

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOWHERE = Engine(f"http://127.0.0.1:{free_port()}", timeout_s=2.0)


@pytest.fixture(scope="module")
def engine(house: House) -> Iterator[Engine]:
    opened = Engine(house.address, house.token)
    yield opened
    opened.close()


@pytest.fixture
def flow_id(house: House) -> str:
    """A fresh flow of its own for each test."""
    return new_flow(house)


def _open(engine: Engine, flow_id: str, by: str = "Ana") -> Desk:
    desk = Desk(flow_id, f"window_{uuid.uuid4().hex}", by)
    desk.read(engine)
    return desk


def _put(desk: Desk, value: Json, *path: str | int) -> Step:
    here: Json = desk.document
    for part in path:
        if isinstance(here, list):
            here = next(each for each in here if isinstance(each, dict) and each.get("id") == part)
        else:
            assert isinstance(here, dict)
            here = here.get(str(part))
    return {"do": "put", "path": list(path), "value": value, "was": here}


def _goal(desk: Desk, card: str = "qualify") -> Json:
    nodes = desk.document["nodes"]
    assert isinstance(nodes, list)
    found = next(each for each in nodes if isinstance(each, dict) and each["id"] == card)
    settings = found["settings"]
    assert isinstance(settings, dict)
    return settings.get("goal")


GOAL = ("nodes", "qualify", "settings", "goal")


def _stored(engine: Engine, flow_id: str) -> dict[str, Json]:
    return drafts.draft(engine, flow_id).document


def test_an_edit_is_saved_at_once_and_shown_without_reading_the_draft_again(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    before = desk.draft
    assert before is not None
    desk.take(engine, "Changed the name", [_put(desk, "Roofs and gutters", "name")], T0)
    assert _stored(engine, flow_id)["name"] == "Roofs and gutters"
    assert desk.document["name"] == "Roofs and gutters"
    assert desk.draft is not None
    assert desk.draft.revision == before.revision + 1
    assert status(desk, UTC).words == "Saved at 9:00 AM"


def test_what_is_shown_after_many_edits_is_what_the_engine_has(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    steps: list[Step] = [
        _put(desk, "other", *GOAL),
        {"do": "connect", "edge": {"from": {"node": "opening", "exit": "next"}, "to": "ready"}},
        {"do": "add_card", "card": {"type": "stage", "name": "More", "v": 1, "settings": {}}, "position": None},
        {"do": "remove_cards", "ids": ["why_not"]},
        {"do": "move", "path": ["nodes", "opening"], "before": None},
        {"do": "remove", "path": ["description"]},
    ]
    for number, step in enumerate(steps):
        desk.take(engine, f"edit {number}", [step], T0)
    assert json.dumps(desk.document) == json.dumps(_stored(engine, flow_id))
    assert desk.refusal == ""


@pytest.mark.slow
def test_a_hundred_edits_can_be_undone_one_by_one_and_done_again(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    before = json.dumps(desk.document)
    for number in range(110):
        desk.take(engine, f"edit {number}", [_put(desk, f"name {number}", "name")], T0 + timedelta(minutes=number))
    after = json.dumps(desk.document)
    assert len(desk.past) == 110
    for _ in range(110):
        desk.undo(engine, T0)
    assert json.dumps(_stored(engine, flow_id)) == before
    for _ in range(110):
        desk.redo(engine, T0)
    assert json.dumps(_stored(engine, flow_id)) == after == json.dumps(desk.document)


def test_two_people_who_change_different_cards_keep_both_edits(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ana.take(engine, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    ben.take(engine, "name", [_put(ben, "Hello", "nodes", "opening", "name")], T0)
    ana.read(engine)
    ben.read(engine)
    assert ana.document == ben.document == _stored(engine, flow_id)
    assert _goal(ben) == "by Ana"
    assert not ana.clashes
    assert not ben.clashes


def test_what_others_did_is_told_and_shown_only_when_the_page_is_drawn_again(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ben.take(engine, "Changed the name", [_put(ben, "By Ben", "name")], T0)
    ana.listen(engine)
    assert ana.document["name"] == "Roofs"
    assert [(each.by, each.label) for each in ana.news] == [("Ben", "Changed the name")]
    now = datetime.now(UTC)
    assert [each.by for each in ana.others(now)] == ["Ben"]
    assert ana.others(now + timedelta(minutes=6)) == []
    ana.read(engine)
    assert ana.document["name"] == "By Ben"
    assert ana.news == []


def test_the_same_field_is_a_choice_and_nothing_is_overwritten(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ben.take(engine, "goal", [_put(ben, "by Ben", *GOAL)], T0)
    ana.take(engine, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    assert _goal(Desk(flow_id, "w", "x", document=_stored(engine, flow_id))) == "by Ben"
    [clashed] = ana.clashes
    assert (clashed.clash.theirs, clashed.clash.yours, clashed.clash.by) == ("by Ben", "by Ana", "Ben")
    assert status(ana, UTC).words == "Not saved: choose below"


@pytest.mark.parametrize(("choice", "goal"), [("mine", "by Ana"), ("theirs", "by Ben"), ("both", "by Ben by Ana")])
def test_each_choice_does_what_it_says(engine: Engine, flow_id: str, choice: str, goal: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ben.take(engine, "goal", [_put(ben, "by Ben", *GOAL)], T0)
    ana.take(engine, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    ana.settle(engine, ana.clashes[0], choice, T0)  # type: ignore[arg-type]
    ana.read(engine)
    assert ana.clashes == []
    assert _goal(ana) == goal
    assert ana.document == _stored(engine, flow_id)


def test_a_card_that_somebody_removed_can_be_brought_back_with_my_change(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ben.take(engine, "Removed a card", [{"do": "remove_cards", "ids": ["qualify"]}], T0)
    ana.take(engine, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    [clashed] = ana.clashes
    assert clashed.clash.kind == "gone"
    assert clashed.undone_by is not None
    ana.settle(engine, clashed, "mine", T0)
    ana.read(engine)
    assert _goal(ana) == "by Ana"
    edges = ana.document["edges"]
    assert isinstance(edges, list)
    assert any(isinstance(edge, dict) and edge["to"] == "qualify" for edge in edges), "its ways came back too"


def test_an_edit_that_clashes_does_not_hold_up_the_others(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ben.take(engine, "goal", [_put(ben, "by Ben", *GOAL)], T0)
    ana.take(NOWHERE, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    ana.take(NOWHERE, "name", [_put(ana, "Other", "name")], T0)
    ana.read(engine)
    assert len(ana.clashes) == 1
    assert _stored(engine, flow_id)["name"] == "Other"


def test_undo_of_a_field_that_somebody_else_has_changed_since_is_a_choice_too(engine: Engine, flow_id: str) -> None:
    ana, ben = _open(engine, flow_id), _open(engine, flow_id, "Ben")
    ana.take(engine, "goal", [_put(ana, "by Ana", *GOAL)], T0)
    ben.read(engine)
    ben.take(engine, "goal", [_put(ben, "by Ben", *GOAL)], T0)
    ana.undo(engine, T0)
    assert len(ana.clashes) == 1
    assert _goal(Desk(flow_id, "w", "x", document=_stored(engine, flow_id))) == "by Ben"


def test_without_an_engine_the_status_says_not_saved_and_the_text_is_kept_and_sent_later(
    engine: Engine, flow_id: str
) -> None:
    desk = _open(engine, flow_id)
    desk.take(NOWHERE, "name", [_put(desk, "Typed in the dark", "name")], T0)
    assert status(desk, UTC).words == "Not saved: 1 change waits here until the engine answers"
    assert desk.trouble is not None
    assert desk.document["name"] == "Typed in the dark"
    assert _stored(engine, flow_id)["name"] == "Roofs"
    desk.listen(NOWHERE)
    assert desk.document["name"] == "Typed in the dark"
    desk.listen(engine)  # the engine is back
    assert _stored(engine, flow_id)["name"] == "Typed in the dark"
    assert desk.trouble is None, desk.trouble.sentence
    assert status(desk, UTC).words == "Saved at 9:00 AM"


def test_many_edits_made_without_an_engine_all_arrive_in_order(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    for number in range(120):
        desk.take(NOWHERE, f"edit {number}", [_put(desk, f"name {number}", "name")], T0)
    desk.read(engine)
    assert _stored(engine, flow_id)["name"] == "name 119"
    assert desk.waiting == []


def test_a_gesture_without_an_engine_is_not_made_and_says_so(engine: Engine, flow_id: str) -> None:
    """It could not be shown either: the engine knows what it means for the document."""
    desk = _open(engine, flow_id)
    desk.take(NOWHERE, "Removed a card", [{"do": "remove_cards", "ids": ["qualify"]}], T0)
    assert desk.waiting == []
    assert "There is no answer" in desk.refusal
    desk.read(engine)
    assert _goal(desk)


def test_what_the_engine_refuses_is_told_and_the_rest_is_saved(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    desk.take(NOWHERE, "good", [_put(desk, "Good", "name")], T0)
    desk.take(NOWHERE, "bad", [{"do": "put", "path": ["id"], "value": "another"}], T0)
    desk.take(NOWHERE, "good too", [_put(desk, "brief", "description")], T0)
    desk.read(engine)
    stored = _stored(engine, flow_id)
    assert (stored["name"], stored["description"], stored["id"]) == ("Good", "brief", flow_id)
    assert "keeps its id for good" in desk.refusal
    assert desk.waiting == []
    assert desk.document == stored


def test_an_edit_that_is_sent_twice_is_made_once(engine: Engine, flow_id: str) -> None:
    """The engine took it, but its answer was lost on the way."""
    desk = _open(engine, flow_id)
    insert: Step = {"do": "insert", "path": ["never_say"], "value": "cheap", "before": None}
    desk.take(NOWHERE, "never", [insert], T0)
    drafts.send_edits(engine, flow_id, 1, desk.client, desk.by, [each.edit for each in desk.waiting])
    desk.read(engine)
    words = _stored(engine, flow_id)["never_say"]
    assert isinstance(words, list)
    assert words.count("cheap") == 1
    assert desk.document == _stored(engine, flow_id)


def test_one_user_alone_never_sees_a_choice(engine: Engine, flow_id: str) -> None:
    """An afternoon of saving, with what the page does by itself in between."""
    desk = _open(engine, flow_id)
    for number in range(20):
        now = T0 + timedelta(minutes=6 * number)
        desk.listen(engine)
        desk.take(engine, f"goal {number}", [_put(desk, f"goal {number}", *GOAL)], now)
        desk.read(engine)
        desk.take(engine, f"name {number}", [_put(desk, f"name {number}", "name")], now)
    assert desk.clashes == []
    assert desk.document == _stored(engine, flow_id)


def test_edits_on_the_canvas_of_the_same_window_are_nobody_elses_and_can_be_undone_here(
    engine: Engine, flow_id: str
) -> None:
    desk, canvas = _open(engine, flow_id), _open(engine, flow_id)
    canvas.client = desk.client
    canvas.take(engine, "Renamed on the canvas", [_put(canvas, "By canvas", "name")], T0)
    desk.listen(engine)
    assert desk.news == []
    assert desk.others(datetime.now(UTC)) == []
    desk.read(engine)
    assert desk.document["name"] == "By canvas"
    assert desk.past.undoable is not None
    assert desk.past.undoable.label == "Renamed on the canvas"
    desk.undo(engine, T0)
    assert _stored(engine, flow_id)["name"] == "Roofs"


def test_renaming_every_card_and_slot_breaks_no_link_and_undo_restores_everything(engine: Engine, flow_id: str) -> None:
    desk = _open(engine, flow_id)
    before = json.dumps(desk.document)
    assert desk.draft is not None
    issues = desk.draft.issues
    steps: list[Step] = []
    for part, field in (("nodes", "name"), ("slots", "label")):
        listed = desk.document[part]
        assert isinstance(listed, list)
        steps += [
            _put(desk, f"Renamed {each['id']}", part, str(each["id"]), field)
            for each in listed
            if isinstance(each, dict)
        ]
    desk.take(engine, "Renamed everything", steps, T0)
    assert desk.draft.issues == issues == ()
    assert len(desk.draft.view.cards) == len(steps) - len(desk.document["slots"])  # type: ignore[arg-type]
    assert desk.document == ahead(json.loads(before), steps)
    desk.undo(engine, T0)
    assert json.dumps(_stored(engine, flow_id)) == before

"""Edits made on an older draft: whatever two people do, in whatever order it arrives, nobody's work is lost unseen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.flow import shipped
from engine.flow.edits import EditRefused, Insert, Move, Put, Remove, Step, apply, at
from engine.flow.gestures import AnyWanted, Wanted
from engine.flow.rebase import OtherEdit, Rebased, WantedEdit, guarded, named, overlap, rebase
from engine.flow.text import equal
from engine.sdk.registry import discover

TYPES = discover()
HOME: dict[str, Any] = shipped.load("home_services").data
WIRE: TypeAdapter[list[Wanted]] = TypeAdapter(list[AnyWanted])


def put(path: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"do": "put", "path": path.split("/"), "value": value, **more}


def do(data: dict[str, Any], mine: list[dict[str, Any]], *others: list[Step]) -> Rebased:
    now = data
    for steps in others:
        now = apply(now, steps).data
    wanted = [WantedEdit("mine", WIRE.validate_python(mine))]
    return rebase(now, wanted, [OtherEdit("Ben", steps) for steps in others], TYPES)


def test_a_field_inside_a_replaced_thing_is_a_conflict_whichever_is_the_larger() -> None:
    inner: list[Step] = [Put(path=("slots", "zip", "label"), value="Postcode")]
    whole = {**at(HOME, ("slots", "zip")), "need": "nice"}  # type: ignore[dict-item]  # a JSON object
    assert len(do(HOME, [put("slots/zip", whole)], inner).conflicts) == 1
    outer: list[Step] = [Put(path=("slots", "zip"), value=whole)]
    assert len(do(HOME, [put("slots/zip/label", "Postcode")], outer).conflicts) == 1
    assert do(HOME, [put("slots/zip/label", "Postcode", was="ZIP")], outer).conflicts == (), "the author saw that field"


def test_the_same_thing_wanted_twice_is_no_conflict() -> None:
    theirs: list[Step] = [Put(path=("nodes", "book", "name"), value="Book it")]
    assert do(HOME, [put("nodes/book/name", "Book it")], theirs).conflicts == ()
    gone: list[Step] = [Remove(path=("edges", "wrap_up_to_book"))]
    assert do(HOME, [{"do": "remove", "path": ["edges", "wrap_up_to_book"]}], gone).conflicts == ()


def test_a_way_that_two_people_led_elsewhere_is_a_conflict_though_a_gesture_says_nothing_of_what_it_saw() -> None:
    theirs: list[Step] = [Put(path=("edges", "wrap_up_to_end_booked", "to"), value="book")]
    mine = [{"do": "connect", "edge": {"from": {"node": "wrap_up"}, "to": "details"}}]
    (conflict,) = do(HOME, mine, theirs).conflicts
    assert (conflict.path, conflict.theirs, conflict.yours, conflict.other) == (
        ("edges", "wrap_up_to_end_booked", "to"), "book", "details", 0,
    )  # fmt: skip


def test_undoing_what_somebody_has_changed_since_is_a_conflict() -> None:
    applied = apply(HOME, [Put(path=("nodes", "book", "name"), value="Mine")])
    undo = guarded(applied.data, applied.inverse)
    assert undo == (Put(path=("nodes", "book", "name"), value="Offer times and book", was="Mine"),)
    theirs = apply(applied.data, [Put(path=("nodes", "book", "name"), value="Theirs")]).data
    result = rebase(theirs, [WantedEdit("undo", undo)], [], TYPES)
    assert [each.kind for each in result.conflicts] == ["changed"]


@dataclass
class Logged:
    by: str
    base: int
    steps: tuple[Step, ...]


@dataclass
class Window:
    """Somebody who knows the document as it was at `revision`."""

    name: str
    data: dict[str, Any]
    revision: int = 0


@dataclass
class Server:
    data: dict[str, Any]
    log: list[Logged] = field(default_factory=list)

    def take(self, window: Window, wanted: list[dict[str, Any]]) -> bool:
        """Whether it was taken; the window has adopted everything afterwards, as a canvas does."""
        others = [each for each in self.log[window.revision :] if each.by != window.name]
        edit = WantedEdit("e", WIRE.validate_python(wanted))
        try:
            result = rebase(self.data, [edit], [OtherEdit(each.by, each.steps) for each in others], TYPES)
        except EditRefused:
            return False
        if not result.conflicts:
            self.data = result.data
            self.log.append(Logged(window.name, window.revision, result.edits[0].steps))
        return not result.conflicts

    def adopt(self, window: Window) -> None:
        for each in self.log[window.revision :]:
            window.data = apply(window.data, each.steps).data
        window.revision = len(self.log)


CARDS = ("book", "wrap_up", "details", "ready", "off_list")


def seen(data: dict[str, Any], path: tuple[str, ...]) -> Any:
    try:
        return at(data, path)
    except KeyError:
        return None


@st.composite
def gestures(draw: st.DrawFn) -> dict[str, Any]:
    card, number = draw(st.sampled_from(CARDS)), draw(st.integers(0, 3))
    return draw(
        st.sampled_from(
            [
                put(f"nodes/{card}/name", f"Name {number}", see=True),
                put(f"nodes/{card}/note", f"Note {number}"),
                put(f"layout/nodes/{card}", {"x": number, "y": 0}),
                put("name", f"Flow {number}", see=True),
                put("lists/service_area", [str(number)], see=True),
                {"do": "remove_cards", "ids": [card]},
                {"do": "paste", "cards": [{"id": f"n{number}", "type": "decide", "name": "N"}]},
                {"do": "connect", "edge": {"from": {"node": card}, "to": f"n{number}"}},
                {"do": "move", "path": ["nodes", card], "before": draw(st.sampled_from(CARDS))},
            ]
        )
    )


ACTS = st.lists(
    st.tuples(st.sampled_from(["Ana", "Ben"]), st.one_of(gestures(), st.just({"do": "look"}))), min_size=1, max_size=14
)


@settings(max_examples=250, deadline=None)
@given(acts=ACTS)
def test_whatever_two_people_do_all_end_with_one_document_and_no_accepted_edit_is_lost_unseen(acts: Any) -> None:
    server = Server(HOME)
    windows = {name: Window(name, HOME) for name in ("Ana", "Ben")}
    for name, wanted in acts:
        window = windows[name]
        if wanted["do"] == "look":
            server.adopt(window)
            continue
        act = {key: value for key, value in wanted.items() if key != "see"}
        if wanted.get("see"):
            act["was"] = seen(window.data, tuple(act["path"]))
        server.take(window, [act])
        if len(acts) % 2:
            server.adopt(window)
    for window in windows.values():
        server.adopt(window)
        assert equal(window.data, server.data), "everybody who adopts the log has the server's document"
    for revision, edit in enumerate(server.log, 1):
        for step in edit.steps:
            if isinstance(step, Put | Insert) and step.path[0] != "layout":
                assert_kept(server, revision, edit, step)


def test_words_that_two_people_wrote_alike_may_be_changed_by_either_who_saw_them() -> None:
    server = Server(HOME)
    ana, ben = Window("Ana", HOME), Window("Ben", HOME)
    path, before = "nodes/book/name", seen(HOME, ("nodes", "book", "name"))
    server.take(ana, [put(path, "Visit", was=before)])
    server.take(ben, [put(path, "Visit", was=before)])
    server.take(ana, [put(path, "Booking", was="Visit")])
    assert seen(server.data, ("nodes", "book", "name")) == "Booking"


def touched(step: Step) -> tuple[Any, ...] | None:
    """What a step writes or takes away; a move does neither."""
    if isinstance(step, Move):
        return None
    made = step.value.get("id") if isinstance(step, Insert) and isinstance(step.value, dict) else None
    return (*step.path, made) if isinstance(made, str) else step.path


def assert_kept(server: Server, revision: int, edit: Logged, step: Put | Insert) -> None:
    """What an edit has written stands there, or was changed by its own author or by somebody who had seen it."""
    path = touched(step)
    assert path is not None
    for later in server.log[revision:]:
        over = [each for each in later.steps if (other := touched(each)) and overlap(named(path), named(other))]
        if over:
            knew = later.by == edit.by or later.base >= revision
            same = all(isinstance(each, Put) and equal(each.value, step.value) for each in over)
            # Two people wrote the same words: who had seen one's has seen the other's.
            saw = all(isinstance(each, Put) and each.expects and equal(each.was, step.value) for each in over)
            assert knew or same or saw, (step, later)
            return
    assert equal(seen(server.data, path), step.value)


@settings(max_examples=60, deadline=None)
@given(mine=st.lists(gestures(), min_size=1, max_size=6), theirs=st.lists(gestures(), max_size=4))
def test_an_edit_can_be_undone_after_other_people_worked_elsewhere(mine: Any, theirs: Any) -> None:
    server = Server(HOME)
    ben = Window("Ben", HOME)
    for wanted in theirs:
        server.take(ben, [{key: value for key, value in wanted.items() if key != "see"}])
        server.adopt(ben)
    before = server.data
    edits = [WantedEdit(str(n), WIRE.validate_python([{k: v for k, v in each.items() if k != "see"}]))
             for n, each in enumerate(mine)]  # fmt: skip
    try:
        result = rebase(before, edits, [], TYPES)
    except EditRefused:
        return
    if result.conflicts:
        return
    now = result.data
    for made in reversed(result.edits):
        now = rebase(now, [WantedEdit("undo", made.inverse)], [], TYPES).data
    assert equal(now, before)

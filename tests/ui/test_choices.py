"""What becomes of an edit when somebody else changed the same thing meanwhile."""

from __future__ import annotations

from ui.choices import choices, chosen_steps, joined
from ui.resources.drafts import Clash, Step

GOAL = ["nodes", "opening", "settings", "goal"]
MINE: Step = {"do": "put", "path": [*GOAL], "value": "mine", "was": "old"}
OTHER: Step = {"do": "put", "path": ["name"], "value": "Roofs", "was": "R"}
CHANGED = Clash("e1", tuple(GOAL), "changed", "old", "theirs", "mine", "Ana")


def test_keeping_mine_overwrites_what_the_author_has_now_seen() -> None:
    assert chosen_steps([MINE, OTHER], CHANGED, "mine") == ({**MINE, "was": "theirs"}, OTHER)


def test_taking_theirs_leaves_the_rest_of_the_edit() -> None:
    assert chosen_steps([MINE, OTHER], CHANGED, "theirs") == (OTHER,)
    assert chosen_steps([MINE], CHANGED, "theirs") == ()


def test_keeping_both_puts_the_texts_behind_each_other() -> None:
    assert chosen_steps([MINE], CHANGED, "both") == ({**MINE, "value": "theirs mine", "was": "theirs"},)


def test_both_is_offered_where_it_is_text_or_a_list() -> None:
    assert choices(CHANGED, False) == ("mine", "theirs", "both")
    assert choices(Clash("e1", ("limits", "max_call_s"), "changed", 1, 2, 3), False) == ("mine", "theirs")
    assert choices(Clash("e1", ("name",), "changed", "a", "", "b"), False) == ("mine", "theirs")


def test_texts_of_several_lines_stay_apart_and_lists_are_united() -> None:
    assert joined("a\n", "b\nc") == "a\n\nb\nc"
    assert joined(["a", "b"], ["b", "c"]) == ["a", "b", "c"]
    assert joined(1, 2) is None


def test_something_removed_comes_back_with_my_change_if_it_can_be_restored() -> None:
    gone = Clash("e1", tuple(GOAL), "gone", "old", None, "mine", "Ana")
    back: Step = {"do": "insert", "path": ["nodes"], "value": {"id": "opening"}}
    assert choices(gone, True) == ("mine", "theirs")
    assert choices(gone, False) == ("theirs",)
    kept = chosen_steps([MINE], gone, "mine", (back,))
    assert kept == (back, {"do": "put", "path": GOAL, "value": "mine"})
    assert chosen_steps([MINE], gone, "theirs", (back,)) == ()

"""What is ticked at first, what hangs on what, what stays in the draft; changes in words, side by side."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

from engine.flow import shipped
from engine.flow.issues import Place
from ui import change_view
from ui.leftovers import leftovers
from ui.new_flow import business_steps
from ui.publishing import (
    PLACES,
    by_place,
    left_out,
    missing,
    nothing_new,
    shown,
    ticked_at_first,
)
from ui.resources.versions import Change, Row, Unpublished
from ui.texts import t

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


def change(place: str = "node", sentence: str = "The card “Fax” was added.", **more: object) -> Change:
    values: dict[str, object] = {
        "place": place,
        "id": "x",
        "title": "X",
        "kind": "changed",
        "sentence": sentence,
        **more,
    }
    return Change(**values)  # type: ignore[arg-type]  # a test's shorthand


def row(
    id: str, by: tuple[str, ...] = ("Dana",), *, needs: tuple[str, ...] = (), back: bool = False, place: str = "node",
    age_min: int = 0,
) -> Row:  # fmt: skip
    at = NOW - timedelta(minutes=age_min)
    return Row(id, (id,), by, at, at, ("Did it",), () if back else (change(place),), needs)


def test_ones_own_changes_are_ticked_and_colleagues_are_ticked_deliberately() -> None:
    rows = [row("mine"), row("ben", ("Ben",)), row("both", ("Ben", "Dana")), row("nobody", ("",))]
    assert ticked_at_first(rows, "Dana") == {"mine"}


def test_what_is_not_ticked_stays_in_the_draft() -> None:
    rows = [row("a"), row("b"), row("c")]
    assert left_out(rows, {"a", "c"}) == ["b"]
    assert left_out(rows, {"a", "b", "c"}) == []


def test_what_was_taken_back_again_is_not_shown_and_goes_along_unless_it_needs_what_stays() -> None:
    rows = [
        row("a"),
        row("undone", back=True),
        row("on_a", back=True, needs=("a",)),
        row("on_that", back=True, needs=("on_a",)),
    ]
    assert [each.id for each in shown(rows)] == ["a"]
    assert left_out(rows, {"a"}) == []
    assert left_out(rows, set()) == ["a", "on_a", "on_that"]


def test_a_change_that_needs_one_left_out_says_which() -> None:
    rows = [row("card", ("Ben",)), row("way", needs=("card",))]
    (needed,) = missing(rows, {"way"})
    assert (needed.row.id, needed.other.id) == ("way", "card")
    assert missing(rows, {"way", "card"}) == []
    assert missing(rows, {"card"}) == []


def test_changes_are_shown_by_the_part_of_the_flow_they_are_in() -> None:
    rows = [row("reflex", place="reflex"), row("old", age_min=5), row("new"), row("odd", place="of_the_future")]
    assert [(place, [each.id for each in group]) for place, group in by_place(rows).items()] == [
        ("node", ["old", "new"]), ("reflex", ["reflex"]), ("of_the_future", ["odd"]),
    ]  # fmt: skip


def test_a_card_that_only_lies_elsewhere_is_nothing_to_publish() -> None:
    assert nothing_new(Unpublished(3, 9, (change(kind="moved"),)))
    assert not nothing_new(Unpublished(3, 9, (change(),)))
    assert not nothing_new(Unpublished(0, 1))  # never published


def test_changes_of_every_part_of_a_flow_have_a_heading_and_an_order() -> None:
    for place in get_args(Place):
        assert place in PLACES
        assert t(f"change.place.{place}")


def test_long_texts_stand_side_by_side_with_the_words_that_differ() -> None:
    before = "We come within two days and look at the roof from the outside, free of charge."
    after = "We come within three days and look at the roof from the outside, free of charge."
    html = change_view.change(change(sentence="“What is said” was changed.", before=before, after=after))
    assert "<del>two</del>" in html
    assert "<ins>three</ins>" in html
    assert html.count("free of charge") == 2


def test_short_values_that_the_sentence_tells_are_not_told_twice() -> None:
    html = change_view.change(change(sentence="“Goal” is “Book” instead of “Ask”.", before="Ask", after="Book"))
    assert "ll-sides" not in html


def test_what_is_new_or_gone_stands_alone() -> None:
    assert "<ins>Hello there</ins>" in change_view.change(change(after="Hello there"))
    assert "<del>Hello there</del>" in change_view.change(change(before="Hello there"))


def test_what_people_wrote_never_becomes_markup() -> None:
    attack = "<img src=x onerror=alert(1)>"
    html = change_view.changes(
        [change(sentence=attack, before=attack + " a" * 40, after=attack + " b" * 40, title=attack)]
    )
    assert "<img" not in html


def test_what_still_stands_there_from_the_template_is_told_with_the_page_to_mend_it() -> None:
    data = json.loads(shipped.load("home_services").save())
    found = leftovers(data)
    assert [each.page for each in found] == ["business", "business", "flow"]
    assert "+1 415 555 0100" in found[0].sentence
    assert "office@harborline.example" in found[2].sentence
    for step in business_steps("Bright Roofing", "+14152330142", "UTC"):
        data["seller"][step["path"][-1]] = step["value"]  # type: ignore[index]
    assert [each.page for each in leftovers(data)] == ["flow"]
    assert leftovers({}) == []

"""Differences between two documents, in words that somebody who never programmed reads."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from engine.flow import shipped
from engine.flow.changes import Change, changes, meaning
from engine.flow.gestures import AnyWanted, Wanted, take
from engine.sdk.registry import discover

TYPES = discover()
HOME: dict[str, Any] = shipped.load("home_services").data
WIRE: TypeAdapter[list[Wanted]] = TypeAdapter(list[AnyWanted])


def after(*wanted: dict[str, Any]) -> list[Change]:
    return changes(HOME, take(HOME, WIRE.validate_python(list(wanted)), TYPES).data, TYPES)


def put(path: str, value: Any) -> dict[str, Any]:
    return {"do": "put", "path": path.split("/"), "value": value}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (put("name", "Roofs"), "The flow is called “Roofs” instead of “Home services: book an estimate”."),
        (put("nodes/book/name", "Book it"), "The card “Offer times and book” is called “Book it” now."),
        (
            put("nodes/book/settings/offer", 2),
            "In the card “Offer times and book”, “Times to offer at once” is “2” instead of “3”.",
        ),
        (put("nodes/opening/settings/text", "Hi."), "In the card “Opening”, “What to say” was changed."),
        (put("nodes/opening/note", ""), "In the card “Opening”, “Note” was emptied."),
        (
            put("nodes/details/settings/slots", ["email"]),
            "In the card “Address and e-mail”, “Things to find out” is “E-mail” instead of “Street address, E-mail”.",
        ),
        (
            {"do": "add_card", "card": {"id": "n", "type": "decide", "name": "New"}},
            "The card “New” was added.",
        ),
        (
            {"do": "connect", "edge": {"from": {"node": "wrap_up"}, "to": "book"}},
            "The way from “Anything else” to “Booked” leads to “Offer times and book” now.",
        ),
        (
            {"do": "remove", "path": ["edges", "wrap_up_to_book"]},
            "The way from “Anything else” to “Offer times and book” (when the caller: wants another time) was removed.",
        ),
        (
            put("edges/qualify_to_why_not/rule", {"slot": "zip", "is": "known"}),
            "The way from “Find out what is needed” to “Why not” is taken if the ZIP is known instead of if the lead "
            "is not qualified.",
        ),
        (put("slots/zip/label", "Postcode"), "The thing to find out “ZIP” is called “Postcode” now."),
        (
            put("slots/zip/need", "nice"),
            "In the thing to find out “ZIP”, “How much it is needed” is “nice” instead of “must”.",
        ),
        (
            put("criteria/q3/test", {"slot": "zip", "is": "known"}),
            "In the criterion “In our service area”, “Rule” is “the ZIP is known” instead of “the ZIP is in the "
            "service area”.",
        ),
        (
            {"do": "move", "path": ["criteria", "q3"], "before": "q1"},
            "The order of the criteria was changed.",
        ),
        (
            {"do": "move", "path": ["edges", "why_not_to_sorry_area"], "before": "why_not_to_sorry_service"},
            "The order in which the ways from “Why not” are tried was changed.",
        ),
        (
            put("seller/phone", "+14155550199"),
            "In the business details, “Phone” is “+14155550199” instead of “+14155550100”.",
        ),
        (put("lists/service_area", ["94103", "99999"]), "The list “service area” has 1 more and 30 fewer."),
        (put("lists/other", ["a"]), "The list “other” was added."),
        (put("start", "opening"), "A call begins with “Opening” instead of “Start”."),
        (put("start_inbound", None), "Calls that come in are not taken any more."),
        (put("after_call", ["mail_office"]), "“Tell the CRM” is not started after the call any more."),
        (
            put("after_call", ["tell_crm", "mail_office", "mail_lead"]),
            "“Invitation to the lead” is started after the call.",
        ),
        (put("texts/moment", ["Just a second."]), "In the fixed wording, “Moment” is “Just a second.” now."),
        (put("never_say", []), "What must never be said: this was changed."),
        (put("x_new", {"a": 1}), "In the flow, “X new” is “a: 1” now."),
    ],
)
def test_each_kind_of_change_is_one_plain_sentence(wanted: dict[str, Any], sentence: str) -> None:
    assert sentence in [each.sentence for each in after(wanted)]
    assert len(after(wanted)) == 1


def test_a_moved_card_is_told_and_is_no_change_of_meaning() -> None:
    told = after(put("layout/nodes/book/x", 3))
    assert [(each.kind, each.id, each.sentence) for each in told] == [
        ("moved", "book", "The card “Offer times and book” lies elsewhere.")
    ]
    assert meaning(told) == []


def test_a_change_has_the_address_of_an_issue_and_both_texts() -> None:
    (change,) = after(put("slots/zip/ask", ["Which ZIP?"]))
    assert (change.place, change.id, change.title, change.kind) == ("slot", "zip", "ZIP", "changed")
    assert change.after == "Which ZIP?" and change.before is not None and change.before.count("\n") == 2


def test_a_removed_card_is_told_with_all_its_ways() -> None:
    told = after({"do": "remove_cards", "ids": ["wrap_up"]})
    assert [each.sentence for each in told if each.place == "node"] == ["The card “Anything else” was removed."]
    assert sum(each.place == "edge" and each.kind == "removed" for each in told) == 3


def test_the_number_of_the_version_and_who_made_the_file_are_no_changes() -> None:
    assert changes(HOME, {**HOME, "version": 9, "made_with": "Leadline 3"}, TYPES) == []


@pytest.mark.parametrize("name", shipped.names())
def test_every_pair_of_flows_can_be_compared(name: str) -> None:
    other = shipped.load(name).data
    told = changes(HOME, other, TYPES)
    assert (told == []) == (name == "home_services")
    for each in told:
        assert each.sentence.endswith(".") and each.sentence[0] in "“ABCDEFGHIJKLMNOPQRSTUVWXYZ", each
        assert "{'" not in each.sentence and "“”" not in each.sentence, each


def test_cards_of_missing_packages_and_unknown_fields_are_told_too() -> None:
    ghost = {"id": "g", "type": "acme.ghost", "name": "Ghost", "settings": {"depth_limit": 3}, "x_more": [1]}
    before = {**HOME, "nodes": [*HOME["nodes"], ghost]}
    changed = {**HOME, "nodes": [*HOME["nodes"], {**ghost, "settings": {"depth_limit": 4}, "x_more": [2]}]}
    assert [each.sentence for each in changes(before, changed, TYPES)] == [
        "In the card “Ghost”, “Depth limit” is “4” instead of “3”.",
        "In the card “Ghost”, “X more” is “2” instead of “1”.",
    ]

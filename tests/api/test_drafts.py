"""Editing one flow beside other people: every edit is kept, or its author gets a choice."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import Leadline, leadline

FLOW = "home_services_v1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


class Window:
    """A person's open editor: knows a revision, sends edits made on it."""

    def __init__(self, house: Leadline, by: str, flow: str = FLOW) -> None:
        self.house, self.by, self.client, self.flow = house, by, f"window-{by}", flow
        self.revision = 0

    async def look(self) -> dict[str, Any]:
        answer = await self.house.client.get(f"/flows/{self.flow}/draft")
        assert answer.status_code == 200
        shown: dict[str, Any] = answer.json()
        self.revision = shown["revision"]
        return shown

    async def send(self, *steps: dict[str, Any], id: str = "", label: str = "An edit") -> httpx.Response:
        edit = {"id": id or uuid.uuid4().hex, "label": label, "steps": list(steps)}
        body = {"base_revision": self.revision, "client": self.client, "by": self.by, "edits": [edit]}
        return await self.house.client.post(f"/flows/{self.flow}/edits", json=body)

    async def edit(self, *steps: dict[str, Any], **more: str) -> dict[str, Any]:
        answer = await self.send(*steps, **more)
        assert answer.status_code == 200, answer.text
        given: dict[str, Any] = answer.json()
        self.revision = given["revision"]
        return given

    async def put(self, path: list[Any], value: Any, was: Any = ...) -> dict[str, Any]:
        return await self.edit(put(path, value, was))


def put(path: list[Any], value: Any, was: Any = ...) -> dict[str, Any]:
    step = {"do": "put", "path": path, "value": value}
    return step if was is ... else {**step, "was": was}


async def two(house: Leadline) -> tuple[Window, Window, dict[str, Any]]:
    ana, ben = Window(house, "Ana"), Window(house, "Ben")
    await ana.look()
    return ana, ben, await ben.look()


def field(document: dict[str, Any], *path: str) -> Any:
    here: Any = document
    for part in path:
        here = next(each for each in here if each["id"] == part) if isinstance(here, list) else here[part]
    return here


async def test_two_people_who_change_different_cards_keep_both_edits(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["nodes", "wrap_up", "name"], "Anything else?", "Anything else")
    answer = await ben.put(["nodes", "book", "name"], "Book a visit", "Offer times and book")
    assert [(each["by"], each["label"]) for each in answer["edits"]] == [("Ana", "An edit"), ("Ben", "An edit")]
    shown = await ana.look()
    assert field(shown["document"], "nodes", "wrap_up", "name") == "Anything else?"
    assert field(shown["document"], "nodes", "book", "name") == "Book a visit"
    assert (shown["edited_by"], shown["revision"]) == ("Ben", answer["revision"])


async def test_two_people_who_change_two_fields_of_one_card_keep_both_edits(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["nodes", "book", "settings", "offer"], 2, 3)
    await ben.put(["nodes", "book", "settings", "length_min"], 45, 60)
    settings = field((await ana.look())["document"], "nodes", "book", "settings")
    assert (settings["offer"], settings["length_min"]) == (2, 45)


async def test_two_people_who_change_the_same_field_get_both_texts_and_nothing_is_stored(house: Leadline) -> None:
    ana, ben, shown = await two(house)
    path = ["nodes", "book", "name"]
    await ana.put(path, "Ana's name", "Offer times and book")
    clash = await ben.send(put(path, "Ben's name", "Offer times and book"), id="bens", label="Rename")
    assert (clash.status_code, clash.headers["content-type"]) == (409, "application/problem+json")
    told = clash.json()
    (conflict,) = told["conflicts"]
    assert told["code"] == "edit_conflict"
    assert (conflict["edit"], conflict["kind"], conflict["path"], conflict["by"]) == ("bens", "changed", path, "Ana")
    assert (conflict["was"], conflict["theirs"], conflict["yours"]) == (
        "Offer times and book",
        "Ana's name",
        "Ben's name",
    )
    assert conflict["sentence"] == "Ana changed “Name” of the card “Ana's name” meanwhile."
    assert [each["by"] for each in told["edits"]] == ["Ana"]
    assert told["revision"] == shown["revision"] + 1
    after = await ben.look()
    assert field(after["document"], *path) == "Ana's name"
    # Ben keeps his: he has seen hers now, and says so.
    await ben.put(path, "Ben's name", "Ana's name")
    assert field((await ana.look())["document"], *path) == "Ben's name"


async def test_a_card_that_somebody_worked_on_is_not_removed_unseen(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["nodes", "wrap_up", "settings", "text"], "Ana's new text", "Is there anything else?")
    remove = {"do": "remove_cards", "ids": ["wrap_up"]}
    clash = await ben.send(remove)
    assert clash.status_code == 409
    assert clash.json()["conflicts"][0]["path"] == ["nodes", "wrap_up"]
    assert clash.json()["conflicts"][0]["theirs"]["settings"]["text"] == "Ana's new text"
    await ben.look()
    given = await ben.edit(remove, label="Remove")
    back = await ana.edit(*given["edits"][-1]["inverse"])
    assert back["issues"] == [], "one undo brings the card and all its ways back"


async def test_a_way_that_somebody_drew_is_not_lost_with_the_card_it_leads_to(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    way = {"id": "anas_way", "from": {"node": "why_not", "exit": "next"}, "to": "wrap_up", "kind": "rule",
           "rule": {"criterion": "q5", "is": "failed"}}  # fmt: skip
    await ana.edit({"do": "connect", "edge": way})
    clash = (await ben.send({"do": "remove_cards", "ids": ["wrap_up"]})).json()
    assert [each["path"] for each in clash["conflicts"]] == [["edges", "anas_way"]]
    assert field((await ana.look())["document"], "edges", "anas_way", "to") == "wrap_up"


async def test_work_on_a_card_that_is_gone_is_told_with_the_cards_name(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.edit({"do": "remove_cards", "ids": ["wrap_up"]})
    clash = (await ben.send(put(["nodes", "wrap_up", "settings", "text"], "Mine", "Is there anything else?"))).json()
    (conflict,) = clash["conflicts"]
    assert (conflict["kind"], conflict["theirs"], conflict["yours"], conflict["by"]) == ("gone", None, "Mine", "Ana")
    assert conflict["sentence"] == "Ana removed “What to say” of the card “Anything else” meanwhile."


async def test_two_people_who_move_the_same_card_are_not_asked(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["layout", "nodes", "book"], {"x": 1, "y": 1})
    given = await ben.put(["layout", "nodes", "book"], {"x": 2, "y": 2})
    assert given["edits"][-1]["by"] == "Ben"
    assert field((await ana.look())["document"], "layout", "nodes", "book") == {"x": 2, "y": 2}


async def test_a_repeated_request_is_harmless(house: Leadline) -> None:
    ana, _, shown = await two(house)
    step = put(["nodes", "book", "name"], "Twice", "Offer times and book")
    first = await ana.send(step, id="once")
    again = await ana.send(step, id="once")
    assert first.json()["revision"] == again.json()["revision"] == shown["revision"] + 1
    assert [each["id"] for each in again.json()["edits"]] == ["once"]


async def test_edits_of_one_window_that_were_sent_late_are_never_its_own_conflict(house: Leadline) -> None:
    ana, _, _ = await two(house)
    first = ana.revision
    for number in range(3):
        await ana.put(["nodes", "book", "note"], f"Note {number}")
        ana.revision = first
    assert field((await ana.look())["document"], "nodes", "book", "note") == "Note 2"


async def test_two_hours_of_autosaves_of_one_person_bring_no_conflict(house: Leadline) -> None:
    ana, _, _ = await two(house)
    text = "Is there anything else?"
    for letter in "Thank you, that was all I need to know.":
        await ana.put(["nodes", "wrap_up", "settings", "text"], text + letter, text)
        text += letter
    assert field((await ana.look())["document"], "nodes", "wrap_up", "settings", "text") == text


async def test_undo_after_somebody_changed_the_same_field_is_a_choice(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    path = ["nodes", "book", "name"]
    mine = await ana.put(path, "Ana's name", "Offer times and book")
    await ben.look()
    await ben.put(path, "Ben's name", "Ana's name")
    await ana.look()
    clash = (await ana.send(*mine["edits"][-1]["inverse"])).json()
    assert [(each["theirs"], each["yours"]) for each in clash["conflicts"]] == [("Ben's name", "Offer times and book")]


async def test_several_edits_are_several_revisions_and_one_that_does_not_fit_stores_none(house: Leadline) -> None:
    ana, ben, shown = await two(house)
    await ben.put(["nodes", "book", "name"], "Ben's", "Offer times and book")
    edits = [
        {"id": "a", "label": "A", "steps": [put(["name"], "New name", shown["document"]["name"])]},
        {"id": "b", "label": "B", "steps": [put(["nodes", "book", "name"], "Ana's", "Offer times and book")]},
        {"id": "c", "label": "C", "steps": [put(["nodes", "nobody", "name"], "x")]},
    ]
    body = {"base_revision": ana.revision, "client": "w", "by": "Ana", "edits": edits}
    clash = await house.client.post(f"/flows/{FLOW}/edits", json=body)
    assert [each["edit"] for each in clash.json()["conflicts"]] == ["b"], "what hangs on it is no conflict of its own"
    assert (await ana.look())["document"]["name"] == shown["document"]["name"]
    body["base_revision"] = ana.revision
    body["edits"] = edits[:1]
    stored = await house.client.post(f"/flows/{FLOW}/edits", json=body)
    assert (stored.status_code, stored.json()["revision"]) == (200, ana.revision + 1)
    lines = (await house.client.get("/flows")).json()
    assert "New name" in [line["name"] for line in lines]


async def test_an_open_editor_learns_of_edits_by_asking(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["nodes", "book", "name"], "New", "Offer times and book")
    news = (await house.client.get(f"/flows/{FLOW}/edits", params={"since": ben.revision})).json()
    assert [(each["by"], each["steps"][0]["value"]) for each in news["edits"]] == [("Ana", "New")]
    assert news["view"]["cards"]["book"]["title"] == "New"
    nothing = (await house.client.get(f"/flows/{FLOW}/edits", params={"since": ana.revision})).json()
    assert nothing == {"revision": ana.revision, "edits": []}


async def test_a_revision_from_before_the_log_is_answered_with_fetch_it_again(house: Leadline) -> None:
    ana, _, _ = await two(house)
    for revision in (0, 99):
        gone = await house.client.get(f"/flows/{FLOW}/edits", params={"since": revision})
        assert (gone.status_code, gone.json()["code"]) == (410, "log_too_short")
    ana.revision = 99
    assert (await ana.send(put(["name"], "x"))).status_code == 410


async def test_edits_that_no_flow_could_take_are_refused_in_plain_words(house: Leadline) -> None:
    ana, _, shown = await two(house)
    cases: list[tuple[dict[str, Any], str, str]] = [
        (put(["nodes", "book", "id"], "other"), "edit_refused", "keeps its id"),
        (put(["id"], "other"), "edit_refused", "keeps its id"),
        (put([], {**shown["document"], "id": "other"}), "edit_refused", "keeps its id"),
        (put(["nodes"], "none"), "wrong_shape", "does not fit"),
        (put(["slots", "zip", "type"], "colour"), "wrong_shape", "does not fit"),
        ({"do": "insert", "path": ["nodes"], "value": {"id": "book"}}, "edit_refused", "already something"),
    ]
    for step, code, words in cases:
        answer = await ana.send(step)
        assert (answer.status_code, answer.json()["code"]) == (422, code), step
        assert words in answer.json()["detail"]
    assert (await ana.send({"do": "explode"})).status_code == 422
    assert (await ana.look())["revision"] == shown["revision"]
    nobody = Window(house, "Ana", "nobody_has_it")
    nobody.revision = 1
    assert (await nobody.send(put(["name"], "x"))).status_code == 404
    assert (await house.client.get("/flows/nobody_has_it/draft")).status_code == 404
    assert (await house.client.get("/flows/nobody_has_it/edits?since=1")).status_code == 404


async def test_a_whole_document_is_saved_as_an_edit_that_can_be_undone(house: Leadline) -> None:
    ana, ben, shown = await two(house)
    document = json.loads(json.dumps(shown["document"]))
    document["nodes"][3]["name"] = "From a file"
    saved = await house.client.put(
        f"/flows/{FLOW}/draft", json={"revision": shown["revision"], "document": document, "by": "Kim"}
    )
    assert saved.status_code == 200
    news = (await house.client.get(f"/flows/{FLOW}/edits", params={"since": ben.revision})).json()
    (edit,) = news["edits"]
    assert (edit["by"], [step["do"] for step in edit["steps"]]) == ("Kim", ["put"])
    await ana.look()
    await ana.edit(*edit["inverse"])
    assert (await ana.look())["document"] == shown["document"]


async def test_a_whole_document_from_an_older_draft_keeps_what_others_changed(house: Leadline) -> None:
    ana, _, shown = await two(house)
    await ana.put(["nodes", "book", "name"], "Ana's", "Offer times and book")
    saved = await house.client.put(
        f"/flows/{FLOW}/draft",
        json={"revision": shown["revision"], "document": {**shown["document"], "description": "Kim's"}, "by": "Kim"},
    )
    assert saved.status_code == 200
    after = (await ana.look())["document"]
    assert (after["description"], field(after, "nodes", "book", "name")) == ("Kim's", "Ana's")


async def test_a_card_of_a_missing_package_is_kept_byte_for_byte_through_edits(house: Leadline) -> None:
    shown = (await house.client.get(f"/flows/{FLOW}")).json()
    ghost = '{"id":"g",  "type":"acme.ghost","name":"G","settings":{"big":1E3,  "deep":{"z":1,"a":2}}}'
    text = shown["text"].replace('"nodes": [', f'"nodes": [\n    {ghost},', 1)
    put_back = {"revision": shown["revision"], "text": text}
    assert (await house.client.put(f"/flows/{FLOW}/draft", json=put_back)).status_code == 200
    ana = Window(house, "Ana")
    seen = await ana.look()
    assert seen["view"]["cards"]["g"]["ghost"] is True
    await ana.put(["nodes", "book", "name"], "New", "Offer times and book")
    await ana.edit({"do": "remove_cards", "ids": ["wrap_up"]})
    assert ghost in (await house.client.get(f"/flows/{FLOW}")).json()["text"]


async def test_many_windows_that_save_at_once_all_get_in(house: Leadline) -> None:
    windows = [Window(house, f"P{number}") for number in range(6)]
    for window in windows:
        await window.look()
    cards = ["book", "wrap_up", "details", "ready", "why_not", "qualify"]
    answers = await asyncio.gather(
        *(window.send(put(["nodes", card, "note"], window.by)) for window, card in zip(windows, cards, strict=True))
    )
    assert [each.status_code for each in answers] == [200] * 6
    document = (await windows[0].look())["document"]
    assert [field(document, "nodes", card, "note") for card in cards] == [window.by for window in windows]


async def test_half_characters_and_ids_that_no_address_can_hold_are_refused_in_plain_words(house: Leadline) -> None:
    ana, _, shown = await two(house)
    half = json.dumps(put(["nodes", "book", "name"], "\ud83d")).encode()
    edit = b'{"base_revision": %d, "client": "w", "edits": [{"id": "e", "steps": [%s]}]}' % (ana.revision, half)
    head = {"Content-Type": "application/json"}
    answer = await house.client.post(f"/flows/{FLOW}/edits", content=edit, headers=head)
    assert (answer.status_code, answer.json()["code"]) == (422, "edit_refused")
    assert "half a character" in answer.json()["detail"]
    whole = json.dumps({"revision": shown["revision"], "document": {**shown["document"], "name": "\ud83d"}}).encode()
    saved = await house.client.put(f"/flows/{FLOW}/draft", content=whole, headers=head)
    assert (saved.status_code, saved.json()["code"]) == (422, "not_json")
    escaped = json.dumps({**shown["document"], "name": "\ud83d"})
    looked = await house.client.post("/flows/import", json={"text": escaped})
    assert (looked.json()["outcome"], "half a character" in looked.json()["sentence"]) == ("refused", True)
    smile = await ana.edit(put(["nodes", "book", "name"], "Book \U0001f600"))
    assert smile["view"]["cards"]["book"]["title"] == "Book \U0001f600"
    for id in ("x" * 65, "a/b", "", "ü"):
        made = await house.client.post("/flows", json={"document": {**shown["document"], "id": id}})
        assert (made.status_code, made.json()["code"]) == (422, "wrong_shape"), id
    for id in ("a\u0000b", "", "x" * 65):
        steps = [put(["name"], "x")]
        body = {"base_revision": ana.revision, "client": "w", "edits": [{"id": id, "steps": steps}]}
        assert (await house.client.post(f"/flows/{FLOW}/edits", json=body)).status_code == 422

"""Publishing without shipping a colleague's unfinished work; old versions; what differs, in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.test_drafts import FLOW, Window, field, put, two
from tests.support.api import Leadline, leadline


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def get(house: Leadline, path: str, **query: str) -> dict[str, Any]:
    answer = await house.client.get(f"/flows/{FLOW}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


async def publish(house: Leadline, leave_out: list[str] | None = None, by: str = "Ben") -> httpx.Response:
    revision = (await get(house, "draft"))["revision"]
    body = {"revision": revision, "by": by, "note": "", "leave_out": leave_out or []}
    return await house.client.post(f"/flows/{FLOW}/publish", json=body)


def sentences(rows: list[dict[str, Any]]) -> list[str]:
    return [each["sentence"] for row in rows for each in row["changes"]]


async def test_who_publishes_sees_a_colleagues_changes_and_can_leave_them_in_the_draft(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["nodes", "book", "name"], "Unfinished", "Offer times and book")
    await ben.put(["slots", "zip", "label"], "Postcode", "ZIP")
    news = await get(house, "unpublished")
    assert news["live"] == 1 and not news["whole_only"]
    assert [(row["by"], row["labels"], row["needs"]) for row in news["rows"]] == [
        (["Ana"], ["An edit"], []), (["Ben"], ["An edit"], [])
    ]  # fmt: skip
    assert sentences(news["rows"]) == [
        "The card “Offer times and book” is called “Unfinished” now.",
        "The thing to find out “ZIP” is called “Postcode” now.",
    ]
    answer = await publish(house, leave_out=[news["rows"][0]["id"]])
    assert (answer.status_code, answer.json()["version"], answer.json()["left_out"]) == (201, 2, 1)
    live = await get(house, "versions/2")
    assert (field(live, "nodes", "book", "name"), field(live, "slots", "zip", "label")) == (
        "Offer times and book", "Postcode",
    )  # fmt: skip
    draft = (await get(house, "draft"))["document"]
    assert field(draft, "nodes", "book", "name") == "Unfinished", "the draft keeps the rest"

    later = await get(house, "unpublished")
    assert sentences(later["rows"]) == ["The card “Offer times and book” is called “Unfinished” now."]
    assert (await publish(house)).json()["version"] == 3
    assert (await get(house, "unpublished"))["rows"] == []
    assert field(await get(house, "versions/3"), "nodes", "book", "name") == "Unfinished"


async def test_a_change_that_needs_one_left_out_is_refused_with_both_in_words(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.edit({"do": "add_card", "card": {"id": "n", "type": "decide", "name": "New"}})
    await ana.edit({"do": "connect", "edge": {"from": {"node": "n"}, "to": "book"}})
    await ben.look()
    await ben.edit({"do": "connect", "edge": {"from": {"node": "wrap_up"}, "to": "n"}})
    rows = (await get(house, "unpublished"))["rows"]
    assert [(row["by"], len(row["edits"])) for row in rows] == [(["Ana"], 2), (["Ben"], 1)]
    assert rows[1]["needs"] == [rows[0]["id"]]
    refused = await publish(house, leave_out=rows[0]["edits"])
    told = refused.json()
    assert (refused.status_code, told["code"]) == (422, "needs_left_out")
    assert [(each["row"], each["needs"]) for each in told["needs"]] == [(rows[1]["id"], rows[0]["id"])]
    assert "Ben: The way from “Anything else” to “Booked” leads to “New” now." in told["detail"]
    assert "Ana: The card “New” was added." in told["detail"]
    assert (await get(house, "draft"))["revision"] == ben.revision


async def test_what_would_be_published_is_what_is_checked(house: Leadline) -> None:
    ana, ben, _ = await two(house)
    await ana.put(["start"], "nowhere", "start")
    await ben.put(["slots", "zip", "label"], "Postcode", "ZIP")
    rows = (await get(house, "unpublished"))["rows"]
    refused = await publish(house)
    assert (refused.status_code, refused.json()["code"]) == (422, "flow_has_errors")
    assert "1 error. Mend it, then publish" in refused.json()["detail"]
    assert refused.json()["issues"][0]["code"] == "no_start"
    assert (await publish(house, leave_out=[rows[0]["id"]])).status_code == 201


async def test_nothing_can_be_left_out_that_is_not_there_or_that_nobody_knows_of(house: Leadline) -> None:
    ana, _, _ = await two(house)
    await ana.put(["name"], "New")
    unknown = await publish(house, leave_out=["nothing"])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_edit")
    made = (await house.client.post("/flows", json={"template": "blank", "name": "Fresh"})).json()
    body = {"revision": made["revision"], "leave_out": ["x"]}
    first = await house.client.post(f"/flows/{made['id']}/publish", json=body)
    assert (first.status_code, first.json()["code"]) == (422, "whole_only")
    fresh = (await house.client.get(f"/flows/{made['id']}/unpublished")).json()
    assert (fresh["live"], fresh["rows"], fresh["whole_only"]) == (0, [], True)


async def test_somebody_who_saves_at_the_last_moment_is_not_published_unseen(house: Leadline) -> None:
    ana, _ben, shown = await two(house)
    await ana.put(["name"], "Changed")
    body = {"revision": shown["revision"], "by": "Ben"}
    late = await house.client.post(f"/flows/{FLOW}/publish", json=body)
    assert late.status_code == 409 and "Ana saved this flow after you opened it" in late.json()["detail"]


async def test_a_published_version_is_frozen_with_checksum_and_the_packages_that_made_it(house: Leadline) -> None:
    await (await two(house))[0].put(["name"], "Changed")
    made = (await publish(house)).json()
    text = (await house.client.get(f"/flows/{FLOW}/export?version=2")).text
    assert made["checksum"] == hashlib.sha256(text.encode()).hexdigest()
    assert made["packages"] == {"leadline": "0.1.0"}
    shown = (await house.client.get(f"/flows/{FLOW}")).json()["versions"]
    assert next((each["version"], each["packages"]) for each in shown) == (2, {"leadline": "0.1.0"})


async def test_versions_and_the_draft_are_compared_in_plain_words(house: Leadline) -> None:
    ana, _, _ = await two(house)
    await ana.put(["nodes", "book", "name"], "Book it")
    await publish(house)
    await ana.put(["slots", "zip", "label"], "Postcode")
    now = await get(house, "compare")
    assert (now["from"], now["to"]) == ("2", "draft")
    assert [each["sentence"] for each in now["changes"]] == ["The thing to find out “ZIP” is called “Postcode” now."]
    old = await get(house, "compare", **{"from": "1", "to": "live"})
    assert [each["id"] for each in old["changes"]] == ["book"]
    assert (await get(house, "compare", **{"from": "draft", "to": "draft"}))["changes"] == []
    for query, status in (("from=9", 404), ("from=yesterday", 422), ("from=0", 422)):
        assert (await house.client.get(f"/flows/{FLOW}/compare?{query}")).status_code == status
    assert (await house.client.get("/flows/nobody/compare")).status_code == 404


async def test_an_old_version_goes_live_again_under_a_new_number_and_the_draft_stays(house: Leadline) -> None:
    ana, _, _ = await two(house)
    await ana.put(["nodes", "book", "name"], "Second")
    await publish(house)
    await ana.put(["slots", "zip", "label"], "Postcode")
    back = await house.client.post(f"/flows/{FLOW}/versions/1/restore", json={"to": "live", "by": "Ben"})
    assert (back.status_code, back.json()["version"]["version"]) == (201, 3)
    assert back.json()["version"]["note"] == "Version 1 again"
    first, third = await get(house, "versions/1"), await get(house, "versions/3")
    assert {**third, "version": 1} == first
    assert field((await get(house, "draft"))["document"], "nodes", "book", "name") == "Second"
    rows = (await get(house, "unpublished"))["rows"]
    assert len(sentences(rows)) == 2, "what the old version does not have is new again"
    only = await publish(house, leave_out=[rows[1]["id"]])
    assert only.json()["version"] == 4
    assert field(await get(house, "versions/4"), "nodes", "book", "name") == "Second"
    assert sentences((await get(house, "unpublished"))["rows"]) == sentences(rows[1:])


async def test_an_old_version_comes_into_the_draft_as_one_edit_that_can_be_undone(house: Leadline) -> None:
    ana, _, before = await two(house)
    await ana.put(["nodes", "book", "name"], "Second")
    second = (await get(house, "draft"))["document"]
    back = await house.client.post(f"/flows/{FLOW}/versions/1/restore", json={"to": "draft", "by": "Ben"})
    assert (back.status_code, back.json()["version"]) == (201, None)
    assert (await get(house, "draft"))["document"] == before["document"]
    (edit,) = (await get(house, "edits", since=str(ana.revision)))["edits"]
    assert (edit["by"], edit["label"]) == ("Ben", "Brought version 1 back")
    await ana.look()
    await ana.edit(*edit["inverse"])
    assert (await get(house, "draft"))["document"] == second
    missing = await house.client.post(f"/flows/{FLOW}/versions/9/restore", json={"to": "draft"})
    assert missing.status_code == 404


async def test_calls_under_way_and_their_records_keep_to_the_version_they_began_with(house: Leadline) -> None:
    first = await get(house, "versions/1")
    await (await two(house))[0].put(["name"], "Changed")
    await publish(house)
    assert await get(house, "versions/1") == first


async def test_an_undone_edit_leaves_nothing_to_publish(house: Leadline) -> None:
    ana = Window(house, "Ana")
    await ana.look()
    given = await ana.edit({"do": "remove_cards", "ids": ["wrap_up"]})
    await ana.edit(*given["edits"][-1]["inverse"])
    news = await get(house, "unpublished")
    assert (news["changes"], sentences(news["rows"])) == ([], [])
    line = next(each for each in (await house.client.get("/flows")).json() if each["id"] == FLOW)
    assert line["unpublished"] is False


async def test_renaming_everything_breaks_nothing_and_one_undo_brings_it_back(house: Leadline) -> None:
    for flow in ("home_services_v1", "solar_v1", "dental_v1"):
        ana = Window(house, "Ana", flow)
        document = (await ana.look())["document"]
        steps = [put(["slots", each["id"], "label"], f"Thing {n}") for n, each in enumerate(document["slots"])]
        steps += [put(["nodes", each["id"], "name"], f"Card {n}") for n, each in enumerate(document["nodes"])]
        steps += [put(["criteria", each["id"], "label"], f"Test {n}") for n, each in enumerate(document["criteria"])]
        steps += [put(["reflexes", each["id"], "label"], f"Reflex {n}") for n, each in enumerate(document["reflexes"])]
        given = await ana.edit(*steps, label="Rename everything")
        assert given["issues"] == [], flow
        assert len((await ana.look())["document"]["edges"]) == len(document["edges"])
        await ana.edit(*given["edits"][-1]["inverse"])
        assert (await ana.look())["document"] == document

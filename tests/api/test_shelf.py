"""GET /flows: what a person wants to know of each flow without opening it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.flow import shipped
from tests.support.api import Leadline, leadline


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as started:
        yield started


async def lines(house: Leadline, **query: str) -> dict[str, dict[str, object]]:
    answer = await house.client.get("/flows", params=query)
    answer.raise_for_status()
    return {line["id"]: line for line in answer.json()}


async def save(house: Leadline, document: dict[str, object], revision: int) -> None:
    body = {"revision": revision, "document": document}
    (await house.client.put(f"/flows/{document['id']}/draft", json=body)).raise_for_status()


async def test_the_list_says_what_is_live_for_whom_and_that_nothing_waits(house: Leadline) -> None:
    line = (await lines(house))["home_services_v1"]
    assert (line["latest"], line["unpublished"], line["errors"], line["calls_week"]) == (1, False, 0, 0)
    cards = len(shipped.load("home_services").flow.nodes)
    assert (line["seller"], line["cards"]) == ("Harborline Home Services", cards)
    assert line["published_at"] is not None


async def test_a_changed_word_is_unpublished_and_a_moved_card_is_not(house: Leadline) -> None:
    document = json.loads(shipped.load("home_services").save())
    document["layout"]["nodes"]["start"]["x"] = 4000
    await save(house, document, 1)
    assert (await lines(house))["home_services_v1"]["unpublished"] is False
    document["knowledge"][0]["say"] = "Something else."
    await save(house, document, 2)
    assert (await lines(house))["home_services_v1"]["unpublished"] is True


async def test_problems_are_counted_and_a_draft_that_was_never_live_has_nothing_unpublished(house: Leadline) -> None:
    document = json.loads(shipped.load("home_services").save()) | {"id": "broken"}
    document["edges"] = document["edges"][1:]
    await save(house, document, 0)
    line = (await lines(house))["broken"]
    assert (line["latest"], line["unpublished"]) == (0, False)
    assert isinstance(line["errors"], int) and line["errors"] >= 1

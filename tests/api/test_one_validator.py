"""What is wrong with a flow is said in the same words everywhere: builder, publishing, the record of a call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.api.desk import Desk
from engine.flow import shipped
from engine.flow.issues import LEVELS
from engine.sdk.registry import NodeTypes
from engine.simulate.network import BusyPhone
from engine.store import flows
from tests.support.api import PHONE, Leadline, leadline
from tests.support.nodes import TYPES

BAD = Path(__file__).parents[1] / "flow" / "bad"
SENTENCES: dict[str, dict[str, str]] = json.loads((BAD / "sentences.json").read_text("utf-8"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def test_api_draft_and_publishing_say_what_the_validator_says_for_every_code(house: Leadline) -> None:
    # The golden bad flows are made of node types of their own.
    house.services.nodes = TYPES
    house.services.desk = Desk(house.services.database, TYPES, house.services.clock)
    for code in sorted(LEVELS):
        text = (BAD / f"{code}.json").read_text("utf-8")
        verdict = (await house.client.post("/flows/check", json=json.loads(text))).json()
        if code == "duplicate_id":  # such a document is refused altogether
            continue
        told = [each for each in verdict["issues"] if each["code"] == code]
        assert [(each["sentence"], each["fix"]) for each in told][:1] == [
            (SENTENCES[code]["sentence"], SENTENCES[code]["fix"])
        ], code
        made = await house.client.post("/flows", json={"text": text, "name": f"Flow {code}"})
        assert made.status_code == 201, made.text
        assert made.json()["issues"] == verdict["issues"], code
        published = await house.client.post(
            f"/flows/{made.json()['id']}/publish", json={"revision": made.json()["revision"]}
        )
        if LEVELS[code] == "error":
            assert (published.status_code, published.json()["issues"]) == (422, verdict["issues"]), code


async def test_the_record_of_a_call_says_it_in_the_same_words(house: Leadline) -> None:
    data: dict[str, Any] = {**shipped.load("home_services").data}
    ghost = {"id": "g", "type": "acme.ghost", "v": 1, "name": "Credit check", "settings": {}}
    data["nodes"] = [*data["nodes"], ghost]
    data["reflexes"] = [
        {**each, "do": {**each["do"], "go": "g"}} if each["id"] == "spanish" else each for each in data["reflexes"]
    ]
    types: NodeTypes = house.services.nodes
    assert "acme.ghost" not in types, "as if its package had been removed after publishing"
    async with house.services.database.begin() as tx:
        number = await flows.next_version(tx, "home_services_v1")
        await flows.publish(
            tx, "home_services_v1", number, json.dumps(data), by="Ana", now=house.services.clock.now()
        )  # fmt: skip
    said = [each["sentence"] for each in (await house.client.post("/flows/check", json=data)).json()["issues"]]
    assert any("acme.ghost" in each for each in said)
    house.network.register(PHONE, BusyPhone)
    await house.send_form()
    call = await house.call_in("failed")
    shown = (await house.client.get(f"/calls/{call['id']}")).json()
    troubles = [each["facts"]["problem"] for each in shown["journal"] if each["facts"].get("part") == "flow"]
    assert troubles == [each for each in said if "acme.ghost" in each]

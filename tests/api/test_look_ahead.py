"""A lead whom HubSpot knows is looked up while the telephone rings, in a whole call with HubSpot's own SDK."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from engine.flow import shipped
from engine.providers.stored import vault_of
from engine.sdk import Connection
from engine.simulate.network import SilentPhone
from engine.store import connections, flows
from tests.emulators.hubspot import HubSpotEmulator
from tests.support.api import PHONE, Leadline, leadline

FLOW = "home_services_v1"


async def publish_with_look_up(house: Leadline, address: str) -> None:
    """The look-up stands between the start and the greeting."""
    data = json.loads(json.dumps(shipped.load("home_services").data))
    settings = {"properties": [{"property": "zip", "slot": "zip"}]}
    data["nodes"].append({"id": "crm", "type": "hubspot_look_up", "name": "HubSpot", "v": 1, "settings": settings})
    first = next(edge["to"] for edge in data["edges"] if edge["from"]["node"] == data["start"])
    for edge in data["edges"]:
        if edge["from"]["node"] == data["start"]:
            edge["to"] = "crm"
    for exit in ("known", "unknown", "failed"):
        way = {"id": f"crm_{exit}", "from": {"node": "crm", "exit": exit}, "to": first, "kind": "otherwise"}
        data["edges"].append(way)
    account = Connection("hubspot", "hubspot", {"token": "pat-na1-secret", "endpoint": address})
    now = datetime.now(UTC)
    async with house.services.database.begin() as tx:
        data["version"] = await flows.next_version(tx, FLOW)
        await flows.publish(tx, FLOW, data["version"], json.dumps(data), by="Ana", now=now)
        await connections.save(tx, vault_of(house.settings), account, now)


async def test_what_hubspot_knows_is_there_before_the_greeting(tmp_path: Path) -> None:
    async with HubSpotEmulator(token="pat-na1-secret") as hubspot, leadline(tmp_path) as house:
        hubspot.entered(email="dana.reyes@example.com", firstname="Dana", zip="94110", lifecyclestage="customer")
        await publish_with_look_up(house, hubspot.address)
        house.network.register(PHONE, lambda: SilentPhone(answer_after_s=5.0, hang_up_after_s=3.0))
        await house.send_form(answers={"service": "Roof repair"})
        call = await house.call_in("finished")
        full = (await house.client.get(f"/calls/{call['id']}")).json()
    [looked] = [
        entry["facts"]
        for entry in full["journal"]
        if entry["kind"] == "acted" and entry["facts"]["action"] == "look_up_in_hubspot"
    ]
    assert looked["details"] == {"result": "known", "taken": "zip"}
    assert "existing_customer" in full["result"]["outcome"]["flags"]
    assert "pat-na1-secret" not in json.dumps(full)
    said = next(turn["text"] for turn in full["result"]["transcript"] if turn["who"] == "agent")
    assert "Dana" in said, "and the greeting was not kept waiting"

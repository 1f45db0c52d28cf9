"""The installation that chaos happens to: a flow with a lane behind its calls, its leads, calendar and connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.schedule import WorkingHours
from engine.schedule.team import Staff
from engine.sdk import Connection
from engine.sdk.registry import discover
from engine.settings import Settings
from engine.store import Database, connections, consents, flows, leads
from engine.store.appointments import CalendarSetup, save_setup
from engine.store.connections import open_vault
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead
from engine.store.migration import migrate

CALENDAR = "main"
CRM_CARD, HOOK_CARD, MAIL_CARD, INVITE_CARD = "crm", "tell_crm", "mail_office", "mail_lead"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
KEPT = {CRM_CARD, HOOK_CARD, MAIL_CARD, INVITE_CARD}
AFTER_CALL = {node.type for node in discover() if node.kind == "after_call"}
CREW = ("Ann", "Bo", "Cy", "Di")


@dataclass(frozen=True)
class Order:
    """What a process of ours is to work on, as one JSON argument. `seed`: of all that is decided by lot in it.
    `turn_s`: longest pause between two turns of a conversation. `at_once`: calls held side by side."""

    folder: str
    database: str
    secret_key: str
    seed: int = 0
    turn_s: float = 0.2
    at_once: int = 4

    def settings(self) -> Settings:
        return Settings.model_validate(
            {"data_dir": self.folder, "database_url": self.database, "secret_key": self.secret_key}
        )

    def written(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Order:
        return cls(**json.loads(text))


def flow_of_the_house() -> Flow:
    """The shipped flow with HubSpot, webhook and e-mails behind it, whose visits are short enough for hundreds."""
    document: dict[str, Any] = json.loads(shipped.load("home_services").save())
    nodes = {node["id"]: node for node in document["nodes"]}
    nodes["book"]["settings"] |= {"length_min": 15, "buffer_min": 0, "horizon_days": 21}
    document["nodes"].append(
        {"id": CRM_CARD, "type": "hubspot", "v": 1, "name": "Write into HubSpot", "settings": {"connection": "hubspot"}}
    )
    behind = {node["id"] for node in document["nodes"] if node["type"] in AFTER_CALL}
    document["nodes"] = [node for node in document["nodes"] if node["id"] not in behind - KEPT]
    document["edges"] = [edge for edge in document["edges"] if not {edge["from"]["node"], edge["to"]} & (behind - KEPT)]
    document["edges"].append(
        {"id": "crm_then_hook", "from": {"node": CRM_CARD, "exit": "next"}, "to": HOOK_CARD, "kind": "otherwise"}
    )
    document["after_call"] = [CRM_CARD, MAIL_CARD]
    return FlowDocument.load(json.dumps(document)).flow


async def furnish(order: Order, leads_: int, targets: Mapping[str, Connection]) -> None:
    """Tables, flow, calendar, connections and `leads_` people with a number and an e-mail address of their own."""
    settings = order.settings()
    await migrate(settings.database_address)
    vault = open_vault(order.secret_key, Path(order.folder))
    now = datetime.now(UTC)
    flow = flow_of_the_house()
    text = flow.model_dump_json(by_alias=True, exclude_none=True)
    hours = WorkingHours.read({day: ["08:00-18:00"] for day in DAYS})
    database = Database(settings.database_address)
    try:
        async with database.begin() as tx:
            await flows.save_draft(tx, flow.id, flow.name, text, by="chaos", now=now, revision=0)
            await flows.publish(tx, flow.id, 1, text, by="chaos", now=now, note="")
            crew = tuple(Staff(name) for name in CREW)
            await save_setup(tx, CalendarSetup(CALENDAR, flow.seller.zone, hours, 15, staff=crew))
            for connection in targets.values():
                await connections.save(tx, vault, connection, now)
        for number in range(leads_):
            await _lead(database, flow, number, now)
    finally:
        await database.close()


async def _lead(database: Database, flow: Flow, number: int, now: datetime) -> None:
    phone = f"+1415555{number:04d}" if number < 10_000 else ""
    form = {"service": "Roof repair"}
    wanted = NewLead(
        "website", f"Dana{number}", "Reyes", phone, phone, f"form-{number}", f"dana{number}@example.com", form, flow.id
    )
    async with database.begin() as tx:
        taken = await leads.receive(tx, wanted, now + timedelta(microseconds=number))
        evidence = ConsentEvidence(
            "written", flow.seller.legal_name, "An AI may call me.", "website", phone, ticked=True, given_at=now
        )
        await consents.add(tx, taken.lead.id, evidence, now)

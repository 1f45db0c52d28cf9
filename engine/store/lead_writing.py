"""What the leads of one transaction come to, gathered row by row and written with one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.sdk import Json
from engine.store import consents
from engine.store.base import Base, new_id
from engine.store.consents import ConsentRow
from engine.store.lead_matching import Attached, Landing
from engine.store.lead_payloads import LeadPayloadRow
from engine.store.lead_story import EventKind, LeadEventRow
from engine.store.lead_tables import LeadDeliveryRow, LeadRow, StoredLead

Seal = Callable[[str, bytes], bytes]
"""Of a lead's id and what was sent: what is stored of it. See `lead_payloads.Seal`."""

Row = dict[str, object]


class Writing:
    """Of one transaction. Leads are made and changed as often as need be; each is written once, as it is at the end."""

    def __init__(self, now: datetime, seal: Seal | None) -> None:
        self._now = now
        self._seal = seal
        self._made: dict[str, tuple[StoredLead, str]] = {}
        self._changed: dict[str, Row] = {}
        self._rows: dict[type[Base], list[Row]] = {}

    def make(self, lead: StoredLead, content: str) -> None:
        """`content`: its `form_hash`."""
        self._made[lead.id] = lead, content

    def change(self, lead: StoredLead, to: StoredLead, content: str | None = None) -> None:
        """Only what differs is written: others may be changing the rest. `content`: its `form_hash`, where that is
        another one too."""
        if lead.id in self._made:
            self._made[lead.id] = to, self._made[lead.id][1]
            return
        before = _columns(lead)
        changes = {name: value for name, value in _columns(to).items() if value != before[name]}
        self._changed.setdefault(lead.id, {}).update(changes)
        if content is not None:
            self._changed[lead.id]["form_hash"] = content

    def tell(self, lead_id: str, kind: EventKind, data: Mapping[str, Json]) -> None:
        """In the lead's story."""
        told = {name: value for name, value in data.items() if value not in ("", None, [])}
        self._add(LeadEventRow, {"lead_id": lead_id, "at": self._now, "kind": kind, "data": told})

    def keep(self, lead_id: str, landing: Landing, *, evidence: bool, payload: bool) -> None:
        """What a form brings besides its fields."""
        if evidence and landing.evidence is not None:
            self._add(ConsentRow, consents.row(lead_id, landing.evidence, self._now))
        if payload and landing.payload and self._seal is not None:
            self._add(
                LeadPayloadRow,
                {
                    "id": new_id("pay"),
                    "lead_id": lead_id,
                    "received_at": self._now,
                    "content_type": landing.content_type[:128],
                    "sealed": self._seal(lead_id, landing.payload),
                },
            )

    def deliver(self, attached: Attached, landing: Landing, content: str) -> None:
        """A further delivery of a lead that is there; of another form its fields are kept."""
        new = landing.lead
        fields: dict[str, Json] = {
            "first_name": new.first_name,
            "last_name": new.last_name,
            "email": new.email,
            "phone_typed": new.phone_typed,
            "campaign_id": new.campaign_id,
            "flow_id": new.flow_id,
            "answers": dict(new.form),
        }
        self._add(
            LeadDeliveryRow,
            {
                "id": new_id("dlv"),
                "lead_id": attached.lead.id,
                "source": new.source,
                "external_id": new.external_id,
                "received_at": self._now,
                "source_id": new.source_id,
                "form_hash": content,
                "kind": attached.kind,
                "form": fields if attached.kind == "same_person" else None,
            },
        )

    async def write(self, tx: AsyncConnection) -> None:
        if self._made:
            made = [{**_columns(lead), "form_hash": content} for lead, content in self._made.values()]
            await tx.execute(insert(LeadRow), made)
        for lead_id, values in self._changed.items():
            if values:
                await tx.execute(update(LeadRow).where(LeadRow.id == lead_id).values(**values))
        for table, rows in self._rows.items():
            await tx.execute(insert(table), rows)

    def _add(self, table: type[Base], row: Row) -> None:
        self._rows.setdefault(table, []).append(row)


def _columns(lead: StoredLead) -> Row:
    return {
        "id": lead.id,
        "source": lead.source,
        "external_id": lead.external_id,
        "received_at": lead.received_at,
        "flow_id": lead.flow_id,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone,
        "phone_typed": lead.phone_typed,
        "email": lead.email,
        "zone": lead.zone,
        "form": dict(lead.form),
        "state": lead.state,
        "reason": lead.reason,
        "next_call_at": lead.next_call_at,
        "campaign_id": lead.campaign_id,
        "source_id": lead.source_id or "",
        "test": lead.test,
        "submitted_at": lead.submitted_at,
        "webhook_at": lead.webhook_at,
        "accepted_at": lead.accepted_at,
    }

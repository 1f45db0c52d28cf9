"""Looks the lead up in HubSpot while the telephone rings, so that what is known there is not asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk import (
    AheadContext,
    Effects,
    Exit,
    Naming,
    NodeSettings,
    QuietContext,
    QuietNode,
    StepFailed,
    marks,
)
from nodes.connect.hubspot.card import HUBSPOT
from nodes.connect.hubspot.client import Account, Client, account, as_failure
from nodes.connect.hubspot.contact import Person, known_by, look
from nodes.connect.hubspot.problems import Refused

STAGE: Final = "lifecyclestage"
CUSTOMERS: Final = frozenset({"customer", "evangelist"})
BUDGET_S: Final = 6.0
"""A telephone rings for longer than this."""


class KnownProperty(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    property: str = Field(
        title="Property in HubSpot",
        description="Its internal name, as HubSpot shows it in the property's settings.",
        examples=["zip"],
        pattern=r"^[a-z][a-z0-9_]{0,99}$",
    )
    slot: str = Field(
        title="Thing to find out",
        description="The caller is asked whether it is still right, instead of being asked for it.",
        min_length=1,
        json_schema_extra=marks(refers="slot"),
    )


class HubSpotLookUpSettings(NodeSettings):
    connection: str = Field(
        "hubspot",
        title="Connection",
        description="The HubSpot account.",
        json_schema_extra=marks(refers="connection:hubspot"),
    )
    properties: tuple[KnownProperty, ...] = Field(
        (),
        title="What is taken over",
        description="Only where neither the caller nor the form has said anything.",
    )


class HubSpotLookUp(QuietNode[HubSpotLookUpSettings]):
    type = "hubspot_look_up"
    title = "Look the lead up in HubSpot"
    summary = (
        "Finds the contact by e-mail or phone while the telephone rings. What HubSpot knows is confirmed in passing "
        "instead of asked. Put it before the greeting."
    )
    icon = "search"
    shelf = "connect"
    exits = (
        Exit("known", "Known in HubSpot"),
        Exit("unknown", "Not known there"),
        Exit("failed", "HubSpot not reachable", failure=True),
    )
    effects = Effects(outside=True, budget_s=BUDGET_S)
    connection_kinds = (HUBSPOT,)
    looks_ahead = True

    def describe(self, naming: Naming) -> str:
        return f"Looks the lead up in “{self.settings.connection}” while it rings"

    async def ahead(self, ctx: AheadContext) -> Mapping[str, str] | None:
        place, lead = account(ctx.connection(self.settings.connection)), ctx.lead
        person = Person(*known_by(lead.email or "", lead.phone), lead.first_name, lead.last_name)
        wanted = tuple(each.property for each in self.settings.properties)
        return await asyncio.to_thread(_look, place, person, (*wanted, STAGE))

    async def run(self, ctx: QuietContext) -> str:
        try:
            found = await ctx.found_ahead()
        except StepFailed as problem:
            ctx.acted("look_up_in_hubspot", result=f"failed: {problem}")
            return "failed"
        if found is None:
            ctx.acted("look_up_in_hubspot", result="not known")
            return "unknown"
        taken = [
            each.slot
            for each in self.settings.properties
            if ctx.suggest(each.slot, found.get(each.property, ""), f"HubSpot's {each.property}")
        ]
        if found.get(STAGE, "").lower() in CUSTOMERS:
            ctx.flag("existing_customer")
        ctx.acted("look_up_in_hubspot", result="known", taken=", ".join(taken))
        return "known"


def _look(place: Account, person: Person, wanted: tuple[str, ...]) -> Mapping[str, str] | None:
    try:
        with Client(place, BUDGET_S) as client:
            contact, _ = look(client, person, wanted)
    except Refused as refused:
        raise as_failure(refused) from None
    return None if contact is None else {name: contact.properties.get(name) or "" for name in wanted}

"""A lead source as its door needs it, kept for a second, so that a burst of leads asks the database once."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from engine.campaigns import Campaign
from engine.flow.document import FlowDocument, FlowRefused
from engine.leads.arrived import Arrived
from engine.leads.phone import region_of
from engine.leads.reading import Arrival
from engine.leads.sources.connection_kinds import secrets_of
from engine.providers.accounts import ConnectionInvalid
from engine.providers.pool import ReadConnection
from engine.sdk import ConnectionMissing, Json
from engine.store import Database, campaigns, flows, lead_sources
from engine.store.lead_sources import LeadSource

FRESH_S: Final = 1.0
"""So long a source is not looked at again: one that was switched off takes leads that much longer at most."""
KEPT: Final = 500
_ID: Final = re.compile(r"src_[A-Za-z0-9_-]{16,60}")


class NoDoor(Exception):
    """There is no such source, or it is off; which of the two is nobody's business outside."""


class DoorStuck(Exception):
    """The source is on, but nobody can be called for it at the moment: send again later. The message says why."""


@dataclass(frozen=True, slots=True)
class Door:
    """An open lead source. `seller`: legal name of whom its campaign's flow calls for. `region`: country in which
    numbers without country code are read. `secrets`: by the settings that name a connection (`key_connection`), those
    that count at present."""

    source: LeadSource
    flow_id: str
    seller: str
    region: str | None
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def later(self, at: datetime, *, allow_fiction: bool) -> Arrival:
        """For a lead that is worked up without anybody at the door."""
        return Arrival(
            flow_id=self.flow_id, seller=self.seller, region=self.region, allow_fiction=allow_fiction,
            campaign_id=self.source.campaign_id, source_id=self.source.id, at=at,
        )  # fmt: skip

    def arrival(self, sent: Sent, *, allow_fiction: bool) -> Arrival:
        return Arrival(
            flow_id=self.flow_id,
            seller=self.seller,
            region=self.region,
            ip=sent.ip,
            user_agent=sent.header("user-agent"),
            referer=sent.header("referer"),
            allow_fiction=allow_fiction,
            campaign_id=self.source.campaign_id,
            source_id=self.source.id,
            at=sent.at,
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to a door. `body`: raw, as signed. `headers`: names in small letters. `query`: of the address.
    `at`: business time; `world`: real time in Unix seconds, by which signatures are judged."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    ip: str
    at: datetime
    world: float

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def with_payload(self, arrived: Arrived, body: bytes | None = None) -> Arrived:
        """With what was sent, to be kept sealed. `body`: instead of the raw one, without its secrets."""
        return replace(arrived, payload=self.body if body is None else body, content_type=self.content_type[:128])


class Doors:
    """For one process. `now`: seconds of a clock that never goes back."""

    def __init__(
        self, database: Database, connection: ReadConnection, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._connection = connection
        self._now = now
        self._open: OrderedDict[str, tuple[float, Door]] = OrderedDict()
        self._looking: dict[str, asyncio.Task[Door]] = {}
        self._sellers: dict[tuple[str, int], tuple[str, str | None]] = {}

    async def at(self, source_id: str) -> Door:
        """Raises `NoDoor`, `DoorStuck`, `DatabaseDown`."""
        if not _ID.fullmatch(source_id):
            raise NoDoor
        kept = self._open.get(source_id)
        if kept is not None and self._now() - kept[0] < FRESH_S:
            return kept[1]
        looking = self._looking.get(source_id)
        if looking is None:
            looking = self._looking[source_id] = asyncio.create_task(self._look(source_id))
            looking.add_done_callback(lambda _: self._looking.pop(source_id, None))
        # Shielded: the one whose browser went away must not take the others' look with it.
        return await asyncio.shield(looking)

    async def behind(self, source_id: str) -> Door:
        """The same for a source that may be off by now: what it has taken is worked up all the same. Raises `NoDoor`,
        `DoorStuck`, `DatabaseDown`."""
        return await self._look(source_id, also_off=True)

    def forget(self, source_id: str | None = None) -> None:
        """A source was changed here: the next lead goes by the new settings. None: all of them."""
        if source_id is None:
            self._open.clear()
        else:
            self._open.pop(source_id, None)

    async def _look(self, source_id: str, *, also_off: bool = False) -> Door:
        began = self._now()
        if not also_off:
            self._open.pop(source_id, None)
        async with self._database.read() as tx:
            if also_off:
                source = await lead_sources.read(tx, source_id)
            else:
                source = await lead_sources.behind(tx, source_id, datetime.now(UTC))
            if source is None or not (source.state == "on" or also_off):
                raise NoDoor
            campaign = await campaigns.read(tx, source.campaign_id)
            if campaign is None or (campaign.state == "archived" and not also_off):
                raise NoDoor
            try:
                flow_id = Campaign.model_validate(campaign.document).flow_id
            except ValidationError:
                raise DoorStuck(
                    "The settings of this source's campaign cannot be read. Correct the campaign."
                ) from None
            version = await flows.read_version(tx, flow_id)
        if version is None:
            raise DoorStuck(f"The flow '{flow_id}' of this source's campaign is not published. Publish it.")
        key = flow_id, version.version
        if len(self._sellers) > KEPT:
            self._sellers.clear()
        if key not in self._sellers:
            try:
                seller = FlowDocument.load(version.text).flow.seller
            except FlowRefused as refused:
                raise DoorStuck(f"The published flow '{flow_id}' cannot be read: {refused}") from None
            self._sellers[key] = seller.legal_name, region_of(seller.phone)
        secrets = {} if also_off else await self._secrets(source.document)
        door = Door(source, flow_id, *self._sellers[key], secrets)
        if also_off:
            return door
        self._open[source_id] = began, door
        while len(self._open) > KEPT:
            self._open.popitem(last=False)
        return door

    async def _secrets(self, settings: Json) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, connection in settings.items() if isinstance(settings, Mapping) else ():
            if not name.endswith("_connection") or not isinstance(connection, str) or not connection:
                continue
            try:
                found[name] = secrets_of((await self._connection(connection)).connection)
            except (ConnectionMissing, ConnectionInvalid) as problem:
                raise DoorStuck(f"The connection '{connection}' of this source cannot be read: {problem}") from None
        return found

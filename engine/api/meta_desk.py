"""What the API works with for Meta Lead Ads: the connections, the Graph API, and the fetching behind the webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from engine.api.doors.door import Doors, DoorStuck, NoDoor
from engine.leads import Inlet
from engine.leads.graph import Graph, open_client
from engine.leads.graph_errors import GraphTrouble
from engine.leads.meta_accounts import MetaAccounts
from engine.leads.meta_fetch import MetaFetch, SourceStuck
from engine.leads.reading import Arrival
from engine.leads.sources.meta import MetaSettings, read_answers
from engine.leads.sources.settings import settings_of
from engine.providers.stored import vault_of
from engine.sdk import Json
from engine.settings import Settings
from engine.store import Database, lead_fetches


@dataclass(frozen=True, slots=True)
class Backfilled:
    """`found`: leads that Meta has of that time; `new`: those that were not here yet."""

    found: int
    new: int


@dataclass(frozen=True)
class MetaDesk:
    accounts: MetaAccounts
    graph: Graph
    fetch: MetaFetch
    inlet: Inlet
    database: Database
    settings: Settings
    doors: Doors

    async def source(self, source_id: str) -> tuple[MetaSettings, Arrival]:
        """Raises `SourceStuck`."""
        try:
            door = await self.doors.behind(source_id)
        except NoDoor:
            raise SourceStuck("The lead source, or its campaign, is not there any more.") from None
        except DoorStuck as stuck:
            raise SourceStuck(str(stuck)) from None
        settings = settings_of(MetaSettings, door.source.document)
        if isinstance(settings, tuple):
            raise SourceStuck("The settings of the lead source cannot be read. Correct them.")
        now = self.settings.clock.now()
        return settings, door.later(now, allow_fiction=self.settings.phone == "simulated")

    async def backfill(self, source_id: str, form_id: str, days: int) -> Backfilled:
        """Take in what a form has brought in the last days. May be done again: nobody comes in twice. Raises
        `SourceStuck`, `AccountUnusable`, `GraphTrouble`."""
        settings, arrival = await self.source(source_id)
        since = self.settings.clock.now() - timedelta(days=days)
        found = new = 0
        accounts = await self.accounts.of(settings)
        for account in accounts:
            try:
                async for document in self.graph.leads_of(account, form_id, since):
                    found += 1
                    new += await self._keep({"form_id": form_id, **document}, settings, arrival)
            except GraphTrouble as trouble:
                # A form belongs to one of the pages, and only that page's token knows it.
                if found or trouble.kind not in ("not_yet", "rights") or account is accounts[-1]:
                    raise
            else:
                break
        return Backfilled(found, new)

    async def _keep(self, document: dict[str, Json], settings: MetaSettings, arrival: Arrival) -> bool:
        arrived = read_answers(document, settings, arrival)
        if arrived.lead.external_id is None:
            return False
        async with self.database.read() as tx:
            waiting = await lead_fetches.arriving(tx, arrived.lead.source_id or "", arrived.lead.external_id)
        if waiting is not None:  # its webhook came, but nobody could fetch it since
            await self.fetch.complete(waiting, document, settings, arrival)
            return False
        return (await self.inlet.take_in(arrived)).is_new


@asynccontextmanager
async def open_meta(settings: Settings, database: Database, doors: Doors, inlet: Inlet) -> AsyncIterator[MetaDesk]:
    """Fetching while the block lasts."""
    accounts = MetaAccounts(database, lambda: vault_of(settings))
    async with open_client() as client:
        graph = Graph(client)

        async def behind(source_id: str) -> tuple[MetaSettings, Arrival]:
            return await desk.source(source_id)

        fetch = MetaFetch(database, graph, accounts, behind, inlet)
        desk = MetaDesk(accounts, graph, fetch, inlet, database, settings, doors)
        fetching = asyncio.create_task(fetch.run())
        try:
            yield desk
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)

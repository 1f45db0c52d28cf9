"""Fetches what people typed into forms at Meta: the webhook told their ids only.

Any number of processes may do it. A lead is ours while a lease lasts; a process that dies leaves it to the next one,
and a lead that was completed cannot be completed again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.leads.graph import Graph
from engine.leads.graph_errors import Again, GraphTrouble, Park, what_next
from engine.leads.intake import Inlet
from engine.leads.meta_account import AccountUnusable, MetaAccount
from engine.leads.meta_accounts import MetaAccounts
from engine.leads.reading import Arrival
from engine.leads.sources.meta import SOURCE, MetaSettings, read_answers
from engine.observe.metrics import METRICS
from engine.sdk import Json
from engine.store import Database, DatabaseDown, connections, lead_fetches
from engine.store.lead_fetches import Fetch

log = logging.getLogger(__name__)

AT_ONCE: Final = 16
LEASE: Final = timedelta(seconds=30)
"""Longer than all requests for a lead together; so long a lead waits whose process has died."""
LOOK_S: Final = 1.0
"""Leads that another process took in, or whose pause is over, are found within that time."""
MENDED_S: Final = 10.0
STUCK_S: Final = 60.0
JUST_BEFORE: Final = timedelta(seconds=3)
"""Longer than any process keeps a connection."""


class SourceStuck(Exception):
    """A lead cannot be worked up now, since its source cannot be used. The message says why, for people."""


class NoSuchPage(Exception):
    """No connection of the source is for the page that the lead belongs to."""


Behind = Callable[[str], Awaitable[tuple[MetaSettings, Arrival]]]
"""The settings of a source and what is known of its leads; also of one that is off. Raises `SourceStuck`."""


class MetaFetch:
    def __init__(self, database: Database, graph: Graph, accounts: MetaAccounts, behind: Behind, inlet: Inlet) -> None:
        self._database = database
        self._graph = graph
        self._accounts = accounts
        self._behind = behind
        self._inlet = inlet
        self._word = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._resting: dict[str, datetime] = {}
        """Sources that Meta wants no questions for at the moment, and until when."""

    def wake(self) -> None:
        """A lead has just come in."""
        self._word.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        looking = asyncio.create_task(self._look_for_mended())
        try:
            while True:
                self._word.clear()
                try:
                    await self._begin(datetime.now(UTC))
                except DatabaseDown as down:
                    log.warning("Leads at Meta are fetched later. %s", down)
                except Exception as problem:
                    log.warning("Leads at Meta are fetched later: unexpected %s", type(problem).__name__)
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._word.wait()
                except TimeoutError:
                    pass
        finally:
            looking.cancel()
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(looking, *self._under_way, return_exceptions=True)

    async def sweep(self, now: datetime) -> int:
        """Take on all that is due and wait for it; gives how many leads that were. `now`: real time."""
        begun = 0
        while more := await self._begin(now):
            begun += more
            await asyncio.gather(*self._under_way)
        return begun

    async def resume_mended(self, now: datetime) -> int:
        """Leads that wait for a connection to be mended are tried again once it was changed."""
        async with self._database.read() as tx:
            parked = await lead_fetches.parked_with(tx)
            changed = {each.name: each.changed_at for each in await connections.overview(tx)} if parked else {}
        # A little before counts too: what was parked then may have been asked for with the connection as it was.
        mended = [name for name, since in parked.items() if name in changed and changed[name] > since - JUST_BEFORE]
        if mended:
            self._accounts.forget()
        resumed = 0
        for name in mended:
            async with self._database.begin() as tx:
                resumed += await lead_fetches.resume(tx, now, connection=name)
        return resumed

    async def _look_for_mended(self) -> None:
        while True:
            await asyncio.sleep(MENDED_S)
            try:
                if count := await self.resume_mended(datetime.now(UTC)):
                    log.info("%d leads are fetched from Meta again: their connection was changed", count)
                    self.wake()
            except DatabaseDown as down:
                log.warning("Leads that wait for a connection are looked at later. %s", down)

    async def _begin(self, now: datetime) -> int:
        room = AT_ONCE - len(self._under_way)
        self._resting = {source: until for source, until in self._resting.items() if until > now}
        if room <= 0:
            return 0
        async with self._database.read() as tx:
            if not await lead_fetches.any_due(tx, SOURCE, now):
                return 0
        async with self._database.begin() as tx:
            claimed = await lead_fetches.claim(tx, SOURCE, now, now + LEASE, room, tuple(self._resting))
        for each in claimed:
            task = asyncio.create_task(self._one(each))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(claimed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()  # there is room for another one

    async def _one(self, fetch: Fetch) -> None:
        try:
            await self._fetch(fetch)
        except DatabaseDown as down:
            log.warning("The lead %s is fetched from Meta later. %s", fetch.lead_id, down)
        except Exception as problem:  # its lease runs out, and its turn comes again
            log.warning("The lead %s is fetched from Meta later: unexpected %s", fetch.lead_id, type(problem).__name__)

    async def _fetch(self, fetch: Fetch) -> None:
        connection = ""
        try:
            settings, arrival = await self._behind(fetch.source_id)
            connection = settings.connection
            account = await self._account(settings, fetch)
            connection = account.name
            found = dict(await self._graph.lead(account, fetch.external_id))
        except SourceStuck as stuck:
            pause = timedelta(seconds=min(STUCK_S * fetch.tries, 3600.0))
            await self._put_off(fetch, Again(datetime.now(UTC) + pause, why=str(stuck)), connection)
            return
        except (AccountUnusable, NoSuchPage) as problem:
            await self._put_off(fetch, Park(str(problem)), connection)
            return
        except GraphTrouble as trouble:
            METRICS.add(f"meta_fetches_{trouble.kind}")
            log.info("Meta did not give the lead %s: %s", fetch.lead_id, trouble)
            await self._put_off(fetch, what_next(trouble, fetch.tries, fetch.since, datetime.now(UTC)), connection)
            return
        await self.complete(fetch.lead_id, {**fetch.ids, **found, "id": fetch.external_id}, settings, arrival)

    async def complete(self, lead_id: str, document: dict[str, Json], settings: MetaSettings, arrival: Arrival) -> None:
        """What Graph told becomes the lead; one that was completed before is left alone."""
        arrived = read_answers(document, settings, arrival)
        async with self._database.begin() as tx:
            await lead_fetches.done(tx, lead_id)
            try:
                intake = await self._inlet.complete(tx, lead_id, arrived)
            except LookupError:
                return  # the person was forgotten meanwhile
        METRICS.add("meta_leads_fetched")
        if intake.lead.state == "waiting":
            self._inlet.woken()

    async def _account(self, settings: MetaSettings, fetch: Fetch) -> MetaAccount:
        """The connection for the page that the lead belongs to. Raises `AccountUnusable`, `NoSuchPage`."""
        page = fetch.ids.get("page_id", "")
        accounts = await self._accounts.of(settings)
        fitting = [each for each in accounts if each.page_id == page or not page]
        if not fitting:
            raise NoSuchPage(
                f"The lead belongs to the page {page}, which no connection of this lead source is for. Add one under "
                "“More pages”, then press “Fetch again”."
            )
        return fitting[0]

    async def _put_off(self, fetch: Fetch, step: Again | Park, connection: str) -> None:
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            if isinstance(step, Park):
                METRICS.add("meta_leads_parked")
                await lead_fetches.park(tx, fetch.lead_id, step.why, connection, now)
                return
            await lead_fetches.again(tx, fetch.lead_id, step.at, step.why)
        if step.all:
            self._resting[fetch.source_id] = step.at

"""Holds calls while everything around them is killed, restarted and disturbed; then counts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.aftercall.server import PrefectServer, default_cache
from engine.store import Database, DatabaseDown, after_call_list, calls
from engine.store.after_call_list import Which
from engine.store.connections import Vault
from engine.supervisor import free_port
from tests.chaos.blows import FAULTS, Blow, Form, a_round, blows
from tests.chaos.installation import Order, furnish
from tests.chaos.ledger import EVERYTHING, Ledger, count, read
from tests.chaos.targets import Targets, targets
from tests.chaos.victims import Dashboard, Victim, children
from tests.support.postgres import Cluster

LOOK_S = 0.5
PATIENCE_S = 10.0
POLL_S = 0.05
CANNOT_BEGIN = 2


@dataclass(frozen=True)
class Weather:
    """`calls`: how many leads are called. `many`: of each process, as far as there may be several. `rounds`: of blows,
    at least; if `lasting`, they go on until everybody has been called. `far`: how much gets done between two blows, at
    most. `turn_s`: longest pause of a caller. `limit_s`: for all of it."""

    form: Form
    seed: int
    calls: int
    many: int = 1
    rounds: int = 1
    far: int = 12
    turn_s: float = 0.3
    limit_s: float = 500.0
    lasting: bool = False


@dataclass
class Storm:
    weather: Weather
    targets: Targets
    database: Database
    cluster: Cluster | None
    callers: list[Victim]
    workers: list[Victim]
    dispatchers: list[Victim]
    dashboard: Dashboard | None
    blows: Counter[str] = field(default_factory=Counter)

    @property
    def victims(self) -> list[Victim]:
        return [*self.callers, *self.workers, *self.dispatchers]

    async def rage(self) -> Ledger:
        """The whole of it. Raises TimeoutError with what was still open when the time was up."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.weather.limit_s):
                await self.begin()
                await self._disturb()
                self.targets.calm()
                calm = time.monotonic()
                await self.all_done()
        except TimeoutError:
            words = "\n".join(f"--- {each.kind}\n{each.last_words()}" for each in self.victims)
            raise TimeoutError(f"The time was up.\n{await self.ledger()}\n{words}") from None
        drained = time.monotonic()
        return replace(await self.ledger(), drain_s=drained - calm, took_s=drained - began)

    async def begin(self) -> None:
        await asyncio.gather(*(each.start() for each in self.victims))

    async def ledger(self) -> Ledger:
        return replace(count(await read(self.database), self.targets), blows=self.blows)

    # -- blows ---------------------------------------------------------------------------------------------------

    async def _disturb(self) -> None:
        """Round after round, in the long form until everybody has been called."""
        weather = self.weather
        while not await self._progress():  # all processes take their time to start
            await asyncio.sleep(LOOK_S)
            await self._supervise()
        for number, blow in enumerate(blows(weather.seed, weather.form, weather.far)):
            last = weather.rounds * a_round(weather.form)
            if number >= last and (not weather.lasting or await self.called() >= weather.calls):
                return
            await self.got_done(blow.after)
            await self.strike(blow)

    async def strike(self, blow: Blow) -> None:
        self.blows[blow.kind] += 1
        dice = random.Random(f"{self.weather.seed}:{self.blows.total()}")
        match blow.kind:
            case "kill callers":
                await _kill(dice.choice(self.callers), blow)
            case "kill worker":
                await _kill(dice.choice(self.workers), blow)
            case "kill dispatcher":
                await _kill(dice.choice(self.dispatchers), blow)
            case "kill Prefect" if self.dashboard is not None:
                await _kill(self.dashboard, blow)
            case "kill Prefect":  # the embedded worker starts it again itself
                _kill_at_once(children(self.workers[0].pid))
            case "restart database":
                assert self.cluster is not None
                await asyncio.to_thread(self.cluster.restart)
            case "power cut":
                await self.cut_power()
                await asyncio.sleep(blow.back_s)
                await self.begin()
            case _:
                where, fault = FAULTS[blow.kind]
                plans = {"hubspot": self.targets.hubspot, "hook": self.targets.hook, "mail": self.targets.mail}
                plans[where].faults.set(fault)

    async def cut_power(self) -> None:
        """Everything of ours is dead, in one moment."""
        _kill_at_once([pid for each in self.victims for pid in (each.pid, *children(each.pid))])
        await asyncio.gather(*(each.kill() for each in self.victims))

    # -- looking -------------------------------------------------------------------------------------------------

    async def got_done(self, steps: int) -> None:
        """Until so much has happened; where nothing happens any more, what was meant to be hit is idle."""
        begin, until = await self._progress(), time.monotonic() + PATIENCE_S
        while await self._progress() < begin + steps and time.monotonic() < until:
            await asyncio.sleep(POLL_S)
            await self._supervise()

    async def _progress(self) -> int:
        """Counts calls that are over and requests that came to the targets."""
        there = self.targets
        asked = len(there.hubspot.served) + there.hook.requests + there.mail.messages.total()
        return asked + 3 * await self.called()

    async def called(self) -> int:
        """How many calls are over; 0 while the database does not tell."""
        try:
            async with self.database.read() as tx:
                found = await calls.recent(tx, limit=EVERYTHING)
        except DatabaseDown:
            return 0
        return sum(each.state not in calls.UNDER_WAY for each in found)

    async def all_done(self) -> None:
        """Everybody has been called, and no call has work left."""
        while await self.called() < self.weather.calls or await self._open():
            await asyncio.sleep(LOOK_S)
            await self._supervise()

    async def _supervise(self) -> None:
        """A process that cannot begin without a database ends, and whoever runs it as a service starts it again. None
        ends for any other reason."""
        for each in self.victims:
            code = each.process.returncode if each.process is not None else None
            if code is not None:
                assert code == CANNOT_BEGIN, f"{each.kind} ended by itself ({code}):\n{each.last_words()}"
                await each.start()

    async def _open(self) -> int:
        """Calls that are not over, or whose work is not done."""
        try:
            async with self.database.read() as tx:
                return len(await calls.under_way(tx)) + await after_call_list.count(tx, Which("waiting"))
        except DatabaseDown:
            return 1


async def _kill(victim: Victim | Dashboard, blow: Blow) -> None:
    await victim.kill()
    await asyncio.sleep(blow.back_s)
    await victim.start()


def _kill_at_once(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def storm(weather: Weather, folder: Path, cluster: Cluster | None) -> AsyncIterator[Storm]:
    """Everything that is started here is stopped when the block ends. `cluster`: for the form `production`."""
    async with contextlib.AsyncExitStack() as exits:
        there = await exits.enter_async_context(targets())
        order = Order(str(folder), f"sqlite:///{folder}/leadline.db", Vault.new_key(), weather.seed, weather.turn_s)
        server: PrefectServer | None = None
        if weather.form == "production":
            assert cluster is not None
            theirs = exits.enter_context(_empty(cluster)) if weather.many > 1 else ""
            server = PrefectServer(folder / "prefect", 0, default_cache(), database_url=theirs)
            order = replace(order, database=exits.enter_context(_empty(cluster)))
            exits.push_async_callback(server.stop)
            await server.start()
        await furnish(order, weather.calls, there.connections)
        database = Database(order.database)
        exits.push_async_callback(database.close)
        made = _victims(weather, order, server)
        for each in made:
            exits.push_async_callback(each.stop)
        kinds = [[each for each in made if each.kind == kind] for kind in ("callers", "worker", "dispatcher")]
        yield Storm(weather, there, database, cluster, *kinds, Dashboard(server) if server else None)


def _victims(weather: Weather, order: Order, server: PrefectServer | None) -> list[Victim]:
    folder = Path(order.folder)
    environment = {
        "LEADLINE_DATA_DIR": order.folder,
        "LEADLINE_DATABASE_URL": order.database,
        "LEADLINE_SECRET_KEY": order.secret_key,
    }
    if server is None:
        environment["LEADLINE_PREFECT_PORT"] = str(free_port())
        roles = {"worker": ("--role", "all")}
    else:
        environment |= {"LEADLINE_PREFECT_API_URL": server.api_url, "LEADLINE_PREFECT_POOL": "calls"}
        roles = {"worker": ("--role", "worker"), "dispatcher": ("--role", "dispatcher")}
    made = [
        Victim(
            "callers", ("tests.chaos.callers", replace(order, seed=order.seed + number).written()), environment,
            folder / f"callers-{number}.log",
        )
        for number in range(weather.many)
    ]  # fmt: skip
    for kind, role in roles.items():
        number = max(2, weather.many) if kind == "worker" and server is not None else weather.many
        made += [
            Victim(kind, ("tests.chaos.after_call", *role), environment, folder / f"{kind}-{each}.log")
            for each in range(number)
        ]
    return made


@contextlib.contextmanager
def _empty(cluster: Cluster) -> Iterator[str]:
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)

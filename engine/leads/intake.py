"""The one way in for leads of every source: what arrives together is committed together, then everybody is answered.

take_in ──┐                                     ┌──> Intake
take_in ──┼── queue ── one transaction ── commit┼──> Intake
take_in ──┘                                     └──> Intake
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.clock import Clock
from engine.leads.arrived import Arrived
from engine.store import Database, DatabaseDown, consents, leads
from engine.store.leads import StoredLead

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Leads of one transaction at most."""


@dataclass(frozen=True, slots=True)
class Intake:
    """`is_new` is False for what was here before. `merged`: it is another form of somebody who is here already, and was
    added to that lead. Nobody is called twice for either."""

    lead: StoredLead
    is_new: bool
    merged: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrived: Arrived
    answer: asyncio.Future[Intake]


class Inlet:
    """One for a process; several processes may work on one database. `wake`: called after a commit that brought
    somebody to call."""

    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._queue: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def take_in(self, arrived: Arrived) -> Intake:
        """Committed when it returns, and kept even if the caller is cancelled meanwhile. An unusable lead is kept too,
        with the reason. Raises `DatabaseDown`; nothing of this lead was stored then."""
        answer: asyncio.Future[Intake] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(arrived, answer))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._commit_all())
        return await asyncio.shield(answer)

    async def close(self) -> None:
        """What was handed over is committed first."""
        if self._work is not None:
            await self._work

    async def _commit_all(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:AT_ONCE], self._queue[AT_ONCE:]
            await self._commit(batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            taken = await self._keep([each.arrived for each in batch])
        except Exception as problem:
            if len(batch) > 1 and not isinstance(problem, DatabaseDown):
                # One that cannot be kept does not take the others with it.
                for each in batch:
                    await self._commit([each])
                return
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(problem)
                    each.answer.exception()  # whoever waited may be gone
            return
        if any(each.is_new and each.lead.state == "waiting" for each in taken):
            self._wake()
        for each, intake in zip(batch, taken, strict=True):
            if not each.answer.done():
                each.answer.set_result(intake)

    async def _keep(self, batch: Sequence[Arrived]) -> list[Intake]:
        now = self._clock.now()
        taken = []
        async with self._database.begin() as tx:
            for each in batch:
                received = await leads.receive(tx, each.lead, now)
                if received.is_new:
                    if each.evidence is not None:
                        await consents.add(tx, received.lead.id, each.evidence, now)
                    if received.lead.state == "waiting":
                        # Written with the lead, so that a crash right after the answer to the form forgets nobody.
                        await leads.plan_call(tx, received.lead.id, now)
                taken.append(Intake(received.lead, received.is_new))
        return taken

"""Counts what doors refuse, and writes the counts down now and then: a flood must not become a flood of writes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import IntegrityError

from engine.leads.sources.reasons import Reason
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, source_refusals

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0


class Refusals:
    """For one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[tuple[str, Reason]] = Counter()
        self._writing = asyncio.Lock()
        self._over = asyncio.Event()

    def count(self, source_id: str, why: Reason) -> None:
        METRICS.add(f"leads_refused_{why}")
        self._counts[source_id, why] += 1

    async def run(self) -> None:
        """Until `stop`. Not to be cancelled: a write that is cut off in its middle may keep SQLite from the next
        one."""
        over = False
        while not over:
            with suppress(TimeoutError):
                over = await asyncio.wait_for(self._over.wait(), EVERY_S)
            await self.write_down()

    def stop(self) -> None:
        """What has been counted is written down first."""
        self._over.set()

    async def write_down(self) -> None:
        """What could not be written stays for the next time."""
        async with self._writing:
            await self._write_down()

    async def _write_down(self) -> None:
        while self._counts:
            (source_id, why), times = next(iter(self._counts.items()))
            try:
                async with self._database.begin() as tx:
                    await source_refusals.add(tx, source_id, why, times, datetime.now(UTC))
            except DatabaseDown as down:
                log.warning("%d refusals of a lead source could not be counted yet: %s", times, down)
                return
            except IntegrityError:
                log.info("A lead source is gone; what it refused is not counted")
                del self._counts[source_id, why]
                continue
            self._counts[source_id, why] -= times
            if not self._counts[source_id, why]:
                del self._counts[source_id, why]

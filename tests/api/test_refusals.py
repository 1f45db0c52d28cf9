"""What doors refuse is counted, however it is written down meanwhile, and outlives a database that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.doors.refusals import Refusals
from engine.campaigns import Campaign
from engine.store import Database, DatabaseDown, campaigns, lead_sources, source_refusals
from engine.store.migration import migrate

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Moody(Database):
    """Away for as many writes as it is told."""

    away = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        if self.away:
            self.away -= 1
            raise DatabaseDown("It is away.")
        async with super().begin() as tx:
            yield tx


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Moody]:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    await migrate(url)
    opened = Moody(url)
    async with opened.begin() as tx:
        document = Campaign(flow_id="home").model_dump(mode="json")
        await campaigns.save(tx, "c", name="C", state="on", document=document, revision=0, by="", now=NOW)
        await lead_sources.save(
            tx, "src_1", kind="website", name="S", campaign_id="c", state="on", document={}, revision=0, by="", now=NOW
        )
    yield opened
    await opened.close()


async def counted(database: Database) -> dict[str, int]:
    async with database.read() as tx:
        return {each.why: each.times for each in (await source_refusals.of_sources(tx)).get("src_1", ())}


async def test_what_is_written_down_by_several_at_once_is_counted_once(database: Moody) -> None:
    refusals = Refusals(database)
    for _ in range(5):
        refusals.count("src_1", "forged")
    refusals.count("src_1", "stale")
    await asyncio.gather(*(refusals.write_down() for _ in range(4)))
    assert await counted(database) == {"forged": 5, "stale": 1}


async def test_what_cannot_be_written_now_is_written_later_and_a_removed_source_holds_up_no_other(
    database: Moody,
) -> None:
    refusals = Refusals(database)
    database.away = 1
    refusals.count("src_gone", "robot")
    refusals.count("src_1", "forged")
    await refusals.write_down()
    assert await counted(database) == {}
    refusals.count("src_1", "forged")
    await refusals.write_down()
    assert await counted(database) == {"forged": 2}


async def test_when_the_server_stops_the_last_ones_are_still_written_down(database: Moody) -> None:
    refusals = Refusals(database)
    running = asyncio.create_task(refusals.run())
    refusals.count("src_1", "wrong_key")
    refusals.stop()
    await running
    assert await counted(database) == {"wrong_key": 1}

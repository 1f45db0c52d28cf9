"""`leadline up`: what it refuses to start."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.providers.stored import vault_of
from engine.sdk import Connection
from engine.settings import Settings, SettingsProblem
from engine.simulate.receiver import Receiver
from engine.store import Database, connections
from engine.store.migration import migrate
from engine.up import UpOptions, furnish, origins, run


async def test_real_people_are_never_called_by_an_emulated_mind(tmp_path: Path) -> None:
    settings = Settings.model_construct(phone="vonage", data_dir=tmp_path)
    said: list[str] = []
    with pytest.raises(SettingsProblem, match=r"--emulate.*LEADLINE_PHONE=vonage"):
        await run(settings, UpOptions(emulate=True), said.append)
    assert said == []
    assert list(tmp_path.iterdir()) == []


def test_the_canvas_of_a_builder_on_another_port_may_talk_to_the_engine() -> None:
    set_ones = Settings(builder_origins="https://builder.example")
    assert origins(set_ones, 9501) == ["http://127.0.0.1:9501", "http://localhost:9501", "https://builder.example"]


async def _crm(settings: Settings, wanted: Connection | None = None) -> Connection:
    """The connection `crm`, after `wanted` was saved in its place."""
    database = Database(settings.database_address)
    try:
        async with database.begin() as tx:
            if wanted is not None:
                await connections.save(tx, vault_of(settings), wanted, datetime.now(UTC))
            return await connections.read(tx, vault_of(settings), "crm")
    finally:
        await database.close()


async def test_a_crm_that_somebody_has_connected_outlives_the_next_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    await migrate(settings.database_address)
    async with Receiver() as first:
        await furnish(settings, first)
    async with Receiver() as second:
        await furnish(settings, second)
        assert (await _crm(settings)).settings["url"] == second.url, "the stand-in has moved, and is found again"
        theirs = Connection("crm", "webhook", {"url": "https://crm.example/leads", "secret": "theirs"})
        await _crm(settings, theirs)
        await furnish(settings, second)
        assert await _crm(settings) == theirs

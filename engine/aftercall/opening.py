"""The lane of this installation, as its settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from engine.aftercall.lane import Lane
from engine.aftercall.writer import FlowWriter
from engine.opt_out_links import OptOutLinks
from engine.recording_links import RecordingLinks
from engine.sdk import Connection
from engine.sdk.registry import discover
from engine.settings import Settings
from engine.store import Database
from engine.store.connections import Vault, open_vault, read_all
from engine.store.migration import migrate


class StoredConnections:
    """The connections of this installation, read afresh for every step."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def __call__(self) -> Mapping[str, Connection]:
        async with self._database.read() as tx:
            return await read_all(tx, self._vault)


@asynccontextmanager
async def open_lane(settings: Settings) -> AsyncIterator[Lane]:
    """Raises `DatabaseDown` or `WrongKey`."""
    await migrate(settings.database_address)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    vault = open_vault(secret, settings.data_dir)
    database = Database(settings.database_address)
    writer = FlowWriter(database, settings)
    try:
        yield Lane(
            database,
            discover(),
            StoredConnections(database, vault),
            settings.data_dir.absolute() / "outbox",
            settings.clock.now,
            links=RecordingLinks(settings.public_url, vault.derived, settings.recording_link_days),
            writer=writer,
            opt_outs=OptOutLinks(settings.public_url, vault.derived),
        )
    finally:
        await writer.close()
        await database.close()

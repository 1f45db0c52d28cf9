"""Connections as the database keeps them, opened with the key of this installation."""

from __future__ import annotations

from engine.providers.accounts import ConnectionInvalid
from engine.providers.pool import Stored
from engine.settings import Settings
from engine.store import Database, connections
from engine.store.connections import Vault, WrongKey, open_vault


def vault_of(settings: Settings) -> Vault:
    """Raises `WrongKey`."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    return open_vault(secret, settings.data_dir)


class StoredConnections:
    """A `ReadConnection`. The vault is opened at the first use: an installation without accounts needs no key."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._vault: Vault | None = None

    async def __call__(self, name: str) -> Stored:
        """Raises `ConnectionMissing`, `ConnectionInvalid`."""
        try:
            self._vault = self._vault or vault_of(self._settings)
            async with self._database.read() as tx:
                connection, changed_at = await connections.read_stamped(tx, self._vault, name)
        except WrongKey as problem:
            raise ConnectionInvalid(str(problem)) from None
        return Stored(connection, changed_at)

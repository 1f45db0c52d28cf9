"""What the database says about providers: connections, opened with this installation's key, and flows."""

from __future__ import annotations

from contextlib import suppress

from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.model import Flow
from engine.providers.accounts import ConnectionInvalid
from engine.providers.pool import Stored
from engine.settings import Settings
from engine.store import Database, connections, flows
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


async def newest_texts(database: Database) -> list[str]:
    """The newest published version of each flow."""
    async with database.read() as tx:
        found = [await flows.read_version(tx, each.flow_id) for each in await flows.overview(tx) if each.latest]
    return [version.text for version in found if version is not None]


async def newest_flows(database: Database) -> list[Flow]:
    """The same, read; one that cannot be read is left out, as its calls will say."""
    found = []
    for text in await newest_texts(database):
        with suppress(FlowRefused):
            found.append(FlowDocument.load(text).flow)
    return found

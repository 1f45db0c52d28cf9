"""The connections of a lead source of the kind Meta, kept for a second: a burst of leads opens them once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from engine.leads.meta_account import AccountUnusable, MetaAccount
from engine.leads.sources.meta import MetaSettings
from engine.sdk import ConnectionMissing
from engine.store import Database, connections
from engine.store.connections import Vault, WrongKey

FRESH_S: Final = 1.0
KEPT: Final = 200


class MetaAccounts:
    """For one process. `now`: seconds of a clock that never goes back."""

    def __init__(
        self, database: Database, vault: Callable[[], Vault], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._kept: dict[tuple[str, ...], tuple[float, list[MetaAccount]]] = {}

    async def of(self, settings: MetaSettings) -> list[MetaAccount]:
        """Those that can be used, the source's own first. Raises `AccountUnusable` if that one cannot be, and
        `DatabaseDown`."""
        names = settings.connections
        kept = self._kept.get(names)
        began = self._now()
        if kept is not None and began - kept[0] < FRESH_S:
            return kept[1]
        found = []
        for name in names:
            try:
                async with self._database.read() as tx:
                    found.append(MetaAccount.of(await connections.read(tx, self._vault(), name)))
            except (ConnectionMissing, WrongKey, AccountUnusable) as problem:
                if name == settings.connection:
                    raise AccountUnusable(_mend(name, problem)) from None
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[names] = began, found
        return found

    def forget(self) -> None:
        """A connection was changed."""
        self._kept.clear()


def _mend(name: str, problem: Exception) -> str:
    if isinstance(problem, ConnectionMissing):
        return f"The connection '{name}' is not there any more. Choose another one at the lead source, or add it again."
    return str(problem)

"""An inlet on a database, whose clock a test moves on by hand, and forms to send to it."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.clock import Clock
from engine.leads import Arrival, Arrived, Inlet, read_submission
from engine.store import Database
from engine.store.connections import Vault
from engine.store.lead_payloads import PURPOSE, Seal

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
KEY = Vault.new_key()
ARRIVAL = Arrival("home", "Harborline LLC", "US")
FORM = {
    "name": "Dana Reyes", "phone": "415 555 2671", "consent": "on", "consent_text": "I agree to be called.", "id": "c1",
    "service": "roof",
}  # fmt: skip


def form(payload: bytes = b"", **changes: str) -> Arrived:
    """A website's form; what is changed to '' is left out."""
    fields = {name: value for name, value in {**FORM, **changes}.items() if value}
    read = read_submission(fields, ARRIVAL)
    return Arrived(read.lead, read.evidence, payload, "application/json", read.problems)


def seal() -> Seal:
    return Seal(lambda: Vault(KEY).derived(PURPOSE))


class Here:
    """`inlet` and `other` are of two processes. `at`: what time it is; move it on. `woken`: how often."""

    def __init__(self, database: Database, second: Database) -> None:
        self.at = NOW
        self.woken = 0
        self.database, self.second = database, second
        clock = Clock(real=lambda: self.at.timestamp())
        self.inlet = Inlet(database, clock, seal(), self._wake)
        self.other = Inlet(second, clock, seal(), self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def close(self) -> None:
        await self.inlet.close()
        await self.other.close()

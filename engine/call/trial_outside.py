"""The outside world of a call that tries out a draft: it looks real to the flow, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.call.context import Transfers, calendar_called, connection_called
from engine.flow.model import Flow
from engine.schedule import ScratchCalendar
from engine.schedule.scratch import OFFICE, Mood
from engine.sdk import Calendar, Connection
from engine.store import Database
from engine.store.appointments import CalendarMissing, CalendarSetup, setup


class TrialOutside:
    """`opted_out`: is told that the caller wants no more calls. That is heard and said as in any call, but the number
    does not go on the list: whoever tries out these words would never get a test call again. `connections`: None where
    other systems are not to be asked."""

    def __init__(
        self,
        calendars: Mapping[str, Calendar],
        transfers: Transfers,
        opted_out: Callable[[], None] = lambda: None,
        connections: Mapping[str, Connection] | None = None,
    ) -> None:
        self._calendars = calendars
        self._connections = connections
        self._transfers = transfers
        self._opted_out = opted_out

    @property
    def transfers(self) -> Transfers:
        return self._transfers

    def calendar(self, name: str) -> Calendar:
        return calendar_called(name, self._calendars)

    def connection(self, name: str) -> Connection:
        return connection_called(name, self._connections)

    async def opt_out(self, phone: str, words: str) -> None:
        self._opted_out()


def calendar_names(flow: Flow) -> frozenset[str]:
    """Calendars that cards of the flow ask for. A card that names none means 'main'."""
    return frozenset(str(card.settings.get("calendar") or "main") for card in flow.nodes)


async def scratch_calendars(database: Database, flow: Flow, mood: Mood = "free") -> dict[str, Calendar]:
    """For each calendar of the flow one to try out, with the working hours of the real one if it is set up."""
    setups = await _setups(database, calendar_names(flow))
    return {
        name: ScratchCalendar(
            kept.zone if kept else flow.seller.zone, kept.hours if kept and kept.hours.weekly else OFFICE, mood
        )
        for name, kept in setups.items()
    }


async def _setups(database: Database, names: frozenset[str]) -> dict[str, CalendarSetup | None]:
    found: dict[str, CalendarSetup | None] = {}
    async with database.read() as tx:
        for name in sorted(names):
            try:
                found[name] = await setup(tx, name)
            except CalendarMissing:
                found[name] = None
    return found

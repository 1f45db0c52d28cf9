"""The outside world of a live call: calendars by name, and the list of numbers that must not be called again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Final

from engine.calendars.open_calendar import open_calendar
from engine.call.context import Transfers, calendar_called, connection_called
from engine.call.keypad import PRESSED
from engine.clock import Clock
from engine.sdk import Calendar, Connection, ConnectionMissing
from engine.store import Database, DatabaseDown, connections, opt_outs
from engine.store.appointments import CalendarMissing
from engine.store.connections import Vault, WrongKey
from engine.telephony.numbers import carrier_digits

log = logging.getLogger(__name__)

OPT_OUT_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class StoreOutside:
    """`calendars`, `connections`: those that the flow names, opened before the call (a card asks for one in the middle
    of a turn)."""

    def __init__(
        self,
        database: Database,
        call_id: str,
        lead_id: str,
        clock: Clock,
        calendars: Mapping[str, Calendar],
        connections: Mapping[str, Connection],
        transfers: Transfers,
    ) -> None:
        self._database = database
        self._call_id = call_id
        self._lead_id = lead_id
        self._clock = clock
        self._calendars = calendars
        self._connections = connections
        self._transfers = transfers
        self._late: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls,
        database: Database,
        call_id: str,
        lead_id: str,
        clock: Clock,
        names: frozenset[str],
        connections: Mapping[str, Connection],
        transfers: Transfers,
        vault: Callable[[], Vault] | None,
    ) -> StoreOutside:
        calendars = await stored_calendars(database, vault, call_id, names)
        return cls(database, call_id, lead_id, clock, calendars, connections, transfers)

    @property
    def transfers(self) -> Transfers:
        return self._transfers

    def calendar(self, name: str) -> Calendar:
        return calendar_called(name, self._calendars)

    def connection(self, name: str) -> Connection:
        return connection_called(name, self._connections)

    async def opt_out(self, phone: str, words: str) -> None:
        """Commit the wish before the call goes on. With the database away it is tried again behind the call's back."""
        try:
            await self._suppress(phone, words)
        except DatabaseDown:
            log.exception("Call %s: an opt-out could not be stored at once; it is tried again", self._call_id)
            task = asyncio.create_task(self._suppress_later(phone, words))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    async def _suppress(self, phone: str, words: str) -> None:
        if not phone:
            return  # a caller who hid the number cannot be called anyway
        now = self._clock.now()
        async with self._database.begin() as tx:
            pressed = words == PRESSED
            how = f"{PRESSED if pressed else 'said so'} in call {self._call_id}"
            await opt_outs.record(
                tx,
                phone,
                self._call_id,
                how,
                now,
                also=[self._lead_id],
                door="key" if pressed else "voice",
                words="" if pressed else words,
            )

    async def _suppress_later(self, phone: str, words: str) -> None:
        for pause in OPT_OUT_PAUSES_S:
            await asyncio.sleep(pause)
            try:
                await self._suppress(phone, words)
            except DatabaseDown:
                continue
            return
        log.critical("Call %s: an opt-out was NOT stored. Put the lead's number on the list by hand.", self._call_id)


async def stored_calendars(
    database: Database, vault: Callable[[], Vault] | None, call_id: str, names: Collection[str]
) -> dict[str, Calendar]:
    """Names without a calendar are left out: their card says so when it is reached."""
    calendars: dict[str, Calendar] = {}
    for name in sorted(names):
        try:
            calendars[name] = await open_calendar(database, vault, name)
        except CalendarMissing:
            log.warning("Call %s: there is no calendar '%s'", call_id, name)
    return calendars


async def opened(
    database: Database, vault: Callable[[], Vault] | None, names: Collection[str]
) -> dict[str, Connection]:
    """Connections by name, with their secrets. Those that cannot be used are left out: their card says so."""
    found: dict[str, Connection] = {}
    if vault is None or not names:
        return found
    async with database.read() as tx:
        for name in sorted(names):
            try:
                found[name] = await connections.read(tx, vault(), name)
            except (ConnectionMissing, WrongKey) as problem:
                log.warning("The connection '%s' cannot be used: %s", name, problem)
    return found


def phones(found: Mapping[str, Connection]) -> dict[str, str]:
    """Colleagues' numbers, E.164, by name of their connection (kind `phone`, setting `number`). Those that cannot be
    used are left out: their card then says that nobody is free."""
    numbers: dict[str, str] = {}
    for name, connection in found.items():
        if connection.kind != "phone":
            continue
        try:
            carrier_digits(connection.settings.get("number", ""))
        except ValueError as problem:
            log.warning("Nobody can be put through to '%s': %s", name, problem)
            continue
        numbers[name] = connection.settings["number"]
    return numbers

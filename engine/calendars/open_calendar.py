"""Opening a calendar by its name: what a call books in, whoever keeps it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from engine.calendars.calcom import CalComCalendar
from engine.calendars.calcom_kind import CALCOM
from engine.calendars.linked import LinkedCalendar
from engine.calendars.opening import open_diary
from engine.calendars.settling import OpenDiary
from engine.calendars.unusable import UnusableCalendar
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.schedule.diary import Diary
from engine.sdk import Calendar, CalendarDown, Connection, ConnectionMissing
from engine.store import Database, appointments, connections
from engine.store.calendar import BuiltInCalendar
from engine.store.connections import Vault, WrongKey
from engine.store.linked_appointments import Place

log = logging.getLogger(__name__)

LINKED_KINDS: Final = ("google_calendar", "caldav")
"""Services that keep entries and know no rules: those are ours."""


async def open_calendar(database: Database, vault: Callable[[], Vault] | None, name: str) -> Calendar:
    """The calendar of that name. `vault`: opens this installation's connections; None where there are none.

    One whose connection is missing or cannot be opened answers every question with `CalendarDown`: the call goes on,
    and its card says what a caller should hear then. Raises `CalendarMissing`, `DatabaseDown`.
    """
    async with database.read() as tx:
        setup = await appointments.setup(tx, name)
    if not setup.connection:
        return BuiltInCalendar(database, name, setup.zone)
    try:
        connection = await _connection(database, vault, setup.connection)
    except (ConnectionMissing, WrongKey) as problem:
        log.warning("The calendar '%s' cannot be used: %s", name, problem)
        return UnusableCalendar(setup.zone, f"The calendar '{name}' cannot be used. {problem}")
    if connection.kind == CALCOM.kind:
        try:
            return await CalComCalendar.open(database, name, connection, setup.options)
        except ConnectionUnusable as problem:
            log.warning("The calendar '%s' cannot be used: %s", name, problem)
            return UnusableCalendar(setup.zone, f"The calendar '{name}' cannot be used. {problem}")
    if connection.kind in LINKED_KINDS:
        return LinkedCalendar(database, name, setup.zone, connection.name, diaries(database, vault))
    sentence = (
        f"The calendar '{name}' is kept at '{connection.name}', and that is no calendar service. Choose another "
        "connection for it on the page Connections."
    )
    log.warning("%s", sentence)
    return UnusableCalendar(setup.zone, sentence)


def diaries(database: Database, vault: Callable[[], Vault] | None) -> OpenDiary:
    """Opens diaries by the name of their account. A connection that is missing or cannot be opened may come back: until
    then its diaries are down."""

    async def opened(place: Place) -> Diary:
        try:
            connection = await _connection(database, vault, place.connection)
        except (ConnectionMissing, WrongKey) as problem:
            raise CalendarDown(str(problem)) from None
        return await open_diary(connection, place.diary)

    return opened


async def _connection(database: Database, vault: Callable[[], Vault] | None, name: str) -> Connection:
    """Raises `ConnectionMissing`, `WrongKey`, `DatabaseDown`."""
    if vault is None:
        raise ConnectionMissing(f"The connection '{name}' cannot be opened here: there is no key for connections.")
    async with database.read() as tx:
        return await connections.read(tx, vault(), name)

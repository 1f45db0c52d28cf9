"""A calendar is opened by its name, wherever it is kept; one that cannot be used says why and stops no call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from engine.calendars.open_calendar import open_calendar
from engine.call.outside import stored_calendars
from engine.sdk import (
    Attendee,
    BookingDetails,
    BookingRules,
    Calendar,
    CalendarDown,
    Connection,
    Hold,
    Opening,
)
from engine.store import Database, appointments, connections
from engine.store.appointments import CalendarMissing, CalendarSetup
from engine.store.calendar import BuiltInCalendar
from engine.store.connections import Vault

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
OPENING = Opening(NOW + timedelta(hours=3), NOW + timedelta(hours=4))
HOLD = Hold("hold_1", OPENING, NOW + timedelta(seconds=90))
VAULT = Vault(Vault.new_key())


async def set_up(database: Database, connection: str) -> None:
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "America/Denver", connection=connection))


async def connect(database: Database, kind: str, vault: Vault = VAULT) -> None:
    async with database.begin() as tx:
        await connections.save(tx, vault, Connection(name="office", kind=kind, settings={"token": "s3cret"}), NOW)


QUESTIONS: dict[str, Callable[[Calendar], Awaitable[object]]] = {
    "openings": lambda it: it.openings(BookingRules(), NOW),
    "hold": lambda it: it.hold(OPENING, BookingRules(), "call_1", NOW),
    "confirm": lambda it: it.confirm(HOLD, "call_1", BookingDetails("Estimate"), NOW),
    "release": lambda it: it.release(HOLD),
    "cancel": lambda it: it.cancel("apt_1"),
    "upcoming": lambda it: it.upcoming(Attendee("+14155550123"), NOW),
}


async def test_a_calendar_without_a_connection_is_our_own(database: Database) -> None:
    await set_up(database, "")
    opened = await open_calendar(database, None, "main")
    assert isinstance(opened, BuiltInCalendar)
    assert opened.zone == "America/Denver"


async def test_a_calendar_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(CalendarMissing, match="'garage'"):
        await open_calendar(database, None, "garage")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("there", "words"),
    [
        ("nothing", "No connection is called 'office'"),
        ("sealed with another key", "saved with another key"),
        ("no calendar service", "is no calendar service"),
    ],
)
async def test_a_calendar_whose_connection_cannot_be_used_is_down_in_words(
    database: Database, there: str, words: str, question: str
) -> None:
    await set_up(database, "office")
    if there != "nothing":
        await connect(database, "hubspot", Vault(Vault.new_key()) if "another" in there else VAULT)
    opened = await open_calendar(database, lambda: VAULT, "main")
    assert opened.zone == "America/Denver"
    with pytest.raises(CalendarDown, match=words) as down:
        await QUESTIONS[question](opened)
    assert "'main'" in str(down.value)
    assert "s3cret" not in str(down.value)


async def test_where_connections_cannot_be_opened_a_linked_calendar_is_down(database: Database) -> None:
    await set_up(database, "office")
    opened = await open_calendar(database, None, "main")
    with pytest.raises(CalendarDown, match="no key for connections"):
        await opened.openings(BookingRules(), NOW)


async def test_a_call_gets_the_other_calendars_though_one_cannot_be_used(database: Database) -> None:
    await set_up(database, "office")
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("crew", "America/Denver"))
    opened = await stored_calendars(database, lambda: VAULT, "call_1", ["crew", "garage", "main"])
    assert sorted(opened) == ["crew", "main"]
    assert await opened["crew"].openings(BookingRules(), NOW) == []


async def test_what_a_calendar_is_kept_at_is_remembered(database: Database) -> None:
    async with database.begin() as tx:
        await appointments.save_setup(
            tx, CalendarSetup("main", "America/Denver", connection="office", options={"event_type": 10})
        )
    async with database.read() as tx:
        kept = await appointments.setup(tx, "main")
    assert (kept.connection, kept.options) == ("office", {"event_type": 10})

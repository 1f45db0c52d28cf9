"""Opens the diary that a connection leads to. Nothing has to be closed: see `engine.calendars.room`."""

from __future__ import annotations

from engine.calendars.caldav.account import CalDavAccount
from engine.calendars.google.account import GoogleAccount
from engine.calendars.room import room
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.schedule.diary import Diary, DiaryGone
from engine.sdk import Connection


async def open_diary(connection: Connection, diary: str) -> Diary:
    """`diary`: id of a Google calendar, or address, path or name of a CalDAV calendar; empty: the one that the
    connection names, else the account's own. The service is not asked yet. Many calls may use what was opened at once,
    in the event loop that opened it. Raises `DiaryGone` for a connection that no diary can be opened with."""
    there = await room()
    try:
        match connection.kind:
            case "google_calendar":
                return there.account(connection, GoogleAccount, lambda: GoogleAccount.of(connection)).diary(diary)
            case "caldav":
                return there.account(connection, CalDavAccount, lambda: CalDavAccount.of(connection)).diary(diary)
            case other:
                raise DiaryGone(
                    f"The connection '{connection.name}' is of the kind '{other}', and that is no calendar to write "
                    "into. Choose a connection of the kind google_calendar or caldav."
                )
    except ConnectionUnusable as problem:
        raise DiaryGone(f"The connection '{connection.name}' cannot be used. {problem}") from None

"""The calendars of an account, to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.calendars.caldav.account import CalDavAccount
from engine.calendars.google.account import GoogleAccount
from engine.calendars.google.api import Refused, gone
from engine.calendars.google.kind import WRITERS
from engine.calendars.patience import Patience
from engine.calendars.room import room
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.schedule.diary import DiaryGone
from engine.sdk import Connection, Json

LISTED: Final = ("google_calendar", "caldav")
"""Kinds of connections whose calendars can be listed."""
LIST_S: Final = 12.0


@dataclass(frozen=True, slots=True)
class ListedCalendar:
    """`id`: what a diary is opened by. `zone`: IANA name; empty if the service tells none. `writable`: None if it does
    not tell. `main`: the account's own."""

    id: str
    name: str
    zone: str
    writable: bool | None
    main: bool = False


async def list_calendars(connection: Connection) -> Sequence[ListedCalendar]:
    """In the order of the service. Raises `CalendarDown`, and `DiaryGone` where a person must do something."""
    there = await room()
    try:
        if connection.kind == "google_calendar":
            return await _googles(there.account(connection, GoogleAccount, lambda: GoogleAccount.of(connection)))
        if connection.kind == "caldav":
            account = there.account(connection, CalDavAccount, lambda: CalDavAccount.of(connection))
            found = await account.calendars(Patience(LIST_S))
            return [ListedCalendar(each.path, each.name, each.zone, each.writable) for each in found]
    except ConnectionUnusable as problem:
        raise DiaryGone(f"The connection '{connection.name}' cannot be used. {problem}") from None
    raise DiaryGone(f"Calendars of connections of the kind '{connection.kind}' cannot be listed.")


async def _googles(account: GoogleAccount) -> Sequence[ListedCalendar]:
    patience, query = Patience(LIST_S), {"maxResults": "250"}
    found: list[ListedCalendar] = []
    while True:
        try:
            page = await account.listing.read(patience, "/users/me/calendarList", query)
        except Refused as refused:
            raise gone(account.access, "of the account", refused) from None
        items = page.get("items")
        found += [_entry(each) for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        following = page.get("nextPageToken")
        if not isinstance(following, str) or not following:
            break
        query["pageToken"] = following
    if not found and not account.access.has_own_calendar:
        raise DiaryGone(
            "A calendar that was shared with a service account does not show up in a list. Enter its id by hand: in "
            "Google Calendar, “Settings and sharing”, “Integrate calendar”, “Calendar ID”."
        )
    return found


def _entry(told: dict[str, Json]) -> ListedCalendar:
    name = told.get("summaryOverride") or told.get("summary")
    return ListedCalendar(
        str(told.get("id", "")),
        str(name or told.get("id", "")),
        str(told.get("timeZone") or ""),
        told.get("accessRole") in WRITERS,
        told.get("primary") is True,
    )

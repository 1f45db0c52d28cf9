"""A CalDAV account as long as it is in use, and what was found out about its calendars."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.calendars.caldav import discovery
from engine.calendars.caldav.access import CalDavAccess, caldav_access
from engine.calendars.caldav.diary import CalDavDiary, Place
from engine.calendars.caldav.discovery import Collection
from engine.calendars.caldav.requests import Server
from engine.calendars.patience import Patience
from engine.schedule.diary import DiaryGone
from engine.sdk import Connection


@dataclass(slots=True)
class CalDavAccount:
    """`places`: calendars that were found, by what they were called."""

    access: CalDavAccess
    server: Server
    places: dict[str, Place] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @classmethod
    def of(cls, connection: Connection) -> CalDavAccount:
        """Raises `ConnectionUnusable`."""
        access = caldav_access(connection)
        return cls(access, Server(access))

    def diary(self, named: str) -> CalDavDiary:
        """`named`: a calendar's address, path or name; empty for the connection's, else for the only one there is."""
        wanted = named.strip() or self.access.calendar

        async def place(patience: Patience) -> Place:
            return await self.place(wanted, patience)

        return CalDavDiary(self.server, place, lambda: self.places.pop(wanted, None))

    async def place(self, wanted: str, patience: Patience) -> Place:
        """Found once and remembered. Raises `CalendarDown`, `DiaryGone`."""
        known = self.places.get(wanted)
        if known is not None:
            return known
        async with self.lock:
            if wanted not in self.places:
                found = await self.collection(wanted, patience)
                own = await discovery.addresses(self.server, patience, found.principal)
                self.places[wanted] = Place(found, own)
            return self.places[wanted]

    async def collection(self, wanted: str, patience: Patience) -> Collection:
        """The calendar that is meant. Raises `CalendarDown`, `DiaryGone`."""
        if wanted.startswith(("/", "http://", "https://")):
            url = self.access.joined(self.access.address, wanted)
            if url is None:
                raise DiaryGone(
                    f"The calendar's address is not at {self.access.host}, the server of the connection "
                    f"'{self.access.name}': your password is not sent elsewhere. Enter its path, or make a connection "
                    "of its own for that server."
                )
            return await discovery.one(self.server, patience, url)
        return self._meant(wanted, await self.calendars(patience))

    async def calendars(self, patience: Patience) -> Sequence[Collection]:
        """All of the account. Raises `CalendarDown`, `DiaryGone`."""
        return await discovery.calendars(self.server, patience)

    def _meant(self, wanted: str, found: Sequence[Collection]) -> Collection:
        fitting = [each for each in found if not wanted or each.is_called(wanted)]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(f"“{each.name}”" for each in (fitting or found))
        which = f"the connection '{self.access.name}'"
        if not found:
            raise DiaryGone(f"The account of {which} has no calendar. Make one at {self.access.host}.")
        if not fitting:
            raise DiaryGone(f"The account of {which} has no calendar “{wanted}”. There are: {names}.")
        if wanted:
            raise DiaryGone(f"Several calendars of {which} are called “{wanted}”. Name it by its path.")
        raise DiaryGone(f"The account of {which} has several calendars: {names}. Name one of them in it.")

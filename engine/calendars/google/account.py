"""An account at Google Calendar, as long as it is in use: its tokens, and what was found out about its calendars."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.calendars.google.access import PRIMARY, GoogleAccess, google_access
from engine.calendars.google.api import Api
from engine.calendars.google.diary import GoogleDiary
from engine.calendars.google.token import LISTING, Tokens
from engine.schedule.diary import DiaryGone
from engine.sdk import Connection


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """`booking`, `listing`: requests with a token that may do no more than that. `no_guests`: calendars whose entries
    may have no guests, by Google's word."""

    access: GoogleAccess
    booking: Api
    listing: Api
    no_guests: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, connection: Connection) -> GoogleAccount:
        """Raises `ConnectionUnusable`."""
        access = google_access(connection)
        return cls(access, Api(access, Tokens(access)), Api(access, Tokens(access, LISTING)))

    def diary(self, calendar: str) -> GoogleDiary:
        """`calendar`: empty for the connection's own. Raises `DiaryGone` where none is named and the account has
        none."""
        return GoogleDiary(self.booking, self.calendar(calendar), self.no_guests)

    def calendar(self, named: str) -> str:
        """The id of a calendar. Raises `DiaryGone`."""
        chosen = named.strip() or self.access.calendar
        if not chosen and not self.access.has_own_calendar:
            raise DiaryGone(
                f"The connection '{self.access.name}' names no calendar, and a service account has none of its own. "
                "Enter the calendar's id (Google Calendar, “Settings and sharing”, “Integrate calendar”)."
            )
        return chosen or PRIMARY

"""CalDAV (RFC 4791): where the server is (`access`), requests (`requests`), what is found there (`discovery`), busy
times and entries as iCalendar (`busy`, `entry`), the diary."""

from engine.calendars.caldav.account import CalDavAccount
from engine.calendars.caldav.diary import CalDavDiary

__all__ = ["CalDavAccount", "CalDavDiary"]

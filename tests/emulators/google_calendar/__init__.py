"""Google Calendar v3 on loopback, for Google's own client library."""

from tests.emulators.google_calendar.server import GoogleCalendarEmulator
from tests.emulators.google_calendar.store import Stored

__all__ = ["GoogleCalendarEmulator", "Stored"]

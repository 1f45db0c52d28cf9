"""Google Calendar's stand-in, and diaries that lead to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.sdk import Connection
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import CALENDAR


@pytest.fixture
async def google() -> AsyncIterator[GoogleCalendarEmulator]:
    async with GoogleCalendarEmulator() as emulator:
        yield emulator


@pytest.fixture
def account(google: GoogleCalendarEmulator) -> Connection:
    """The service account that the emulator knows, and the calendar that is shared with it."""
    settings = {"key_file": google.key_file, "calendar": CALENDAR, "endpoint": google.address}
    return Connection("sales", "google_calendar", settings)

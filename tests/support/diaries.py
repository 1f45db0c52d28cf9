"""Google Calendar's stand-in, an account there, and how long services are waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.calendars import patience
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


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No caller is on the line, and the machine may be busy: what is tried is not how fast it is."""
    monkeypatch.setattr(patience, "CALLER_S", 60.0)
    monkeypatch.setattr(patience, "TRY_S", 30.0)


@pytest.fixture
def hurried(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller is on the line, and little time is left: for services that do not answer at all."""
    monkeypatch.setattr(patience, "CALLER_S", 2.0)
    monkeypatch.setattr(patience, "TRY_S", 1.0)

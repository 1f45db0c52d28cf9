"""Google Calendar: who may write where (`access`), tokens (`token`), requests (`api`), entries (`event`), the diary."""

from engine.calendars.google.account import GoogleAccount
from engine.calendars.google.diary import GoogleDiary

__all__ = ["GoogleAccount", "GoogleDiary"]

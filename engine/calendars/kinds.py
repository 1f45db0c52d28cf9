"""Accounts at services that keep calendars, as people enter and test them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.calendars.calcom_kind import CALCOM
from engine.calendars.caldav.kind import CALDAV
from engine.calendars.google.kind import GOOGLE_CALENDAR
from engine.sdk import ConnectionKind

CALENDAR_KINDS: Final[Mapping[str, ConnectionKind]] = {each.kind: each for each in (GOOGLE_CALENDAR, CALCOM, CALDAV)}
"""By name."""

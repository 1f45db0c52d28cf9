"""Times, lengths and numbers as people read them. Pure: the present and the zone are arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ui.texts import t


def zone_named(name: str | None) -> ZoneInfo:
    """The zone of that IANA name; UTC for one that is unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def day_and_time(moment: datetime, zone: ZoneInfo) -> str:
    """'Tue 24 Nov, 2:05 PM'."""
    here = moment.astimezone(zone)
    return t("at", date=f"{here:%a} {here.day} {here:%b}", time=clock(here))


def long_day_and_time(moment: datetime, zone: ZoneInfo) -> str:
    """'Tuesday 24 November, 2:05 PM'."""
    here = moment.astimezone(zone)
    return t("at", date=f"{here:%A} {here.day} {here:%B}", time=clock(here))


def day(moment: datetime) -> str:
    """'24 Nov 2026': a date without an hour, in the moment's own zone."""
    return f"{moment.day} {moment:%b %Y}"


def clock(moment: datetime) -> str:
    """'2:05 PM', in the moment's own zone."""
    return f"{moment:%I:%M %p}".lstrip("0")


def ago(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'5 min ago' within the last 12 hours, else day and time."""
    minutes = (now - moment).total_seconds() / 60
    if 0 <= minutes < 1:
        return t("just_now")
    if 0 <= minutes < 60:
        return t("minutes_ago", count=int(minutes))
    if 0 <= minutes < 12 * 60:
        return t("hours_ago", count=int(minutes / 60))
    return day_and_time(moment, zone)


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of today in `zone`, in UTC."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def length(seconds: float | None) -> str:
    """'42 s', '3 min 5 s'; a dash if there is none."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return t("seconds", value=whole)
    return t("minutes", minutes=whole // 60, seconds=whole % 60)


def quickness(ms: float | None) -> str:
    """'0.8 s'; whole seconds from ten on, minutes beyond; a dash if there is none."""
    if ms is None:
        return "–"
    return t("seconds", value=f"{ms / 1000:.1f}") if ms < 9950 else length(ms / 1000)


def position(at_ms: int) -> str:
    """Where in a call: '1:07'; ringing counts as 0:00."""
    seconds = max(0, at_ms) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def phone(number: str | None) -> str:
    """'+1 415 555 0123'; other countries' numbers stay as they are."""
    if number and number.startswith("+1") and len(number) == 12:
        return f"+1 {number[2:5]} {number[5:8]} {number[8:]}"
    return number or ""

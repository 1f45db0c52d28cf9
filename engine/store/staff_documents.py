"""A calendar's staff and hours as they are kept: plain JSON, days and spans as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from engine.schedule import Span, Staff
from engine.sdk import Json


def weekly_document(weekly: Mapping[int, tuple[Span, ...]]) -> dict[str, Json]:
    return {str(day): [str(span) for span in spans] for day, spans in weekly.items()}


def special_document(special: Mapping[date, tuple[Span, ...]]) -> dict[str, Json]:
    return {day.isoformat(): [str(span) for span in spans] for day, spans in special.items()}


def read_weekly(kept: Mapping[str, Sequence[str]]) -> dict[int, tuple[Span, ...]]:
    return {int(day): _spans(spans) for day, spans in kept.items()}


def read_special(kept: Mapping[str, Sequence[str]]) -> dict[date, tuple[Span, ...]]:
    return {date.fromisoformat(day): _spans(spans) for day, spans in kept.items()}


def staff_document(staff: Sequence[Staff]) -> list[Json]:
    return [
        {
            "name": each.name,
            "weekly": None if each.weekly is None else weekly_document(each.weekly),
            "special": special_document(each.special),
            "areas": list(each.areas),
            "max_per_day": each.max_per_day,
            "diary": each.diary,
            "email": each.email,
        }
        for each in staff
    ]


def read_staff(kept: Sequence[Mapping[str, Any]]) -> tuple[Staff, ...]:
    return tuple(
        Staff(
            each["name"],
            None if each["weekly"] is None else read_weekly(each["weekly"]),
            read_special(each["special"]),
            tuple(each["areas"]),
            each["max_per_day"],
            each["diary"],
            each["email"],
        )
        for each in kept
    )


def _spans(texts: Sequence[str]) -> tuple[Span, ...]:
    return tuple(Span.read(one) for one in texts)

"""A wish as a JSON document, to be kept from turn to turn, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from engine.dialogue.recognisers.clock_words import Clock
from engine.dialogue.recognisers.moment import Bound, Part, When
from engine.dialogue.recognisers.wishes import Option, Wish


def written(wish: Wish) -> list[list[list[dict[str, object]]]]:
    """`read` reads it."""
    return [[[_out(part) for part in option] for option in side] for side in (wish.options, wish.without)]


def read(document: object) -> Wish:
    """What is not understood (a newer Leadline wrote it) is left out."""
    sides = [tuple(_options(side)) for side in document] if isinstance(document, list) else []
    return Wish(*sides[:2]) if len(sides) >= 2 else Wish()


def _options(side: object) -> Iterator[Option]:
    for option in side if isinstance(side, list) else ():
        parts = [_in(part) for part in option if isinstance(part, dict)] if isinstance(option, list) else []
        if parts and all(part is not None for part in parts):
            yield tuple(part for part in parts if part is not None)


def _out(part: When) -> dict[str, object]:
    kept: dict[str, object] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if value is None or value is False or value == ():
            continue
        if isinstance(value, Clock):
            kept[field.name] = [value.hour, value.minute, value.exact, value.certain]
        elif isinstance(value, date):
            kept[field.name] = value.isoformat()
        else:
            kept[field.name] = list(value) if isinstance(value, tuple) else value
    return kept


def _in(kept: dict[str, object]) -> When | None:
    try:
        day, clock, weekday, weekdays = (kept.get(name) for name in ("day", "clock", "weekday", "weekdays"))
        return When(
            day=_date(day),
            weekday=weekday if isinstance(weekday, int) else None,
            weekdays=tuple(each for each in weekdays if isinstance(each, int)) if isinstance(weekdays, list) else (),
            week_start=_date(kept.get("week_start")),
            month_start=_date(kept.get("month_start")),
            since=_date(kept.get("since")),
            until=_date(kept.get("until")),
            part=Part(str(kept["part"])) if "part" in kept else None,
            clock=Clock(*clock) if isinstance(clock, list) else None,
            bound=Bound(str(kept["bound"])) if "bound" in kept else None,
        )
    except (TypeError, ValueError):
        return None


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None

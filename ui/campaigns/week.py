"""A small picture of the week: when a state lets people be called, and what of it the campaign uses. Pure HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ui import looks
from ui.resources.campaigns import Day
from ui.texts import t

FIRST: Final = 6 * 60
LAST: Final = 23 * 60
"""What the picture shows of a day, in minutes from midnight; no law allows calls outside of 08:00 to 21:00."""
TICKS: Final = (8, 12, 16, 20)
_DAYS: Final = (
    *(("weekday", name) for name in ("mon", "tue", "wed", "thu", "fri")),
    ("saturday", "sat"),
    ("sunday", "sun"),
)


def picture(week: Sequence[Day], state: str) -> str:
    """`state`: its name."""
    by_kind = {each.day: each for each in week}
    rows = [_row(by_kind[kind], t(f"form.day.{name}")) for kind, name in _DAYS if kind in by_kind]
    ticks = "".join(f'<span style="left:{_place(hour * 60):.2f}%">{hour}:00</span>' for hour in TICKS)
    legend = "".join(
        f'<span><i class="{kind}"></i>{looks.esc(t(f"campaign.week.{kind}", state=state))}</span>'
        for kind in ("law", "calls")
    )
    return looks.page(
        f'<div class="ll-week">{"".join(rows)}<div class="ticks"><b></b><div>{ticks}</div></div>'
        f'<div class="legend">{legend}</div></div>'
    )


def _row(day: Day, name: str) -> str:
    law = _bar("law", *day.law) if day.law else ""
    calls = "".join(_bar("calls", start, end) for start, end in day.calls)
    spoken = ", ".join(f"{start}-{end}" for start, end in day.calls) or t("campaign.week.never")
    return (
        f'<div class="day"><b>{looks.esc(name)}</b>'
        f'<div class="bar" role="img" aria-label="{looks.esc(f"{name}: {spoken}")}" title="{looks.esc(spoken)}">'
        f"{law}{calls}</div></div>"
    )


def _bar(kind: str, start: str, end: str) -> str:
    left, right = _place(_minutes(start)), _place(_minutes(end))
    return f'<i class="{kind}" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _place(minutes: int) -> float:
    """In hundredths of the picture's width."""
    return (min(max(minutes, FIRST), LAST) - FIRST) / (LAST - FIRST) * 100

"""Which openings to offer at once, and how a choice of them is spoken."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime


def spread(free: Sequence[datetime], count: int) -> list[datetime]:
    """Up to `count` times from `free` (soonest first): on different days if possible, else on different half-days. Days
    go by the clock that the times are given in."""
    ways: tuple[Callable[[datetime], object], ...] = (
        datetime.date,
        lambda at: (at.date(), at.hour < 12),
        lambda at: at,
    )
    picked: list[datetime] = []
    for seen in ways:
        for at in free:
            if len(picked) == count:
                break
            if at not in picked and seen(at) not in {seen(other) for other in picked}:
                picked.append(at)
    return sorted(picked, key=lambda at: at.astimezone(UTC))


def any_of(spoken: Sequence[str]) -> str:
    """'tomorrow at 2 p.m., Thursday at 10 a.m., or Friday at 3 p.m.'"""
    if len(spoken) < 3:
        return " or ".join(spoken)
    return f"{', '.join(spoken[:-1])}, or {spoken[-1]}"

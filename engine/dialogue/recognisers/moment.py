"""What can be said of a moment: a day, a time, a part of the day, a place in a list."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.dialogue.recognisers.clock_words import Clock


class Part(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Bound(StrEnum):
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class When:
    """What one stretch of speech says about a moment; everything not said is None or False.

    `weekday` is 0 for Monday; `week_start` a Monday whose whole week is meant; `month_start` the first of a month;
    `ordinal` a place among the times offered (1 is the first, -1 the last); `exact` a moment such as "in half an hour".
    """

    day: date | None = None
    weekday: int | None = None
    week_start: date | None = None
    month_start: date | None = None
    part: Part | None = None
    clock: Clock | None = None
    bound: Bound | None = None
    ordinal: int | None = None
    earliest: bool = False
    latest: bool = False
    that_one: bool = False
    anything: bool = False
    exact: datetime | None = None

    @property
    def has_day(self) -> bool:
        return self.day is not None or self.weekday is not None or self.exact is not None

    @property
    def has_time(self) -> bool:
        return self.clock is not None or self.exact is not None

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
    """On which side of a time of day: `after` and `by` hold that time itself, `before` does not."""

    AFTER = "after"
    BEFORE = "before"
    BY = "by"


class Than(StrEnum):
    """Held against the times that are talked of: "anything earlier?", "later that day"."""

    SOONER = "sooner"
    LATER = "later"
    SOONER_THAT_DAY = "sooner that day"
    LATER_THAT_DAY = "later that day"


@dataclass(frozen=True, slots=True)
class When:
    """What one stretch of speech says about a moment; everything not said is None, empty or False.

    `weekday` is 0 for Monday; `weekdays` several that will do ("weekends"); `week_start` a Monday whose whole week is
    meant; `month_start` the first of a month; `since` and `until` the first and the last day of a span ("after Friday",
    "the end of the month"); `week_after` the week behind the one that is talked of; `ordinal` a place among the times
    offered (1 is the first, -1 the last); `exact` a moment such as "in half an hour".
    """

    day: date | None = None
    weekday: int | None = None
    weekdays: tuple[int, ...] = ()
    week_start: date | None = None
    month_start: date | None = None
    since: date | None = None
    until: date | None = None
    week_after: bool = False
    part: Part | None = None
    clock: Clock | None = None
    bound: Bound | None = None
    ordinal: int | None = None
    than: Than | None = None
    earliest: bool = False
    latest: bool = False
    that_one: bool = False
    anything: bool = False
    exact: datetime | None = None

    @property
    def has_day(self) -> bool:
        return self.day is not None or self.weekday is not None or self.exact is not None

    @property
    def has_span(self) -> bool:
        """Days of which several will do."""
        spans = (self.weekdays, self.week_start, self.month_start, self.since, self.until, self.week_after)
        return any(spans)

    @property
    def has_time(self) -> bool:
        return self.clock is not None or self.exact is not None

    @property
    def about_days(self) -> bool:
        return self.has_day or self.has_span

    @property
    def about_times(self) -> bool:
        return self.has_time or self.part is not None

    @property
    def constrains(self) -> bool:
        """Whether some times fit it and others do not, whatever is on offer."""
        return self.about_days or self.about_times

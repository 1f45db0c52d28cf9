"""What a campaign is checked against: the installation and the law around it, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

Window = tuple[time, time]


@dataclass(frozen=True, slots=True)
class StateHours:
    """When a state lets people be called by an assistant, in their own time; None: not at all on such days. `code`: two
    letters."""

    code: str
    name: str
    weekday: Window | None
    saturday: Window | None
    sunday: Window | None

    def of(self, day: str) -> Window | None:
        """`day`: weekday, saturday or sunday."""
        return {"weekday": self.weekday, "saturday": self.saturday, "sunday": self.sunday}[day]


@dataclass(frozen=True, slots=True)
class Around:
    """`flows`: ids, and whether each has been published. `numbers`: what the carrier lets us call from, E.164; None if
    that does not matter, as on the simulated network. `max_calls`: of this process. `calls_per_minute`: what the
    carrier takes. `states`: none if the table of the law is not at hand. `duties`: ids of what can be signed for
    in states, 'TX.registration' for one or 'registration' for all."""

    today: date
    flows: Mapping[str, bool]
    numbers: frozenset[str] | None = None
    max_calls: int | None = None
    calls_per_minute: int | None = None
    states: Sequence[StateHours] = ()
    duties: frozenset[str] = frozenset()

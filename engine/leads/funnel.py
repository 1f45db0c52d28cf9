"""What became of leads: how many were called, talked to, qualified, booked, by source and by hour. Pure.

The rates are those of qualification.md: contact = talked to of those dialled, qualification = qualified of those talked
to, booking = booked of those who qualified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

OPT_OUT_ALARM: Final = 0.03
"""More opt-outs than this share of conversations: something is wrong with the campaign."""


class Became(Protocol):
    """A lead with what became of it; see `engine.store.lead_figures.FirstCall`."""

    @property
    def source(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def requested_at(self) -> datetime | None: ...
    @property
    def dispositions(self) -> Sequence[str]: ...
    @property
    def talked(self) -> bool: ...
    @property
    def qualified(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Funnel:
    """Numbers of leads."""

    leads: int
    unusable: int
    dialled: int
    talked: int
    qualified: int
    booked: int
    opted_out: int
    wrong_number: int

    @property
    def contact_rate(self) -> float | None:
        return _rate(self.talked, self.dialled)

    @property
    def qualification_rate(self) -> float | None:
        return _rate(self.qualified, self.talked)

    @property
    def booking_rate(self) -> float | None:
        return _rate(self.booked, self.qualified)

    @property
    def opt_out_rate(self) -> float | None:
        return _rate(self.opted_out, self.talked)

    @property
    def too_many_opt_outs(self) -> bool:
        """Not before there are enough conversations for a share to mean something."""
        return self.talked >= 30 and (self.opt_out_rate or 0.0) > OPT_OUT_ALARM


def funnel(leads: Sequence[Became]) -> Funnel:
    return Funnel(
        leads=len(leads),
        unusable=sum(each.state == "unusable" for each in leads),
        dialled=sum(_dialled(each) for each in leads),
        talked=sum(each.talked for each in leads),
        qualified=sum(each.qualified for each in leads),
        booked=sum("booked" in each.dispositions for each in leads),
        opted_out=sum("do_not_call" in each.dispositions for each in leads),
        wrong_number=sum("wrong_number" in each.dispositions for each in leads),
    )


def by_source(leads: Sequence[Became]) -> Mapping[str, Funnel]:
    """The commonest source first."""
    names = Counter(each.source for each in leads).most_common()
    return {name: funnel([each for each in leads if each.source == name]) for name, _ in names}


def by_hour(leads: Sequence[Became], zone: ZoneInfo) -> Mapping[int, Funnel]:
    """By the hour of the day in which they were first dialled."""
    hours: dict[int, list[Became]] = {}
    for each in leads:
        if each.requested_at is not None:
            hours.setdefault(each.requested_at.astimezone(zone).hour, []).append(each)
    return {hour: funnel(hours[hour]) for hour in sorted(hours)}


def outcomes(leads: Sequence[Became]) -> Mapping[str, int]:
    """How the newest call of each lead ended, the commonest first."""
    return dict(Counter(each.dispositions[-1] for each in leads if each.dispositions).most_common())


def _dialled(lead: Became) -> bool:
    return lead.requested_at is not None or bool(lead.dispositions)


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

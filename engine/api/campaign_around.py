"""What campaigns are checked against here: the flows there are, our numbers, the limits, and the law's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.campaign_shapes import DayOut, Span
from engine.api.carrier import Carrier
from engine.api.services import Services, services_of
from engine.campaigns import Around, Campaign, StateHours
from engine.campaigns.around import Window
from engine.campaigns.checks.hours import lawful, spans
from engine.campaigns.model import DAYS
from engine.compliance.duties import signable
from engine.compliance.law import Law, law
from engine.store import shelf

CALLS_PER_MINUTE: Final = 180
"""Vonage takes about three new calls a second."""


def _numbers(request: Request) -> list[str]:
    carrier: Carrier = request.app.state.carrier
    return list(dict.fromkeys([carrier.from_number, *services_of(request).settings.flows_by_number]))


OurNumbers = Annotated[list[str], Depends(_numbers)]
"""A parameter of a resource: the numbers we may call from, as far as the settings and the account tell them."""


async def around(tx: AsyncConnection, use: Services, numbers: Sequence[str]) -> tuple[Around, dict[str, str]]:
    """With the names of the flows, by id. `numbers`: ours."""
    now = use.clock.now()
    flows = await shelf.shelf(tx, now, archived=True)
    simulated = use.settings.phone == "simulated"
    facts = Around(
        today=now.date(),
        flows={each.flow_id: bool(each.live) for each in flows},
        numbers=None if simulated else frozenset(numbers),
        max_calls=use.settings.max_calls,
        calls_per_minute=CALLS_PER_MINUTE,
        states=state_hours(law()),
        duties=frozenset(signable()),
    )
    return facts, {each.flow_id: each.name for each in flows}


def state_hours(table: Law) -> tuple[StateHours, ...]:
    return tuple(StateHours(row.code, row.name, row.weekday, row.saturday, row.sunday) for row in table.states.values())


def week(campaign: Campaign, state: str, facts: Around) -> list[DayOut]:
    """How the hours of a campaign lie within those of a state; none for a state that is not in the table, or hours
    that cannot be read."""
    found = next((each for each in facts.states if each.code == state), None)
    if found is None:
        return []
    try:
        wanted = {day: spans(campaign, day) for day in DAYS}
    except ValueError:
        return []
    return [
        DayOut(
            day=day,
            law=_span(bounds) if (bounds := found.of(day)) else None,
            wanted=None if (own := wanted[day]) is None else [_span(each) for each in own],
            calls=[_span(each) for each in lawful(own, bounds, campaign.rules.margin_min)],
        )
        for day in DAYS
    ]


def _span(window: Window) -> Span:
    return window[0].strftime("%H:%M"), window[1].strftime("%H:%M")

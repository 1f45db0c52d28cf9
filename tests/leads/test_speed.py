"""Stages from the form to our first word, and figures over many leads. No clock, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.leads import funnel
from engine.leads.speed import STAGES, Quantiles, StageName, Times, quantiles, speed, stages

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def times(**ms: int) -> Times:
    names: dict[str, StageName] = {name: name for name in STAGES}
    return {names[name]: NOON + timedelta(milliseconds=at) for name, at in ms.items()}


def test_each_stage_tells_how_long_it_took() -> None:
    found = stages(times(form=0, webhook=900, accepted=912, requested=1040, ringing=2600))
    assert [(each.name, each.since_start_ms, each.took_ms) for each in found] == [
        ("form", 0, None), ("webhook", 900, 900), ("accepted", 912, 12), ("requested", 1040, 128),
        ("ringing", 2600, 1560),
    ]  # fmt: skip


def test_a_stage_that_nobody_knows_of_is_left_out_and_none_takes_less_than_no_time() -> None:
    found = stages(times(webhook=0, ringing=1500, answered=1490, first_word=2000))
    assert [(each.name, each.since_start_ms, each.took_ms) for each in found] == [
        ("webhook", 0, None), ("ringing", 1500, 1500), ("answered", 1500, 0), ("first_word", 2000, 500),
    ]  # fmt: skip
    assert stages({}) == []


def test_the_95th_is_a_measure_that_was_taken() -> None:
    assert quantiles([]) is None
    assert quantiles([7]) == Quantiles(1, 7, 7)
    assert quantiles(range(1, 101)) == Quantiles(100, 50, 95)


def test_speed_to_lead_counts_from_the_moment_the_lead_reached_us() -> None:
    found = speed(
        [
            times(form=-60_000, webhook=0, accepted=10, requested=100, ringing=1500, answered=8000),
            times(webhook=0, accepted=20, requested=300, ringing=2500, answered=9000, greeted=9800, first_word=10_100),
            times(webhook=0, accepted=20),  # never dialled
        ]
    )
    assert found.to_ring == Quantiles(2, 1500, 2500)
    assert found.to_answer == Quantiles(2, 8000, 9000)
    assert found.greeting == Quantiles(1, 300, 300)
    assert found.took["webhook"] == Quantiles(1, 60_000, 60_000)
    assert found.took["accepted"] == Quantiles(3, 20, 20)
    assert "permitted" not in found.took


@dataclass
class Lead:
    source: str = "website"
    state: str = "closed"
    requested_at: datetime | None = NOON
    dispositions: list[str] = field(default_factory=list)
    talked: bool = False
    qualified: bool = False


BOOKED = Lead(dispositions=["no_answer", "booked"], talked=True, qualified=True)


def test_rates_are_those_of_the_trade() -> None:
    leads = [
        BOOKED, Lead("meta", dispositions=["unqualified"], talked=True), Lead("meta", dispositions=["no_answer"]),
        Lead("meta", "unusable", None),
    ]  # fmt: skip
    found = funnel.funnel(leads)
    assert (found.leads, found.unusable, found.dialled, found.talked) == (4, 1, 3, 2)
    assert (found.contact_rate, found.qualification_rate, found.booking_rate) == (0.6667, 0.5, 1.0)
    assert funnel.funnel([]).contact_rate is None
    assert list(funnel.by_source(leads)) == ["meta", "website"]
    assert funnel.outcomes(leads) == {"booked": 1, "unqualified": 1, "no_answer": 1}


def test_hours_are_those_of_the_business() -> None:
    assert list(funnel.by_hour([BOOKED, Lead(requested_at=None)], ZoneInfo("America/Los_Angeles"))) == [12]


def test_more_than_three_in_a_hundred_who_say_stop_is_an_alarm() -> None:
    talked = [Lead(talked=True) for _ in range(60)]
    said_stop = Lead(talked=True, dispositions=["do_not_call"])
    assert not funnel.funnel([*talked, said_stop]).too_many_opt_outs
    assert funnel.funnel([*talked, said_stop, said_stop]).too_many_opt_outs
    assert not funnel.funnel([said_stop, said_stop]).too_many_opt_outs  # too few to tell

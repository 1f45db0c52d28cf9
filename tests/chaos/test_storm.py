"""kill -9, restarts and faults while calls are held: every effect is there once. The long form is `make chaos`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.blows import FAULTS, KILLS
from tests.chaos.storm import Weather, storm
from tests.support.postgres import Cluster

# In one group with the spoken calls: a storm beside them would take the cores that sound needs.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("spoken"),
]


async def test_calls_in_a_storm_leave_every_effect_once(tmp_path: Path, cluster: Cluster) -> None:
    """PostgreSQL, a Prefect server, a dispatcher and two workers of its pool; everything happens once."""
    weather = Weather("production", seed=1, calls=24, far=8)
    async with storm(weather, tmp_path, cluster) as blowing:
        ledger = await blowing.rage()
    print(f"\n{ledger}")
    assert ledger.wrong == []
    assert set(ledger.blows) == {*KILLS["production"], *FAULTS}
    assert ledger.calls == 24


async def test_after_a_power_cut_the_embedded_form_goes_on_where_it_was(tmp_path: Path) -> None:
    """SQLite; all processes die in one moment, and calls are held again before the worker is back."""
    async with storm(Weather("embedded", seed=2, calls=8), tmp_path, None) as blowing:
        await blowing.begin()
        await blowing.got_done(12)
        await blowing.cut_power()
        for each in blowing.callers:
            await each.start()
        while await blowing.called() < 8:
            await blowing.got_done(3)
        for each in blowing.workers:
            await each.start()
        await blowing.all_done()
        ledger = await blowing.ledger()
    assert ledger.wrong == []

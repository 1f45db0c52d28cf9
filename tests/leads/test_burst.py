"""The short form of bench/burst.py: leads by the hundred, and the database goes away in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.burst import burst_on
from tests.support.postgres import find_binaries

LEADS = 300


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_no_lead_of_a_burst_is_lost_or_stored_twice_when_the_database_goes_away(
    kind: str, tmp_path: Path
) -> None:
    """SQLite: the server is killed with -9 and started again. PostgreSQL: the cluster is restarted as by a crash."""
    if kind == "postgresql" and find_binaries() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    burst, found = await burst_on(kind, tmp_path, LEADS)
    assert found.faults(burst) == []
    assert (found.leads, len(burst.answered)) == (LEADS, LEADS)
    assert set(burst.statuses) - {200, 201}, "the database was away for nobody"

"""PostgreSQL of its own: here the database itself is restarted, and what it has committed must be there afterwards."""

from collections.abc import Iterator

import pytest

from tests.support.database import sqlite_or_postgresql as sqlite_or_postgresql
from tests.support.postgres import Cluster, find_binaries
from tests.support.postgres import postgres as postgres


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = find_binaries()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    own = Cluster(found, durable=True)
    own.start()
    yield own
    own.stop()

"""`make chaos`: hundreds of calls in a storm, and the ledger of what came of it. Exit code 1 if anything is wrong.

python -m tests.chaos --calls 500 --seed 7 --form production
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.chaos.blows import Form
from tests.chaos.storm import Weather, storm
from tests.support.postgres import Cluster, find_binaries

FORMS: tuple[Form, ...] = ("production", "embedded")


async def play(weather: Weather, cluster: Cluster | None) -> bool:
    with tempfile.TemporaryDirectory(prefix="leadline-chaos-") as folder:
        async with storm(weather, Path(folder), cluster) as blowing:
            ledger = await blowing.rage()
    print(f"\n{weather.form}, seed {weather.seed}\n{ledger}\n", flush=True)
    return not ledger.wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="leads that are called")
    parser.add_argument("--seed", type=int, default=1, help="what happens, and when")
    parser.add_argument("--form", choices=FORMS, default="production", help="PostgreSQL with several, or embedded")
    parser.add_argument("--rounds", type=int, default=1, help="of blows, at least")
    parser.add_argument("--far", type=int, default=60, help="how much gets done between two blows, at most")
    parser.add_argument("--turn", type=float, default=1.0, help="longest pause of a caller, in seconds")
    parser.add_argument("--minutes", type=float, default=25.0, help="after which it is given up")
    asked = parser.parse_args()
    torn = "ASGI callable returned"  # a connection that the receiver breaks
    logging.getLogger("uvicorn.error").addFilter(lambda record: torn not in record.getMessage())
    weather = Weather(
        asked.form, asked.seed, asked.calls, 2 if asked.form == "production" else 1, asked.rounds, asked.far,
        asked.turn, 60 * asked.minutes, lasting=True,
    )  # fmt: skip
    if weather.form == "embedded":
        return 0 if asyncio.run(play(weather, None)) else 1
    found = find_binaries()
    if found is None:
        sys.exit("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    cluster = Cluster(found, durable=True)
    cluster.start()
    try:
        return 0 if asyncio.run(play(weather, cluster)) else 1
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())

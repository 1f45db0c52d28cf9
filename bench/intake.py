"""How many leads a second does the webhook take, and how long does it take? `python -m bench.intake [seconds]`

The product's server process (no speech models, a paused campaign, so that nobody is dialled) on SQLite and on a
PostgreSQL of its own that waits for the disk as in production. The load comes from another process, open loop: requests
are due at fixed moments, and count from there. Server, database and load share the cores of this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.lead_house import House, database_at

RATES = (100, 200, 300)
TARGET_PER_S = 300
TARGET_P99_MS = 50.0
STEP = 50
HIGHEST = 1000


@dataclass(frozen=True)
class Measured:
    rate: int
    p50_ms: float
    p99_ms: float
    per_second: float
    statuses: Mapping[str, int]
    late_ms: float
    cpu: float
    """Share of one core that the server used."""

    @property
    def good(self) -> bool:
        return set(self.statuses) <= {"200", "201"} and self.p99_ms < TARGET_P99_MS

    def __str__(self) -> str:
        wrong = {status: count for status, count in self.statuses.items() if status not in ("200", "201")}
        return (
            f"  {self.rate:5d}/s offered: {self.per_second:6.1f}/s answered, p50 {self.p50_ms:6.1f} ms, "
            f"p99 {self.p99_ms:7.1f} ms ({self.p99_ms / TARGET_P99_MS:.2f} of 50 ms), server {self.cpu:4.0%} of a "
            f"core, generator late by {self.late_ms:.0f} ms at worst{f', not taken: {wrong}' if wrong else ''}"
        )


async def measure(house: House, rate: int, seconds: float, first: int) -> Measured:
    before = house.cpu_seconds()
    load = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.lead_load", str(house.port), house.source_id, str(rate), str(seconds), str(first),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await load.communicate()
    told = json.loads(output)
    took = sorted(told["took"])
    return Measured(
        rate,
        1000 * took[len(took) // 2],
        1000 * took[min(len(took) - 1, int(0.99 * len(took)))],
        len(took) / told["seconds"],
        told["statuses"],
        1000 * told["late"],
        (house.cpu_seconds() - before) / told["seconds"],
    )


async def settled(house: House) -> None:
    """The server has spoken its fixed sentences ahead, which it does after its start."""
    for _ in range(30):
        before = house.cpu_seconds()
        await asyncio.sleep(1)
        if house.cpu_seconds() - before < 0.1:
            return


async def on(kind: str, seconds: float) -> bool:
    """Prints the figures; whether the target was reached."""
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name, database_at(kind, Path(name)) as (url, _):
        house = House(Path(name), url)
        await house.prepare()
        house.start()
        try:
            first = 0
            await measure(house, 50, 3, first)  # what is read and compiled with the first lead
            first += 1_000
            await settled(house)
            print(f"{kind}:")
            reached = False
            for rate in RATES:
                found = await measure(house, rate, seconds, first)
                first += rate * int(seconds) + 1
                print(found, flush=True)
                reached = found.good
            highest = rate if reached else 0
            while reached and rate < HIGHEST:
                rate += STEP
                found = await measure(house, rate, seconds, first)
                first += rate * int(seconds) + 1
                print(found, flush=True)
                if not found.good:
                    break
                highest = rate
            print(
                f"  highest with p99 under {TARGET_P99_MS:.0f} ms: {highest}/s ({highest / TARGET_PER_S:.1f} of target)"
            )
            return highest >= TARGET_PER_S
        finally:
            house.kill()


async def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    ends = [await on(kind, seconds) for kind in ("sqlite", "postgresql")]
    return 0 if all(ends) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""From the form to the ring: `python bench/dialing.py` (about three minutes).

The real application on loopback, with scripted engines and its simulated network, which allows three actions a second
and refuses more, as the carrier does. Leads send the form alone (a second apart, so that none waits for its turn at the
carrier), three, ten and fifty at once; their phones ring and are not picked up. Printed are the stages that stand in
the rows of lead and call, and the requests that were refused.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.simulate.network import NoAnswerPhone
from engine.store import Database, calls, leads
from engine.store.calls import CallFilter
from tests.support.api import Leadline, leadline
from tests.support.postgres import Cluster, find_binaries

TARGET_S = 1.0
ALONE = 40
APART_S = 1.0
STAGES = ("accepted", "permitted", "carrier request", "ringing")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


async def stages(database: Database, lead_id: str) -> dict[str, float] | None:
    """Seconds from the webhook on; None if the lead's first call was not asked for yet."""
    async with database.read() as tx:
        lead = await leads.read(tx, lead_id)
        placed = await calls.recent(tx, CallFilter(lead_id=lead_id))
    if lead is None or lead.webhook_at is None or not placed or placed[-1].requested_at is None:
        return None
    call = placed[-1]
    moments = (lead.accepted_at, call.permitted_at, call.requested_at, call.ringing_at)
    return {
        name: (at - lead.webhook_at) / timedelta(seconds=1)
        for name, at in zip(STAGES, moments, strict=True)
        if at is not None
    }


async def send(house: Leadline, first: int, count: int) -> list[str]:
    answers = await asyncio.gather(
        *(
            house.send_form(id=f"form-{number}", name=f"Dana {number}", phone=f"+1415{5_550_000 + number}")
            for number in range(first, first + count)
        )
    )
    return [str(each.json()["lead_id"]) for each in answers]


async def measured(house: Leadline, ids: list[str]) -> list[dict[str, float]]:
    async with asyncio.timeout(120):
        while True:
            found = [await stages(house.services.database, each) for each in ids]
            there = [each for each in found if each is not None and "ringing" in each]
            if len(there) == len(ids):
                return there
            await asyncio.sleep(0.2)


def told(what: str, rows: list[dict[str, float]]) -> None:
    cells = []
    for name in STAGES:
        values = [row[name] for row in rows]
        cells.append(f"{name} {1000 * percentile(values, 0.5):.0f} / {1000 * percentile(values, 0.95):.0f}")
    asked = percentile([row["carrier request"] for row in rows], 0.95)
    print(f"  {what:<18} {', '.join(cells)} ms; p95 of the request is {asked / TARGET_S:.2f} of {TARGET_S:.0f} s")


async def run(folder: Path, database_url: str) -> None:
    settings: dict[str, Any] = {"database_url": database_url} if database_url else {}
    async with leadline(folder, max_calls=60, **settings) as house:
        house.network.register_others(lambda: NoAnswerPhone(gives_up_after_s=2.0))
        number = 0
        await measured(house, await send(house, number, 1))  # the first one shows whether we hear the carrier
        alone: list[dict[str, float]] = []
        for _ in range(ALONE):
            await asyncio.sleep(APART_S)
            number += 1
            alone += await measured(house, await send(house, number, 1))
        told(f"alone ({ALONE} times)", alone)
        for count in (3, 10, 50):
            await asyncio.sleep(3.0)
            number += count
            rows = await measured(house, await send(house, number * 10, count))
            told(f"{count} at once", rows)
            moments = sorted(row["carrier request"] for row in rows)
            pace = count / max(moments[-1], 1)
            print(f"    the last was asked for after {moments[-1]:.1f} s: {pace:.2f} calls a second")
        rang = len(house.network.calls)
        async with house.services.database.read() as tx:
            placed = len(await calls.recent(tx, limit=500))
        print(f"  {placed} calls placed, {rang} rung: twice {rang - placed}; refused with 429: {await refused(house)}")


async def refused(house: Leadline) -> int:
    text = (await house.client.get("/metrics")).text
    line = next((each for each in text.splitlines() if "carrier_too_many" in each and not each.startswith("#")), "0")
    return round(float(line.rsplit(" ", 1)[-1]))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if only != "postgresql":
            print("SQLite, milliseconds from the webhook, p50 / p95:")
            await run(folder / "sqlite", "")
        binaries = find_binaries()
        if only != "sqlite" and binaries is not None:
            cluster = Cluster(binaries, durable=True)
            cluster.start()
            try:
                print("PostgreSQL (fsync on), milliseconds from the webhook, p50 / p95:")
                await run(folder / "postgresql", cluster.url(cluster.create_database()))
            finally:
                cluster.stop()


if __name__ == "__main__":
    asyncio.run(main())

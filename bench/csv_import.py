"""What importing a file of leads costs: memory and time for a million rows, and leads a second that come in through the
running application while forms go on.

    python bench/csv_import.py

The file has cells with line breaks in quotes, and one row in a hundred that cannot be called. The first figures only
read it; the second ones store 1,000 rows in SQLite, beside a form posted every 50 ms.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.leads.arrived import Arrived
from engine.leads.csv_files.look import count, data_rows, first_plan
from engine.leads.csv_files.rows import read_row
from engine.leads.csv_files.sniffing import sniff
from engine.leads.reading import Arrival
from engine.simulate.judge import percentile
from tests.support.api import FORM, Leadline, leadline
from tests.support.lead_source import open_source

ROWS = 1_000_000
TRIED = 20_000
STORED = 1_000
EVERY_S = 0.05
CONSENT = "I agree to be called by Harborline.,2026-11-20T10:00:00Z,https://h.example"
HEAD = "Name,Phone,Note,Consent text,Consent date,Consent source\n"
ARRIVAL = Arrival("home_services_v1", "Harborline LLC", "US", source_id="src_1")


def write(file: Path, rows: int, short: bool) -> None:
    """`short`: consent is stated for the import, so that a million rows stay below 50 MB."""
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("Name,Phone,Note\n" if short else HEAD)
        for each in range(rows):
            phone = "12" if each % 100 == 99 else f"+1415{2000000 + each:07d}"
            note = f'"{each}\n, b"' if each % 10 == 0 else f"{each}"
            out.write(f"Zoë Miller,{phone},{note}" + ("\n" if short else f",{CONSENT}\n"))


def reading(folder: Path) -> None:
    file = folder / "million.csv"
    write(file, ROWS, short=True)
    size = file.stat().st_size / 1024**2
    before = peak_mb()
    began = time.perf_counter()
    written = sniff(file)
    rows = count(file, written)
    took = time.perf_counter() - began
    grown = peak_mb() - before
    print(f"{rows:,} rows, {size:.0f} MB: encoding found and rows counted in {took:.1f} s", flush=True)
    print(
        f"  memory grown by {grown:.1f} MB at the peak, {grown / size:.2f} of the file (target below 0.5)", flush=True
    )
    plan, good, before = first_plan(file, written), 0, peak_mb()
    began = time.process_time()
    for row in islice(data_rows(file, written), TRIED):
        read = read_row(row, plan, ARRIVAL, "imp_1", "")
        good += isinstance(read, Arrived) and read.lead.phone is not None
    took = time.process_time() - began
    print(f"  read as leads: {TRIED / took:,.0f} rows a second of CPU, {good:,} of {TRIED:,} with a number;", end=" ")
    print(f"memory grown by {peak_mb() - before:.1f} MB", flush=True)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def storing(folder: Path) -> None:
    file = folder / "leads.csv"
    write(file, STORED, short=False)
    async with leadline(folder / "house") as house:
        source = await open_source(house, "csv", {}, calling=False)
        alone = await forms(house, 0, 40)
        answer = await house.client.post(
            f"/lead-sources/{source.id}/imports", files={"file": ("leads.csv", file.read_bytes())}, timeout=120
        )
        answer.raise_for_status()
        import_id = answer.json()["id"]
        began = time.perf_counter()
        (await house.client.post(f"/lead-imports/{import_id}/start")).raise_for_status()
        beside: list[float] = []
        while True:
            found = (await house.client.get(f"/lead-imports/{import_id}")).json()
            if found["state"] != "running":
                break
            beside += await forms(house, 1000 + len(beside), 20)
        took = time.perf_counter() - began
    print(f"{STORED:,} rows imported beside a form every {EVERY_S * 1000:.0f} ms: {STORED / took:,.0f} rows/s")
    print(f"  {found['taken']:,} taken, {found['refused']:,} refused, {found['repeated']:,} repeated")
    print(
        f"  answer of the form: alone p50 {statistics.median(alone):.0f} ms, p95 {percentile(alone, 0.95):.0f} ms;",
        end=" ",
    )
    print(f"beside the import p50 {statistics.median(beside):.0f} ms, p95 {percentile(beside, 0.95):.0f} ms")


async def forms(house: Leadline, first: int, many: int) -> list[float]:
    took = []
    for each in range(first, first + many):
        phone, began = f"+1628{2000000 + each:07d}", time.perf_counter()
        form = {**FORM, "id": f"bench-{each}", "phone": phone, "consent": {"call": False}}
        await house.stranger.post("/leads/website", json=form)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(EVERY_S)
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        reading(Path(folder))
        asyncio.run(storing(Path(folder)))


if __name__ == "__main__":
    main()

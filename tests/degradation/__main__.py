"""`python -m tests.degradation`: plays the matrix and prints it; exit code 1 if a call did not end as it should."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from tests.degradation.cells import CELLS, Cell, How, Moment, Outcome, Provider, chosen
from tests.degradation.house import House, Scripted, Spoken, World, house
from tests.degradation.play import play

AT_ONCE = 6
"""Calls of one installation at the same time; more would make a two-core machine part of the matrix."""

HOUSES = 3
"""Installations at the same time."""


async def play_all(cells: Sequence[Cell], told: Callable[[Outcome], None], *, sound: bool = False) -> list[Outcome]:
    """Cells of Google's services share an installation; each of the carrier's has one, because a carrier is shared.
    `sound`: real voices, one call at a time."""
    outcomes: list[Outcome] = []
    slots, houses = asyncio.Semaphore(1 if sound else AT_ONCE), asyncio.Semaphore(1 if sound else HOUSES)
    opening = asyncio.Lock()  # Alembic cannot bring two databases into shape at once in one process

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        told(outcome)

    with tempfile.TemporaryDirectory(prefix="leadline-matrix-") as folder:

        async def beside_others(home: House, cell: Cell) -> None:
            async with slots:
                note(await play(home, cell))

        async def alone(cell: Cell) -> None:
            async with houses, AsyncExitStack() as exits:
                async with opening:
                    own = Path(folder) / cell.name.replace(":", "-")
                    home = await exits.enter_async_context(house(own, _world(sound)))
                note(await play(home, cell))

        if any(cell.provider != "vonage" for cell in cells):
            async with house(Path(folder), _world(sound)) as home, asyncio.TaskGroup() as group:
                for cell in cells:
                    if cell.provider != "vonage":
                        group.create_task(beside_others(home, cell))
        async with asyncio.TaskGroup() as group:
            for cell in cells:
                if cell.provider == "vonage":
                    group.create_task(alone(cell))
    return sorted(outcomes, key=lambda each: CELLS.index(each.cell))


def _world(sound: bool) -> World:
    return Spoken() if sound else Scripted()


def table(outcomes: Sequence[Outcome]) -> str:
    """A line a provider and fault, a column a moment: how the call ended, and its longest silence in seconds."""
    found = {each.cell: each for each in outcomes}
    lines = [f"{'':22}" + "".join(f"{moment.replace('_', ' '):>26}" for moment in get_args(Moment))]
    for provider in get_args(Provider):
        for how in get_args(How):
            row = [found.get(Cell(provider, how, moment)) for moment in get_args(Moment)]
            if any(row):
                lines.append(f"{provider:8}{how.replace('_', ' '):14}" + "".join(f"{_cell(each):>26}" for each in row))
    return "\n".join(lines)


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    end = outcome.disposition or ("not called" if not outcome.rang else outcome.state)
    return f"{end} {outcome.silence_s:.1f}{'' if outcome.ok else ' !'}"


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m tests.degradation", description=__doc__)
    reader.add_argument("--only", action="append", default=[], help="such as voice, voice:cut or mid_booking")
    reader.add_argument("--sound", action="store_true", help="real voices and local models, one call at a time")
    reader.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = reader.parse_args()
    logging.disable(logging.CRITICAL)
    try:
        cells = chosen(options.only)
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(2)

    def told(outcome: Outcome) -> None:
        if not options.json:
            why = "; ".join(outcome.faults) or "well"
            sys.stderr.write(f"{outcome.cell.name:34}{outcome.disposition:12}{outcome.silence_s:5.1f} s  {why}\n")

    outcomes = asyncio.run(play_all(cells, told, sound=options.sound))
    bad = [each for each in outcomes if not each.ok]
    if options.json:
        rows = [{"name": each.cell.name, "ok": each.ok, "faults": each.faults, **asdict(each)} for each in outcomes]
        sys.stdout.write(json.dumps({"cells": rows, "ok": not bad}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(table(outcomes) + "\n")
        sys.stdout.write(f"{len(outcomes) - len(bad)} of {len(outcomes)} calls ended as they should.\n")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

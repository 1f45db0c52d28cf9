"""`leadline replay`: after-call work that failed is done again. Works on the database; a worker carries it out."""

from __future__ import annotations

import getpass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from engine.cli_store import open_database, read_settings
from engine.cli_words import AsJson, fail, note, out, print_json, running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.aftercall.replay import Refused, Replayed
    from engine.store.after_call_list import Line

WhichLane = Literal["then", "now"]


def replay(
    call: Annotated[str, typer.Argument(metavar="CALL", help="Id of the call; its page shows it.")] = "",
    step: Annotated[str, typer.Option(help="Only this card, with those that wait for it.")] = "",
    day: Annotated[str, typer.Option(help="Instead of one call: all that failed on this day, as 2026-11-26.")] = "",
    flow: Annotated[str, typer.Option(help="With --day: only calls of this flow.")] = "",
    lane: Annotated[
        WhichLane, typer.Option(help="then: the lane as it was drawn for the call. now: as it is published.")
    ] = "then",
    again: Annotated[
        bool, typer.Option("--again", help="Repeat the card although it is done; it may happen twice.")
    ] = (False),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before many are done again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do after-call work again that failed or was given up. What is done stays done. Exit code 1 if any was refused."""
    if bool(call) == bool(day):
        fail("Name one call, or a day with --day 2026-11-26.")
    if day and (step or again):
        fail("--step and --again go with one call, not with a day.")
    if again and not step:
        fail("--again repeats one card: name it with --step.")
    if flow and not day:
        fail("--flow goes with --day.")
    if call:
        _one(call, step, lane, again, as_json)
    else:
        _many(_date(day), flow or None, lane, yes, as_json)


def _one(call_id: str, step: str, lane: WhichLane, again: bool, as_json: bool) -> None:
    from engine.aftercall import replay as replaying
    from engine.aftercall.again import ReplayRefused, Wish

    async def work() -> Replayed:
        settings = read_settings()
        async with open_database(settings) as database, database.begin() as tx:
            return await replaying.replay(tx, call_id, Wish(step, lane, again), _asker(), settings.clock.now())

    try:
        done = running(work())
    except ReplayRefused as refused:
        fail(str(refused), code=1)
    if as_json:
        _print([done], [])
        return
    if done.differs:
        out.print(done.differs, markup=False)
    out.print(f"{done.call_id} is being done again: {', '.join(done.cards) or 'nothing was left of it'}.", markup=False)


def _many(day: date, flow_id: str | None, lane: WhichLane, yes: bool, as_json: bool) -> None:
    from engine.aftercall import replay as replaying
    from engine.store import after_call_list

    async def failed() -> Sequence[Line]:
        async with open_database(read_settings()) as database, database.read() as tx:
            which = await replaying.which(tx, "trouble", day, flow_id)
            return await after_call_list.lines(tx, which, replaying.AT_ONCE)

    async def work() -> tuple[list[Replayed], list[Refused]]:
        settings = read_settings()
        async with open_database(settings) as database:
            return await replaying.replay_all(database, lines, lane, _asker(), settings.clock.now())

    lines = running(failed())
    if not as_json:
        _show(lines, day)
    if lines and not yes and (as_json or not typer.confirm(f"Do the after-call work of {_calls(len(lines))} again?")):
        if as_json:
            fail(f"{_calls(len(lines))} would be done again. Add --yes.")
        raise typer.Exit(1)
    replayed, refused = running(work()) if lines else ([], [])
    if as_json:
        _print(replayed, refused)
    else:
        for each in refused:
            note.print(f"{each.call_id}: {each.why}", style="red", markup=False)
        if lines:
            out.print(f"{_calls(len(replayed))} of {len(lines)} are being done again.", markup=False)
    if refused:
        raise typer.Exit(1)


def _show(lines: Sequence[Line], day: date) -> None:
    if not lines:
        out.print(f"Nothing failed on {day}.")
        return
    out.print(listed(lines))


def listed(lines: Sequence[Line]) -> Table:
    """What failed. The ids stand there whole, to be copied."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Call", no_wrap=True, min_width=max(len(each.call_id) for each in lines))
    for name in ("Flow", "Ended as", "Stands", "What went wrong"):
        table.add_column(name)
    stands = {"dead": "given up"}
    for each in lines:
        table.add_row(
            each.call_id, each.flow_name, each.disposition.replace("_", " "), stands.get(each.state, "failed"),
            each.problem,
        )  # fmt: skip
    return table


def _print(replayed: Sequence[Replayed], refused: Sequence[Refused]) -> None:
    print_json(
        {
            "replayed": [
                {"call_id": each.call_id, "cards": list(each.cards), "differs": each.differs} for each in replayed
            ],
            "refused": [{"call_id": each.call_id, "why": each.why} for each in refused],
        }
    )


def _date(day: str) -> date:
    try:
        return datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007  a day of the calendar, in no zone yet
    except ValueError:
        fail(f"'{day}' is no day. Write it as year, month and day: 2026-11-26.")


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"


def _asker() -> str:
    return f"{getpass.getuser()}, on the command line"

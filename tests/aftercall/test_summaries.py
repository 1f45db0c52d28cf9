"""A summary that a card has written: cards behind it use it, also in a later run; others keep the call's own."""

from __future__ import annotations

from pathlib import Path

from engine.sdk import AfterCallContext, StepOutcome, Transient
from engine.store import Database, outbox, steps
from tests.support.aftercall import NOON, Clock, arrow, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import run_lane, types_doing

OWN = "Dana has a roof leak at 1200 18th St and wants a visit."
WRITTEN = "Dana's roof leaks. She wants a visit this week."


async def writes(ctx: AfterCallContext) -> StepOutcome:
    return StepOutcome("Written.", summary=WRITTEN)


async def test_cards_behind_it_use_it_and_cards_beside_it_do_not(database: Database, tmp_path: Path) -> None:
    told: dict[str, str] = {}

    async def tells(ctx: AfterCallContext) -> StepOutcome:
        told[ctx.key.partition(":")[2]] = ctx.fill("{summary}")
        return StepOutcome("Told.")

    drawn = flow(
        ("sum", "beside"),
        (card("sum", "writes"), card("beside", "tells"), card("next", "tells"), card("last", "tells")),
        (arrow("sum", "next"), arrow("next", "last")),
    )
    await hang_up(database, drawn, result(), NOON)
    end, _ = await run_lane(lane(database, types_doing(writes=writes, tells=tells), tmp_path, clock=Clock()))
    assert end.state == "done"
    assert told == {"beside": OWN, "next": WRITTEN, "last": WRITTEN}


async def test_a_later_run_finds_it_in_the_ledger_and_writes_no_other(database: Database, tmp_path: Path) -> None:
    tries: list[str] = []

    async def stumbles(ctx: AfterCallContext) -> StepOutcome:
        tries.append(ctx.result.summary)
        if len(tries) == 1:
            raise Transient("Busy.")
        return StepOutcome("Told.")

    drawn = flow(("sum",), (card("sum", "writes"), card("next", "stumbles")), (arrow("sum", "next"),))
    await hang_up(database, drawn, result(), NOON)
    clock = Clock()
    shop = lane(database, types_doing(writes=writes, stumbles=stumbles), tmp_path, clock=clock)
    await run_lane(shop)
    clock.pass_(600)
    end, _ = await run_lane(shop)
    assert end.state == "done"
    assert tries == [WRITTEN, WRITTEN]


async def test_what_was_written_of_a_person_goes_when_the_call_is_forgotten(database: Database, tmp_path: Path) -> None:
    drawn = flow(("sum",), (card("sum", "writes"),))
    await hang_up(database, drawn, result(), NOON)
    await run_lane(lane(database, types_doing(writes=writes), tmp_path, clock=Clock()))
    async with database.begin() as tx:
        assert await outbox.forget(tx, "call_31")
        [record] = await steps.read(tx, "call_31")
    assert record.summary is None

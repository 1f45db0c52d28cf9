"""Cards that have nothing to do before a moment, and the appointment as it stands when they do it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.aftercall.lane import Lane, NotOurs
from engine.flow.model import Flow
from engine.sdk import AfterCallContext, BookingDetails, CallResult, Json, NotYet, StepOutcome, Transient
from engine.sdk.calendar import Booking, Opening
from engine.store import Database, appointments, outbox, steps
from engine.store.appointments import CalendarSetup, Kept
from engine.store.steps import StepRecord
from tests.support.aftercall import NOON, Clock, arrow, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import Does, run_lane, types_doing, works

MORNING = NOON + timedelta(hours=20)


def waits_until(moment: datetime) -> Does:
    async def waits(ctx: AfterCallContext) -> StepOutcome:
        if ctx.now < moment:
            raise NotYet("Waits until the morning.", moment)
        return StepOutcome("Reminded.")

    return waits


async def busy(ctx: AfterCallContext) -> StepOutcome:
    raise Transient("Busy.")


def reminder() -> Flow:
    """Told at once; reminded in the morning, and then something that follows."""
    return flow(
        ("tell", "wait"),
        (card("tell", "works"), card("wait", "waits"), card("after", "works")),
        (arrow("wait", "after"),),
    )


def workshop(database: Database, clock: Clock, folder: Path, **does: Does) -> Lane:
    return lane(database, types_doing(**{"works": works, "waits": waits_until(MORNING)} | does), folder, clock=clock)


async def row(database: Database) -> outbox.Entry:
    async with database.read() as tx:
        entry = await outbox.find(tx, "call_31")
    assert entry
    return entry


async def ledger(database: Database) -> dict[str, StepRecord]:
    async with database.read() as tx:
        return {each.step_id: each for each in await steps.read(tx, "call_31")}


async def test_a_card_that_waits_holds_back_what_follows_it_and_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    await hang_up(database, reminder(), result(), NOON)
    end, _ = await run_lane(workshop(database, clock, tmp_path))
    assert (end.state, end.next_at) == ("pending", MORNING)
    entry, cards = await row(database), await ledger(database)
    assert (entry.state, entry.next_at, entry.owner) == ("pending", MORNING, None)
    assert {id: each.state for id, each in cards.items()} == {"tell": "done", "wait": "waiting", "after": "blocked"}
    assert (cards["wait"].note, cards["wait"].until) == ("Waits until the morning.", MORNING)


async def test_nobody_is_given_the_call_before_its_moment_and_then_it_is_finished(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    shop = workshop(database, clock, tmp_path)
    await hang_up(database, reminder(), result(), NOON)
    await run_lane(shop)
    early, late = MORNING - timedelta(seconds=1), clock.pass_(20 * 3600)
    async with database.begin() as tx:
        assert not await outbox.claim(tx, early, early + timedelta(seconds=30), 10)
        assert len(await outbox.claim(tx, late, late + timedelta(seconds=30), 10)) == 1
    end, reports = await run_lane(shop, owner="worker-2")
    assert end.state == "done"
    assert [(each.step.id, each.again) for each in reports] == [("tell", True), ("wait", False), ("after", False)]
    assert {each.until for each in (await ledger(database)).values()} == {None}


async def test_waiting_uses_up_no_try_however_often_the_call_is_looked_at(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    shop = workshop(database, clock, tmp_path)
    await hang_up(database, flow(("wait",), (card("wait", "waits"),)), result(), NOON)
    for look in range(len(shop.terms.try_again_s) + 2):
        clock.pass_(1)
        end, _ = await run_lane(shop, owner=f"worker-{look}")
        assert end.state == "pending"
        assert (await row(database)).attempt == 0
    clock.now = MORNING
    await run_lane(shop, owner="the last")
    assert (await ledger(database))["wait"].attempt == 1


async def test_tries_of_another_card_are_counted_while_one_waits(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    shop = workshop(database, clock, tmp_path, busy=busy)
    both = flow(("wait", "busy"), (card("wait", "waits"), card("busy", "busy")))
    await hang_up(database, both, result(), NOON)
    await run_lane(shop)
    entry = await row(database)
    assert entry.attempt == 1
    assert entry.next_at <= NOON + timedelta(seconds=36)


@pytest.mark.parametrize(
    ("moment", "state", "words"),
    [
        (NOON, "later", "The card waits for a moment that is over."),
        (datetime(2026, 12, 1, 9, 0), "failed", "a moment without a time zone"),  # noqa: DTZ001  the very mistake
    ],
)
async def test_a_card_that_waits_for_no_moment_to_come_does_not_hang_for_ever(
    database: Database, tmp_path: Path, moment: datetime, state: str, words: str
) -> None:
    async def wrong(ctx: AfterCallContext) -> StepOutcome:
        raise NotYet("Waits.", moment)

    await hang_up(database, flow(("a",), (card("a", "wrong"),)), result(), NOON)
    _, [report] = await run_lane(workshop(database, Clock(), tmp_path, wrong=wrong))
    assert report.state == state
    assert words in report.note


async def test_a_worker_that_lost_the_call_cannot_make_it_wait(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    shop = workshop(database, clock, tmp_path)
    await hang_up(database, flow(("wait",), (card("wait", "waits"),)), result(), NOON)
    job = await shop.take("call_31", "first", None)
    clock.pass_(46)
    second = await shop.take("call_31", "second", None)
    with pytest.raises(Transient):  # its claim on the card comes to nothing
        await shop.step(job, job.plan.steps[0], {})
    await shop.step(second, second.plan.steps[0], {})
    with pytest.raises(NotOurs):
        await shop.take("call_31", "third", None)


# -- the appointment as it stands now ----------------------------------------------------------------------------------


def booked_call() -> CallResult:
    document = result().model_dump(mode="json", by_alias=True)
    document["appointment"] = {
        "id": "apt_1", "start": "2026-11-26T18:00:00Z", "end": "2026-11-26T19:00:00Z",
        "time_zone": "America/Los_Angeles", "calendar": "main",
    }  # fmt: skip
    return CallResult.model_validate(document)


async def book(database: Database, start: datetime, *, moves: bool = False) -> None:
    booking = Booking("apt_1", Opening(start, start + timedelta(hours=1)), "America/Los_Angeles")
    async with database.begin() as tx:
        if not moves:
            await appointments.save_setup(tx, CalendarSetup("main", "America/Los_Angeles"))
        kept = Kept(0, "", "")
        await appointments.book(tx, "main", "call_31:visit", booking, BookingDetails("Visit"), kept, NOON, moves=moves)


async def look(database: Database, folder: Path, of: CallResult) -> Json:
    """The appointment that a card of the call sees."""
    seen: list[Json] = []

    async def looks(ctx: AfterCallContext) -> StepOutcome:
        found = await ctx.appointment()
        seen.append(found.model_dump(mode="json") if found else None)
        return StepOutcome("Looked.")

    await hang_up(database, flow(("a",), (card("a", "looks"),)), of, NOON)
    await run_lane(workshop(database, Clock(), folder, looks=looks))
    return seen[0]


async def test_a_card_sees_where_the_appointment_was_moved_to_after_the_call(
    database: Database, tmp_path: Path
) -> None:
    await book(database, datetime(2026, 11, 26, 18, tzinfo=UTC))
    await book(database, datetime(2026, 11, 30, 17, tzinfo=UTC), moves=True)
    seen = await look(database, tmp_path, booked_call())
    assert isinstance(seen, dict)
    assert (seen["start"], seen["end"]) == ("2026-11-30T09:00:00-08:00", "2026-11-30T10:00:00-08:00")
    assert seen["status"] == "confirmed"


async def test_a_card_sees_that_the_appointment_was_cancelled(database: Database, tmp_path: Path) -> None:
    await book(database, datetime(2026, 11, 26, 18, tzinfo=UTC))
    async with database.begin() as tx:
        await appointments.cancel(tx, "apt_1", NOON)
    seen = await look(database, tmp_path, booked_call())
    assert isinstance(seen, dict)
    assert seen["status"] == "cancelled"


async def test_an_appointment_of_which_we_keep_no_row_is_as_the_call_left_it(
    database: Database, tmp_path: Path
) -> None:
    seen = await look(database, tmp_path, booked_call())
    assert isinstance(seen, dict)
    assert (seen["id"], seen["start"]) == ("apt_1", "2026-11-26T18:00:00Z")


async def test_a_call_without_an_appointment_has_none(database: Database, tmp_path: Path) -> None:
    assert await look(database, tmp_path, result()) is None

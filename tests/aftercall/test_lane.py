"""What a card's author, its connections and its other side may do wrong, and what a person then reads."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.aftercall.lane import Lane, NotOurs
from engine.aftercall.verdict import StepReport, Terms
from engine.flow.model import Flow
from engine.sdk import AfterCallContext, Permanent, StepOutcome, Transient
from engine.sdk.registry import NodeTypes, discover
from engine.store import Database, outbox, steps
from tests.support.aftercall import NOON, Book, Clock, arrow, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import Does, card_type, run_lane, types_doing, works


def shop(
    database: Database, folder: Path, terms: Terms | None = None, clock: Clock | None = None, **does: Does
) -> Lane:
    return lane(database, types_doing(works=works, **does), folder, clock=clock or Clock(), terms=terms)


async def one(database: Database, work: Lane, of: Flow) -> tuple[str, list[StepReport]]:
    await hang_up(database, of, result(), NOON)
    end, reports = await run_lane(work)
    return end.state, reports


def beside(type: str) -> Flow:
    """The card in question, one after it, and one that has nothing to do with it."""
    cards = (card("a", type), card("b", "works"), card("c", "works"))
    return flow(("a", "c"), cards, (arrow("a", "b"),))


def states(reports: list[StepReport]) -> dict[str, str]:
    return {report.step.id: report.state for report in reports}


async def test_a_card_of_a_type_that_is_gone_fails_with_advice_and_the_rest_goes_on(
    database: Database, tmp_path: Path
) -> None:
    state, reports = await one(database, shop(database, tmp_path), beside("acme.gone"))
    assert (state, states(reports)) == ("failed", {"a": "failed", "c": "done", "b": "blocked"})
    assert "No installed package brings the node type 'acme.gone'" in reports[0].note
    assert "Install the package" in reports[0].note


async def test_a_card_whose_settings_no_longer_fit_fails_with_advice(sqlite: Database, tmp_path: Path) -> None:
    await hang_up(sqlite, flow(("a",), (card("a", "email", to="office@example.com", subject=7),)), result(), NOON)
    _, [report] = await run_lane(lane(sqlite, discover(), tmp_path, clock=Clock()))
    assert report.state == "failed"
    assert "Mend the card in the builder" in report.note


async def test_a_card_of_the_conversation_in_the_lane_says_so(sqlite: Database, tmp_path: Path) -> None:
    await hang_up(sqlite, flow(("a",), (card("a", "end", disposition="booked"),)), result(), NOON)
    _, [report] = await run_lane(lane(sqlite, discover(), tmp_path, clock=Clock()))
    assert report.state == "failed"
    assert report.note.startswith("This card works during the call, not after it.")


async def test_a_missing_connection_fails_the_card_and_works_once_it_is_there(
    database: Database, tmp_path: Path
) -> None:
    async def uses(ctx: AfterCallContext) -> StepOutcome:
        return StepOutcome(f"Used {ctx.connection('crm').kind}.")

    book = Book()
    work = lane(database, types_doing(works=works, uses=uses), tmp_path, book, clock=Clock())
    state, reports = await one(database, work, beside("uses"))
    assert (state, states(reports)) == ("failed", {"a": "failed", "c": "done", "b": "blocked"})
    assert "No connection is called 'crm'" in reports[0].note
    assert "Add it on the page Connections" in reports[0].note


async def test_a_refusal_is_for_a_person_and_is_not_tried_again(database: Database, tmp_path: Path) -> None:
    async def refused(ctx: AfterCallContext) -> StepOutcome:
        raise Permanent("The field 'budget' is not known there. Make it, or take it out of the card.")

    state, reports = await one(database, shop(database, tmp_path, refused=refused), beside("refused"))
    assert (state, states(reports)) == ("failed", {"a": "failed", "c": "done", "b": "blocked"})
    assert "budget" in reports[0].note


async def test_the_way_out_named_failed_is_taken_after_a_refusal_and_not_after_a_passing_failure(
    database: Database, tmp_path: Path
) -> None:
    failures: list[Exception] = [Transient("Busy."), Permanent("Refused.")]

    async def fails(ctx: AfterCallContext) -> StepOutcome:
        raise failures.pop(0)

    drawn = flow(("a",), (card("a", "fails"), card("sorry", "works")), (arrow("a", "sorry", exit="failed"),))
    work = shop(database, tmp_path, fails=fails)
    state, reports = await one(database, work, drawn)
    assert (state, states(reports)) == ("pending", {"a": "later", "sorry": "blocked"})
    _, again = await run_lane(work, owner="worker-2")
    assert states(again) == {"a": "failed", "sorry": "done"}


async def test_a_card_that_takes_too_long_is_cut_off_and_tried_again(database: Database, tmp_path: Path) -> None:
    async def sleeps(ctx: AfterCallContext) -> StepOutcome:
        await asyncio.sleep(3600)
        raise AssertionError

    work = shop(database, tmp_path, Terms(longest_step_s=0.05), sleeps=sleeps)
    state, reports = await one(database, work, flow(("a",), (card("a", "sleeps"),)))
    assert (state, reports[0].state, reports[0].note) == ("pending", "later", "It took longer than 0.05 seconds.")


async def test_no_card_outlasts_its_lease_whatever_it_declares(sqlite: Database, tmp_path: Path) -> None:
    greedy = NodeTypes({"greedy": card_type("greedy", works, budget_s=9999)})
    work, clock = lane(sqlite, greedy, tmp_path, clock=Clock()), NOON
    await hang_up(sqlite, flow(("a",), (card("a", "greedy"),)), result(), clock)
    job = await work.take("call_31", "worker-1", None)
    leases: list[datetime | None] = []

    async def looks(ctx: AfterCallContext) -> StepOutcome:
        async with sqlite.read() as tx:
            leases.extend(record.lease_until for record in await steps.read(tx, "call_31"))
        return StepOutcome("Looked.")

    work.types = NodeTypes({"greedy": card_type("greedy", looks, budget_s=9999)})
    await work.step(job, job.plan.steps[0], {})
    assert leases == [NOON + timedelta(seconds=work.terms.longest_step_s + work.terms.step_margin_s)]


async def test_a_card_that_breaks_tells_its_kind_of_error_and_not_its_words(database: Database, tmp_path: Path) -> None:
    async def breaks(ctx: AfterCallContext) -> StepOutcome:
        raise KeyError("whsec_topsecret")

    state, reports = await one(database, shop(database, tmp_path, breaks=breaks), beside("breaks"))
    assert state == "pending"
    assert "KeyError" in reports[0].note
    assert "topsecret" not in reports[0].note


async def test_a_long_pause_that_is_asked_for_puts_the_call_off_that_long(database: Database, tmp_path: Path) -> None:
    async def busy(ctx: AfterCallContext) -> StepOutcome:
        raise Transient("Too many requests.", 4000)

    await one(database, shop(database, tmp_path, busy=busy), beside("busy"))
    async with database.read() as tx:
        entry = await outbox.find(tx, "call_31")
    assert entry
    assert entry.next_at >= NOON + timedelta(seconds=4000)


async def test_a_flow_that_was_changed_since_the_call_is_carried_out_as_it_was_then(
    database: Database, tmp_path: Path
) -> None:
    before = flow(("a",), (card("a", "works"),))
    await hang_up(database, before, result(), NOON)
    changed = before.model_copy(update={"after_call": ("b",), "nodes": (card("b", "works"),), "version": 8})
    await hang_up(database, changed, result("call_32"), NOON)  # what is published now is for later calls
    _, reports = await run_lane(shop(database, tmp_path))
    assert states(reports) == {"a": "done"}


async def test_a_call_whose_data_was_erased_is_closed_and_says_so(database: Database, tmp_path: Path) -> None:
    work = shop(database, tmp_path)
    await one(database, work, flow(("a",), (card("a", "acme.gone"),)))
    async with database.begin() as tx:
        assert await outbox.forget(tx, "call_31")
        entry = await outbox.find(tx, "call_31")
        assert entry
        assert await outbox.restart(tx, entry, NOON)
    with pytest.raises(NotOurs, match="has been erased"):
        await work.take("call_31", "worker-2", None)
    async with database.read() as tx:
        entry = await outbox.find(tx, "call_31")
        assert not [step for step in await steps.read(tx, "call_31") if step.state == "started"]
    assert entry
    assert (entry.state, entry.problem) == ("failed", "The call's data has been erased.")

"""Who may be written a text message, and by which clocks; the mark that keeps one from being sent twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.aftercall.texting import may_text, zones_to_respect
from engine.sdk import AfterCallContext, Permanent, StepOutcome, Transient
from engine.store import Database, consents, leads, outbox, steps, suppression
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead
from tests.support.aftercall import NOON, Clock, arrow, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import run_lane, types_doing

PHONE = "+14155550123"
PACIFIC, EASTERN = "America/Los_Angeles", "America/New_York"


async def receive(database: Database, zone: str | None = None, consent: str = PHONE) -> tuple[str, str]:
    async with database.begin() as tx:
        lead = (await leads.receive(tx, NewLead("website", "Dana", "Reyes", PHONE, zone=zone), NOON)).lead
        evidence = ConsentEvidence("written", "Harborline", "I agree.", "website", consent)
        return lead.id, await consents.add(tx, lead.id, evidence, NOON)


async def test_a_lead_who_agreed_may_be_written_to_by_the_clock_of_the_number(database: Database) -> None:
    lead_id, _ = await receive(database)
    allowed = await may_text(database, PHONE, lead_id, EASTERN)
    assert (allowed.refused, allowed.zones) == ("", (PACIFIC,))


async def test_a_number_on_the_list_may_not(database: Database) -> None:
    lead_id, _ = await receive(database)
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_31", NOON)
    allowed = await may_text(database, PHONE, lead_id, EASTERN)
    assert allowed.refused == "The number is on the do-not-call list (asked us to stop)."


async def test_consent_that_was_taken_back_counts_for_its_number_only(database: Database) -> None:
    lead_id, consent_id = await receive(database)
    async with database.begin() as tx:
        await consents.revoke(tx, consent_id, "wrote an e-mail", NOON)
    assert "taken back" in (await may_text(database, PHONE, lead_id, EASTERN)).refused
    assert not (await may_text(database, "+14155550199", lead_id, EASTERN)).refused


async def test_a_person_we_have_no_record_of_is_judged_by_the_number(database: Database) -> None:
    assert (await may_text(database, "+12125550123", "nobody", PACIFIC)).zones == (EASTERN,)


def test_the_zone_that_was_told_stands_beside_that_of_the_number() -> None:
    assert zones_to_respect(PHONE, EASTERN, PACIFIC) == (EASTERN, PACIFIC)
    assert zones_to_respect(PHONE, PACIFIC, EASTERN) == (PACIFIC,)


@pytest.mark.parametrize("number", ["+18005550123", "+999", "no number"])
def test_a_number_that_tells_no_zone_is_judged_by_the_businesss(number: str) -> None:
    assert zones_to_respect(number, None, PACIFIC) == (PACIFIC,)
    assert zones_to_respect(number, EASTERN, PACIFIC) == (EASTERN,)


# -- once --------------------------------------------------------------------------------------------------------------


async def test_an_effect_is_begun_once_over_all_tries_and_workers(database: Database, tmp_path: Path) -> None:
    """The worker is killed right behind the effect: the next one does not know, and does not repeat it."""
    begun: list[bool] = []
    clock = Clock()

    async def effect(ctx: AfterCallContext) -> StepOutcome:
        begun.append(await ctx.begin_once())
        if begun[-1]:
            raise KeyboardInterrupt  # as good as a kill: nothing is recorded
        raise Permanent("Nobody knows.")

    shop = lane(database, types_doing(effect=effect), tmp_path, clock=clock)
    await hang_up(database, flow(("a",), (card("a", "effect"),)), result(), NOON)
    with pytest.raises(KeyboardInterrupt):
        await run_lane(shop)
    clock.pass_(120)
    end, _ = await run_lane(shop, owner="worker-2")
    assert begun == [True, False]
    assert end.state == "failed"


async def test_a_refusal_strikes_it_out(database: Database, tmp_path: Path) -> None:
    begun: list[bool] = []

    async def effect(ctx: AfterCallContext) -> StepOutcome:
        begun.append(await ctx.begin_once())
        await ctx.nothing_happened()
        raise Transient("Busy.")

    shop = lane(database, types_doing(effect=effect), tmp_path, clock=Clock())
    await hang_up(database, flow(("a",), (card("a", "effect"),)), result(), NOON)
    for owner in ("first", "second"):
        await run_lane(shop, owner=owner)
    assert begun == [True, True]


async def test_a_worker_that_lost_the_card_begins_nothing(database: Database) -> None:
    await hang_up(database, flow(("a",), (card("a", "effect"),)), result(), NOON)
    async with database.begin() as tx:
        await outbox.take(tx, "call_31", "first", None, NOON, NOON + timedelta(seconds=45))
        await steps.claim(tx, "call_31", "a", "first", NOON, NOON + timedelta(seconds=45))
        assert await steps.begin_once(tx, "call_31", "a", "second") is None
        assert await steps.begin_once(tx, "call_31", "a", "first") is True
        assert await steps.begin_once(tx, "call_31", "a", "first") is False


async def test_a_replay_begins_afresh(database: Database) -> None:
    """Somebody has looked, and wants it again."""
    await hang_up(database, flow(("a",), (card("a", "effect"),)), result(), NOON)
    async with database.begin() as tx:
        await outbox.take(tx, "call_31", "first", None, NOON, NOON + timedelta(seconds=45))
        await steps.claim(tx, "call_31", "a", "first", NOON, NOON + timedelta(seconds=45))
        await steps.begin_once(tx, "call_31", "a", "first")
        await steps.failed(tx, "call_31", "a", "first", "Nobody knows.", NOON)
        await steps.strike(tx, "call_31", ["a"])  # what a replay does with a card
        await steps.claim(tx, "call_31", "a", "first", NOON, NOON + timedelta(seconds=45))
        assert await steps.begin_once(tx, "call_31", "a", "first") is True


async def test_what_is_not_needed_leaves_out_what_comes_behind_it(database: Database, tmp_path: Path) -> None:
    async def nothing(ctx: AfterCallContext) -> StepOutcome:
        return StepOutcome("Not needed: no appointment.", go_on=False)

    async def never(ctx: AfterCallContext) -> StepOutcome:
        raise AssertionError("it is not to run")

    drawn = flow(("a",), (card("a", "nothing"), card("b", "never")), (arrow("a", "b"),))
    await hang_up(database, drawn, result(), NOON)
    end, reports = await run_lane(lane(database, types_doing(nothing=nothing, never=never), tmp_path, clock=Clock()))
    assert [each.state for each in reports] == ["skipped", "skipped"]
    assert (end.state, end.summary) == ("done", "0 of 2 cards done, 2 not needed.")
    async with database.read() as tx:
        [first, second] = await steps.read(tx, "call_31")
    assert (first.state, first.note, first.owner) == ("skipped", "Not needed: no appointment.", None)
    assert second.note == "Not needed: 'Card a' was not needed either."


async def test_a_replay_does_not_forget_what_a_killed_worker_had_begun(database: Database) -> None:
    """Nobody has read yet that it may have been sent: doing the whole call again must not send it twice."""
    await hang_up(database, flow(("a",), (card("a", "effect"),)), result(), NOON)
    async with database.begin() as tx:
        await outbox.take(tx, "call_31", "first", None, NOON, NOON + timedelta(seconds=45))
        await steps.claim(tx, "call_31", "a", "first", NOON, NOON + timedelta(seconds=45))
        await steps.begin_once(tx, "call_31", "a", "first")
        await steps.strike(tx, "call_31", ["a"])
        later = NOON + timedelta(minutes=5)
        assert (await steps.claim(tx, "call_31", "a", "first", later, later + timedelta(seconds=45))).mine
        assert await steps.begin_once(tx, "call_31", "a", "first") is False

"""Doing after-call work again: done cards stay done, nothing is repeated that nobody asked for, and who asked is kept.

On SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from engine.aftercall.again import Code, ReplayRefused, Wish
from engine.aftercall.plan import read_plan
from engine.aftercall.replay import Replayed, day_in, preview, replay, replay_all, which
from engine.flow.model import Edge, Flow, NodeCard
from engine.store import Database, after_call_list, flows, outbox, replays, steps
from engine.store.after_call_list import Standing
from engine.store.outbox import Entry
from tests.support.aftercall import NOON, arrow, card, flow, hang_up, result

CALL = "call_31"
LATER = NOON + timedelta(hours=1)
How = Literal["done", "failed", "started", "skipped", "blocked"]

LANE = flow(
    ("tell", "mail"),
    (card("tell"), card("note"), card("mail"), card("sheet")),
    (arrow("tell", "note"), arrow("mail", "sheet")),
)
"""tell -> note, and beside them mail -> sheet."""
ALL = Wish()


async def stand(
    database: Database, ledger: Mapping[str, How], end: Literal["done", "failed", "dead", "pending"] = "failed",
    call_id: str = CALL, of: Flow = LANE, at: datetime = NOON,
) -> None:  # fmt: skip
    """A call whose cards stand as `ledger` says."""
    await hang_up(database, of, result(call_id), at)
    async with database.begin() as tx:
        entry = await outbox.take(tx, call_id, "w", "run-1", at, at + timedelta(minutes=1))
        assert entry
        for id, state in ledger.items():
            if state in ("skipped", "blocked"):
                await steps.passed_over(tx, call_id, id, state, f"{id} {state}.", at)
                continue
            await steps.claim(tx, call_id, id, "w", at, at + timedelta(minutes=1))
            if state == "done":
                await steps.done(tx, call_id, id, "w", "", "Sent.", None, at)
            elif state == "failed":
                await steps.failed(tx, call_id, id, "w", "Refused.", at)
            else:
                await steps.tried(tx, call_id, id, "w", "Busy.", at)
        if end == "pending":
            await outbox.later(tx, entry.id, "w", at + timedelta(hours=7), "Busy.")
        else:
            await outbox.finish(tx, entry.id, "w", end, "It failed.", at)


async def again(database: Database, wish: Wish = ALL, call_id: str = CALL) -> Replayed:
    async with database.begin() as tx:
        return await replay(tx, call_id, wish, "Ana", LATER)


async def refusal(database: Database, wish: Wish = ALL) -> tuple[Code, str]:
    with pytest.raises(ReplayRefused) as refused:
        await again(database, wish)
    return refused.value.code, str(refused.value)


async def ledger(database: Database) -> dict[str, str]:
    async with database.read() as tx:
        return {step.step_id: step.state for step in await steps.read(tx, CALL)}


async def entry(database: Database, call_id: str = CALL) -> Entry:
    async with database.read() as tx:
        found = await outbox.find(tx, call_id)
    assert found
    return found


async def publish(database: Database, of: Flow) -> None:
    """The flow as it is live now."""
    text = of.model_dump_json(by_alias=True)
    async with database.begin() as tx:
        await flows.save_draft(tx, of.id, of.name, text, by="Ana", now=NOON, revision=0)
        await flows.publish(tx, of.id, await flows.next_version(tx, of.id), text, by="Ana", now=NOON, note="")


def changed(first: tuple[str, ...], cards: tuple[NodeCard, ...], arrows: tuple[Edge, ...] = ()) -> Flow:
    made = flow(first, cards, arrows)
    start = NodeCard.model_validate({"id": "hello", "type": "start", "name": "Hello"})
    return made.model_copy(update={"version": 1, "nodes": (start, *cards)})


async def test_a_call_is_replayed_and_what_is_done_stays_done(database: Database) -> None:
    await stand(database, {"tell": "done", "note": "failed", "mail": "failed", "sheet": "blocked"})
    done = await again(database)
    assert done.cards == ("Card mail", "Card note", "Card sheet")
    assert await ledger(database) == {"tell": "done"}
    row = await entry(database)
    assert (row.state, row.attempt, row.next_at, row.problem) == ("pending", 0, LATER, "")


async def test_one_card_is_replayed_with_those_that_wait_for_it_and_no_other(database: Database) -> None:
    await stand(database, {"tell": "failed", "note": "blocked", "mail": "failed", "sheet": "blocked"})
    done = await again(database, Wish(step="mail"))
    assert done.cards == ("Card mail", "Card sheet")
    assert await ledger(database) == {"tell": "failed", "note": "blocked"}


async def test_of_a_call_that_was_given_up_only_the_chosen_card_is_tried(database: Database) -> None:
    await stand(database, {"tell": "started", "note": "blocked", "mail": "started", "sheet": "blocked"}, "dead")
    await again(database, Wish(step="mail"))
    assert await ledger(database) == {"tell": "failed", "note": "blocked"}


async def test_a_done_call_is_not_replayed_and_one_of_its_cards_only_on_purpose(database: Database) -> None:
    await stand(database, {"tell": "done", "note": "done", "mail": "done", "sheet": "done"}, "done")
    code, sentence = await refusal(database)
    assert code == "all_done"
    assert "may happen twice" in sentence
    code, sentence = await refusal(database, Wish(step="mail"))
    assert code == "card_done"
    assert "'Card mail' is done" in sentence
    assert "twice" in sentence
    assert (await again(database, Wish(step="mail", again=True))).cards == ("Card mail",)
    assert await ledger(database) == {"tell": "done", "note": "done", "sheet": "done"}
    assert (await entry(database)).state == "pending"


async def test_a_call_in_work_is_refused(database: Database) -> None:
    await hang_up(database, LANE, result(), NOON)
    async with database.begin() as tx:
        assert await outbox.take(tx, CALL, "w", "run-1", NOON, LATER + timedelta(minutes=1))
    assert (await refusal(database))[0] == "in_work"


async def test_a_call_that_a_dispatcher_has_just_claimed_is_refused(database: Database) -> None:
    await stand(database, {"tell": "failed"}, "pending")
    async with database.begin() as tx:
        due = LATER + timedelta(hours=8)
        assert await outbox.claim(tx, due, due + timedelta(seconds=30), 1)
    assert (await refusal(database))[0] == "in_work"


async def test_a_card_that_a_silent_worker_may_still_be_at_is_left_alone(database: Database) -> None:
    await hang_up(database, LANE, result(), NOON)
    async with database.begin() as tx:
        found = await outbox.take(tx, CALL, "w", "run-1", NOON, LATER)
        assert found
        await steps.claim(tx, CALL, "tell", "w", NOON, LATER + timedelta(seconds=40))
        await outbox.finish(tx, found.id, "w", "dead", "Given up.", NOON)
    code, sentence = await refusal(database)
    assert code == "in_work"
    assert "40 s" in sentence


async def test_a_call_that_waits_hours_for_its_next_try_is_tried_now(database: Database) -> None:
    await stand(database, {"tell": "started"}, "pending")
    await again(database)
    assert (await entry(database)).next_at == LATER


async def test_a_call_that_has_not_failed_goes_on_by_itself(database: Database) -> None:
    await hang_up(database, LANE, result(), NOON)
    assert (await refusal(database))[0] == "nothing_failed"
    assert (await refusal(database, Wish(step="tell")))[0] == "nothing_failed"


@pytest.mark.parametrize(
    ("wish", "code", "words"),
    [
        (Wish(step="ghost"), "no_card", "tell, mail, note, sheet"),
        (Wish(step="note"), "card_waits", "waits for 'Card tell'"),
        (Wish(step="sheet"), "card_not_needed", "nothing to do"),
    ],
)
async def test_a_card_that_cannot_be_replayed_says_why(database: Database, wish: Wish, code: Code, words: str) -> None:
    await stand(database, {"tell": "failed", "note": "blocked", "mail": "done", "sheet": "skipped"})
    found, sentence = await refusal(database, wish)
    assert (found, words in sentence) == (code, True), sentence


async def test_a_call_whose_data_was_erased_is_refused(database: Database) -> None:
    await stand(database, {"tell": "failed"})
    async with database.begin() as tx:
        assert await outbox.forget(tx, CALL)
    assert (await refusal(database))[0] == "erased"


async def test_an_unknown_call_is_refused(database: Database) -> None:
    assert (await refusal(database))[0] == "nothing_to_do"


async def test_it_is_kept_who_replayed_what_and_when(database: Database) -> None:
    await stand(database, {"tell": "failed", "mail": "failed"})
    await again(database, Wish(step="mail"))
    async with database.read() as tx:
        [kept] = await replays.of_call(tx, CALL)
    assert (kept.step_id, kept.lane, kept.by, kept.at) == ("mail", "then", "Ana", LATER)


async def test_two_people_replay_a_call_once(database: Database) -> None:
    await stand(database, {"tell": "failed"})
    await again(database)
    assert (await refusal(database))[0] == "nothing_failed"
    async with database.read() as tx:
        assert len(await replays.of_call(tx, CALL)) == 1


async def test_a_changed_lane_is_taken_only_when_asked_for_and_done_cards_stay_done(database: Database) -> None:
    await stand(database, {"tell": "done", "note": "failed", "mail": "failed", "sheet": "blocked"})
    await publish(database, changed(
        ("tell",), (card("tell", event="x"), card("note", connection="crm_new"), card("ring")),
        (arrow("tell", "note"), arrow("tell", "ring")),
    ))  # fmt: skip
    async with database.read() as tx:
        seen = await preview(tx, CALL, LATER)
    assert (seen.refused, seen.now_possible, seen.now_other) == ("", True, True)
    then = await again(database)
    assert (then.differs, read_plan((await entry(database)).plan).flow_version) == ("", 7)
    async with database.begin() as tx:
        row = await outbox.take(tx, CALL, "w", "run-2", LATER, LATER)
        assert row
        await outbox.finish(tx, row.id, "w", "failed", "Again.", LATER)

    now = await again(database, Wish(lane="now"))
    assert now.differs == seen.now
    assert now.differs == (
        "Version 1 instead of 7. New in the lane: 'Card ring'. Changed: 'Card note'. Changed, but done already and "
        "not repeated: 'Card tell'. Not in the lane any more: 'Card mail', 'Card sheet'."
    )
    assert set(now.cards) == {"Card note", "Card ring"}
    assert await ledger(database) == {"tell": "done"}
    assert {step.id for step in read_plan((await entry(database)).plan).steps} == {"tell", "note", "ring"}


async def test_after_a_replay_by_the_lane_of_now_the_one_of_then_can_still_be_had(database: Database) -> None:
    await stand(database, {"tell": "failed"})
    frozen = (await entry(database)).plan
    await publish(database, changed(("ring",), (card("ring"),)))
    await again(database, Wish(lane="now"))
    async with database.begin() as tx:
        row = await outbox.take(tx, CALL, "w", "run-2", LATER, LATER)
        assert row
        await steps.claim(tx, CALL, "ring", "w", LATER, LATER)
        await steps.failed(tx, CALL, "ring", "w", "Refused.", LATER)
        await outbox.finish(tx, row.id, "w", "failed", "Again.", LATER)
    await again(database)
    assert (await entry(database)).plan == frozen
    assert await ledger(database) == {}


async def test_a_done_call_gets_the_cards_that_the_lane_has_now_and_only_those(database: Database) -> None:
    await stand(database, {"tell": "done", "note": "done", "mail": "done", "sheet": "done"}, "done")
    await publish(database, changed(("tell",), (card("tell"), card("ring")), (arrow("tell", "ring"),)))
    assert (await again(database, Wish(lane="now"))).cards == ("Card ring",)
    assert await ledger(database) == {"tell": "done", "note": "done", "mail": "done", "sheet": "done"}


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (None, "no published version"),
        (changed(("a",), (card("a"), card("b")), (arrow("a", "b"), arrow("b", "a"))), "in a circle"),
        (changed((), ()), "no cards for after the call any more"),
    ],
)
async def test_a_lane_that_cannot_be_taken_now_says_why_and_changes_nothing(
    database: Database, live: Flow | None, words: str
) -> None:
    await stand(database, {"tell": "failed"})
    if live is not None:
        await publish(database, live)
    code, sentence = await refusal(database, Wish(lane="now"))
    assert (code, words in sentence) == ("no_lane_now", True), sentence
    async with database.read() as tx:
        seen = await preview(tx, CALL, LATER)
    assert (seen.now, seen.now_possible, seen.cards) == (sentence, False, ("Card tell",))
    assert (await entry(database)).state == "failed"


async def found(database: Database, standing: Standing, day: date | None = None, of: str | None = None) -> list[str]:
    async with database.read() as tx:
        asked = await which(tx, standing, day, of)
        lines = await after_call_list.lines(tx, asked)
        assert await after_call_list.count(tx, asked) == len(lines)
    return [line.call_id for line in lines]


async def test_what_failed_is_listed_and_a_failed_card_shows_while_the_rest_waits(database: Database) -> None:
    await stand(database, {"tell": "failed"}, "failed", "call_a")
    await stand(database, {"tell": "started"}, "dead", "call_b", at=NOON + timedelta(minutes=1))
    await stand(database, {"tell": "failed", "mail": "started"}, "pending", "call_c", at=NOON + timedelta(minutes=2))
    await stand(database, {"tell": "done"}, "done", "call_d")
    await stand(database, {"tell": "started"}, "pending", "call_e")
    assert await found(database, "trouble") == ["call_c", "call_b", "call_a"]
    assert await found(database, "failed") == ["call_c", "call_a"]
    assert await found(database, "dead") == ["call_b"]
    assert await found(database, "waiting") == ["call_c", "call_e"]
    assert await found(database, "trouble", of="other") == []


async def test_the_list_comes_in_pages(database: Database) -> None:
    for number in range(5):
        await stand(database, {"tell": "failed"}, "failed", f"call_{number}", at=NOON + timedelta(minutes=number // 2))
    async with database.read() as tx:
        asked = await which(tx, "trouble", None, None)
        seen: list[str] = []
        while page := await after_call_list.lines(tx, asked, 2, seen[-1] if seen else None):
            seen += [line.call_id for line in page]
    assert seen == ["call_4", "call_3", "call_2", "call_1", "call_0"]


async def test_a_day_is_the_day_where_the_business_is(database: Database) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    of = changed(("tell",), (card("tell"),))
    await publish(database, of.model_copy(update={"seller": of.seller.model_copy(update={"zone": zone.key})}))
    for call_id, hour in (("evening", 23), ("night", 1)):
        at = datetime(2026, 11, 25 if hour == 23 else 26, hour, tzinfo=zone)  # both are 26 November in UTC
        await stand(database, {"tell": "failed"}, "failed", call_id, at=at)
    assert await found(database, "trouble", date(2026, 11, 25)) == ["evening"]
    assert await found(database, "trouble", date(2026, 11, 26)) == ["night"]
    assert await found(database, "trouble", date(2026, 11, 27)) == []


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 26), 24)):
        since, until = day_in(day, zone)
        assert until - since == timedelta(hours=hours)


async def test_one_call_that_cannot_be_replayed_does_not_hold_up_the_others(database: Database) -> None:
    for number in range(3):
        await stand(database, {"tell": "failed"}, "failed", f"call_{number}")
    async with database.begin() as tx:
        await outbox.forget(tx, "call_1")
        lines = await after_call_list.lines(tx, await which(tx, "trouble", None, None))
    replayed, refused = await replay_all(database, lines, "then", "Ana", LATER)
    assert [each.call_id for each in replayed] == ["call_2", "call_0"]
    assert [(each.call_id, "erased" in each.why) for each in refused] == [("call_1", True)]

"""When our first word came: kept once, made good by the result, counted by campaign. And words that leave again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from engine.sdk import CallResult
from engine.sdk.result import CallPart, LeadPart, OutcomePart, TranscriptTurn
from engine.store import Database, calls, first_words, journal, retention
from engine.store.calls import CallRow, NewCall
from engine.store.journal import Entry

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
ANSWERED = NOW + timedelta(seconds=8)


def after(seconds: float) -> datetime:
    return ANSWERED + timedelta(seconds=seconds)


def result(call_id: str, **call: object) -> CallResult:
    part: dict[str, object] = {"id": call_id, "started_at": NOW, "answered_at": ANSWERED, **call}
    return CallResult(
        event_id=f"evt_{call_id}", occurred_at=after(60), flow_id="f", flow_version=1, flow_name="F",
        lead=LeadPart(id="lead_1", first_name="Dana", last_name="", phone="+14155550123", source="website"),
        call=CallPart.model_validate(part), outcome=OutcomePart(disposition="booked"),
        transcript=[TranscriptTurn(who="caller", text="My cat is called Biscuit.", at_ms=900)],
    )  # fmt: skip


async def finished(
    database: Database, call_id: str, spoken: tuple[float | None, float] | None, campaign: str | None = "roofs",
    **call: object,
) -> None:  # fmt: skip
    async with database.begin() as tx:
        await calls.place(tx, NewCall(call_id, "f", 1, to_number="+14155550123"), NOW)
        await calls.answered(tx, call_id, ANSWERED)
        if spoken is not None:
            hello, word = spoken
            await first_words.keep(tx, call_id, None if hello is None else after(hello), after(word))
        await tx.execute(update(CallRow).where(CallRow.id == call_id).values(campaign_id=campaign))
        await calls.finish(tx, result(call_id, **call))


async def test_the_first_time_counts(database: Database) -> None:
    await finished(database, "call_1", (0.8, 1.2))
    async with database.begin() as tx:
        assert not await first_words.keep(tx, "call_1", after(5), after(6))
        kept = await calls.read(tx, "call_1")
    assert kept is not None and (kept.greeted_at, kept.first_word_at) == (after(0.8), after(1.2))


async def test_what_the_database_missed_during_the_call_is_made_good_by_its_result(database: Database) -> None:
    await finished(
        database, "call_1", None, ringing_at=NOW + timedelta(seconds=2), greeted_at=after(0.7), first_word_at=after(1.1)
    )
    async with database.read() as tx:
        kept = await calls.read(tx, "call_1")
    assert kept is not None
    assert (kept.ringing_at, kept.greeted_at, kept.first_word_at) == (
        NOW + timedelta(seconds=2), after(0.7), after(1.1),
    )  # fmt: skip


async def test_a_ring_that_is_written_after_the_answer_keeps_its_time_and_moves_nothing(database: Database) -> None:
    async with database.begin() as tx:
        await calls.place(tx, NewCall("call_1", "f", 1), NOW)
        assert await calls.answered(tx, "call_1", ANSWERED)
        assert not await calls.ringing(tx, "call_1", NOW + timedelta(seconds=2), 2300)
        assert not await calls.ringing(tx, "call_1", NOW + timedelta(seconds=3), 3300)
        kept = await calls.read(tx, "call_1")
    assert kept is not None
    assert (kept.state, kept.ringing_at, kept.form_to_ring_ms) == ("answered", NOW + timedelta(seconds=2), 2300)


async def test_delays_are_counted_by_campaign_from_the_hello_else_from_the_answer(database: Database) -> None:
    await finished(database, "call_1", (0.8, 1.2))
    await finished(database, "call_2", (None, 1.3))
    await finished(database, "call_3", None)
    await finished(database, "call_4", (1.0, 3.5), campaign=None)
    await finished(database, "call_5", (0.8, 9.0), answered_by="voicemail")
    async with database.read() as tx:
        found = await first_words.delays(tx, NOW)
        assert {id: sorted(delays, key=str) for id, delays in found.items()} == {
            "roofs": [1300, 400, None], None: [2500],
        }  # fmt: skip
        assert await first_words.delays(tx, after(1)) == {}
        assert set(await first_words.delays(tx, NOW, "roofs")) == {"roofs"}


async def test_of_a_call_that_was_not_to_be_recorded_no_word_stays_but_why_it_moved_does(database: Database) -> None:
    await finished(database, "call_1", (0.8, 1.2))
    said = [
        Entry(1, 900, "caller_said", {"text": "My cat is called Biscuit.", "turn": 1}),
        Entry(2, 950, "understood", {"words": "Biscuit", "commands": [{"words": "Biscuit"}], "turn": 1}),
        Entry(3, 960, "checkpoint", {"memory": {"last_words": "Biscuit"}}),
        Entry(4, 970, "moved", {"card": "qualify", "why": "edge e1"}),
        Entry(5, 980, "slot", {"slot": "zip", "value": "94107", "words": "nine four one oh seven"}),
    ]
    async with database.begin() as tx:
        await journal.append(tx, "call_1", said)
        await retention.withhold_words(tx, "call_1", "declined", NOW)
    async with database.read() as tx:
        kept = await journal.read(tx, "call_1")
        assert await journal.verify(tx, "call_1") is None
        assert "Biscuit" not in json.dumps([dict(each.facts) for each in kept])
        assert [(each.kind, each.at_ms) for each in kept] == [(each.kind, each.at_ms) for each in said]
        assert kept[3].facts == said[3].facts and kept[4].facts == {"slot": "zip", "value": "94107"}
        assert await calls.turns(tx, "call_1") == []
        stored = await calls.result(tx, "call_1")
        assert stored is not None and stored.transcript == []
        assert [each.why for each in await retention.deletions(tx, NOW)] == ["declined"]

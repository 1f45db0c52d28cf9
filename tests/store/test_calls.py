"""A call moves forward only, is finished once, and its journal can be added to but not changed."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.sdk import CallResult
from engine.sdk.result import CallPart, LeadPart, OutcomePart, TranscriptTurn
from engine.store import Database, attempts, calls, consents, journal, leads, retention
from engine.store.calls import AlreadyPlaced, CallFilter, CallMissing, NewCall
from engine.store.journal import Entry

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
TURNS = [
    TranscriptTurn(who="agent", text="Hi, is this Dana?", at_ms=900, heard="Hi, is this"),
    TranscriptTurn(who="caller", text="Yes.\x00", at_ms=2100),
]


def new(id: str = "call_1", lead: str | None = None, attempt: int = 1) -> NewCall:
    return NewCall(id, "home_services", 7, lead, attempt=attempt, person="Dana Reyes", to_number="+14155550123")


def result(id: str = "call_1", disposition: str = "booked") -> CallResult:
    return CallResult(
        event_id=f"evt_{id}",
        occurred_at=NOW + timedelta(minutes=4),
        flow_id="home_services",
        flow_version=7,
        flow_name="Home services",
        lead=LeadPart(id="lead_1", first_name="Dana", last_name="Reyes", phone="+14155550123", source="website"),
        call=CallPart(id=id, started_at=NOW, answered_at=NOW + timedelta(seconds=8), duration_s=244.5),
        outcome=OutcomePart(disposition=disposition, qualified=True),
        transcript=TURNS,
    )


async def place(database: Database, call: NewCall, at: datetime = NOW) -> None:
    async with database.begin() as tx:
        await calls.place(tx, call, at)


async def stored_lead(database: Database) -> str:
    async with database.begin() as tx:
        return (await leads.receive(tx, leads.NewLead("website", "Dana", "Reyes", "+14155550123"), NOW)).lead.id


async def test_call_is_followed_from_placing_to_its_result(database: Database) -> None:
    await place(database, new())
    async with database.begin() as tx:
        await calls.accepted(tx, "call_1", "uuid-1")
        assert await calls.ringing(tx, "call_1", NOW + timedelta(seconds=3), form_to_ring_ms=4200)
        assert await calls.answered(tx, "call_1", NOW + timedelta(seconds=8))
        (live,) = await calls.under_way(tx)
        assert (live.state, live.carrier_uuid, live.form_to_ring_ms) == ("answered", "uuid-1", 4200)
        assert await calls.finish(tx, result())
    async with database.read() as tx:
        record = await calls.by_carrier(tx, "uuid-1")
        assert await calls.under_way(tx) == []
        assert [turn.text for turn in await calls.turns(tx, "call_1")] == ["Hi, is this Dana?", "Yes."]
        kept = await calls.result(tx, "call_1")
    assert record is not None
    assert (record.state, record.disposition, record.duration_s, record.qualified) == (
        "finished",
        "booked",
        244.5,
        True,
    )
    assert kept is not None
    assert kept.call == result().call


async def test_late_and_repeated_webhooks_pull_no_call_back(database: Database) -> None:
    await place(database, new())
    async with database.begin() as tx:
        assert await calls.answered(tx, "call_1", NOW)
        assert not await calls.ringing(tx, "call_1", NOW)
        assert not await calls.answered(tx, "call_1", NOW + timedelta(seconds=9))
        assert await calls.failed(tx, "call_1", NOW, "no_answer", "nobody picked up")
        assert not await calls.failed(tx, "call_1", NOW, "busy")
        record = await calls.read(tx, "call_1")
    assert record is not None
    assert (record.state, record.answered_at, record.disposition) == ("failed", NOW, "no_answer")


async def test_call_is_finished_once(database: Database) -> None:
    await place(database, new())
    async with database.begin() as tx:
        assert await calls.finish(tx, result())
    async with database.begin() as tx:
        assert not await calls.finish(tx, result(disposition="unqualified"))
        record = await calls.read(tx, "call_1")
    assert record is not None
    assert record.disposition == "booked"


async def test_finishing_and_what_is_written_with_it_are_one(database: Database) -> None:
    await place(database, new())
    with pytest.raises(RuntimeError):
        async with database.begin() as tx:
            await calls.finish(tx, result())
            raise RuntimeError("the outbox row could not be written")
    async with database.read() as tx:
        assert [call.state for call in await calls.under_way(tx)] == ["placed"]
        assert await calls.turns(tx, "call_1") == []


async def test_unknown_call_cannot_be_finished(database: Database) -> None:
    with pytest.raises(CallMissing, match="call_9"):
        async with database.begin() as tx:
            await calls.finish(tx, result("call_9"))


async def test_of_two_dialers_one_places_the_attempt(database: Database, sqlite_or_postgresql: str) -> None:
    lead, other = await stored_lead(database), Database(sqlite_or_postgresql)
    ends = await asyncio.gather(
        *(place((database, other)[n % 2], new(f"call_{n}", lead)) for n in range(10)), return_exceptions=True
    )
    assert [type(end) for end in ends if end is not None] == [AlreadyPlaced] * 9
    await place(database, new("call_next", lead, attempt=2))
    async with database.read() as tx:
        assert await attempts.of_lead(tx, lead) == 2
    await other.close()


async def test_list_of_calls_is_filtered_and_turned_page_by_page(database: Database) -> None:
    for number in range(5):
        await place(database, new(f"call_{number}"), NOW + timedelta(minutes=number // 2))
    async with database.begin() as tx:
        await calls.finish(tx, result("call_2"))
        first = await calls.recent(tx, limit=2)
        second = await calls.recent(tx, limit=2, before=first[-1])
        third = await calls.recent(tx, limit=2, before=second[-1])
        assert [call.id for page in (first, second, third) for call in page] == [
            "call_4", "call_3", "call_2", "call_1", "call_0",
        ]  # fmt: skip
        assert [call.id for call in await calls.recent(tx, CallFilter(disposition="booked"))] == ["call_2"]
        assert len(await calls.recent(tx, CallFilter(since=NOW + timedelta(minutes=1)))) == 3
        assert len(await attempts.dialled(tx, "+14155550123", NOW)) == 5


ENTRIES: Sequence[Entry] = [
    Entry(1, -3000, "ringing"),
    Entry(2, 0, "answered", {"by": "person", "odd": [1e22, 0.1, None, "ü\x00"]}),
    Entry(3, 900, "agent_said", {"text": "Hi, is this Dana?"}),
]


async def test_journal_comes_back_in_order_and_from_where_one_was(database: Database) -> None:
    async with database.begin() as tx:
        await journal.append(tx, "call_1", [ENTRIES[1], ENTRIES[0]])
        await journal.append(tx, "call_1", ENTRIES[2:])
    async with database.read() as tx:
        assert await journal.read(tx, "call_1") == ENTRIES
        assert await journal.read(tx, "call_1", after=2) == ENTRIES[2:]
        assert await journal.verify(tx, "call_1") is None


async def test_batch_sent_again_is_not_written_twice(database: Database) -> None:
    async with database.begin() as tx:
        assert await journal.append(tx, "call_1", ENTRIES[:2]) == 2
        assert await journal.append(tx, "call_1", ENTRIES) == 1
        assert await journal.read(tx, "call_1") == ENTRIES


async def test_gap_in_the_journal_is_noticed(database: Database) -> None:
    with pytest.raises(ValueError, match="entries are missing"):
        async with database.begin() as tx:
            await journal.append(tx, "call_1", [ENTRIES[0], ENTRIES[2]])


@pytest.mark.parametrize("change", ["UPDATE journal SET kind = 'x'", "DELETE FROM journal WHERE seq = 2"])
async def test_journal_cannot_be_changed_even_by_hand(database: Database, change: str) -> None:
    async with database.begin() as tx:
        await journal.append(tx, "call_1", ENTRIES)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as tx:
            await tx.execute(text(change))


async def test_who_gets_around_the_refusal_is_found_out(database: Database) -> None:
    async with database.begin() as tx:
        await journal.append(tx, "call_1", ENTRIES)
    drop = "DROP TRIGGER journal_no_update" if database.is_sqlite else "ALTER TABLE journal DISABLE TRIGGER ALL"
    async with database.begin() as tx:
        await tx.execute(text(drop))
        await tx.execute(text("UPDATE journal SET facts = '{}' WHERE seq = 2"))
        assert await journal.verify(tx, "call_1") == 2


async def test_retention_takes_the_words_and_leaves_the_figures(database: Database) -> None:
    await place(database, new())
    async with database.begin() as tx:
        await calls.finish(tx, result())
        await journal.append(tx, "call_1", ENTRIES)
    later = NOW + timedelta(days=400)
    async with database.begin() as tx:
        await retention.forget_call(tx, "call_1", "kept for a year", later)
    async with database.begin() as tx:
        assert await journal.read(tx, "call_1") == []
        assert await calls.turns(tx, "call_1") == []
        assert await calls.result(tx, "call_1") is None
        record = await calls.read(tx, "call_1")
        assert record is not None
        assert (record.disposition, record.duration_s, record.person, record.to_number) == ("booked", 244.5, "", "")
        assert [(one.subject, one.why) for one in await retention.deletions(tx, NOW)] == [("call_1", "kept for a year")]
    with pytest.raises(DBAPIError, match="append-only"):  # the permit went with its transaction
        async with database.begin() as tx:
            await tx.execute(text("DELETE FROM deletion"))


async def test_person_who_wants_to_be_forgotten_is(database: Database) -> None:
    lead = await stored_lead(database)
    await place(database, new(lead=lead))
    evidence = consents.ConsentEvidence("written", "Harborline", "I agree.", "website", "+14155550123")
    async with database.begin() as tx:
        await consents.revoke(tx, await consents.add(tx, lead, evidence, NOW), "wrote to us", NOW)
    async with database.begin() as tx:
        assert await retention.forget_lead(tx, lead, "asked for it", NOW) == ["call_1"]
        assert await leads.read(tx, lead) is None
        assert await consents.of_lead(tx, lead) == []

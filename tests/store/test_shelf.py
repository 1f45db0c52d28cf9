"""The list of flows: live beside draft, and the calls of each."""

from datetime import UTC, datetime, timedelta

from engine.store import Database, calls, flows, shelf
from engine.store.calls import NewCall

NOW = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)


async def test_a_flow_stands_on_the_shelf_with_what_is_live_and_how_often_it_called(database: Database) -> None:
    async with database.begin() as tx:
        await flows.save_draft(tx, "roof", "Roofing", "one", by="ana", now=NOW)
        await flows.publish(tx, "roof", 1, "one", by="ben", now=NOW)
        await flows.publish(tx, "roof", 2, "two", by="ben", now=NOW)
        await flows.save_draft(tx, "solar", "A draft", "sun", by="", now=NOW)
        for number, (flow, at) in enumerate([("roof", NOW), ("roof", WEEK_AGO), ("roof", WEEK_AGO - timedelta(1))]):
            await calls.place(tx, NewCall(f"call_{number}", flow, 1, None, to_number="+14155550123"), at)
    async with database.read() as tx:
        draft, roof = await shelf.shelf(tx, WEEK_AGO)
        texts = await shelf.texts(tx, {roof.checksum, roof.live_checksum, "nobody's"})
    assert (draft.flow_id, draft.live, draft.live_checksum, draft.live_at, draft.calls) == ("solar", 0, "", None, 0)
    assert (roof.live, roof.live_by, roof.live_at, roof.calls) == (2, "ben", NOW, 2)
    assert {texts[roof.checksum], texts[roof.live_checksum]} == {"one", "two"}
    assert len(texts) == 2


async def test_flows_that_were_put_away_are_there_when_asked_for(database: Database) -> None:
    async with database.begin() as tx:
        await flows.save_draft(tx, "roof", "Roofing", "one", by="ana", now=NOW)
        await flows.archive(tx, "roof", NOW)
    async with database.read() as tx:
        assert await shelf.shelf(tx, WEEK_AGO) == []
        (away,) = await shelf.shelf(tx, WEEK_AGO, archived=True)
    assert away.archived_at == NOW


async def test_a_test_call_does_not_count_as_a_call_of_the_week(database: Database) -> None:
    async with database.begin() as tx:
        await flows.save_draft(tx, "roof", "Roofing", "one", by="ana", now=NOW)
        for id, test in (("real", False), ("tried", True)):
            await calls.place(tx, NewCall(id, "roof", 1, None, to_number="+14155550123", test=test), NOW)
    async with database.read() as tx:
        (roof,) = await shelf.shelf(tx, WEEK_AGO)
    assert roof.calls == 1

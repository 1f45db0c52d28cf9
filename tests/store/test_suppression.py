"""Our own do-not-call list, also of people whose data was deleted."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from engine.store import Database, suppression

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
PHONE, OTHER = "+14155550123", "+14155550124"


async def test_who_had_everything_deleted_is_still_never_called(database: Database) -> None:
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
        assert await suppression.forget_number(tx, PHONE)
    async with database.read() as tx:
        entry = await suppression.read(tx, PHONE)
        assert entry == suppression.Suppressed(PHONE, "asked us to stop", "call_1", NOW, hashed=True)
        assert await suppression.contains(tx, PHONE)
        assert not await suppression.contains(tx, OTHER)
        assert await suppression.count(tx) == 1


async def test_the_digits_of_a_forgotten_number_stand_nowhere(database: Database) -> None:
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
        await suppression.forget_number(tx, PHONE)
    async with database.read() as tx:
        assert await suppression.recent(tx) == []
        kept = [str(row) for row in await tx.execute(text("SELECT * FROM suppressed_hash"))]
        plain = (await tx.execute(text("SELECT count(*) FROM suppressed_number"))).scalar_one()
    assert len(kept) == 1
    assert PHONE[1:] not in kept[0]
    assert plain == 0


async def test_all_forgotten_numbers_share_a_salt_so_that_one_look_finds_any(database: Database) -> None:
    async with database.begin() as tx:
        for number in (PHONE, OTHER):
            await suppression.add(tx, number, "asked us to stop", "call_1", NOW)
            await suppression.forget_number(tx, number)
    async with database.read() as tx:
        assert (await tx.execute(text("SELECT count(DISTINCT salt) FROM suppressed_hash"))).scalar_one() == 1
        assert await suppression.contains(tx, PHONE)
        assert await suppression.contains(tx, OTHER)


async def test_forgetting_twice_or_what_is_not_there_is_no_error(database: Database) -> None:
    async with database.begin() as tx:
        assert not await suppression.forget_number(tx, PHONE)
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
        assert await suppression.forget_number(tx, PHONE)
        assert not await suppression.forget_number(tx, PHONE)
        # It is on the list: adding it again does not bring the digits back.
        assert not await suppression.add(tx, PHONE, "asked us to stop", "call_2", NOW + timedelta(days=1))
        assert await suppression.recent(tx) == []


async def test_a_number_is_taken_off_whether_its_digits_are_kept_or_not(database: Database) -> None:
    async with database.begin() as tx:
        for number in (PHONE, OTHER):
            await suppression.add(tx, number, "asked us to stop", "call_1", NOW)
        await suppression.forget_number(tx, PHONE)
        assert await suppression.remove(tx, PHONE)
        assert await suppression.remove(tx, OTHER)
        assert not await suppression.remove(tx, OTHER)
        assert await suppression.count(tx) == 0


async def test_recent_entries_are_paged_also_where_a_file_gave_many_the_same_moment(database: Database) -> None:
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
        await suppression.add_all(tx, [f"+1415555010{each}" for each in range(5)], "list", "file", NOW, "upload")
        await suppression.add(tx, OTHER, "asked us to stop", "call_2", NOW + timedelta(days=1))
    async with database.read() as tx:
        first = await suppression.recent(tx, limit=3)
        second = await suppression.recent(tx, limit=3, until=NOW, skip=2)
        third = await suppression.recent(tx, limit=3, until=NOW, skip=5)
        assert await suppression.those_on(tx, ["+14155550101", "+14155559999"]) == {"+14155550101"}
    seen = [each.number for each in (*first, *second, *third)]
    assert seen[0] == OTHER
    assert len(seen) == len(set(seen)) == 7

"""Lists of the country and of states: they count as a whole or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.compliance import ListedOn
from engine.store import Database, stopped_states
from engine.store import do_not_call_lists as lists

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PHONE = "+14155550123"
CALIFORNIA = frozenset({"415"})


async def load(
    database: Database,
    numbers: list[int],
    state: str = lists.NATIONAL,
    listed_at: datetime = NOW - DAY,
    areas: frozenset[str] = CALIFORNIA,
) -> lists.NumberList:
    async with database.begin() as tx:
        list_id = await lists.begin(tx, state, f"List of {state or 'the country'}", listed_at, "Ana", NOW)
    async with database.begin() as tx:
        await lists.put(tx, list_id, numbers, NOW)
    async with database.begin() as tx:
        return await lists.finish(tx, list_id, 2, areas, "ab" * 32, NOW)


async def test_a_number_is_found_on_every_list_that_has_it(database: Database) -> None:
    await load(database, [14155550123, 14155550124])
    await load(database, [14155550123], state="TX", listed_at=NOW - 3 * DAY)
    async with database.read() as tx:
        found = await lists.lookup(tx, PHONE)
        other = await lists.lookup(tx, "+14155550124")
        nobody = await lists.lookup(tx, "+14155550125")
        assert await lists.lookup(tx, "") == []
    assert found == [
        ListedOn("List of the country", NOW - DAY),
        ListedOn("List of TX", NOW - 3 * DAY, "TX"),
    ]
    assert [each.state for each in other] == [""]
    assert nobody == []


async def test_a_number_that_is_twice_in_a_file_is_there_once(database: Database) -> None:
    made = await load(database, [14155550123, 14155550123, 14155550124])
    assert (made.numbers, made.unreadable, made.status) == (2, 2, "complete")


async def test_the_old_list_counts_until_the_new_one_is_complete(database: Database) -> None:
    await load(database, [14155550123], listed_at=NOW - 20 * DAY)
    async with database.begin() as tx:
        new = await lists.begin(tx, lists.NATIONAL, "November", NOW, "Ana", NOW)
        await lists.put(tx, new, [14155550999], NOW)
    async with database.read() as tx:
        assert await lists.lookup(tx, PHONE)
        assert not await lists.lookup(tx, "+14155550999")
        assert await lists.loaded(tx) == {"": NOW - 20 * DAY}
    async with database.begin() as tx:
        await lists.finish(tx, new, 0, CALIFORNIA, "", NOW)
    async with database.read() as tx:
        assert not await lists.lookup(tx, PHONE)
        assert await lists.lookup(tx, "+14155550999")
        assert await lists.loaded(tx) == {"": NOW}
        assert [(each.name, each.status) for each in await lists.lists(tx)] == [
            ("November", "complete"),
            ("List of the country", "replaced"),
        ]


async def test_a_list_that_was_given_up_never_counts(database: Database) -> None:
    async with database.begin() as tx:
        list_id = await lists.begin(tx, "TX", "Texas", NOW, "Ana", NOW)
        await lists.put(tx, list_id, [14155550123], NOW)
        await lists.give_up(tx, list_id, "Not a list.")
    async with database.read() as tx:
        assert not await lists.lookup(tx, PHONE)
        assert await lists.loaded(tx) == {}
    async with database.begin() as tx:
        with pytest.raises(lists.ListGone):
            await lists.put(tx, list_id, [14155550124], NOW)
        with pytest.raises(lists.ListGone):
            await lists.finish(tx, list_id, 0, CALIFORNIA, "", NOW)


async def test_a_list_whose_process_died_is_given_up_by_the_next_one(database: Database) -> None:
    async with database.begin() as tx:
        dead = await lists.begin(tx, "TX", "Texas", NOW, "Ana", NOW)
    async with database.begin() as tx:
        await lists.begin(tx, "FL", "Florida", NOW, "Ana", NOW + lists.SILENT + DAY)
    async with database.read() as tx:
        found = await lists.read(tx, dead)
    assert found is not None and found.status == "failed"


async def test_an_older_list_does_not_take_the_place_of_a_later_one(database: Database) -> None:
    await load(database, [14155550123], listed_at=NOW)
    async with database.begin() as tx:
        with pytest.raises(lists.ListTooOld, match="2026-11-26"):
            await lists.begin(tx, lists.NATIONAL, "October", NOW - DAY, "Ana", NOW)


async def test_of_two_lists_that_are_loaded_at_once_the_later_one_counts(database: Database) -> None:
    async with database.begin() as tx:
        older = await lists.begin(tx, "TX", "October", NOW - DAY, "Ana", NOW)
        later = await lists.begin(tx, "TX", "November", NOW, "Ben", NOW)
    async with database.begin() as tx:
        await lists.finish(tx, later, 0, CALIFORNIA, "", NOW)
    async with database.begin() as tx:
        with pytest.raises(lists.ListTooOld):
            await lists.finish(tx, older, 0, CALIFORNIA, "", NOW)


async def test_numbers_of_a_replaced_list_are_taken_away_bit_by_bit(database: Database) -> None:
    await load(database, list(range(14155550100, 14155550150)), listed_at=NOW - DAY)
    await load(database, [14155550123], listed_at=NOW)
    rounds = 0
    while True:
        async with database.begin() as tx:
            if not await lists.sweep(tx, limit=20):
                break
        rounds += 1
    assert rounds == 3  # 20, 20 and the last 10
    async with database.read() as tx:
        assert await lists.lookup(tx, PHONE) == [ListedOn("List of the country", NOW)]
        assert len(await lists.lists(tx)) == 2


async def test_a_list_that_was_removed_counts_no_more(database: Database) -> None:
    made = await load(database, [14155550123], state="TX")
    async with database.begin() as tx:
        assert await lists.remove(tx, made.id, NOW)
        assert not await lists.remove(tx, made.id, NOW)
    async with database.read() as tx:
        assert await lists.lookup(tx, PHONE) == []
        assert await lists.in_force(tx) == []


async def test_a_list_bought_for_one_area_code_says_nothing_of_another(database: Database) -> None:
    await load(database, [14155550123])
    async with database.read() as tx:
        assert await lists.loaded(tx) == {"": NOW - DAY}
        assert await lists.loaded(tx, PHONE) == {"": NOW - DAY}
        assert await lists.loaded(tx, "+12125550123") == {}


async def test_a_state_is_stopped_until_its_moment_or_until_somebody_resumes_it(database: Database) -> None:
    async with database.begin() as tx:
        await stopped_states.stop(tx, "FL", NOW + DAY, "Hurricane", "Ana", NOW)
        await stopped_states.stop(tx, "LA", NOW + 2 * DAY, "Emergency", "Ana", NOW)
        await stopped_states.stop(tx, "LA", NOW + 3 * DAY, "Emergency goes on", "Ben", NOW)
    async with database.read() as tx:
        assert await stopped_states.stopped(tx, NOW) == {"FL": NOW + DAY, "LA": NOW + 3 * DAY}
        assert await stopped_states.stopped(tx, NOW + DAY) == {"LA": NOW + 3 * DAY}
        assert [each.why for each in await stopped_states.read(tx, NOW)] == ["Hurricane", "Emergency goes on"]
    async with database.begin() as tx:
        assert await stopped_states.resume(tx, "LA")
        assert not await stopped_states.resume(tx, "LA")
    async with database.read() as tx:
        assert await stopped_states.stopped(tx, NOW) == {"FL": NOW + DAY}

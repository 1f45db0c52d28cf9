"""People and their log-ins, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.store import Database, people
from engine.store.people import LASTS, PAUSE, TRIES, NotLoggedIn, Person, PersonRefused, Role

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


async def enter(database: Database, name: str = "dana", role: Role = Role.admin) -> Person:
    async with database.begin() as tx:
        return await people.add(tx, name, name.title(), role, PASSWORD, NOW)


async def attempt(database: Database, password: str, now: datetime = NOW, name: str = "dana") -> Person:
    """As the API does it: what was counted stays counted when the password was wrong."""
    async with database.begin() as tx:
        try:
            return await people.check(tx, name, password, now)
        except NotLoggedIn as problem:
            refused = problem
    raise refused


async def test_a_person_logs_in_with_their_password_and_the_log_in_ends_after_a_working_day(database: Database) -> None:
    await enter(database)
    person = await attempt(database, PASSWORD)
    assert person == Person("dana", "Dana", Role.admin)
    async with database.begin() as tx:
        login = await people.log_in(tx, person, NOW)
    async with database.read() as tx:
        assert await people.logged_in(tx, login.token, NOW + LASTS - timedelta(seconds=1)) == person
        assert await people.logged_in(tx, login.token, NOW + LASTS) is None
        assert await people.logged_in(tx, login.token + "x", NOW) is None


async def test_neither_password_nor_token_stands_in_the_database(database: Database) -> None:
    person = await enter(database)
    async with database.begin() as tx:
        login = await people.log_in(tx, person, NOW)
    async with database.read() as tx:
        rows = [row for table in ("person", "login") for row in await tx.exec_driver_sql(f"SELECT * FROM {table}")]
    shown = str(rows)
    assert "dana" in shown
    assert PASSWORD not in shown and login.token not in shown


async def test_guessing_is_stopped_after_a_few_wrong_passwords_and_the_right_one_waits_too(database: Database) -> None:
    await enter(database)
    for _ in range(TRIES):
        with pytest.raises(NotLoggedIn, match="do not fit"):
            await attempt(database, "a wrong password")
    with pytest.raises(NotLoggedIn, match="Try again in") as waiting:
        await attempt(database, PASSWORD)
    assert 0 < waiting.value.retry_after_s <= PAUSE.total_seconds() + 1
    assert (await attempt(database, PASSWORD, NOW + PAUSE)).name == "dana"


async def test_a_right_password_forgets_the_wrong_ones_before_it(database: Database) -> None:
    await enter(database)
    for _ in range(3):
        for _ in range(TRIES - 1):
            with pytest.raises(NotLoggedIn):
                await attempt(database, "a wrong password")
        await attempt(database, PASSWORD)


async def test_a_name_that_is_nobodys_is_refused_in_the_same_words(database: Database) -> None:
    await enter(database)
    sentences = set()
    for name in ("dana", "nobody"):
        with pytest.raises(NotLoggedIn) as refused:
            await attempt(database, "a wrong password", name=name)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


async def test_a_new_password_a_lower_role_and_a_removal_end_the_log_ins(database: Database) -> None:
    await enter(database)
    for name in ("ann", "ben", "cal"):
        await enter(database, name, Role.publisher)
    tokens = {}
    async with database.begin() as tx:
        for name in ("ann", "ben", "cal"):
            person = await people.read(tx, name)
            assert person is not None
            tokens[name] = (await people.log_in(tx, person, NOW)).token
        await people.change(tx, "ann", password="another long password")
        await people.change(tx, "ben", role=Role.viewer)
        await people.remove(tx, "cal")
    async with database.read() as tx:
        assert [await people.logged_in(tx, token, NOW) for token in tokens.values()] == [None] * 3


async def test_the_last_administrator_can_neither_go_nor_step_down_while_others_are_there(database: Database) -> None:
    await enter(database)
    await enter(database, "ann", Role.editor)
    async with database.begin() as tx:
        with pytest.raises(PersonRefused, match="only administrator"):
            await people.remove(tx, "dana")
    async with database.begin() as tx:
        with pytest.raises(PersonRefused, match="only administrator"):
            await people.change(tx, "dana", role=Role.editor)
    async with database.begin() as tx:
        await people.remove(tx, "ann")
        await people.remove(tx, "dana")
        assert await people.count(tx) == 0


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("ann", PASSWORD, "first person must be an administrator"),
        ("", PASSWORD, "no name to log in with"),
        ("two words", PASSWORD, "no name to log in with"),
        ("dana", "short", "at least 10 characters"),
        ("DANA ", PASSWORD, "already somebody"),
    ],
)
async def test_a_person_who_cannot_be_entered_is_refused_in_words(
    database: Database, name: str, password: str, words: str
) -> None:
    if "already" in words:
        await enter(database)
    async with database.begin() as tx:
        with pytest.raises(PersonRefused, match=words):
            role = Role.viewer if "first" in words else Role.admin
            await people.add(tx, name, "", role, password, NOW)

"""A calendar that is linked to a service, or not any more, while appointments stand in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.store import Database
from engine.store.calendar import BuiltInCalendar
from tests.support.faulty_diary import FaultyService
from tests.support.linked_house import DANA, NOW, RULES, SETUP, LinkedHouse, at


@pytest.fixture
async def house(database: Database) -> LinkedHouse:
    built = LinkedHouse(database, FaultyService())
    await built.set_up(SETUP)
    return built


async def test_an_appointment_moved_or_cancelled_after_unlinking_is_taken_out_of_the_diary(house: LinkedHouse) -> None:
    first, second = await house.book(10, "call_1"), await house.book(12, "call_2")
    await house.set_up(replace(SETUP, connection=""))
    ours = await BuiltInCalendar.open(house.database, "main")
    await ours.cancel(first.id)
    held = await ours.hold(at(15), RULES, "call_2", NOW)
    assert (await ours.confirm(held, "call_2", DANA, NOW)).id == second.id
    await house.sweep()
    assert (house.written(), await house.standing(), await house.unfinished()) == ([], [(15, "", "")], 0)


async def test_an_appointment_from_before_linking_is_written_when_it_moves(house: LinkedHouse) -> None:
    await house.set_up(replace(SETUP, connection=""))
    ours = await BuiltInCalendar.open(house.database, "main")
    first = await ours.confirm(await ours.hold(at(10), RULES, "call_1", NOW), "call_1", DANA, NOW)
    await house.set_up(SETUP)
    assert await house.offered() == [12, 13, 14, 15, 16]
    moved = await house.book(14, "call_2", moves=first.id)
    assert (moved.id, house.written()) == (first.id, [14])
    await house.process.cancel(moved.id)
    assert (house.written(), await house.standing()) == ([], [])

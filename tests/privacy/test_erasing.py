"""A person who wants to be forgotten is, whole or not at all; what must stay says why."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.privacy.erasing import NoSuchLead, StillNeeded, erase_person
from engine.schedule import WorkingHours
from engine.sdk import Booking, BookingDetails, Opening
from engine.store import Database, appointments, audit, leads, legal_holds, suppression
from engine.store.appointments import CalendarSetup, Kept
from tests.support.kept_person import NOW, PHONE, SECRET, add_call, add_lead

LATER = NOW + timedelta(days=2)


async def everything(database: Database) -> str:
    """All rows of all tables, as text."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if not database.is_sqlite:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    async with database.read() as tx:
        names = [row[0] for row in await tx.execute(text(tables))]
        rows = [list(await tx.execute(text(f'SELECT * FROM "{name}"'))) for name in names]
    return json.dumps(rows, default=str)


async def test_nothing_of_a_person_who_was_forgotten_is_left_in_any_table(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    again = await add_lead(database, form="2")
    file = await add_call(database, tmp_path, lead)
    there = await everything(database)
    assert all(part in there for part in (PHONE, "Reyes", SECRET))

    done = await erase_person(database, tmp_path, again, "asked for it by letter", "dana", LATER)
    assert (done.leads, done.calls, done.recordings) == (2, 1, 1)
    assert not file.exists()
    left = await everything(database)
    for part in (PHONE, PHONE[1:], "Reyes", SECRET):
        assert part not in left
    async with database.read() as tx:
        assert [each.what for each in await audit.recent(tx)] == ["erased_person", "erased_person"]


async def test_who_said_stop_and_was_forgotten_is_still_not_called(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    async with database.begin() as tx:
        await suppression.add(tx, PHONE, "asked us to stop", "call_1", NOW)
    await erase_person(database, tmp_path, lead, "asked for it", "dana", LATER)
    assert PHONE not in await everything(database)
    async with database.read() as tx:
        listed = await suppression.read(tx, PHONE)
    assert listed is not None
    assert listed.reason == "asked us to stop"


async def test_somebody_else_is_left_alone(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    other = await add_lead(database, "+14155552672", form="2")
    kept = await add_call(database, tmp_path, other, "call_2", phone="+14155552672")
    await erase_person(database, tmp_path, lead, "asked for it", "dana", LATER)
    async with database.read() as tx:
        assert await leads.read(tx, other) is not None
    assert kept.exists()


async def test_a_legal_hold_is_told_instead_of_deleting(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    other_form = await add_lead(database, form="2")
    file = await add_call(database, tmp_path, lead)
    async with database.begin() as tx:
        await legal_holds.place(tx, other_form, "Claim 12", "dana", NOW)
    with pytest.raises(StillNeeded, match=r"15 September 2026.*Claim 12.*Release the hold first"):
        await erase_person(database, tmp_path, lead, "asked for it", "dana", LATER)
    assert file.exists()
    async with database.read() as tx:
        assert await leads.read(tx, lead) is not None


async def test_what_follows_a_call_is_done_first(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    file = await add_call(database, tmp_path, lead, done=False)
    with pytest.raises(StillNeeded, match="call_1"):
        await erase_person(database, tmp_path, lead, "asked for it", "dana", LATER)
    assert file.exists()


async def test_an_appointment_to_come_is_told_and_a_past_one_loses_its_name(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "UTC", WorkingHours.read({"monday": ["09:00-17:00"]})))
        booking = Booking("apt_1", Opening(LATER, LATER + timedelta(hours=1)), "UTC")
        details = BookingDetails("Estimate for Dana Reyes", "Dana Reyes", PHONE)
        kept = Kept(0, "", "94107")
        await appointments.book(tx, "main", "call_1:estimate", booking, details, kept, NOW, moves=False)
    with pytest.raises(StillNeeded, match=r"appointment on 17 September 2026.*Cancel it first"):
        await erase_person(database, tmp_path, lead, "asked for it", "dana", NOW)
    done = await erase_person(database, tmp_path, lead, "asked for it", "dana", LATER + timedelta(days=1))
    assert done.appointments == 1
    assert "Reyes" not in await everything(database)


async def test_who_is_not_there_cannot_be_deleted(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NoSuchLead, match="no lead lead_9"):
        await erase_person(database, tmp_path, "lead_9", "asked for it", "dana", LATER)

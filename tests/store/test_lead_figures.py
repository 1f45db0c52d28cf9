"""Leads with what became of them, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from engine.store import Database, calls, lead_figures, leads
from engine.store.calls import CallRow, NewCall
from engine.store.lead_figures import LeadFilter
from engine.store.leads import NewLead

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


async def lead(database: Database, number: int, **parts: object) -> str:
    new = NewLead(
        "website", "Dana", f"Reyes {number}", f"+1415555267{number}", email=f"dana{number}@example.com",
        webhook_at=NOW, **parts,  # type: ignore[arg-type]
    )  # fmt: skip
    async with database.begin() as tx:
        return (await leads.receive(tx, new, NOW + timedelta(seconds=number))).lead.id


async def call(database: Database, lead_id: str, number: int, disposition: str, *, talked: bool = False) -> None:
    call_id = f"call_{lead_id[-4:]}_{number}"
    async with database.begin() as tx:
        at = NOW + timedelta(minutes=number)
        await calls.place(tx, NewCall(call_id, "roofs", 1, lead_id, attempt=number, to_number="+14155552671"), at)
        await calls.ringing(tx, call_id, at + timedelta(seconds=2), 2100 * number)
        if talked:
            await calls.answered(tx, call_id, at + timedelta(seconds=9))
        await calls.failed(tx, call_id, at + timedelta(minutes=1), disposition)
        requested = {"requested_at": at, "permitted_at": at, "qualified": talked}
        await tx.execute(update(CallRow).where(CallRow.id == call_id).values(**requested))


async def test_the_list_shows_each_lead_with_its_newest_call_and_finds_by_any_part(database: Database) -> None:
    one, two, three = [await lead(database, number) for number in (1, 2, 3)]
    await call(database, one, 1, "no_answer")
    await call(database, one, 2, "booked", talked=True)
    async with database.read() as tx:
        lines = await lead_figures.page(tx, LeadFilter())
        assert [line.lead.id for line in lines] == [three, two, one]
        assert (lines[2].calls, lines[2].disposition, lines[2].form_to_ring_ms) == (2, "booked", 2100)
        assert (lines[0].calls, lines[0].call_id) == (0, None)
        first = await lead_figures.page(tx, LeadFilter(), 2)
        place = (first[-1].lead.received_at, first[-1].lead.id)
        assert [line.lead.id for line in await lead_figures.page(tx, LeadFilter(), 2, place)] == [one]
        for words, expected in (
            ("reyes 2", [two]), ("2673", [three]), ("(415) 555-2671", [one]), ("DANA2@", [two]), ("100%", []),
        ):  # fmt: skip
            found = await lead_figures.page(tx, LeadFilter(words=words))
            assert [line.lead.id for line in found] == expected, words
        assert [each.lead.id for each in await lead_figures.page(tx, LeadFilter(disposition="booked"))] == [one]
        assert await lead_figures.counts(tx, LeadFilter()) == {"waiting": 3}
        assert await lead_figures.counts(tx, LeadFilter(since=NOW + timedelta(seconds=2))) == {"waiting": 2}


async def test_figures_know_the_first_call_and_everything_that_came_of_a_lead(database: Database) -> None:
    one, two = await lead(database, 1), await lead(database, 2)
    await lead(database, 3, test=True)
    await call(database, one, 1, "no_answer")
    await call(database, one, 2, "booked", talked=True)
    async with database.read() as tx:
        second, first = await lead_figures.first_calls(tx, LeadFilter())
    assert (first.lead_id, second.lead_id) == (one, two)
    assert (first.webhook_at, first.requested_at) == (NOW, NOW + timedelta(minutes=1))
    assert (first.dispositions, first.talked, first.qualified) == (["no_answer", "booked"], True, True)
    assert (second.requested_at, second.dispositions, second.talked) == (None, [], False)

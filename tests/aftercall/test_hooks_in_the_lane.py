"""Webhook, Zapier, Make, Slack and Google Sheets in the lane itself, on both databases: what failed is tried again, and
what is done is not."""

from __future__ import annotations

from pathlib import Path

from engine.sdk.registry import discover
from engine.simulate.receiver import Receiver
from engine.store import Database
from tests.emulators.faults import Fault
from tests.emulators.systems import Systems
from tests.support.aftercall import NOON, Book, Clock, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import run_lane

CARDS = ("webhook", "zapier", "make", "slack", "google_sheets")


def book_of(systems: Systems, crm: Receiver) -> Book:
    book = Book()
    for name, (kind, settings) in systems.connections().items():
        book.add(name, kind, settings)
    book.add("webhook", "webhook", {"url": crm.url, "secret": crm.secret})
    return book


async def test_each_system_learns_of_a_call_once_although_one_was_away(database: Database, tmp_path: Path) -> None:
    async with Systems() as systems, Receiver() as crm:
        drawn = flow(CARDS, tuple(card(kind, kind) for kind in CARDS))
        await hang_up(database, drawn, result(), NOON)
        clock = Clock()
        shop = lane(database, discover(), tmp_path, book_of(systems, crm), clock)
        # Three requests to Google: what was appended is not told. Make has no room. The receiver is busy.
        systems.google_sheets.faults.set(Fault("cut", skip=2, times=1))
        systems.make.faults.set(Fault("refuse", error="queue full", times=1))
        crm.refuse_next(503)
        first, _ = await run_lane(shop)
        assert first.state != "done"
        clock.pass_(600)
        second, _ = await run_lane(shop)
        assert second.state == "done"
        assert len(systems.google_sheets.rows()) == 2
        assert [row[-1] for row in systems.google_sheets.rows()] == ["Leadline key", "call_31:google_sheets"]
        assert [len(each) for each in (systems.make.bundles, systems.zapier.runs, systems.slack.channel)] == [1, 1, 1]
        assert systems.zapier.runs[0]["event_id"] == "call_31:zapier"
        assert [each.id for each in crm.deliveries] == ["call_31:webhook"]


async def test_a_card_whose_connection_is_missing_says_so_and_the_others_go_on(
    database: Database, tmp_path: Path
) -> None:
    async with Systems() as systems, Receiver() as crm:
        book = book_of(systems, crm)
        del book.known["slack"]
        drawn = flow(("slack", "zapier"), (card("slack", "slack"), card("zapier", "zapier")))
        await hang_up(database, drawn, result(), NOON)
        end, reports = await run_lane(lane(database, discover(), tmp_path, book, Clock()))
        told = {each.step.id: each for each in reports}
    assert end.state == "failed"
    assert told["slack"].state == "failed"
    assert "slack" in told["slack"].note
    assert len(systems.zapier.runs) == 1

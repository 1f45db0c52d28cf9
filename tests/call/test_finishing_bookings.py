"""The end of a call and its booking: the record tells of what stands in the calendar, whoever was still there."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from engine.call.finishing import Finishing
from engine.call.ledger import Ledger
from engine.call.live import CallOrder, LiveCall, Tally
from engine.call.session import Ended
from engine.flow.model import Flow
from engine.schedule import WorkingHours
from engine.sdk import Booking, BookingDetails, BookingRules, CallResult, Hold
from engine.simulate.text_call import Notebook
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar
from engine.store.trials import Trial
from tests.support.talk import START, ZONE, Talk

RULES = BookingRules(60, 0)


class KeepingLedger(Ledger):
    """Keeps the result that it should commit."""

    result: CallResult | None = None

    async def finish(self, result: CallResult, flow: Flow, *, after_call: bool = True) -> bool:
        self.result = result
        return True


async def finished(store: Database, talk: Talk, tmp_path: Path, trial: Trial | None = None) -> CallResult:
    """The caller has hung up, as the process that finishes the call sees it."""

    async def closed() -> bool:
        return True

    order = CallOrder("call_1", talk.flow.id, 1, "", talk.lead, 1, "+14155550100", START, trial=trial)
    live = LiveCall(
        order, talk.flow, talk.conversation, SimpleNamespace(close=closed), Tally(Notebook()),  # type: ignore[arg-type]
        SimpleNamespace(), SimpleNamespace(), SimpleNamespace(), SimpleNamespace(part=lambda: None),  # type: ignore[arg-type]
    )  # fmt: skip
    live.answered_at, live.ended = START, Ended("caller", "", 60.0)
    talk.conversation.hung_up("caller", talk.now)
    ledger = KeepingLedger(store, tmp_path, "process_1")
    clock = SimpleNamespace(now=lambda: START + timedelta(minutes=3))
    finishing = Finishing(
        SimpleNamespace(remove=lambda live: None), ledger, SimpleNamespace(must_disclose=lambda flow: ()),  # type: ignore[arg-type]
        clock, tmp_path,  # type: ignore[arg-type]
    )  # fmt: skip
    await finishing.spoken(live)
    assert ledger.result is not None
    return ledger.result


async def a_calendar(database: Database) -> BuiltInCalendar:
    hours = WorkingHours.read({"wednesday": ["14:00-15:00"], "thursday": ["10:00-11:00"], "friday": ["15:00-16:00"]})
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", ZONE.key, hours, step_min=60))
    return await BuiltInCalendar.open(database, "main")


async def booked_behind_the_talk(calendar: BuiltInCalendar, start_day: int) -> str:
    """The process that said yes to the calendar died before it could write down what came of it."""
    opening = next(each for each in await calendar.openings(RULES, START) if each.start.day == start_day)
    hold = await calendar.hold(opening, RULES, "call_1:appointment", START)
    details = BookingDetails("Roof", phone="+14155550123")
    return (await calendar.confirm(hold, "call_1:appointment", details, START)).id


async def test_a_booking_whose_process_died_stands_in_the_record(database: Database, tmp_path: Path) -> None:
    calendar = await a_calendar(database)
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.")
    id = await booked_behind_the_talk(calendar, 17)
    result = await finished(database, talk, tmp_path)
    assert result.appointment is not None and result.appointment.id == id
    assert result.outcome.disposition == "booked" and "booking_not_told" in result.outcome.flags


async def test_an_appointment_that_moved_behind_the_talk_stands_in_the_record_at_its_new_time(
    database: Database, tmp_path: Path
) -> None:
    calendar = await a_calendar(database)
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.", "Thursday at ten.", "Yes.")
    await booked_behind_the_talk(calendar, 18)
    result = await finished(database, talk, tmp_path)
    assert result.appointment is not None
    assert result.appointment.start.astimezone(ZoneInfo(ZONE.key)).day == 18


async def test_a_booking_that_was_told_is_no_news(database: Database, tmp_path: Path) -> None:
    talk = Talk(calendar=await a_calendar(database))
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.", "Thursday at ten.", "Yes.")
    result = await finished(database, talk, tmp_path)
    assert result.outcome.disposition == "booked" and "booking_not_told" not in result.outcome.flags


async def test_who_hangs_up_with_a_time_held_leaves_it_free_for_the_next_caller(
    database: Database, tmp_path: Path
) -> None:
    calendar = await a_calendar(database)
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.", "Thursday at ten.")
    assert 17 not in [each.start.day for each in await calendar.openings(RULES, START, "another_call")][:2]
    result = await finished(database, talk, tmp_path)
    assert result.appointment is None
    assert 17 in [each.start.day for each in await calendar.openings(RULES, START, "another_call")][:2]


async def test_a_call_that_tries_out_a_draft_looks_for_nothing_in_the_real_calendar(
    database: Database, tmp_path: Path
) -> None:
    calendar = await a_calendar(database)
    talk = Talk()
    await talk.answer()
    await booked_behind_the_talk(calendar, 17)
    trial = Trial("1", "", talk.lead, frozenset())  # type: ignore[arg-type]
    assert (await finished(database, talk, tmp_path, trial)).appointment is None


class Waiting(BuiltInCalendar):
    """Confirms when it is let."""

    def __init__(self, database: Database, name: str, zone: str) -> None:
        super().__init__(database, name, zone)
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self.asked.set()
        await self.let.wait()
        return await super().confirm(hold, key, details, now, moves)


async def test_the_record_waits_for_a_booking_under_way(database: Database, tmp_path: Path) -> None:
    await a_calendar(database)
    calendar = Waiting(database, "main", ZONE.key)
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say("Yes.", "My roof leaks, our house, 94110, this week.", "Thursday at ten.")
    acts = talk.conversation.heard("Yes.", talk.now)
    first = asyncio.ensure_future(anext(acts))
    await calendar.asked.wait()
    first.cancel()
    finishing = asyncio.ensure_future(finished(database, talk, tmp_path))
    await asyncio.sleep(0.1)
    assert not finishing.done()
    calendar.let.set()
    result = await finishing
    assert result.appointment is not None and result.outcome.disposition == "booked"

"""Whole talks that book at Cal.com: sure, asked for, taken meanwhile, lost and found, away, found by a later call."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from engine.calendars.calcom import CalComCalendar
from engine.sdk import Attendee
from engine.store import Database, appointments
from engine.store.appointments import CalendarSetup
from tests.calendars.calcom_house import connection
from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.faults import Fault
from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
from tests.support.talk import DANA, FREE, START, Talk

UP_TO_THE_OFFER = ("Yes.", "My roof leaks, our house, 94110, this week.")
LEAD = replace(DANA, email="dana@example.com")


@pytest.fixture
async def cal() -> AsyncIterator[CalComEmulator]:
    async with CalComEmulator(clock=lambda: START) as emulator:
        emulator.add(EventType(10), FREE)
        yield emulator


async def offered(cal: CalComEmulator, database: Database) -> Talk:  # noqa: F811
    """A talk in which times of Cal.com were offered."""
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "America/Los_Angeles", connection="calcom"))
    talk = Talk(calendar=await CalComCalendar.open(database, "main", connection(cal), {}), lead=LEAD)
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER)
    assert talk.asked == "offer_times"
    return talk


async def test_a_time_is_kept_while_the_caller_decides_and_booked_at_the_yes(
    cal: CalComEmulator,
    database: Database,  # noqa: F811
) -> None:
    talk = await offered(cal, database)
    await talk.say("Thursday at ten.")
    assert [each.start for each in cal.store.reservations.values()] == [FREE[1]]
    reply = await talk.say("Yes.")
    assert "You're booked for Thursday, September 17th, at 10 a.m." in reply
    [made] = cal.standing
    assert (made.start, made.attendee["email"]) == (FREE[1], "dana@example.com")
    assert cal.store.reservations == {}
    appointment = talk.conversation.outcome.appointment
    assert appointment is not None
    assert (appointment.status, appointment.staff) == ("confirmed", "Robin Host")


async def test_a_booking_that_a_host_must_agree_to_is_never_called_booked(
    cal: CalComEmulator,
    database: Database,  # noqa: F811
) -> None:
    cal.store.event_types[10].confirmation = True
    talk = await offered(cal, database)
    reply = await talk.say("Thursday at ten.", "Yes.")
    assert "booked" not in reply.casefold()
    appointment = talk.conversation.outcome.appointment
    assert appointment is not None
    assert appointment.status == "requested"


async def test_a_time_that_a_stranger_took_on_the_web_page_leads_to_another_offer(
    cal: CalComEmulator,
    database: Database,  # noqa: F811
) -> None:
    talk = await offered(cal, database)
    await talk.say("Thursday at ten.")
    cal.booked_by_somebody(10, FREE[1])
    reply = await talk.say("Yes.")
    assert "just taken" in reply
    assert "Thursday" not in reply.partition("taken")[2]
    assert talk.asked == "offer_times"
    assert talk.conversation.outcome.appointment is None


async def test_an_answer_that_was_lost_is_found_and_told(cal: CalComEmulator, database: Database) -> None:  # noqa: F811
    talk = await offered(cal, database)
    await talk.say("Thursday at ten.")
    cal.faults_on = "POST /v2/bookings"
    cal.faults.set(Fault("cut", times=1))
    reply = await talk.say("Yes.")
    assert cal.faults.hits == 1
    assert "You're booked for Thursday, September 17th, at 10 a.m." in reply
    assert len(cal.standing) == 1


async def test_a_calendar_that_is_away_at_the_yes_promises_nothing(
    cal: CalComEmulator,
    database: Database,  # noqa: F811
) -> None:
    talk = await offered(cal, database)
    await talk.say("Thursday at ten.")
    cal.faults.set(Fault("refuse", error="502"))
    reply = await talk.say("Yes.")
    assert "You're booked" not in reply
    assert talk.conversation.outcome.appointment is None
    cal.faults.clear()
    assert cal.standing == []


async def test_what_a_call_booked_a_later_call_finds_under_the_phone_number(
    cal: CalComEmulator,
    database: Database,  # noqa: F811
) -> None:
    talk = await offered(cal, database)
    await talk.say("Thursday at ten.", "Yes.")
    calendar = await CalComCalendar.open(database, "main", connection(cal), {})
    [found] = await calendar.upcoming(Attendee(LEAD.phone), START)
    booked = talk.conversation.outcome.appointment
    assert booked is not None
    assert (found.id, found.opening) == (booked.id, booked.opening)

"""From the booking to the reminder, with a real calendar, a real ledger and the shipped cards; the clock is turned by
hand. Counted at the other side: mails in the outbox folder, texts at an emulator of Vonage."""

import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest

from engine.aftercall.lane import Lane
from engine.flow.model import Flow
from engine.schedule import WorkingHours
from engine.sdk import Booking, BookingDetails, BookingRules, CallResult
from engine.sdk.calendar import Opening
from engine.sdk.registry import discover
from engine.sdk.result import AppointmentPart
from engine.store import Database, appointments, outbox, steps, suppression
from engine.store.appointments import CalendarSetup
from engine.store.calendar import BuiltInCalendar
from tests.emulators.faults import Fault
from tests.emulators.vonage_sms import VonageSmsEmulator
from tests.support.aftercall import NOON, Book, Clock, arrow, card, flow, hang_up, lane, result
from tests.support.aftercall_cards import run_lane

PACIFIC = ZoneInfo("America/Los_Angeles")
TYPES = discover()
RULES = BookingRules(length_min=60, buffer_min=0, notice_min=0, horizon_days=30)
DANA = BookingDetails("Visit", "Dana Reyes", "+14155550123", "dana.reyes@example.com", "1200 18th St")
WEDNESDAY = datetime(2026, 12, 2, 14, 0, tzinfo=PACIFIC)
HOURS = WorkingHours.read({day: ["08:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")})


def drawn() -> Flow:
    """The invitation at once; a text a day before."""
    made = flow(
        ("invite", "wait"),
        (
            card("invite", "invitation"),
            card("wait", "wait"),
            card("remind", "sms", text="See you on {appointment_day}, {appointment_time}."),
        ),
        (arrow("wait", "remind"),),
    )
    return made.model_copy(update={"seller": made.seller.model_copy(update={"zone": PACIFIC.key})})


@dataclass
class World:
    database: Database
    calendar: BuiltInCalendar
    vonage: VonageSmsEmulator
    lane: Lane
    folder: Path
    clock: Clock = field(default_factory=Clock)

    async def book(self, start: datetime, call_id: str = "call_31", moves: str = "") -> Booking:
        """As the booking card does in a call."""
        key, now = f"{call_id}:visit", self.clock.now
        hold = await self.calendar.hold(Opening(start, start + timedelta(hours=1)), RULES, key, now)
        return await self.calendar.confirm(hold, key, DANA, now, moves=moves)

    async def hang_up(self, booking: Booking, call_id: str = "call_31", status: str = "confirmed") -> None:
        """The call is over; `status`: what it made of the appointment."""
        made = result(call_id)
        began = self.clock.now - timedelta(minutes=4)
        part = AppointmentPart.model_validate(
            {
                "id": booking.id, "status": status, "start": booking.opening.start, "end": booking.opening.end,
                "time_zone": booking.zone, "calendar": "main",
            }
        )  # fmt: skip
        ended: CallResult = made.model_copy(
            update={
                "appointment": part,
                "occurred_at": self.clock.now,
                "call": made.call.model_copy(update={"started_at": began, "ended_at": self.clock.now}),
            }
        )
        await hang_up(self.database, drawn(), ended, self.clock.now)

    async def work(self, now: datetime | None = None) -> dict[str, str]:
        """All calls that are due now; how their cards stand, as `call_31:remind`."""
        self.clock.now = now or self.clock.now
        async with self.database.begin() as tx:
            due = await outbox.claim(tx, self.clock.now, self.clock.now + timedelta(seconds=30), 10)
        for entry in due:
            await run_lane(self.lane, entry.call_id)
        return await self.cards()

    async def cards(self) -> dict[str, str]:
        found: dict[str, str] = {}
        async with self.database.read() as tx:
            for call_id in ("call_31", "call_32"):
                found |= {f"{call_id}:{each.step_id}": each.state for each in await steps.read(tx, call_id)}
        return found

    async def note(self, step: str, call_id: str = "call_31") -> str:
        async with self.database.read() as tx:
            return next(each.note for each in await steps.read(tx, call_id) if each.step_id == step)

    async def next_at(self, call_id: str = "call_31") -> datetime | None:
        async with self.database.read() as tx:
            entry = await outbox.find(tx, call_id)
        assert entry
        return entry.next_at if entry.state == "pending" else None

    @property
    def texts(self) -> list[str]:
        return [text.shown for text in self.vonage.taken]

    @property
    def invitations(self) -> list[tuple[str, int, str]]:
        """Method, sequence and start of every calendar that was mailed, oldest first."""
        found = []
        for path in self.folder.glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))  # type: ignore[arg-type]
            [event] = calendar.walk("VEVENT")
            start = event["dtstart"].dt.astimezone(PACIFIC)
            found.append((str(calendar["method"]), int(event["sequence"]), f"{start:%a %H:%M}"))
        return sorted(found, key=lambda each: each[1])


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with VonageSmsEmulator(tmp_path / "vonage") as vonage:
        book = Book()
        book.add("texts", "vonage_sms", vonage.connection())
        async with database.begin() as tx:
            await appointments.save_setup(tx, CalendarSetup("main", PACIFIC.key, HOURS))
        clock = Clock(NOON + timedelta(hours=6))  # ten in the morning there, Tuesday a week before
        folder = tmp_path / "outbox"
        calendar = await BuiltInCalendar.open(database, "main")
        yield World(database, calendar, vonage, lane(database, TYPES, folder, book, clock), folder, clock)


DAY_BEFORE = WEDNESDAY - timedelta(days=1)


async def test_the_invitation_goes_out_at_once_and_the_reminder_a_day_before(world: World) -> None:
    await world.hang_up(await world.book(WEDNESDAY))
    cards = await world.work()
    assert cards == {"call_31:invite": "done", "call_31:wait": "waiting", "call_31:remind": "blocked"}
    assert world.invitations == [("REQUEST", 0, "Wed 14:00")]
    assert world.texts == []
    assert await world.next_at() == DAY_BEFORE
    await world.work(DAY_BEFORE - timedelta(seconds=1))
    assert world.texts == []
    assert set((await world.work(DAY_BEFORE)).values()) == {"done"}
    assert world.texts == ["See you on Wednesday, December 2, 2:00 p.m. Pacific time. Reply STOP to opt out."]
    await world.work(WEDNESDAY)
    assert (len(world.texts), len(world.invitations)) == (1, 1)
    assert await world.next_at() is None


async def test_an_appointment_moved_in_a_later_call_is_reminded_of_once_at_its_new_time(world: World) -> None:
    booking = await world.book(WEDNESDAY)
    await world.hang_up(booking)
    await world.work()
    world.clock.pass_(86_400)
    moved = await world.book(WEDNESDAY + timedelta(days=1), "call_32", moves=booking.id)
    await world.hang_up(moved, "call_32")
    await world.work()
    assert world.invitations == [("REQUEST", 0, "Wed 14:00"), ("REQUEST", 1, "Thu 14:00")]
    cards = await world.work(DAY_BEFORE)
    assert (cards["call_31:wait"], cards["call_31:remind"]) == ("skipped", "skipped")
    assert "a later call has moved" in await world.note("wait")
    assert world.texts == []
    await world.work(WEDNESDAY)
    await world.work(WEDNESDAY + timedelta(days=2))
    assert world.texts == ["See you on Thursday, December 3, 2:00 p.m. Pacific time. Reply STOP to opt out."]


async def test_an_appointment_that_a_later_call_moved_nearer_is_reminded_of_too(world: World) -> None:
    """The first call's lane sleeps beyond the new time; the second one's does not."""
    booking = await world.book(WEDNESDAY)
    await world.hang_up(booking)
    await world.work()
    world.clock.pass_(3600)
    monday = WEDNESDAY - timedelta(days=2)
    await world.hang_up(await world.book(monday, "call_32", moves=booking.id), "call_32")
    await world.work()
    await world.work(monday - timedelta(days=1))
    await world.work(DAY_BEFORE)
    assert world.texts == ["See you on Monday, November 30, 2:00 p.m. Pacific time. Reply STOP to opt out."]


async def test_an_appointment_moved_by_the_office_is_waited_for_at_its_new_time(world: World) -> None:
    await world.hang_up(await world.book(WEDNESDAY))
    await world.work()
    await world.book(WEDNESDAY + timedelta(days=1))  # under the same key: no call has taken it over
    cards = await world.work(DAY_BEFORE)
    assert cards["call_31:wait"] == "waiting"
    assert await world.next_at() == WEDNESDAY
    await world.work(WEDNESDAY)
    await world.work(WEDNESDAY + timedelta(days=2))
    assert world.texts == ["See you on Thursday, December 3, 2:00 p.m. Pacific time. Reply STOP to opt out."]


async def test_an_appointment_cancelled_in_a_later_call_is_cancelled_by_mail_and_nobody_is_reminded(
    world: World,
) -> None:
    booking = await world.book(WEDNESDAY)
    await world.hang_up(booking)
    await world.work()
    world.clock.pass_(86_400)
    await world.calendar.cancel(booking.id)
    await world.hang_up(booking, "call_32", status="cancelled")
    cards = await world.work()
    assert world.invitations == [("REQUEST", 0, "Wed 14:00"), ("CANCEL", 1, "Wed 14:00")]
    assert (cards["call_32:wait"], cards["call_32:remind"]) == ("skipped", "skipped")
    cards = await world.work(DAY_BEFORE)
    assert (cards["call_31:wait"], cards["call_31:remind"]) == ("skipped", "skipped")
    await world.work(WEDNESDAY)
    assert world.texts == []


async def test_an_appointment_cancelled_by_the_office_is_not_reminded_of(world: World) -> None:
    booking = await world.book(WEDNESDAY)
    await world.hang_up(booking)
    await world.work()
    await world.calendar.cancel(booking.id)
    cards = await world.work(DAY_BEFORE)
    assert (cards["call_31:wait"], cards["call_31:remind"]) == ("skipped", "skipped")
    assert await world.note("wait") == "Not needed: the appointment was cancelled."
    assert world.texts == []
    assert await world.next_at() is None


async def test_whoever_said_stop_meanwhile_is_not_reminded(world: World) -> None:
    await world.hang_up(await world.book(WEDNESDAY))
    await world.work()
    async with world.database.begin() as tx:
        await suppression.add(tx, "+14155550123", "asked us to stop", "call_40", world.clock.now)
    await world.work(DAY_BEFORE)
    assert world.texts == []
    assert await world.note("remind") == "Not sent. The number is on the do-not-call list (asked us to stop)."


async def test_a_reminder_that_falls_into_the_night_waits_for_the_morning(world: World) -> None:
    early = WEDNESDAY.replace(hour=8)
    await world.hang_up(await world.book(early))
    await world.work()
    cards = await world.work(early - timedelta(days=1))
    assert (cards["call_31:wait"], cards["call_31:remind"]) == ("done", "waiting")
    nine = early - timedelta(hours=23)
    assert await world.next_at() == nine
    await world.work(nine)
    assert world.texts == ["See you on Wednesday, December 2, 8:00 a.m. Pacific time. Reply STOP to opt out."]


async def test_a_cancellation_between_the_wait_and_the_morning_is_seen(world: World) -> None:
    early = WEDNESDAY.replace(hour=8)
    booking = await world.book(early)
    await world.hang_up(booking)
    await world.work()
    await world.work(early - timedelta(days=1))
    await world.calendar.cancel(booking.id)
    await world.work(early - timedelta(hours=23))
    assert world.texts == []
    assert await world.note("remind") == "Not sent: the appointment was cancelled."


async def test_a_reminder_whose_answer_was_lost_is_not_sent_twice(world: World) -> None:
    await world.hang_up(await world.book(WEDNESDAY))
    await world.work()
    world.vonage.faults.set(Fault("cut", times=1))
    await world.work(DAY_BEFORE)
    await world.work(DAY_BEFORE + timedelta(hours=1))
    assert len(world.texts) == 1
    assert "Nobody knows whether the text was sent" in await world.note("remind")


async def test_a_throttled_reminder_comes_later_and_once(world: World) -> None:
    await world.hang_up(await world.book(WEDNESDAY))
    await world.work()
    world.vonage.faults.set(Fault("rate_limit", times=2))
    await world.work(DAY_BEFORE)
    for _ in range(4):
        world.clock.pass_(1800)
        await world.work()
    assert len(world.texts) == 1

"""Cal.com: what is offered, kept, booked, moved and cancelled; one test for each sentence of the fact sheet."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.calcom import CalComCalendar
from engine.sdk import Attendee, BookingDetails, CalendarDown, OpeningTaken
from engine.store import Database, appointments, remote_bookings
from tests.calendars.calcom_house import DANA, FREE, NOW, RULES, TUE_1, TUE_2, WED_9, WED_10, House, at, connection
from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.faults import Fault

ALL = ["Tue 13:00", "Tue 14:00", "Wed 09:00", "Wed 10:00"]
MAX = BookingDetails("Estimate", "Max Roe", "+14155550199", "max@example.com")


@pytest.fixture
async def cal() -> AsyncIterator[CalComEmulator]:
    async with CalComEmulator(clock=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
async def house(database: Database, cal: CalComEmulator) -> House:
    return await House.open(database, cal)


async def test_openings_are_cal_coms_free_times_in_the_calendars_zone_soonest_first(house: House) -> None:
    assert house.calendar.zone == "America/Los_Angeles"
    found = await house.calendar.openings(RULES, NOW.astimezone(ZoneInfo("Europe/Berlin")))
    assert [f"{each.start:%a %H:%M}" for each in found] == ALL
    assert found[0].start.tzinfo == ZoneInfo("America/Los_Angeles")
    assert found[0].end - found[0].start == timedelta(minutes=60)


async def test_notice_and_horizon_of_the_card_are_kept(house: House) -> None:
    later = await house.calendar.openings(replace(RULES, notice_min=5 * 60), NOW)
    assert [each.start for each in later] == [WED_9, WED_10]
    sooner = await house.calendar.openings(replace(RULES, horizon_days=0), NOW)
    assert list(sooner) == []


async def test_a_long_range_is_asked_for_in_pieces(house: House) -> None:
    await house.calendar.openings(replace(RULES, horizon_days=70), NOW)
    assert house.cal.served.count("GET /v2/slots") == 3


async def test_nothing_free_is_no_error(house: House) -> None:
    house.cal.store.event_types[10].free = []
    assert await house.offered() == []


async def test_the_length_is_the_event_types(house: House) -> None:
    house.cal.store.event_types[10].length_min = 45
    found = await house.calendar.openings(replace(RULES, length_min=90), NOW)
    assert found[0].end - found[0].start == timedelta(minutes=45)


async def test_the_card_chooses_the_length_where_the_event_type_has_several(
    database: Database, cal: CalComEmulator
) -> None:
    cal.add(EventType(10, lengths=(30, 60)), FREE)
    house = await House.open(database, cal, {"several_lengths": "yes"})
    rules = replace(RULES, length_min=30)
    found = await house.calendar.openings(rules, NOW)
    assert found[0].end - found[0].start == timedelta(minutes=30)
    hold = await house.calendar.hold(found[0], rules, "call_1:appointment", NOW)
    booking = await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    assert booking.opening.end - booking.opening.start == timedelta(minutes=30)
    assert cal.standing[0].end - cal.standing[0].start == timedelta(minutes=30)


async def test_the_place_chooses_the_event_type(database: Database, cal: CalComEmulator) -> None:
    cal.add(EventType(77, title="North"), [WED_10])
    options = {"by_area": [{"areas": ["941*", "94014"], "event_type": "77"}]}
    house = await House.open(database, cal, options=options)
    north = await house.calendar.openings(replace(RULES, place="94110"), NOW)
    assert [each.start for each in north] == [WED_10]
    assert await house.offered() == ALL
    hold = await house.calendar.hold(north[0], replace(RULES, place="94110"), "call_1:appointment", NOW)
    await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    assert [each.event_type for each in cal.standing] == [77]


async def test_where_nobody_goes_nothing_is_offered(database: Database, cal: CalComEmulator) -> None:
    house = await House.open(database, cal, {"event_type": ""}, {"by_area": [{"areas": ["941*"], "event_type": "10"}]})
    assert list(await house.calendar.openings(replace(RULES, place="10001"), NOW)) == []
    assert len(await house.calendar.openings(replace(RULES, place="94110"), NOW)) == 4


async def test_a_time_is_reserved_while_the_caller_decides(house: House) -> None:
    held = await house.hold(TUE_2, "call_1:appointment")
    assert held.expires_at == NOW + timedelta(minutes=5)
    assert "Tue 14:00" not in await house.offered("call_2:appointment")
    with pytest.raises(OpeningTaken):
        await house.hold(TUE_2, "call_2:appointment")


async def test_ones_own_reservation_does_not_hide_the_time(house: House) -> None:
    await house.hold(TUE_2, "call_1:appointment")
    assert await house.offered("call_1:appointment") == ALL


async def test_holding_the_same_time_again_asks_nothing(house: House) -> None:
    first = await house.hold()
    assert await house.hold() == first
    assert house.cal.served.count("POST /v2/slots/reservations") == 1


async def test_holding_another_time_lets_the_first_go(house: House) -> None:
    await house.hold(TUE_2)
    await house.hold(WED_9)
    assert [each.start for each in house.cal.store.reservations.values()] == [WED_9]


async def test_a_released_time_is_free_at_once(house: House) -> None:
    held = await house.hold()
    await house.calendar.release(held)
    await house.calendar.release(held)
    assert house.cal.store.reservations == {}
    assert await house.offered("call_2:appointment") == ALL


async def test_a_refused_reservation_is_no_drama(house: House) -> None:
    house.cal.faults_on = "POST /v2/slots/reservations"
    house.cal.faults.set(Fault("refuse", error="404", times=1))
    hold = await house.hold()
    assert (await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)).status == "confirmed"
    await house.calendar.release(hold)


async def test_a_reservation_that_ran_out_is_no_drama(house: House) -> None:
    hold = await house.hold()
    house.cal.store.reservations.clear()
    later = NOW + timedelta(minutes=6)
    assert (await house.calendar.confirm(hold, "call_1:appointment", DANA, later)).opening.start == TUE_2


async def test_a_reservation_that_stands_in_our_own_way_is_deleted(database: Database) -> None:
    async with CalComEmulator(clock=lambda: NOW, reservation_blocks=True) as cal:
        house = await House.open(database, cal)
        await house.book()
        assert len(cal.standing) == 1
        assert cal.store.reservations == {}


async def test_a_booking_is_what_cal_com_wants_and_carries_our_key(house: House) -> None:
    booking = await house.calendar.confirm(await house.hold(), "call_1:appointment", DANA, NOW)
    made = house.cal.standing[0]
    assert made.start == TUE_2
    assert made.metadata == {"leadline_key": "call_1:appointment", "leadline_call_id": "call_1"}
    assert made.attendee["email"] == "dana@example.com"
    assert made.attendee["phoneNumber"] == "+14155550123"
    assert made.attendee["timeZone"] == "America/Los_Angeles"
    assert made.fields == {"notes": "Estimate\nLeak over the kitchen"}
    assert (booking.status, booking.staff, booking.link) == ("confirmed", "Robin Host", "https://meet.example.com/abc")
    assert booking.opening == at(TUE_2)


async def test_a_pending_booking_is_requested_and_never_called_booked(house: House) -> None:
    house.cal.store.event_types[10].confirmation = True
    booking = await house.calendar.confirm(await house.hold(), "call_1:appointment", DANA, NOW)
    assert booking.status == "requested"
    [later] = await house.calendar.upcoming(Attendee(phone=DANA.phone), NOW)
    assert later.status == "requested"
    house.cal.store.bookings[0].status = "accepted"
    [later] = await house.calendar.upcoming(Attendee(phone=DANA.phone), NOW)
    assert later.status == "confirmed"


async def test_an_answer_that_is_an_array_is_read(house: House) -> None:
    house.cal.store.event_types[10].recurring = True
    booking = await house.calendar.confirm(await house.hold(), "call_1:appointment", DANA, NOW)
    assert booking.opening.start == TUE_2


@pytest.mark.parametrize("words", ["TAKEN", "TAKEN 409", "TAKEN TEAM", "RESERVED", "OUT OF BOUNDS"])
async def test_a_taken_time_is_told_in_every_form(house: House, words: str) -> None:
    hold = await house.hold()
    house.cal.faults_on = "POST /v2/bookings"
    house.cal.faults.set(Fault("refuse", error=words))
    with pytest.raises(OpeningTaken):
        await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    house.cal.faults.clear()
    async with house.database.read() as tx:
        assert await appointments.appointments(tx, "main", NOW) == []
    assert await house.book(WED_9)


async def test_somebody_was_quicker_on_the_web_page(house: House) -> None:
    hold = await house.hold()
    house.cal.booked_by_somebody(10, TUE_2)
    with pytest.raises(OpeningTaken):
        await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    assert await house.offered("call_1:appointment") == ["Tue 13:00", "Wed 09:00", "Wed 10:00"]


async def test_two_hosts_take_two_calls_at_one_time(house: House) -> None:
    house.cal.store.event_types[10].hosts = ("Robin Host", "Kim Host")
    first = await house.calendar.confirm(await house.hold(), "call_1:appointment", DANA, NOW)
    second = await house.calendar.confirm(
        await house.calendar.hold(at(TUE_2), RULES, "call_2:appointment", NOW),
        "call_2:appointment",
        MAX,
        NOW,
    )
    assert {first.staff, second.staff} == {"Robin Host", "Kim Host"}


async def test_confirming_twice_books_once(house: House) -> None:
    hold = await house.hold()
    first = await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    again = await house.again().confirm(hold, "call_1:appointment", DANA, NOW)
    assert (again.id, again.opening) == (first.id, first.opening)
    assert house.posts == 1


async def test_another_time_under_the_same_key_moves_the_booking(house: House) -> None:
    first = await house.book(TUE_2)
    uid = house.cal.standing[0].uid
    assert await house.book(WED_9) == first
    [moved] = house.cal.standing
    assert (moved.start, moved.was) == (WED_9, uid)
    assert house.posts == 1


async def test_a_booking_may_move_to_a_time_that_it_covers_itself(house: House) -> None:
    await house.book(TUE_1)
    house.cal.store.event_types[10].free.insert(1, TUE_1 + timedelta(minutes=30))
    assert "Tue 13:30" in await house.offered("call_1:appointment")
    assert "Tue 13:30" not in await house.offered("call_2:appointment")


async def test_a_move_needs_nothing_but_the_new_time(house: House) -> None:
    first = await house.book(TUE_2)
    calendar = house.again()
    hold = await calendar.hold(at(WED_10), RULES, "call_9:move", NOW)
    await calendar.confirm(hold, "call_9:move", BookingDetails("Moved"), NOW, moves=first)
    async with house.database.read() as tx:
        kept = await remote_bookings.with_id(tx, "main", first)
    assert kept is not None and replace(kept.details, title="") == replace(DANA, title="") and DANA.email


async def test_a_later_call_moves_the_appointment_and_cancels_it(house: House) -> None:
    first = await house.book(TUE_2)
    calendar = house.again()
    [known] = await calendar.upcoming(Attendee(phone=DANA.phone), NOW)
    assert (known.id, known.opening.start) == (first, TUE_2)
    hold = await calendar.hold(at(WED_10), RULES, "call_9:appointment", NOW)
    moved = await calendar.confirm(hold, "call_9:appointment", DANA, NOW, moves=known.id)
    assert (moved.id, moved.opening.start) == (first, WED_10)
    assert [each.start for each in house.cal.standing] == [WED_10]
    await calendar.cancel(moved.id)
    assert house.cal.standing == []
    assert list(await calendar.upcoming(Attendee(phone=DANA.phone), NOW)) == []
    await calendar.cancel(moved.id)
    await calendar.cancel("apt_unknown")


async def test_moving_onto_a_taken_time_leaves_the_old_one(house: House) -> None:
    first = await house.book(TUE_2)
    hold = await house.calendar.hold(at(WED_9), RULES, "call_9:appointment", NOW)
    house.cal.booked_by_somebody(10, WED_9)
    with pytest.raises(OpeningTaken):
        await house.calendar.confirm(hold, "call_9:appointment", DANA, NOW, moves=first)
    [stands] = await house.calendar.upcoming(Attendee(email="DANA@example.com"), NOW)
    assert (stands.id, stands.opening.start) == (first, TUE_2)


@pytest.mark.parametrize("tells", [True, False], ids=["says where it went", "says only where it came from"])
async def test_what_people_moved_at_cal_com_is_known(house: House, tells: bool) -> None:
    house.cal.tells_where_it_went = tells
    first = await house.book(TUE_2)
    house.cal._move(house.cal.standing[0], {"start": WED_9.astimezone(ZoneInfo("UTC")).isoformat()})
    [stands] = await house.calendar.upcoming(Attendee(phone=DANA.phone), NOW)
    assert (stands.id, stands.opening.start) == (first, WED_9)


async def test_what_people_cancelled_at_cal_com_is_gone(house: House) -> None:
    await house.book(TUE_2)
    house.cal.standing[0].status = "cancelled"
    assert list(await house.calendar.upcoming(Attendee(phone=DANA.phone), NOW)) == []
    async with house.database.read() as tx:
        assert await appointments.appointments(tx, "main", NOW) == []


async def test_an_appointment_cancelled_at_cal_com_is_booked_anew_when_it_is_moved(house: House) -> None:
    first = await house.book(TUE_2)
    house.cal.standing[0].status = "cancelled"
    assert await house.book(WED_9) == first
    assert [each.start for each in house.cal.standing] == [WED_9]


async def test_what_the_lead_booked_on_the_web_page_is_found_by_email(house: House) -> None:
    house.cal.booked_by_somebody(10, WED_9, "dana@example.com")
    house.cal.add(EventType(55), [WED_10])
    house.cal.booked_by_somebody(55, WED_10, "dana@example.com")  # of an event type that is none of this calendar's
    dana = Attendee(DANA.phone, "dana@example.com")
    [found] = await house.calendar.upcoming(dana, NOW)
    assert found.opening.start == WED_9
    [again] = await house.again().upcoming(dana, NOW)
    assert again.id == found.id
    await house.calendar.cancel(found.id)
    assert [each.event_type for each in house.cal.standing] == [55]


async def test_a_lead_without_email_is_refused_in_words(house: House) -> None:
    with pytest.raises(CalendarDown, match="this lead has none"):
        await house.book(details=replace(DANA, email=""))
    assert house.posts == 0


async def test_a_lead_without_email_is_booked_under_an_address_of_ours(database: Database, cal: CalComEmulator) -> None:
    house = await House.open(database, cal, {"without_email": "visits+{phone}@example.com"})
    await house.book(details=replace(DANA, email=""))
    assert cal.standing[0].attendee["email"] == "visits+14155550123@example.com"
    [known] = await house.calendar.upcoming(Attendee(phone=DANA.phone), NOW)
    assert known.opening.start == TUE_2


async def test_a_lead_without_email_is_booked_by_phone(database: Database, cal: CalComEmulator) -> None:
    cal.add(EventType(10, by_phone=True), FREE)
    house = await House.open(database, cal, {"without_email": "phone"})
    house.cal.faults_on = "POST /v2/bookings"
    house.cal.faults.set(Fault("cut", times=1))
    await house.book(details=replace(DANA, email=""))
    assert [each.attendee.get("email") for each in cal.standing] == [None]


async def test_a_field_that_cal_com_asks_for_is_named(house: House) -> None:
    hold = await house.hold()
    house.cal.faults_on = "POST /v2/bookings"
    house.cal.faults.set(Fault("refuse", error="FIELD"))
    with pytest.raises(CalendarDown, match="company"):
        await house.calendar.confirm(hold, "call_1:appointment", DANA, NOW)
    async with house.database.read() as tx:
        assert await appointments.appointments(tx, "main", NOW) == []


async def test_opened_by_name_with_its_connection(database: Database, house: House) -> None:
    calendar = await CalComCalendar.open(database, "main", connection(house.cal), {"event_type": "10"})
    assert len(await calendar.openings(RULES, NOW)) == 4

"""The diary of Google Calendar: what is written once, what is told apart, and what a person reads when it fails."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.opening import open_diary
from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone
from engine.sdk import BookingDetails, CalendarDown, Connection, Opening
from tests.emulators.faults import Fault
from tests.emulators.gemini.tokens import EMAIL
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import CALENDAR, allow

pytestmark = pytest.mark.usefixtures("patient")

ZONE = "America/Los_Angeles"
TEN = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo(ZONE))
DETAILS = BookingDetails(
    "Roof estimate: Dana Reyes", "Dana Reyes", "+14155550123", "dana@example.com", "1200 18th St", "Leaks at the back."
)


def entry(key: str = "call_31:visit", start: datetime = TEN, **more: bool) -> DiaryEntry:
    return DiaryEntry(key, Opening(start, start + timedelta(hours=1)), ZONE, DETAILS, **more)


def with_settings(account: Connection, **settings: str) -> Connection:
    return Connection(account.name, account.kind, {**account.settings, **settings})


async def test_an_entry_says_who_comes_where_and_when(google: GoogleCalendarEmulator, account: Connection) -> None:
    written = await (await open_diary(account, "")).write(entry())
    [event] = google.events()
    assert written.id == event["id"]
    assert written.opening == entry().opening
    assert event["summary"] == "Roof estimate: Dana Reyes"
    assert event["location"] == "1200 18th St"
    assert event["start"] == {"dateTime": "2026-11-24T10:00:00-08:00", "timeZone": ZONE}
    assert "Leaks at the back." in event["description"]
    assert "attendees" not in event
    assert google.service.mails == []


async def test_an_error_beside_a_calendar_in_a_200_answer_is_no_free_time(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "nobody@example.com")
    with pytest.raises(DiaryGone, match="not shared with") as told:
        await diary.busy(TEN, TEN + timedelta(days=1))
    assert EMAIL in str(told.value)
    google.calendar.busy_error = "internalError"
    with pytest.raises(CalendarDown):
        await (await open_diary(account, "")).busy(TEN, TEN + timedelta(days=1))


@pytest.mark.parametrize(
    ("calendars", "problem"),
    [
        ({}, CalendarDown),
        ({CALENDAR: {}}, CalendarDown),
        ({CALENDAR: {"busy": "none"}}, CalendarDown),
        ({CALENDAR: {"busy": [{"start": "soon", "end": "later"}]}}, CalendarDown),
        ({CALENDAR: {"errors": [{"reason": "notFound"}]}}, DiaryGone),
        ({CALENDAR: {"errors": [{"reason": "ofTomorrow"}], "busy": []}}, DiaryGone),
        ({"dana@example.com": {"busy": []}, "x@example.com": {"busy": []}}, CalendarDown),
        ({"dana@example.com": {"busy": []}}, None),
    ],
)
async def test_an_answer_that_is_not_understood_is_never_free_time(
    google: GoogleCalendarEmulator,
    account: Connection,
    monkeypatch: pytest.MonkeyPatch,
    calendars: dict[str, object],
    problem: type[Exception] | None,
) -> None:
    monkeypatch.setattr(google.service, "free_busy", lambda *_: {"calendars": calendars})
    diary = await open_diary(account, "")
    if problem is None:
        assert await diary.busy(TEN, TEN + timedelta(days=1)) == []
    else:
        with pytest.raises(problem):
            await diary.busy(TEN, TEN + timedelta(days=1))


async def test_ids_are_of_googles_alphabet_and_that_of_a_deleted_event_is_never_used_again(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    ids = []
    for _ in range(3):
        ids.append((await diary.write(entry())).id)
        await diary.remove("call_31:visit")
        assert await diary.find("call_31:visit") is None
    assert len(set(ids)) == 3
    assert google.events() == []


async def test_an_event_of_somebody_else_under_our_id_is_left_alone(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    first = await diary.write(entry())
    google.calendar.events[first.id].body["extendedProperties"] = {"private": {}}
    second = await diary.write(entry())
    assert second.id != first.id
    assert len(google.events()) == 2


@pytest.mark.parametrize("kind", ["cut", "corrupt", "refuse"])
async def test_an_answer_that_is_lost_after_the_write_makes_no_second_event(
    google: GoogleCalendarEmulator, account: Connection, kind: str
) -> None:
    diary = await open_diary(account, "")
    google.faults.set(Fault(kind, error="500 after the write", times=1))  # type: ignore[arg-type]
    written = await diary.write(entry())
    assert google.faults.hits == 1
    assert [event["id"] for event in google.events()] == [written.id]
    # Looked for before it was written again.
    assert [each.request.split()[0] for each in google.served[1:]] == ["POST", "GET"]


async def test_an_event_that_google_no_longer_knows_as_deleted_is_found_by_its_key(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    first = await diary.write(entry())
    await diary.remove("call_31:visit")
    second = await diary.write(entry())
    del google.calendar.events[first.id]
    found = await diary.find("call_31:visit")
    assert found is not None
    assert found.id == second.id
    await diary.remove("call_31:visit")
    assert google.events() == []


async def test_a_move_keeps_what_people_wrote_and_is_made_against_the_newest_version(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    first = await diary.write(entry())
    google.calendar.change(google.calendar.events[first.id], {"summary": "Dana, bring the ladder"})
    moved = await diary.write(entry(start=TEN + timedelta(days=1)))
    [event] = google.events()
    assert (moved.id, event["summary"]) == (first.id, "Dana, bring the ladder")
    assert event["start"]["dateTime"] == "2026-11-25T10:00:00-08:00"
    assert google.asked("PATCH")[0].headers["if-match"]


async def test_a_move_that_meets_a_change_of_somebody_else_is_tried_on_what_they_wrote(
    google: GoogleCalendarEmulator, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = await open_diary(account, "")
    first = await diary.write(entry())
    stored = google.calendar.events[first.id]
    patch, changes = google.service.patch, []

    def changed_meanwhile(*given: object) -> object:
        if not changes:
            changes.append(1)
            google.calendar.change(stored, {"summary": "Changed"})
        return patch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(google.service, "patch", changed_meanwhile)
    await diary.write(entry(start=TEN + timedelta(hours=3)))
    [event] = google.events()
    assert (event["summary"], event["start"]["dateTime"]) == ("Changed", "2026-11-24T13:00:00-08:00")
    assert len(google.asked("PATCH")) == 2


async def test_a_lost_answer_to_a_move_is_looked_up(google: GoogleCalendarEmulator, account: Connection) -> None:
    diary = await open_diary(account, "")
    await diary.write(entry())
    google.faults.set(Fault("cut", skip=2, times=1))
    await diary.write(entry(start=TEN + timedelta(days=1)))
    assert google.faults.hits == 1
    assert [event["start"]["dateTime"] for event in google.events()] == ["2026-11-25T10:00:00-08:00"]
    assert len(google.asked("PATCH")) == 1


async def test_guests_are_written_to_only_where_the_connection_says_so(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    person = "rep@example.com"
    google.add(person, "Rep", {})
    allow(google, person, "calendar.events", "calendar.freebusy")
    delegated = with_settings(account, subject=person, calendar="", invite="yes")
    diary = await open_diary(delegated, "")
    await diary.write(entry(invite=True))
    assert google.service.mails == [("dana@example.com", "invited")]
    await diary.write(entry(start=TEN + timedelta(days=1), invite=True))
    await diary.remove("call_31:visit")
    assert google.service.mails[1:] == [("dana@example.com", "moved"), ("dana@example.com", "cancelled")]
    quiet = await open_diary(with_settings(delegated, invite="no"), "")
    await quiet.write(entry("call_32:visit", invite=True))
    assert len(google.service.mails) == 3


async def test_a_service_account_that_may_invite_nobody_writes_without_guests_and_says_so_once(
    google: GoogleCalendarEmulator, account: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    diary = await open_diary(with_settings(account, invite="yes"), "")
    with caplog.at_level(logging.WARNING):
        await diary.write(entry("one", invite=True))
        await diary.write(entry("two", TEN + timedelta(hours=2), invite=True))
    assert len(google.events()) == 2
    assert not any("attendees" in event for event in google.events())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "dana" not in caplog.text.lower()
    assert len(google.asked("POST /calendar/v3/calendars")) == 3


async def test_an_address_that_was_misheard_keeps_no_visit_out(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    person = "rep@example.com"
    google.add(person, "Rep", {})
    allow(google, person, "calendar.events", "calendar.freebusy")
    diary = await open_diary(with_settings(account, subject=person, calendar="", invite="yes"), "")
    misheard = BookingDetails("Visit", "Dana", email="dana at example")
    await diary.write(DiaryEntry("k", Opening(TEN, TEN + timedelta(hours=1)), ZONE, misheard, invite=True))
    assert len(google.events(person)) == 1


async def test_a_video_link_that_comes_later_is_waited_for(google: GoogleCalendarEmulator, account: Connection) -> None:
    google.service.looks = 2
    written = await (await open_diary(with_settings(account, video="yes"), "")).write(entry())
    assert written.link.startswith("https://meet.google.com/")
    assert google.asked("POST /calendar/v3/calendars")[0].query["conferenceDataVersion"] == "1"


async def test_an_entry_stands_though_its_video_link_does_not_come(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    google.service.looks = 99
    written = await (await open_diary(with_settings(account, video="yes"), "")).write(entry())
    assert written.link == ""
    assert len(google.events()) == 1


async def test_a_calendar_that_takes_no_video_links_takes_the_entry(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    google.calendar.video = False
    written = await (await open_diary(with_settings(account, video="yes"), "")).write(entry())
    assert written.link == ""
    assert len(google.events()) == 1


@pytest.mark.parametrize("error", ["403 rateLimitExceeded", "403 userRateLimitExceeded", "429", "500", "502", "503"])
async def test_what_may_pass_is_tried_again(google: GoogleCalendarEmulator, account: Connection, error: str) -> None:
    diary = await open_diary(account, "")
    google.faults.set(Fault("refuse", error=error, times=2))
    assert await diary.busy(TEN, TEN + timedelta(days=1)) == []
    google.faults.set(Fault("refuse", error=error, times=1))
    await diary.write(entry())
    assert len(google.events()) == 1


@pytest.mark.usefixtures("hurried")
async def test_a_service_that_asks_for_more_patience_than_a_caller_has_is_given_up_at_once(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    google.faults.set(Fault("refuse", error="429 in 30"))
    with pytest.raises(CalendarDown):
        await diary.write(entry())
    assert google.faults.hits == 1


async def test_a_token_that_was_revoked_is_fetched_anew_once(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    await diary.write(entry("one"))
    google.sign_in.given.clear()
    await diary.write(entry("two", TEN + timedelta(hours=2)))
    assert len(google.asked("POST /token")) == 2
    google.faults.set(Fault("refuse", error="401"))
    with pytest.raises(DiaryGone, match="enter a new key"):
        await diary.find("one")
    assert google.faults.hits == 2


async def test_our_own_time_is_told_apart_from_that_of_others_also_where_they_overlap(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    await diary.write(entry())
    google.entered(
        summary="Dentist",
        start={"dateTime": "2026-11-24T10:30:00-08:00"},
        end={"dateTime": "2026-11-24T12:00:00-08:00"},
    )
    found = await diary.busy(TEN - timedelta(hours=1), TEN + timedelta(hours=5))
    half_past, noon = TEN + timedelta(minutes=30), TEN + timedelta(hours=2)
    assert found == [
        BusyTime(TEN, TEN + timedelta(hours=1), "call_31:visit"),
        BusyTime(half_past, noon),
    ]


async def test_free_declined_and_deleted_entries_take_no_time_and_whole_days_take_the_calendars_day(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    hour = {"start": {"dateTime": "2026-11-24T09:00:00-08:00"}, "end": {"dateTime": "2026-11-24T10:00:00-08:00"}}
    google.entered(**hour, transparency="transparent")
    google.entered(**hour, attendees=[{"email": CALENDAR, "self": True, "responseStatus": "declined"}])
    google.calendar.delete(google.entered(**hour))
    google.entered(start={"date": "2026-11-26"}, end={"date": "2026-11-27"})
    diary = await open_diary(account, "")
    day = datetime(2026, 11, 26, tzinfo=ZoneInfo(ZONE))
    assert await diary.busy(TEN.replace(hour=0), day + timedelta(days=3)) == [BusyTime(day, day + timedelta(days=1))]


async def test_a_long_range_is_asked_for_in_parts_and_pages(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    google.service.page = 2
    diary = await open_diary(account, "")
    for week in range(5):
        await diary.write(entry(f"call_{week}", TEN + timedelta(weeks=6 * week)))
    found = await diary.busy(TEN, TEN + timedelta(days=300))
    assert [each.ours for each in found] == [f"call_{week}" for week in range(5)]


@pytest.mark.parametrize(
    ("error", "words"),
    [("403", "Make changes to events"), ("404", "was deleted"), ("403 accessNotConfigured", "switched off")],
)
async def test_what_only_a_person_can_mend_says_how(
    google: GoogleCalendarEmulator, account: Connection, error: str, words: str
) -> None:
    google.faults.set(Fault("refuse", error=error))
    with pytest.raises(DiaryGone, match=words):
        await (await open_diary(account, "")).write(entry())


async def test_removing_what_is_not_there_is_no_error(google: GoogleCalendarEmulator, account: Connection) -> None:
    diary = await open_diary(account, "")
    await diary.remove("never_written")
    await diary.write(entry())
    google.faults.set(Fault("cut", skip=1, times=1))
    await diary.remove("call_31:visit")
    assert google.events() == []


async def test_busy_times_are_in_order_and_moments_are_aware(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    diary = await open_diary(account, "")
    await diary.write(entry("late", TEN + timedelta(hours=4)))
    await diary.write(entry("early"))
    found = await diary.busy(TEN.astimezone(UTC), TEN + timedelta(days=1))
    assert [each.ours for each in found] == ["early", "late"]
    assert all(each.start.tzinfo is not None for each in found)

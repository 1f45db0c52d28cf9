"""The CalDAV diary on real servers, also on such as lack something: a proxy takes away what it needs not have."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.caldav.requests import AT_ONCE
from engine.calendars.opening import open_diary
from engine.schedule.diary import BusyTime, DiaryEntry, DiaryGone
from engine.sdk import BookingDetails, CalendarDown, Opening
from tests.emulators.faults import Fault
from tests.support.caldav_servers import PASSWORD, CalDavServer, SpoilingProxy, ics, spoiled

pytestmark = pytest.mark.usefixtures("patient")

ZONE = "America/Los_Angeles"
LOCAL = ZoneInfo(ZONE)
DAY = datetime(2026, 11, 24, tzinfo=LOCAL)
TEN = DAY.replace(hour=10)
DETAILS = BookingDetails("Roof estimate", "Dana Reyes", "+14155550123", "dana@example.com", "1200 18th St", "Leaks")


@pytest.fixture
def proxy(server: CalDavServer) -> Iterator[SpoilingProxy]:
    with spoiled(server) as found:
        yield found


def entry(start: datetime = TEN, key: str = "call_31:visit") -> DiaryEntry:
    return DiaryEntry(key, Opening(start, start + timedelta(hours=1)), ZONE, DETAILS)


def hours(first: int, last: int, day: datetime = DAY) -> BusyTime:
    """Of the day there."""
    return BusyTime(day.replace(hour=first).astimezone(UTC), day.replace(hour=last).astimezone(UTC))


async def test_an_entry_is_readable_calendar_data_without_a_guest(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    await (await open_diary(server.connection(calendar), "")).write(entry())
    [data] = server.entries(calendar)
    for line in (
        "DTSTART:20261124T180000Z",
        "DTEND:20261124T190000Z",
        "SUMMARY:Roof estimate",
        "LOCATION:1200 18th St",
    ):
        assert line in data
    assert "Dana Reyes" in data
    assert "ATTENDEE" not in data


@pytest.mark.parametrize("status", [403, 501])
async def test_a_server_without_free_busy_is_asked_for_its_entries(
    server: CalDavServer, proxy: SpoilingProxy, status: int
) -> None:
    calendar = server.make_calendar()
    own = "ATTENDEE;PARTSTAT=DECLINED:mailto:DANA@example.com"
    server.put(calendar, "busy", "DTSTART:20261124T180000Z", "DTEND:20261124T190000Z")
    server.put(calendar, "daily", "DTSTART:20261124T220000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    server.put(calendar, "free", "DTSTART:20261124T160000Z", "DTEND:20261124T170000Z", "TRANSP:TRANSPARENT")
    server.put(calendar, "off", "DTSTART:20261124T170000Z", "DTEND:20261124T180000Z", "STATUS:CANCELLED")
    server.put(
        calendar, "no", "DTSTART:20261124T200000Z", "DTEND:20261124T210000Z", "ORGANIZER:mailto:b@x.example", own
    )
    server.put(calendar, "day", "DTSTART;VALUE=DATE:20261126", "DTEND;VALUE=DATE:20261127")
    server.put(calendar, "float", "DTSTART:20261127T090000", "DTEND:20261127T100000")
    proxy.statuses[("REPORT", b"free-busy-query")] = status
    settings = {"zone": ZONE}
    connection = server.connection(calendar, proxy.address, **settings)
    if server.name == "xandikos":  # it takes any user; Radicale knows one only, who is no e-mail address
        connection = server.connection(calendar, proxy.address, user="dana@example.com", **settings)
    found = await (await open_diary(connection, "")).busy(DAY, DAY + timedelta(days=5))
    declined = [hours(12, 13)] if server.name == "radicale" else []
    second, third, fourth = (DAY + timedelta(days=days) for days in (1, 2, 3))
    assert found == [
        hours(10, 11),
        *declined,
        hours(14, 15),
        hours(14, 15, second),
        BusyTime(third.astimezone(UTC), fourth.astimezone(UTC)),
        hours(9, 10, fourth),
    ]


async def test_a_day_off_lasts_the_day_of_the_calendars_zone(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "off", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125")
    diary = await open_diary(server.connection(calendar, zone=ZONE), "")
    assert await diary.busy(DAY, DAY + timedelta(days=1)) == [
        BusyTime(DAY.astimezone(UTC), (DAY + timedelta(days=1)).astimezone(UTC))
    ]


async def test_a_day_off_when_the_clock_changes_is_25_hours_long(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "off", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261102")
    diary = await open_diary(server.connection(calendar, zone=ZONE), "")
    first = datetime(2026, 11, 1, tzinfo=LOCAL)
    [found] = await diary.busy(first, first + timedelta(days=2))
    assert found.end - found.start == timedelta(hours=25)


async def test_a_server_that_cannot_expand_an_entry_still_tells_what_is_taken(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "daily", "DTSTART:20261124T180000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    diary = await open_diary(server.connection(calendar), "")
    await diary.write(entry(TEN + timedelta(hours=2)))
    for _ in range(2):
        found = await diary.busy(DAY, DAY + timedelta(days=1))
        assert found == [hours(10, 11), BusyTime(*_utc(TEN + timedelta(hours=2)), "call_31:visit")]


async def test_where_neither_free_busy_nor_expansion_works_nothing_is_taken_for_free(
    server: CalDavServer, proxy: SpoilingProxy
) -> None:
    calendar = server.make_calendar()
    proxy.statuses |= {("REPORT", b"free-busy-query"): 501, ("REPORT", b"expand"): 500}
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    with pytest.raises(CalendarDown, match="recurring"):
        await diary.busy(DAY, DAY + timedelta(days=1))


async def test_an_entry_that_a_program_stored_under_its_own_name_is_found_moved_and_removed(
    server: CalDavServer,
) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar), "")
    written = await diary.write(entry())
    path = written.id.removeprefix(server.address)
    data = server.request("GET", path).content
    server.request("DELETE", path)
    assert server.request("PUT", f"{calendar}own-name.ics", data).status_code == 201
    moved = await diary.write(entry(TEN + timedelta(days=1)))
    assert moved.id.endswith("own-name.ics")
    assert ["DTSTART:20261125T180000Z" in each for each in server.entries(calendar)] == [True]
    await diary.remove("call_31:visit")
    assert server.entries(calendar) == []


async def test_a_move_keeps_what_people_changed(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar), "")
    path = (await diary.write(entry())).id.removeprefix(server.address)
    data = server.request("GET", path).text.replace("Roof estimate", "Roof estimate and bring the ladder")
    assert server.request("PUT", path, data.encode()).status_code == 204
    await diary.write(entry(TEN + timedelta(days=1)))
    [found] = server.entries(calendar)
    for line in ("bring the ladder", "DTSTART:20261125T180000Z", "SEQUENCE:1"):
        assert line in found


async def test_a_move_that_meets_a_change_of_somebody_else_is_made_on_what_they_wrote(
    server: CalDavServer, proxy: SpoilingProxy
) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    path = (await diary.write(entry())).id.removeprefix(proxy.address)
    plain, changes = proxy.answer, []

    def changed_meanwhile(method: str, where: str, headers: dict[str, str], body: bytes) -> object:
        if method == "PUT" and "if-match" in headers and not changes:
            changes.append(1)
            data = server.request("GET", path).text.replace("Roof estimate", "Changed")
            assert server.request("PUT", path, data.encode()).status_code == 204
        return plain(method, where, headers, body)

    proxy.answer = changed_meanwhile  # type: ignore[method-assign, assignment]
    await diary.write(entry(TEN + timedelta(days=1)))
    [found] = server.entries(calendar)
    assert changes and "SUMMARY:Changed" in found and "DTSTART:20261125T180000Z" in found


async def test_a_server_that_names_no_version_with_an_entry_is_asked_for_it(
    server: CalDavServer, proxy: SpoilingProxy
) -> None:
    calendar = server.make_calendar()
    proxy.leave_out = frozenset({"etag"})
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    await diary.write(entry())
    await diary.write(entry(TEN + timedelta(days=1)))
    assert [each["if-match"].startswith('"') for each in proxy.asked("PUT") if "if-match" in each] == [True]
    assert len(server.entries(calendar)) == 1


async def test_an_entry_that_somebody_cancelled_does_not_stand_and_is_written_anew(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar), "")
    path = (await diary.write(entry())).id.removeprefix(server.address)
    data = server.request("GET", path).text.replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    server.request("PUT", path, data.encode())
    assert await diary.find("call_31:visit") is None
    assert await diary.busy(DAY, DAY + timedelta(days=1)) == []
    await diary.write(entry())
    assert await diary.find("call_31:visit") is not None
    assert len(server.entries(calendar)) == 1


async def test_a_copy_that_somebody_made_of_our_entry_is_theirs(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar), "")
    path = (await diary.write(entry())).id.removeprefix(server.address)
    data = server.request("GET", path).text
    uid = next(line for line in data.splitlines() if line.startswith("UID:"))
    server.request("PUT", f"{calendar}copy.ics", data.replace(uid, "UID:a-copy").encode())
    await diary.write(entry(TEN + timedelta(hours=3)))
    found = await diary.busy(DAY, DAY + timedelta(days=1))
    assert [each.ours for each in found] == ["", "call_31:visit"]


async def test_the_calendar_is_found_by_name_path_address_or_as_the_only_one(server: CalDavServer) -> None:
    calendar = server.make_calendar("<displayname>Visits of Dana</displayname>")
    for named in ("visits of dana", calendar, calendar.rstrip("/"), f"{server.address}{calendar}"):
        diary = await open_diary(server.connection(), named)
        assert (await diary.write(entry())).id.startswith(f"{server.address}{calendar}")
    straight = await open_diary(server.connection(address=f"{server.address}{calendar}"), "")
    assert await straight.find("call_31:visit") is not None
    assert len(server.entries(calendar)) == 1
    server.make_calendar()
    with pytest.raises(DiaryGone, match=r"several calendars.*Visits of Dana"):
        await (await open_diary(server.connection(), "")).find("x")
    with pytest.raises(DiaryGone, match="no calendar “Holidays”"):
        await (await open_diary(server.connection(), "Holidays")).find("x")


async def test_a_password_is_not_carried_to_another_server(server: CalDavServer, proxy: SpoilingProxy) -> None:
    with spoiled(server) as thief:
        for place in (f"{thief.address}/", "https://calendars.example/"):
            proxy.redirects = {"/.well-known/caldav": place}
            with pytest.raises(DiaryGone, match="another place"):
                await (await open_diary(server.connection(address=proxy.address), "")).find("x")
        with pytest.raises(DiaryGone, match="not sent elsewhere"):
            await (await open_diary(server.connection(), f"{thief.address}/leadline/x/")).find("x")
        assert thief.served == []


async def test_redirects_in_a_circle_come_to_an_end(server: CalDavServer, proxy: SpoilingProxy) -> None:
    proxy.redirects = {"/.well-known/caldav": "/.well-known/caldav"}
    with pytest.raises(DiaryGone):
        await (await open_diary(server.connection(address=proxy.address), "")).find("x")
    assert len(proxy.served) <= 8


async def test_a_wrong_password_is_told_in_words_and_never_repeated(
    radicale: CalDavServer, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = radicale.connection(password="wr0ng-of-nobody")
    with caplog.at_level(logging.DEBUG), pytest.raises(DiaryGone, match="app password") as told:
        await (await open_diary(wrong, "")).busy(DAY, DAY + timedelta(days=1))
    assert "wr0ng" not in str(told.value) + caplog.text + repr(told.value.__context__)


async def test_no_secret_stands_in_the_log_of_a_whole_booking(
    server: CalDavServer, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = server.make_calendar()
    with caplog.at_level(logging.DEBUG, logger="engine"):
        diary = await open_diary(server.connection(calendar), "")
        await diary.write(entry())
        await diary.busy(DAY, DAY + timedelta(days=1))
    assert PASSWORD not in caplog.text
    assert "Dana" not in caplog.text


@pytest.mark.parametrize("status", ["429", "500", "503"])
async def test_what_may_pass_is_tried_again(server: CalDavServer, proxy: SpoilingProxy, status: str) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    proxy.faults.set(Fault("refuse", error=status, times=1))
    assert await diary.busy(DAY, DAY + timedelta(days=1)) == []
    proxy.only = frozenset({"PUT"})
    proxy.faults.set(Fault("refuse", error=status, times=1))
    await diary.write(entry())
    assert len(server.entries(calendar)) == 1


async def test_an_answer_that_is_no_calendar_data_is_never_free_time(
    server: CalDavServer, proxy: SpoilingProxy
) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    await diary.find("x")
    proxy.only = frozenset({"REPORT"})
    proxy.faults.set(Fault("corrupt"))
    with pytest.raises(CalendarDown, match="could not be understood"):
        await diary.busy(DAY, DAY + timedelta(days=1))


async def test_who_may_not_write_is_told_how_to_mend_it(server: CalDavServer, proxy: SpoilingProxy) -> None:
    calendar = server.make_calendar()
    proxy.statuses[("PUT", b"")] = 403
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    with pytest.raises(DiaryGone, match="right to change it"):
        await diary.write(entry())


async def test_what_is_no_caldav_server_says_so(server: CalDavServer, proxy: SpoilingProxy) -> None:
    proxy.faults.set(Fault("corrupt"))
    with pytest.raises(DiaryGone, match="does not answer as a CalDAV server"):
        await (await open_diary(server.connection(address=proxy.address), "")).find("x")


async def test_an_entry_over_the_end_of_a_part_of_a_long_range_is_told_once(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar), "")
    since = datetime(2026, 11, 1, 12, tzinfo=UTC)
    border = since + timedelta(days=31)
    await diary.write(entry(border - timedelta(minutes=30)))
    server.request("PUT", f"{calendar}b.ics", ics("b", "DTSTART:20261202T100000Z", "DTEND:20261202T140000Z"))
    found = await diary.busy(since, since + timedelta(days=80))
    assert len([each for each in found if each.ours]) == 1


def _utc(start: datetime) -> tuple[datetime, datetime]:
    return start.astimezone(UTC), (start + timedelta(hours=1)).astimezone(UTC)


async def test_many_calls_at_once_do_not_crowd_a_small_server(server: CalDavServer, proxy: SpoilingProxy) -> None:
    calendar = server.make_calendar()
    diary = await open_diary(server.connection(calendar, proxy.address), "")
    await diary.find("x")
    plain, lock, under_way, most = proxy.answer, threading.Lock(), [0], [0]

    def counted(method: str, path: str, headers: dict[str, str], body: bytes) -> object:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        try:
            return plain(method, path, headers, body)
        finally:
            with lock:
                under_way[0] -= 1

    proxy.answer = counted  # type: ignore[method-assign, assignment]
    await asyncio.gather(*(diary.find(f"k{number}") for number in range(10)))
    assert 1 <= most[0] <= AT_ONCE

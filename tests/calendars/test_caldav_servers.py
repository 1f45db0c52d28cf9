"""What Radicale and Xandikos really answer: the facts that the CalDAV diary is built on, tried on both as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.calendars.caldav import xml
from engine.calendars.caldav.busy import free_busy
from engine.calendars.caldav.xml import condition, multistatus, propfind
from engine.calendars.intervals import merged
from tests.support.caldav_servers import CalDavServer, ics

TEN = ("DTSTART:20261124T100000Z", "DTEND:20261124T110000Z")
WEEK = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def told(server: CalDavServer, calendar: str) -> str:
    return server.request("REPORT", calendar, xml.free_busy_query(*WEEK), Depth="1").text


def test_the_well_known_address_leads_on(server: CalDavServer) -> None:
    answer = server.request("PROPFIND", "/.well-known/caldav", propfind("current-user-principal"), Depth="0")
    assert answer.status_code in (301, 302)
    assert answer.headers["location"] == "/"


def test_a_new_entry_is_made_once(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    path = f"{calendar}a.ics"
    first = server.request("PUT", path, ics("a", *TEN), If_None_Match="*")
    second = server.request("PUT", path, ics("a", *TEN), If_None_Match="*")
    assert (first.status_code, second.status_code) == (201, 412)
    assert first.headers["etag"].startswith('"')


def test_a_change_is_held_against_the_version_it_was_made_for(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    etag = server.put(calendar, "a", *TEN).headers["etag"]
    path = f"{calendar}a.ics"
    wrong = server.request("PUT", path, ics("a", *TEN, "LOCATION:x"), If_Match='"other"')
    right = server.request("PUT", path, ics("a", *TEN, "LOCATION:x"), If_Match=etag)
    assert (wrong.status_code, right.status_code) == (412, 204)
    assert right.headers["etag"] != etag


def test_one_uid_stands_once_in_a_calendar(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "a", *TEN)
    other = server.request("PUT", f"{calendar}b.ics", ics("a", *TEN), If_None_Match="*")
    assert other.status_code == {"radicale": 409, "xandikos": 412}[server.name]
    assert condition(other.content) == "no-uid-conflict"


def test_two_entries_at_one_time_are_taken_without_a_word(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    assert [server.put(calendar, uid, *TEN).status_code for uid in ("a", "b")] == [201, 201]


def test_what_is_no_calendar_data_is_refused(server: CalDavServer) -> None:
    answer = server.request("PUT", f"{server.make_calendar()}a.ics", b"BEGIN:VCALENDAR\r\nnonsense\r\n")
    assert answer.status_code == {"radicale": 400, "xandikos": 412}[server.name]


def test_free_busy_tells_recurring_and_tentative_but_not_free_and_cancelled_time(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "a", *TEN)
    server.put(calendar, "daily", "DTSTART:20261124T150000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    server.put(calendar, "maybe", "DTSTART:20261124T120000Z", "DTEND:20261124T130000Z", "STATUS:TENTATIVE")
    server.put(calendar, "free", "DTSTART:20261124T080000Z", "DTEND:20261124T090000Z", "TRANSP:TRANSPARENT")
    server.put(calendar, "off", "DTSTART:20261124T200000Z", "DTEND:20261124T210000Z", "STATUS:CANCELLED")
    assert merged(free_busy(told(server, calendar))) == [
        (at(10), at(11)),
        (at(12), at(13)),
        *((at(15, day=day), at(16, day=day)) for day in (24, 25, 26)),
    ]


def test_free_busy_has_the_union_of_overlapping_entries(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "short", "DTSTART:20261124T110000Z", "DTEND:20261124T113000Z")
    server.put(calendar, "long", "DTSTART:20261124T110000Z", "DTEND:20261124T120000Z")
    server.put(calendar, "late", "DTSTART:20261124T113000Z", "DTEND:20261124T123000Z")
    assert merged(free_busy(told(server, calendar))) == [(at(11), at(12, 30))]


def test_free_busy_takes_a_whole_day_for_one_of_utc(server: CalDavServer) -> None:
    """Why the diary adds whole days of the calendar's own zone."""
    calendar = server.make_calendar()
    server.put(calendar, "off", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125")
    assert merged(free_busy(told(server, calendar))) == [(at(0), at(0, day=25))]


def test_entries_come_expanded_when_asked_so(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "daily", "DTSTART:20261124T150000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    answer = server.request("REPORT", calendar, xml.entries_query(*WEEK, expand=True), Depth="1")
    [found] = multistatus(answer.content)
    data = found.text(f"{xml.CAL}calendar-data")
    assert (data.count("BEGIN:VEVENT"), data.count("RECURRENCE-ID"), data.count("RRULE")) == (3, 3, 0)


def test_floating_recurring_entries_are_expanded_by_one_and_break_the_other(server: CalDavServer) -> None:
    """Why the diary does without when a server cannot expand."""
    calendar = server.make_calendar()
    server.put(calendar, "daily", "DTSTART:20261124T150000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    answer = server.request("REPORT", calendar, xml.entries_query(*WEEK, expand=True), Depth="1")
    assert answer.status_code == {"radicale": 500, "xandikos": 207}[server.name]


def test_removing_is_held_against_the_version_and_what_is_gone_is_not_found(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    server.put(calendar, "a", *TEN)
    path = f"{calendar}a.ics"
    answers = [
        server.request("DELETE", path, If_Match='"other"'),
        server.request("DELETE", path),
        server.request("DELETE", path),
    ]
    done = {"radicale": 200, "xandikos": 204}[server.name]
    assert [each.status_code for each in answers] == [412, done, 404]


def test_a_calendar_that_is_not_there_says_so(server: CalDavServer) -> None:
    gone = f"{server.home}never-made/"
    put = server.request("PUT", f"{gone}a.ics", ics("a", *TEN), If_None_Match="*")
    report = server.request("REPORT", gone, xml.free_busy_query(*WEEK), Depth="1")
    assert (put.status_code, condition(put.content), report.status_code) == (409, "", 404)


@pytest.mark.parametrize("name", ["Work", "Zoë & co <1>"])
def test_a_calendar_tells_its_name_and_what_may_be_done_in_it(server: CalDavServer, name: str) -> None:
    shown = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    calendar = server.make_calendar(f"<displayname>{shown}</displayname>")
    wanted = propfind("displayname", "current-user-privilege-set")
    [found] = multistatus(server.request("PROPFIND", calendar, wanted, Depth="0").content)
    assert found.text(f"{xml.DAV}displayname") == name
    assert found.has(f"{xml.DAV}current-user-privilege-set", f"{xml.DAV}all")

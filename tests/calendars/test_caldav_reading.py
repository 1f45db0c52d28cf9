"""What is read from a CalDAV connection and from a server's answers: addresses, XML, busy times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.calendars.caldav import entry
from engine.calendars.caldav.access import CalDavAccess, caldav_access, is_private
from engine.calendars.caldav.busy import components, free_busy, taken
from engine.calendars.caldav.xml import DAV, Unreadable, condition, multistatus, parsed
from engine.calendars.intervals import merged
from engine.calendars.opening import open_diary
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.schedule.diary import DiaryEntry, DiaryGone
from engine.sdk import BookingDetails, CalendarDown, Connection, Opening
from tests.support.caldav_servers import ics

ROME = ZoneInfo("Europe/Rome")
SECRET = "p4ssw0rd-of-nobody"


def connection(**settings: str) -> Connection:
    return Connection("cal", "caldav", settings)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("caldav.fastmail.com", "https://caldav.fastmail.com/"),
        ("https://cloud.example/remote.php/dav", "https://cloud.example/remote.php/dav"),
        ("http://127.0.0.1:5232", "http://127.0.0.1:5232/"),
        ("http://192.168.1.5/caldav/", "http://192.168.1.5/caldav/"),
        ("http://nas:5232/", "http://nas:5232/"),
    ],
)
def test_an_address_is_taken_as_people_type_it(typed: str, address: str) -> None:
    assert caldav_access(connection(address=typed)).address == address


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "address is missing"),
        ({"address": "http://93.184.216.34/"}, "must begin with https"),
        ({"address": "ftp://x.example"}, "looks like"),
        ({"address": "https://x.example:port/"}, "looks like"),
        ({"address": f"https://dana:{SECRET}@x.example/"}, "in their own fields"),
        ({"address": f"https://x.example/?key={SECRET}"}, "end before"),
        ({"address": "https://x.example", "password": SECRET}, "user is missing"),
        ({"address": "https://x.example", "user": "a:b"}, "colon"),
        ({"address": "https://x.example", "zone": "Rome"}, "no time zone"),
    ],
)
def test_what_cannot_be_used_is_told_in_words_without_the_secret(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ConnectionUnusable, match=words) as told:
        caldav_access(connection(**settings))
    assert SECRET not in str(told.value)


async def test_an_unusable_connection_opens_no_diary_and_says_why() -> None:
    with pytest.raises(DiaryGone, match="'cal' cannot be used"):
        await open_diary(connection(address="http://93.184.216.34/"), "")
    with pytest.raises(DiaryGone, match="of the kind 'webhook'"):
        await open_diary(Connection("hook", "webhook", {}), "")


async def test_without_tls_a_name_must_lead_into_the_own_network() -> None:
    diary = await open_diary(connection(address="http://nas..home:5232"), "")
    with pytest.raises(CalendarDown, match="not found"):
        await diary.find("x")
    assert is_private(["10.0.0.7", "fe80::1%eth0"])
    assert not is_private(["10.0.0.7", "93.184.216.34"])
    assert not is_private([])


@pytest.mark.parametrize(
    ("href", "there"),
    [
        ("/cal/", "https://dav.example/cal/"),
        ("work/", "https://dav.example/home/work/"),
        ("https://dav.example:443/cal/", "https://dav.example:443/cal/"),
        ("https://dav.example/cal/?x=1#y", "https://dav.example/cal/"),
        ("https://other.example/cal/", None),
        ("https://dav.example.evil.example/", None),
        ("https://dav.example:8443/", None),
        ("http://dav.example/cal/", None),
        ("//other.example/cal/", None),
        ("https://dana:x@dav.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_only_places_of_the_same_server_are_followed(href: str, there: str | None) -> None:
    access = CalDavAccess("cal", "https://dav.example/home/")
    assert access.joined("https://dav.example/home/", href) == there


def test_icloud_spreads_an_account_over_its_hosts_and_nobody_else_may_claim_to() -> None:
    access = CalDavAccess("cal", "https://caldav.icloud.com/")
    assert access.joined(access.address, "https://p34-caldav.icloud.com/1/") == "https://p34-caldav.icloud.com/1/"
    assert access.joined(access.address, "https://p34-caldav.icloud.com.evil.example/") is None
    assert CalDavAccess("cal", "https://evil.example/").joined("https://evil.example/", "https://a.icloud.com/") is None


def test_a_secret_does_not_show_when_an_access_is_printed() -> None:
    assert SECRET not in repr(caldav_access(connection(address="https://x.example", user="d", password=SECRET)))


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        OUTSIDE,
        b"<!DOCTYPE html><html></html>",
        BOMB.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"),
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>&unknown;</a>",
        b"<a><b></a>",
        b"",
        b"\xff\xfe\x00",
        b"<a>" * 3000 + b"</a>" * 3000,
    ],
)
def test_xml_that_could_harm_or_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parsed(body)


def test_a_document_type_inside_calendar_data_harms_nobody() -> None:
    """Outlook writes such into its descriptions."""
    body = b"<a><![CDATA[X-ALT-DESC:<!DOCTYPE HTML><html>]]></a>"
    assert "DOCTYPE" in (parsed(body).text or "")


def test_only_what_is_there_is_read_from_a_multi_status() -> None:
    body = b"""<multistatus xmlns="DAV:">
      <response><href>/gone/</href><status>HTTP/1.1 404 Not Found</status></response>
      <response><href>/a/</href>
        <propstat><prop><displayname>A</displayname></prop><status>HTTP/1.1 200 OK</status></propstat>
        <propstat><prop><owner/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
      <response><href>/b/</href><propstat><prop><displayname>B</displayname></prop></propstat></response>
    </multistatus>"""
    found = list(multistatus(body))
    assert [(each.href, each.text(f"{DAV}displayname")) for each in found] == [("/a/", "A"), ("/b/", "B")]
    assert found[0].one(f"{DAV}owner") is None
    assert condition(b"<html/>") == condition(b"no xml") == ""


def busy_answer(*lines: str) -> str:
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VFREEBUSY", *lines, "END:VFREEBUSY", "END:VCALENDAR"]
    return "\r\n".join([*whole, ""])


@pytest.mark.parametrize(
    "line",
    [
        "FREEBUSY:20261124T100000Z/20261124T110000Z",
        "FREEBUSY:20261124T100000Z/PT1H",
        "FREEBUSY;VALUE=PERIOD:20261124T100000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY:20261124T100000Z/20261124T103000Z,20261124T103000Z/PT30M",
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261124T100000Z/2026\r\n 1124T110000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261124T100000Z/PT1H",
        "FREEBUSY;FBTYPE=X-OF-TOMORROW:20261124T100000Z/PT1H",
        "FREEBUSY;FBTYPE=busy:20261124T100000Z/PT1H",
    ],
)
def test_free_busy_is_read_however_it_is_written(line: str) -> None:
    free = "FREEBUSY;FBTYPE=FREE:20261124T100000Z/20261124T230000Z"
    assert merged(free_busy(busy_answer(line, free))) == [(at(10), at(11))]


@pytest.mark.parametrize(
    "text", ["", "<html>", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", busy_answer("FREEBUSY:soon/PT1H")]
)
def test_a_free_busy_answer_that_cannot_be_read_is_never_free_time(text: str) -> None:
    with pytest.raises(Unreadable):
        free_busy(text)


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        (("DTSTART:20261124T100000Z", "DTEND:20261124T110000Z"), (at(10), at(11))),
        (("DTSTART;TZID=America/New_York:20261124T100000", "DURATION:PT90M"), (at(15), at(16, 30))),
        (("DTSTART:20261124T100000", "DTEND:20261124T110000"), (at(9), at(10))),
        (("DTSTART;VALUE=DATE:20261124",), (at(23, day=23), at(23))),
        (("DTSTART;VALUE=DATE:20261124", "DURATION:P2D"), (at(23, day=23), at(23, day=25))),
        # A day over the change of the clock, and 24 hours over it.
        (("DTSTART;TZID=Europe/Rome:20261024T120000", "DURATION:P1D"), None),
        (("DTSTART:20261124T100000Z",), None),
        (("DTSTART:20261124T100000Z", "DTEND:20261124T100000Z"), None),
    ],
)
def test_times_of_entries_are_read_in_every_form(
    lines: tuple[str, ...], span: tuple[datetime, datetime] | None
) -> None:
    found = [(each.start, each.end) for each in taken(ics("a", *lines).decode(), ROME, (), expanded=True)]
    if "DURATION:P1D" in lines:
        start = datetime(2026, 10, 24, 10, tzinfo=UTC)
        span = start, start + timedelta(hours=25)
    assert found == ([span] if span else [])


def test_a_declined_entry_of_ones_own_takes_no_time_and_that_of_others_does() -> None:
    text = ics(
        "a", "DTSTART:20261124T100000Z", "DTEND:20261124T110000Z", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.example",
        "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Dana@X.example",
    ).decode()  # fmt: skip
    assert list(taken(text, ROME, {"dana@x.example"}, expanded=True)) == []
    assert len(list(taken(text, ROME, {"b@x.example"}, expanded=True))) == 1


@pytest.mark.parametrize("key", ["call_31:visit", "a,b;c:d", "Zoë\nx", "x" * 300])
def test_a_key_comes_back_out_of_an_entry_whatever_it_is_made_of(key: str) -> None:
    opening = Opening(at(10), at(11))
    details = BookingDetails("T,i;t\\le\nsecond line", notes="one\ntwo")
    data = entry.new(DiaryEntry(key, opening, "Europe/Rome", details), at(9))
    [event] = components(data.decode(), "VEVENT")
    assert entry.key_in(event) == key
    assert str(event["SUMMARY"]) == "T,i;t\\le second line"
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    [again] = components(entry.moved(data.decode(), Opening(at(12), at(13)), at(9)).decode(), "VEVENT")
    assert (entry.key_in(again), again["DTSTART"].dt, int(again["SEQUENCE"])) == (key, at(12), 1)

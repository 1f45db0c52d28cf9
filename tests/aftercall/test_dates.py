"""Moments in messages: readable, in the zone in which they were agreed, and with its name."""

from datetime import UTC, datetime

import pytest

from engine.aftercall import dates
from engine.aftercall.texts import fill
from engine.sdk import CallResult
from tests.support.aftercall import result

MOMENT = datetime(2026, 9, 16, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/Los_Angeles", "Wednesday, September 16, 2026, 2:00 p.m. Pacific time"),
        ("America/New_York", "Wednesday, September 16, 2026, 5:00 p.m. Eastern time"),
        ("America/Phoenix", "Wednesday, September 16, 2026, 2:00 p.m. Arizona time"),
        ("Pacific/Honolulu", "Wednesday, September 16, 2026, 11:00 a.m. Hawaii time"),
        ("Europe/Berlin", "Wednesday, September 16, 2026, 23:00 Berlin time"),
        ("Asia/Tokyo", "Thursday, September 17, 2026, 06:00 Tokyo time"),
        ("America/Argentina/Buenos_Aires", "Wednesday, September 16, 2026, 6:00 p.m. Buenos Aires time"),
        ("UTC", "Wednesday, September 16, 2026, 21:00 UTC"),
    ],
)
def test_a_moment_is_told_as_people_of_the_place_read_it(zone: str, text: str) -> None:
    assert dates.full(MOMENT, zone) == text


@pytest.mark.parametrize(
    ("utc", "clock"),
    [("07:00", "12:00 a.m."), ("19:00", "12:00 p.m."), ("08:05", "1:05 a.m."), ("06:59", "11:59 p.m.")],
)
def test_midnight_and_noon_are_told_apart(utc: str, clock: str) -> None:
    moment = datetime.fromisoformat(f"2026-09-16T{utc}+00:00")
    assert dates.clock(moment, "America/Los_Angeles") == f"{clock} Pacific time"


def test_summer_and_winter_have_their_own_hour() -> None:
    assert dates.clock(datetime(2026, 11, 1, 8, tzinfo=UTC), "America/Los_Angeles") == "1:00 a.m. Pacific time"
    assert dates.clock(datetime(2026, 11, 2, 8, tzinfo=UTC), "America/Los_Angeles") == "12:00 a.m. Pacific time"


def booked() -> CallResult:
    document = result().model_dump(mode="json", by_alias=True)
    document["appointment"] = {
        "id": "apt_1", "start": "2026-09-16T21:00:00Z", "end": "2026-09-16T22:00:00Z",
        "time_zone": "America/Los_Angeles", "calendar": "main", "address": "1200 18th St", "staff": "Maria",
        "link": "https://meet.example.com/abc",
    }  # fmt: skip
    return CallResult.model_validate(document)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{appointment}", "Wednesday, September 16, 2026, 2:00 p.m. Pacific time"),
        ("{appointment_day} at {appointment_time}", "Wednesday, September 16 at 2:00 p.m. Pacific time"),
        ("{staff}, {address}, {meeting_link}", "Maria, 1200 18th St, https://meet.example.com/abc"),
    ],
)
def test_texts_tell_the_appointment(template: str, text: str) -> None:
    assert fill(template, booked(), "Harborline", "Ava", "") == text


def test_without_an_appointment_its_words_are_empty() -> None:
    template = "{appointment}{appointment_day}{appointment_time}{staff}{address}{meeting_link}"
    assert fill(template, result(), "Harborline", "Ava", "") == ""


def test_a_text_can_carry_the_link_by_which_its_reader_gets_no_more() -> None:
    link = "https://calls.example.com/stop/abc"
    assert fill("No more: {opt_out_link}", result(), "Harborline", "Ava", "", link) == f"No more: {link}"

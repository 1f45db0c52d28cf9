"""Calendars over the API: hours as a business writes them, and time that staff take for something else."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from engine.sdk import BookingDetails, BookingRules
from engine.store.calendar import BuiltInCalendar
from tests.support.api import Leadline, leadline

HOURS = {"monday": ["09:00-12:00", "13:00-17:00"], "saturday": ["10:00-14:00"]}


async def test_a_calendar_is_added_changed_and_read_back(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        new = {"zone": "America/Denver", "weekly": HOURS, "special": {"2026-12-24": []}, "max_per_day": 4}
        saved = await house.client.put("/calendars/crew", json=new)
        assert saved.status_code == 200, saved.text
        assert saved.json() == {"name": "crew", "step_min": 30, "connection": "", "options": {}, "staff": [], **new}
        again = await house.client.put("/calendars/crew", json={**new, "weekly": {"monday": []}})
        assert again.status_code == 200
        names = [each["name"] for each in (await house.client.get("/calendars")).json()]
        assert names == ["crew", "main"]


async def test_staff_block_time_and_free_it_again(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        span = {"start": "2035-01-08T09:00:00-07:00", "end": "2035-01-08T11:00:00-07:00", "reason": "Team meeting"}
        blocked = await house.client.post("/calendars/main/blocks", json=span)
        assert blocked.status_code == 201, blocked.text
        shown = (await house.client.get("/calendars/main")).json()["blocks"]
        assert [each["reason"] for each in shown] == ["Team meeting"]
        gone = await house.client.delete(f"/calendars/main/blocks/{blocked.json()['id']}")
        assert gone.status_code == 204
        assert (await house.client.get("/calendars/main")).json()["blocks"] == []
        backwards = {**span, "start": span["end"], "end": span["start"]}
        assert (await house.client.post("/calendars/main/blocks", json=backwards)).status_code == 422
        assert (await house.client.post("/calendars/nowhere/blocks", json=span)).status_code == 404


ANA = {
    "name": "Ana", "weekly": {"monday": ["09:00-12:00"]}, "special": {"2026-12-24": []}, "areas": ["941*", "94014"],
    "max_per_day": 3, "diary": "ana@example.com", "email": "ana@example.com",
}  # fmt: skip
BEN = {"name": "Ben", "weekly": None, "special": {}, "areas": [], "max_per_day": None, "diary": "", "email": ""}
MAIN = {"zone": "America/Los_Angeles", "weekly": HOURS}


async def put(house: Leadline, **change: object) -> httpx.Response:
    return await house.client.put("/calendars/crew", json={**MAIN, **change})


async def connect(house: Leadline, kind: str, **settings: str) -> None:
    saved = await house.client.put("/connections/office", json={"kind": kind, "settings": settings})
    assert saved.status_code == 200, saved.text


async def test_staff_are_kept_with_their_hours_areas_and_caps(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        assert (await put(house, staff=[ANA, BEN])).json()["staff"] == [ANA, BEN]
        assert (await put(house, max_per_day=9)).json()["staff"] == [ANA, BEN]  # left out: stays
        assert (await house.client.get("/calendars/crew")).json()["staff"] == [ANA, BEN]
        assert (await put(house, staff=[])).json()["staff"] == []


async def test_a_calendar_is_kept_at_a_service_that_keeps_calendars(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await connect(house, "caldav", address="https://dav.example.org/", user="ana", password="s3cret")
        saved = await put(house, connection="office", options={"diary": "/ana/work/", "invite": True})
        assert (saved.status_code, saved.json()["connection"]) == (200, "office"), saved.text
        assert saved.json()["options"] == {"diary": "/ana/work/", "invite": True}
        apart = (await put(house, connection="", options=None)).json()
        assert (apart["connection"], apart["options"]) == ("", {})


async def test_appointments_and_blocked_time_say_whose_they_are(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await put(house, staff=[BEN, ANA])
        calendar = await BuiltInCalendar.open(house.services.database, "crew")
        now = house.services.clock.now()
        opening = (await calendar.openings(BookingRules(place="94110"), now))[0]
        held = await calendar.hold(opening, BookingRules(place="94110"), "call_1", now)
        await calendar.confirm(held, "call_1", BookingDetails("Estimate", "Dana Reyes", "+14155550123"), now)
        span = {"start": "2035-01-08T09:00:00-07:00", "end": "2035-01-08T11:00:00-07:00", "staff": "Ana"}
        assert (await house.client.post("/calendars/crew/blocks", json=span)).json()["staff"] == "Ana"
        nobody = await house.client.post("/calendars/crew/blocks", json={**span, "staff": "Zoe"})
        assert (nobody.status_code, "Nobody called 'Zoe'" in nobody.text) == (422, True)
        (shown,) = (await house.client.get("/calendars/crew")).json()["appointments"]
        assert (shown["staff"], shown["place"], shown["status"], shown["settled"]) == (
            "Ben",
            "94110",
            "confirmed",
            True,
        )
        # Who has appointments stays, under another name if need be.
        refused = await put(house, staff=[ANA])
        assert refused.status_code == 422
        assert refused.json()["problems"][0]["field"] == "staff"
        assert "Ben still has 1 appointment." in refused.text
        assert (await put(house, staff=[{**BEN, "name": "Benjamin", "was": "Ben"}])).status_code == 200
        (shown,) = (await house.client.get("/calendars/crew")).json()["appointments"]
        assert shown["staff"] == "Benjamin"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "is no time zone"),
        ({"weekly": {"monday": ["noon"]}}, "weekly.monday", "Monday: 'noon' is not a span"),
        ({"special": {"Christmas": []}}, "special.Christmas", "is not a date"),
        ({"connection": "nowhere"}, "connection", "There is no connection 'nowhere'"),
        ({"connection": "office"}, "connection", "leads to no calendar"),
        ({"staff": [{**BEN, "name": " "}]}, "staff.0.name", "has no name"),
        ({"staff": [BEN, {**BEN, "name": "ben"}]}, "staff.1.name", "is there twice"),
        ({"staff": [{**BEN, "was": "Zoe"}]}, "staff.0.name", "nobody called 'Zoe'"),
        ({"staff": [{**ANA, "areas": ["94102-94105"]}]}, "staff.0.areas", "Write a ZIP code like 94110, or 941*"),
        ({"staff": [{**ANA, "weekly": {"monday": ["12:00-09:00"]}}]}, "staff.0.weekly.monday", "12:00"),
        ({"staff": [{**ANA, "email": "ana"}]}, "staff.0.email", "is no e-mail address"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(
    tmp_path: Path, change: dict[str, object], field: str, words: str
) -> None:
    async with leadline(tmp_path) as house:
        await connect(house, "webhook", url="https://crm.example/a", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        refused = await put(house, **change)
        assert refused.status_code == 422, refused.text
        (problem,) = refused.json()["problems"]
        assert (problem["field"], words in problem["problem"]) == (field, True), problem
        assert (await house.client.get("/calendars/crew")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "options", "staff", "field"),
    [
        ("caldav", {"colour": "red"}, [], "options.colour"),
        ("caldav", {"invite": "yes"}, [], "options.invite"),
        ("calcom", {}, [BEN], "staff"),
        ("calcom", {"without_email": "pigeon"}, [], "options"),
    ],
)
async def test_what_a_service_cannot_do_is_told_at_its_field(
    tmp_path: Path, kind: str, options: dict[str, object], staff: list[object], field: str
) -> None:
    accounts = {
        "caldav": {"address": "https://dav.example.org/", "user": "ana", "password": "s3cret"},
        "calcom": {"token": "cal_live_1", "event_type": "2026302"},
    }
    async with leadline(tmp_path) as house:
        await connect(house, kind, **accounts[kind])
        refused = await put(house, connection="office", options=options, staff=staff)
        assert [each["field"] for each in refused.json()["problems"]] == [field], refused.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"zone": "../etc/passwd"}, "is no time zone"),
        ({"weekly": {"funday": ["09:00-12:00"]}}, "'funday' is not a weekday"),
        ({"weekly": {"monday": ["12:00-09:00"]}}, "12:00"),
        ({"special": {"Christmas": []}}, "is not a date"),
    ],
)
async def test_hours_that_make_no_sense_are_refused_in_words(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    async with leadline(tmp_path) as house:
        refused = await house.client.put("/calendars/crew", json={"zone": "America/Denver", "weekly": HOURS, **change})
        assert (refused.status_code, words in refused.text) == (422, True), refused.text
        assert (await house.client.get("/calendars/crew")).status_code == 404

"""The emulator answers in the shapes of the fact sheet, and dispatches by version as Cal.com does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.faults import Fault

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SLOTS, BOOKINGS = {"cal-api-version": "2024-09-04"}, {"cal-api-version": "2024-08-13"}
ASKED = {"eventTypeId": "10", "start": "2026-11-24", "end": "2026-11-26", "timeZone": "Europe/Rome"}
BOOKING: dict[str, Any] = {
    "eventTypeId": 10,
    "start": "2026-11-24T08:00:00Z",
    "attendee": {"name": "Zoë Miller", "email": "zoe@example.org", "timeZone": "America/Los_Angeles"},
    "metadata": {"leadline_call_id": "c_81f"},
}


@pytest.fixture
async def cal() -> AsyncIterator[CalComEmulator]:
    async with CalComEmulator(clock=lambda: NOW) as emulator:
        emulator.add(EventType(10), [START])
        yield emulator


@pytest.fixture
async def client(cal: CalComEmulator) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {cal.token}"}
    async with httpx.AsyncClient(base_url=cal.address, headers=headers, trust_env=False) as opened:
        yield opened


async def booked(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post("/bookings", json={**BOOKING, **changes}, headers=BOOKINGS)


async def test_slots_come_by_day_in_the_zone_that_was_asked_for(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/slots", params=ASKED, headers=SLOTS)).json()
    assert answer == {"status": "success", "data": {"2026-11-24": [{"start": "2026-11-24T09:00:00.000+01:00"}]}}
    ranged = (await client.get("/slots", params={**ASKED, "format": "range"}, headers=SLOTS)).json()
    assert ranged["data"]["2026-11-24"][0]["end"] == "2026-11-24T10:00:00.000+01:00"
    await booked(client)
    assert (await client.get("/slots", params=ASKED, headers=SLOTS)).json()["data"] == {}


async def test_a_missing_or_wrong_version_silently_gives_the_old_form(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"cal-api-version": "2024-04-15"}):
        answer = (await client.get("/slots", params=ASKED, headers=headers)).json()
        assert answer["data"] == {"slots": {"2026-11-24": [{"time": "2026-11-24T08:00:00.000Z"}]}}
        assert (await client.post("/bookings", json=BOOKING, headers=headers)).status_code == 400


async def test_a_reservation_keeps_a_time_until_it_ends_or_is_deleted(
    cal: CalComEmulator, client: httpx.AsyncClient
) -> None:
    body = {"eventTypeId": 10, "slotStart": "2026-11-24T08:00:00Z", "reservationDuration": 5}
    kept = await client.post("/slots/reservations", json=body, headers=SLOTS)
    assert kept.status_code == 201
    assert kept.json()["data"]["reservationUntil"] == "2026-11-23T09:05:00.000Z"
    assert (await client.post("/slots/reservations", json=body, headers=SLOTS)).status_code == 422
    assert (await client.get("/slots", params=ASKED, headers=SLOTS)).json()["data"] == {}
    uid = kept.json()["data"]["reservationUid"]
    assert (await client.delete(f"/slots/reservations/{uid}", headers=SLOTS)).status_code == 200
    assert (await client.get("/slots", params=ASKED, headers=SLOTS)).json()["data"] != {}


async def test_a_booking_has_the_shape_of_the_sheet(client: httpx.AsyncClient) -> None:
    answer = await booked(client)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert {
        "id",
        "uid",
        "title",
        "status",
        "start",
        "end",
        "duration",
        "hosts",
        "attendees",
        "location",
        "icsUid",
    } <= set(data)
    assert (data["status"], data["duration"], data["metadata"]) == ("accepted", 60, {"leadline_call_id": "c_81f"})


async def test_a_taken_time_is_refused_also_to_whoever_repeats_the_request(client: httpx.AsyncClient) -> None:
    await booked(client)
    again = await booked(client)
    assert again.status_code == 400
    assert again.json()["error"]["message"] == "User either already has booking at this time or is not available"


async def test_a_host_who_must_agree_makes_it_pending(cal: CalComEmulator, client: httpx.AsyncClient) -> None:
    cal.store.event_types[10].confirmation = True
    assert (await booked(client)).json()["data"]["status"] == "pending"


async def test_recurring_types_answer_with_an_array(cal: CalComEmulator, client: httpx.AsyncClient) -> None:
    cal.store.event_types[10].recurring = True
    assert isinstance((await booked(client)).json()["data"], list)


async def test_moving_gives_a_new_uid(cal: CalComEmulator, client: httpx.AsyncClient) -> None:
    cal.store.event_types[10].free.append(START.replace(day=25))
    old = (await booked(client)).json()["data"]["uid"]
    moved = await client.post(f"/bookings/{old}/reschedule", json={"start": "2026-11-25T08:00:00Z"}, headers=BOOKINGS)
    assert moved.status_code == 201
    assert moved.json()["data"]["rescheduledFromUid"] == old
    assert moved.json()["data"]["uid"] != old


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "2026-11-24T09:00:00+01:00"},
        {"attendee": {"name": "Zoë", "email": "zoe@example.org"}},
        {"attendee": {"name": "Zoë", "timeZone": "Europe/Rome"}},
        {"metadata": {"a" * 41: "x"}},
        {"metadata": {"a": "x" * 501}},
        {"metadata": {"a": 1}},
        {"lengthInMinutes": 30},
    ],
    ids=["not UTC", "no zone", "no e-mail", "long key", "long value", "no text", "one length"],
)
async def test_what_cal_com_does_not_take_is_refused(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    assert (await booked(client, **changes)).status_code == 400


async def test_too_many_requests_say_when_to_come_again(cal: CalComEmulator, client: httpx.AsyncClient) -> None:
    cal.faults.set(Fault("rate_limit", seconds=7, times=1))
    answer = await client.get("/slots", params=ASKED, headers=SLOTS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_cut_comes_after_the_write(cal: CalComEmulator, client: httpx.AsyncClient) -> None:
    cal.faults.set(Fault("cut", times=1))
    with pytest.raises(httpx.HTTPError):
        await booked(client)
    assert len(cal.standing) == 1

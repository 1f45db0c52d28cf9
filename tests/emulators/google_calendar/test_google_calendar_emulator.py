"""The stand-in, tried by Google's own client library: it takes what that sends, and refuses what Google refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.api_core.client_options import ClientOptions
from google.oauth2 import credentials as people
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.emulators.faults import Fault
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import CALENDAR, allow

SCOPES = ["https://www.googleapis.com/auth/calendar"]
EVENT = {
    "summary": "Visit",
    "start": {"dateTime": "2026-11-24T10:00:00-08:00", "timeZone": "America/Los_Angeles"},
    "end": {"dateTime": "2026-11-24T11:00:00-08:00", "timeZone": "America/Los_Angeles"},
}
DAY = {"timeMin": "2026-11-24T00:00:00Z", "timeMax": "2026-11-26T00:00:00Z"}


@pytest.fixture
async def google() -> AsyncIterator[GoogleCalendarEmulator]:
    async with GoogleCalendarEmulator() as emulator:
        yield emulator


class Vendor:
    """The vendor's client, which is synchronous: every request runs in a thread."""

    def __init__(self, google: GoogleCalendarEmulator, credentials: Any = None) -> None:
        key = json.loads(google.key_file)
        self.service = build(
            "calendar",
            "v3",
            credentials=credentials or service_account.Credentials.from_service_account_info(key, scopes=SCOPES),
            client_options=ClientOptions(api_endpoint=f"{google.address}/calendar/v3/"),
            cache_discovery=False,
        )

    async def do(self, request: Any, **headers: str) -> Any:
        request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return await asyncio.to_thread(request.execute)

    async def refused(self, request: Any, **headers: str) -> tuple[int, str]:
        with pytest.raises(HttpError) as told:
            await self.do(request, **headers)
        return told.value.resp.status, told.value.error_details[0]["reason"]

    def insert(self, body: dict[str, Any], **query: Any) -> Any:
        return self.service.events().insert(calendarId=CALENDAR, body=body, **query)

    def get(self, id: str) -> Any:
        return self.service.events().get(calendarId=CALENDAR, eventId=id)

    def patch(self, id: str, body: dict[str, Any]) -> Any:
        return self.service.events().patch(calendarId=CALENDAR, eventId=id, body=body)

    def delete(self, id: str) -> Any:
        return self.service.events().delete(calendarId=CALENDAR, eventId=id)


@pytest.fixture
def vendor(google: GoogleCalendarEmulator) -> Vendor:
    return Vendor(google)


async def test_the_vendors_client_signs_in_asks_and_writes(vendor: Vendor, google: GoogleCalendarEmulator) -> None:
    made = await vendor.do(vendor.insert(EVENT))
    assert (made["status"], made["sequence"]) == ("confirmed", 0)
    assert made["etag"].startswith('"')
    items = [{"id": CALENDAR}, {"id": "nobody@example.com"}]
    told = await vendor.do(vendor.service.freebusy().query(body={**DAY, "items": items}))
    assert told["calendars"][CALENDAR]["busy"] == [{"start": "2026-11-24T18:00:00Z", "end": "2026-11-24T19:00:00Z"}]
    assert told["calendars"]["nobody@example.com"]["errors"][0]["reason"] == "notFound"
    assert google.served[0].request == "POST /token"
    assert "POST /calendar/v3/calendars/sales%40example.com/events" in [each.request for each in google.served]


@pytest.mark.parametrize("id", ["UPPER0", "with-dash", "has_w_in_it", "abcd", "xyz12345"])
async def test_an_id_outside_base32hex_is_refused(vendor: Vendor, id: str) -> None:
    assert (await vendor.refused(vendor.insert({**EVENT, "id": id})))[0] == 400


async def test_an_id_is_used_up_also_by_a_deleted_event(vendor: Vendor) -> None:
    await vendor.do(vendor.insert({**EVENT, "id": "ll0c81f9"}))
    assert await vendor.refused(vendor.insert({**EVENT, "id": "ll0c81f9"})) == (409, "duplicate")
    await vendor.do(vendor.delete("ll0c81f9"))
    assert await vendor.refused(vendor.insert({**EVENT, "id": "ll0c81f9"})) == (409, "duplicate")
    assert (await vendor.do(vendor.get("ll0c81f9")))["status"] == "cancelled"
    assert await vendor.refused(vendor.delete("ll0c81f9")) == (410, "deleted")


async def test_changes_are_held_against_the_version_they_were_made_for(vendor: Vendor) -> None:
    made = await vendor.do(vendor.insert(EVENT))
    changed = await vendor.do(vendor.patch(made["id"], {"summary": "Other"}), If_Match=made["etag"])
    assert changed["etag"] != made["etag"]
    stale = vendor.patch(made["id"], {"summary": "Third"})
    assert await vendor.refused(stale, If_Match=made["etag"]) == (412, "conditionNotMet")
    with pytest.raises(HttpError) as told:
        await vendor.do(vendor.get(made["id"]), If_None_Match=changed["etag"])
    assert told.value.resp.status == 304


async def test_without_the_version_of_conferences_the_block_is_dropped_in_silence(
    vendor: Vendor, google: GoogleCalendarEmulator
) -> None:
    google.service.looks = 2
    asks = {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    plain = await vendor.do(vendor.insert({**EVENT, "conferenceData": asks}))
    assert "conferenceData" not in plain
    made = await vendor.do(vendor.insert({**EVENT, "conferenceData": asks}, conferenceDataVersion=1))
    states = [made["conferenceData"]["createRequest"]["status"]["statusCode"]]
    for _ in range(2):
        made = await vendor.do(vendor.get(made["id"]))
        states.append(made["conferenceData"]["createRequest"]["status"]["statusCode"])
    assert states == ["pending", "pending", "success"]
    assert made["hangoutLink"].startswith("https://meet.google.com/")


async def test_a_service_account_invites_nobody_but_the_person_it_acts_for_does(
    vendor: Vendor, google: GoogleCalendarEmulator
) -> None:
    guests = {**EVENT, "attendees": [{"email": "dana@example.com"}]}
    assert await vendor.refused(vendor.insert(guests, sendUpdates="all")) == (403, "forbiddenForServiceAccounts")
    google.add("rep@example.com", "Rep", {})
    allow(google, "rep@example.com", "calendar")
    key = service_account.Credentials.from_service_account_info(json.loads(google.key_file), scopes=SCOPES)
    rep = Vendor(google, key.with_subject("rep@example.com"))
    events = rep.service.events()
    await rep.do(events.insert(calendarId="primary", body=guests))
    assert google.service.mails == [], "nobody is written to unless it is asked for"
    await rep.do(events.insert(calendarId="primary", body=guests, sendUpdates="all"))
    assert google.service.mails == [("dana@example.com", "invited")]


async def test_a_person_signs_in_with_a_refresh_token(google: GoogleCalendarEmulator) -> None:
    google.add("rep@example.com", "Rep", {})
    google.sign_in.refresh["1//refresh"] = "rep@example.com"
    client_id, client_secret = google.sign_in.client
    person = people.Credentials(
        None, refresh_token="1//refresh", token_uri=f"{google.address}/token", client_id=client_id,
        client_secret=client_secret,
    )  # fmt: skip
    listed = await Vendor(google, person).do(Vendor(google, person).service.calendarList().list())
    assert [(each["id"], each["accessRole"]) for each in listed["items"]] == [("rep@example.com", "owner")]


async def test_lists_know_pages_fields_and_private_properties(vendor: Vendor, google: GoogleCalendarEmulator) -> None:
    for number in range(3):
        private = {"extendedProperties": {"private": {"leadline_key": f"call_{number}"}}}
        await vendor.do(vendor.insert({**EVENT, **private}))
    events = vendor.service.events()
    request, pages = events.list(calendarId=CALENDAR, maxResults=2, fields="nextPageToken,items(id)"), []
    while request is not None:
        page = await vendor.do(request)
        pages.append([sorted(each) for each in page["items"]])
        request = events.list_next(request, page)
    assert pages == [[["id"], ["id"]], [["id"]]]
    found = await vendor.do(events.list(calendarId=CALENDAR, privateExtendedProperty="leadline_key=call_1"))
    assert [each["extendedProperties"]["private"]["leadline_key"] for each in found["items"]] == ["call_1"]
    assert (found["accessRole"], found["timeZone"]) == ("writer", "America/Los_Angeles")
    assert (await vendor.refused(events.list(calendarId=CALENDAR, fields="items(")))[0] == 400


async def test_who_may_only_look_may_not_write(vendor: Vendor, google: GoogleCalendarEmulator) -> None:
    google.calendar.roles = dict.fromkeys(google.calendar.roles, "reader")
    assert (await vendor.refused(vendor.insert(EVENT)))[0] == 403
    google.calendar.roles = {}
    assert await vendor.refused(vendor.insert(EVENT)) == (404, "notFound")


async def test_faults_speak_googles_words_and_a_cut_comes_after_the_write(
    vendor: Vendor, google: GoogleCalendarEmulator
) -> None:
    google.faults.set(Fault("rate_limit", times=1))
    assert await vendor.refused(vendor.insert(EVENT)) == (403, "rateLimitExceeded")
    google.faults.set(Fault("refuse", error="500 after the write", times=1))
    assert (await vendor.refused(vendor.insert({**EVENT, "id": "ll00001"})))[0] == 500
    token = next(iter(google.sign_in.whose))
    google.faults.set(Fault("cut", times=1))
    async with httpx.AsyncClient(base_url=google.address, headers={"Authorization": f"Bearer {token}"}) as web:
        with pytest.raises(httpx.TransportError):
            await web.post(f"/calendar/v3/calendars/{CALENDAR}/events", json={**EVENT, "id": "ll00002"})
    assert {"ll00001", "ll00002"} <= {each["id"] for each in google.events()}

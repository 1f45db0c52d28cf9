"""Who signs in at Google, where keys go, and what a person reads when Google says no."""

from __future__ import annotations

import asyncio
import json
import time
from zoneinfo import ZoneInfo

import jwt
import pytest

from engine.calendars.google.access import TOKENS, Person, google_access
from engine.calendars.google.event import Event, busy_time, event, event_id
from engine.calendars.google.token import BOOKING, LISTING, assertion
from engine.calendars.opening import open_diary
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown, Connection
from tests.emulators.faults import Fault
from tests.emulators.gemini.tokens import EMAIL
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import CALENDAR, allow
from tests.emulators.google_calendar.sign_in import CalendarSignIn

pytestmark = pytest.mark.usefixtures("patient")

SECRET = "s3cret-of-nobody"
KEY = CalendarSignIn().key_file(TOKENS, "leadline-prod")


def connection(**settings: str) -> Connection:
    return Connection("sales", "google_calendar", settings)


def changed(**fields: object) -> str:
    return json.dumps({name: value for name, value in {**json.loads(KEY), **fields}.items() if value is not None})


PERSON = {"client_id": "c.apps.googleusercontent.com", "client_secret": SECRET, "refresh_token": f"1//{SECRET}"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "key file is missing"),
        ({"key_file": SECRET}, "paste all of the"),
        ({"key_file": changed(type="authorized_user")}, "not that of a service account"),
        ({"key_file": changed(client_email=None)}, "lacks client_email"),
        ({"key_file": changed(private_key=SECRET)}, "is damaged"),
        ({"key_file": changed(token_uri="https://evil.example/token")}, "not Google's"),
        ({"key_file": changed(token_uri="http://oauth2.googleapis.com/token")}, "not Google's"),
        ({"key_file": changed(token_uri="https://oauth2.googleapis.com.evil.example/token")}, "not Google's"),
        ({"key_file": KEY, "endpoint": "http://evil.example:80"}, "must be on this machine"),
        ({"key_file": KEY, "endpoint": "https://127.0.0.1:1"}, "must be on this machine"),
        ({"key_file": KEY, "subject": "Dana"}, "e-mail address"),
        ({"key_file": KEY, "invite": "maybe"}, "yes or no"),
        ({"key_file": KEY, **PERSON}, "not both"),
        ({**PERSON, "client_secret": ""}, "Client secret is missing"),
        ({**PERSON, "refresh_token": f"{SECRET} x"}, "no spaces"),
        ({**PERSON, "subject": "a@b.example"}, "acts for themselves"),
    ],
)
def test_what_cannot_be_used_is_told_in_words_without_the_secret(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ConnectionUnusable, match=words) as told:
        google_access(connection(**settings))
    assert SECRET not in str(told.value)
    assert "PRIVATE KEY" not in str(told.value)


def test_an_emulator_gets_everything_and_google_gets_nothing_then() -> None:
    access = google_access(connection(key_file=KEY, endpoint="http://127.0.0.1:9005/"))
    assert (access.api, access.tokens) == ("http://127.0.0.1:9005/calendar/v3", "http://127.0.0.1:9005/token")
    person = google_access(connection(**PERSON, endpoint="http://127.0.0.1:9005"))
    assert person.tokens == "http://127.0.0.1:9005/token"
    assert google_access(connection(key_file=KEY)).tokens == TOKENS


def test_no_secret_shows_when_an_access_is_printed() -> None:
    for given in ({"key_file": KEY}, PERSON):
        shown = repr(google_access(connection(**given)))
        assert SECRET not in shown
        assert "PRIVATE" not in shown


def test_an_assertion_is_addressed_to_google_whoever_answers_it() -> None:
    access = google_access(
        connection(key_file=changed(token_uri="http://127.0.0.1:9005/token"), subject="rep@example.com")
    )
    assert access.tokens == "http://127.0.0.1:9005/token"
    assert not isinstance(access.who, Person)
    signed = assertion(access.who, BOOKING, 1_800_000_000)
    claims = jwt.decode(signed, options={"verify_signature": False})
    assert claims == {
        "iss": EMAIL,
        "scope": " ".join(BOOKING),
        "aud": "https://oauth2.googleapis.com/token",
        "iat": 1_800_000_000,
        "exp": 1_800_003_600,
        "sub": "rep@example.com",
    }
    assert jwt.get_unverified_header(signed) == {"typ": "JWT", "alg": "RS256", "kid": "k1"}


def test_ids_are_of_base32hex_and_differ_by_key_and_attempt() -> None:
    ids = {event_id(key, attempt) for key in ("call_1:visit", "call_1:visit ", "Zoë") for attempt in range(4)}
    assert len(ids) == 12
    assert all(set(id) <= set("0123456789abcdefghijklmnopqrstuv") and 5 <= len(id) <= 1024 for id in ids)
    assert event_id("call_1:visit", 0) == event_id("call_1:visit", 0)


def test_a_copy_that_somebody_made_of_our_event_is_theirs() -> None:
    ours = {
        "id": event_id("k", 1),
        "start": {"dateTime": "2026-11-24T10:00:00Z"},
        "end": {"dateTime": "2026-11-24T11:00:00Z"},
        "extendedProperties": {"private": {"leadline_key": "k"}},
    }
    first, copy = busy_time(ours, ZoneInfo("UTC")), busy_time({**ours, "id": "somebodys0copy"}, ZoneInfo("UTC"))
    assert first is not None and copy is not None
    assert (first.ours, copy.ours) == ("k", "")


@pytest.mark.parametrize("found", [{}, {"id": 7, "start": "soon", "conferenceData": []}, {"attendees": "all"}])
def test_an_event_that_is_none_stands_nowhere(found: dict[str, object]) -> None:
    read = event(found)  # type: ignore[arg-type]
    assert isinstance(read, Event)
    assert not read.stands


async def test_a_person_who_signed_in_books_in_their_own_calendar(google: GoogleCalendarEmulator) -> None:
    google.add("rep@example.com", "Rep", {})
    google.sign_in.refresh["1//good"] = "rep@example.com"
    client_id, client_secret = google.sign_in.client
    person = connection(
        client_id=client_id, client_secret=client_secret, refresh_token="1//good", endpoint=google.address
    )
    assert await (await open_diary(person, "")).find("k") is None
    google.sign_in.refresh.clear()
    google.sign_in.given.clear()
    with pytest.raises(DiaryGone, match="sign in again"):
        await (await open_diary(person, "")).find("k")
    wrong = connection(**PERSON, endpoint=google.address)
    with pytest.raises(DiaryGone, match="client id or client secret"):
        await (await open_diary(wrong, "")).find("k")


async def test_a_service_account_that_may_not_act_for_somebody_is_told_which_scopes_it_needs(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    acts = Connection(account.name, account.kind, {**account.settings, "subject": "rep@example.com"})
    with pytest.raises(DiaryGone, match="nobody called rep@example"):
        await (await open_diary(acts, "")).find("k")
    allow(google, "rep@example.com", "calendar.events")
    with pytest.raises(DiaryGone, match="Domain-wide delegation") as told:
        await (await open_diary(acts, "")).find("k")
    assert all(scope in str(told.value) for scope in BOOKING)
    assert not any(scope in str(told.value) for scope in LISTING)


async def test_a_deleted_key_and_a_wrong_clock_are_told_apart(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    google.sign_in.ahead_s = 7200
    with pytest.raises(DiaryGone, match="clock"):
        await (await open_diary(account, "")).find("k")
    other = json.loads(CalendarSignIn().key_file(f"{google.address}/token", "other"))
    strange = Connection(account.name, account.kind, {**account.settings, "key_file": json.dumps(other)})
    with pytest.raises(DiaryGone, match="does not accept the key"):
        await (await open_diary(strange, "")).find("k")


async def test_a_service_account_without_a_calendar_is_asked_to_name_one(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    nameless = Connection(account.name, account.kind, {**account.settings, "calendar": ""})
    with pytest.raises(DiaryGone, match="names no calendar"):
        await open_diary(nameless, "")
    assert await (await open_diary(nameless, CALENDAR)).find("k") is None


async def test_a_sign_in_that_fails_in_passing_is_tried_again_and_one_token_serves_all(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    google.token_faults.set(Fault("refuse", error="503", times=1))
    diary = await open_diary(account, "")
    await asyncio.gather(*(diary.find(f"k{number}") for number in range(5)))
    assert len(google.asked("POST /token")) == 2


@pytest.mark.usefixtures("hurried")
async def test_a_sign_in_that_goes_on_failing_is_given_up(google: GoogleCalendarEmulator, account: Connection) -> None:
    google.token_faults.set(Fault("refuse", error="502"))
    with pytest.raises(CalendarDown):
        await (await open_diary(account, "")).find("k")


async def test_a_token_is_fetched_before_it_runs_out(google: GoogleCalendarEmulator, account: Connection) -> None:
    google.sign_in.lifetime_s = 2
    diary = await open_diary(account, "")
    until, asked = time.monotonic() + 30.0, 0
    while asked < 2 and time.monotonic() < until:
        await diary.find("k")
        asked = len(google.asked("POST /token"))
        assert not [each for each in google.served if each.headers.get("authorization") == ""]
    assert asked == 2

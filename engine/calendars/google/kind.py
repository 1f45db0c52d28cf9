"""Google Calendar as a kind of connection: what is entered, how one gets it, and whether it works."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from engine.calendars.free_hour import LOOK_AHEAD, in_words, next_free_hour
from engine.calendars.google.access import PRIMARY, Person, google_access
from engine.calendars.google.account import GoogleAccount
from engine.calendars.google.api import Refused, gone
from engine.calendars.patience import Patience
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.sdk import CalendarDown, CalendarError, Connection, ConnectionField, ConnectionKind, Permanent, Transient

WRITERS: Final = ("writer", "writerWithoutPrivateAccess", "owner")
TEST_S: Final = 12.0

_STEPS: Final = (
    "Open `console.cloud.google.com`, sign in, and make a project (or choose one).",
    "Open “APIs & Services”, “Library”, look for “Google Calendar API”, and press “Enable”.",
    "Open “IAM & Admin”, “Service accounts”, “Create service account”. A name such as `leadline` is enough: it needs "
    "no roles.",
    "Open the new account, “Keys”, “Add key”, “Create new key”, “JSON”. A file is downloaded: upload it here as the "
    "key file. Keep it like a password.",
    "Open Google Calendar in a browser, the three dots beside the calendar, “Settings and sharing”. Under “Shared "
    "with”, add the service account (its address ends with `iam.gserviceaccount.com`) with “Make changes to events”.",
    "On the same page, under “Integrate calendar”, copy the “Calendar ID” and enter it here. Then press “Test”.",
    "Only if Google itself is to invite the caller: in `admin.google.com`, “Security”, “API controls”, “Domain-wide "
    "delegation”, add the service account's client id with the scopes "
    "`https://www.googleapis.com/auth/calendar.events,https://www.googleapis.com/auth/calendar.freebusy`, and enter "
    "the address of the calendar's owner under “Acts for”. Without a Google Workspace leave this out: Leadline can "
    "send the invitation itself.",
)
_FIELDS: Final = (
    ConnectionField(
        "key_file", "Key file", "the service account's key file (JSON); or give a signed-in person below", secret=True,
        long=True,
    ),
    ConnectionField(
        "calendar",
        "Calendar ID",
        "of the calendar that appointments are written into, from its settings; empty: the main calendar of the person "
        "whom the account acts for",
        example="sales@example.com",
    ),
    ConnectionField(
        "subject",
        "Acts for",
        "e-mail address of a person of your Google Workspace whom the service account may act for; needed only to "
        "invite callers",
        example="dana@example.com",
    ),
    ConnectionField(
        "invite",
        "Google invites the caller",
        "yes: the caller becomes a guest of the entry, and Google writes to them; without it no",
        choices=("yes", "no"),
    ),
    ConnectionField(
        "video", "Video link", "yes: entries get a Google Meet link; without it no", choices=("yes", "no")
    ),
    ConnectionField(
        "client_id",
        "Client id (signed-in person)",
        "instead of a key file: of an OAuth client of your project",
        example="1234-abcd.apps.googleusercontent.com",
        advanced=True,
    ),
    ConnectionField(
        "client_secret", "Client secret (signed-in person)", "of the same OAuth client", secret=True, advanced=True
    ),
    ConnectionField(
        "refresh_token",
        "Refresh token (signed-in person)",
        "what Google gave when the person let this client in, with the scopes calendar.events and calendar.freebusy",
        secret=True,
        advanced=True,
    ),
    ConnectionField(
        "endpoint", "Emulator", "address of an emulator on this machine, such as http://127.0.0.1:9005", advanced=True
    ),
)  # fmt: skip


def _check(connection: Connection) -> tuple[str, ...]:
    try:
        google_access(connection)
    except ConnectionUnusable as problem:
        return problem.problems
    return ()


async def _visit(connection: Connection) -> str:
    try:
        return await _look_around(GoogleAccount.of(connection), datetime.now(UTC))
    except CalendarDown as down:
        raise Transient(str(down)) from None
    except (CalendarError, ConnectionUnusable) as problem:
        raise Permanent(str(problem)) from None


async def _look_around(account: GoogleAccount, now: datetime) -> str:
    access, named = account.access, account.calendar("")
    query = {"maxResults": "1", "fields": "summary,timeZone,accessRole"}
    try:
        found = await account.booking.read(Patience(TEST_S), account.diary("").events, query)
    except Refused as refused:
        raise gone(access, named, refused) from None
    summary, zone = str(found.get("summary") or named), str(found.get("timeZone") or "UTC")
    if found.get("accessRole") not in WRITERS:
        raise Permanent(
            f"The calendar “{summary}” was found, but Leadline may only look at it. Share it with {access.known_as} so "
            "that they may “Make changes to events”."
        )
    busy = await account.diary("").busy(now, now + LOOK_AHEAD)
    told = [
        f"The calendar “{summary}”{' (the main one)' if named == PRIMARY else ''} was found, in the time zone {zone}, "
        "and Leadline may write into it; nothing was written.",
        in_words(next_free_hour(busy, now, ZoneInfo(zone))),
    ]
    if access.invite and not isinstance(access.who, Person) and not access.who.subject:
        told.append(
            "Callers are not invited by Google: a service account may invite only when it acts for a person (“Acts "
            "for”). Entries are written without guests."
        )
    return " ".join(told)


GOOGLE_CALENDAR: Final = ConnectionKind(
    "google_calendar",
    "Google Calendar",
    "keeps appointments in a Google calendar of yours",
    _FIELDS,
    test=_visit,
    check=_check,
    steps=_STEPS,
)

"""CalDAV as a kind of connection: what is entered, how one gets it, and whether it works."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from engine.calendars.caldav.access import caldav_access
from engine.calendars.caldav.account import CalDavAccount
from engine.calendars.free_hour import LOOK_AHEAD, in_words, next_free_hour
from engine.calendars.patience import Patience
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.sdk import CalendarDown, CalendarError, Connection, ConnectionField, ConnectionKind, Permanent, Transient

TEST_S: Final = 15.0

_STEPS: Final = (
    "Find the CalDAV address of your calendar service. Fastmail: `https://caldav.fastmail.com`. Apple iCloud: "
    "`https://caldav.icloud.com`. Nextcloud: `https://YOUR-SERVER/remote.php/dav`. Others tell it in their help, under "
    "“CalDAV”.",
    "Make an app password there if the service has such: Apple under `account.apple.com`, “Sign-In and Security”, "
    "“App-Specific Passwords”; Fastmail under “Settings”, “Privacy & Security”. Your own password often does not work.",
    "Enter address, user (often your whole e-mail address) and password here, and press “Test”. If the account has "
    "several calendars, the test names them: enter the one that appointments belong into.",
)
_FIELDS: Final = (
    ConnectionField(
        "address", "Address", "CalDAV address of the service, or of a calendar", required=True,
        example="https://caldav.fastmail.com",
    ),
    ConnectionField(
        "user", "User", "as you sign in there; often your whole e-mail address", example="dana@example.com"
    ),
    ConnectionField("password", "Password", "an app password where the service has such", secret=True),
    ConnectionField(
        "calendar", "Calendar", "its name, or its path at the server; empty: the only one there is", example="Work"
    ),
    ConnectionField(
        "zone",
        "Time zone",
        "for whole days and for times without a zone, where the calendar tells none",
        example="America/New_York",
        advanced=True,
    ),
)  # fmt: skip


def _check(connection: Connection) -> tuple[str, ...]:
    try:
        caldav_access(connection)
    except ConnectionUnusable as problem:
        return problem.problems
    return ()


async def _visit(connection: Connection) -> str:
    try:
        return await _look_around(CalDavAccount.of(connection), datetime.now(UTC))
    except CalendarDown as down:
        raise Transient(str(down)) from None
    except (CalendarError, ConnectionUnusable) as problem:
        raise Permanent(str(problem)) from None


async def _look_around(account: CalDavAccount, now: datetime) -> str:
    access = account.access
    place = await account.place(access.calendar, Patience(TEST_S))
    found = place.collection
    if found.writable is False:
        raise Permanent(
            f"The calendar “{found.name}” was found, but the user may only look at it. Give them the right to change "
            "it, or choose another calendar."
        )
    busy = await account.diary("").busy(now, now + LOOK_AHEAD)
    zone = access.zone or found.zone
    may = (
        "and Leadline may write into it; nothing was written."
        if found.writable
        else "but the server does not tell whether Leadline may write into it."
    )
    told = [
        f"The calendar “{found.name}” was found at {access.host}, {may}",
        in_words(next_free_hour(busy, now, ZoneInfo(zone or "UTC"))),
    ]
    if not zone:
        told.append(
            "That is in UTC: the calendar tells no time zone. Enter yours, so that whole days are taken for your days."
        )
    return " ".join(told)


CALDAV: Final = ConnectionKind(
    "caldav",
    "CalDAV",
    "keeps appointments in a calendar at Apple, Fastmail, Nextcloud or another CalDAV server",
    _FIELDS,
    test=_visit,
    check=_check,
    steps=_STEPS,
)

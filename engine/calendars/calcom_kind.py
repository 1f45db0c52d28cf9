"""The account at Cal.com as a person enters it, and *test connection*: what is booked there, and what a card cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.calendars.calcom_account import BOOKINGS_VERSION, EVENT_TYPES_VERSION, SLOTS_VERSION, Account, Plan
from engine.calendars.calcom_client import Client, Refused
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.sdk import (
    CalendarDown,
    Connection,
    ConnectionField,
    ConnectionKind,
    Json,
    OpeningTaken,
    Permanent,
    Transient,
)

LOOKED_AHEAD: Final = timedelta(days=14)


def _check(connection: Connection) -> Sequence[str]:
    try:
        Account.read(connection)
        Plan.read(connection, {})
    except ConnectionUnusable as unusable:
        return unusable.problems
    return ()


async def _visit(connection: Connection) -> str:
    """Reads the event type and its free times; books nothing."""
    try:
        account, plan = Account.read(connection), Plan.read(connection, {})
    except ConnectionUnusable as problem:
        raise Permanent(str(problem)) from None
    assert plan.event_type is not None  # a connection alone has no areas
    client = Client(account, "UTC")
    try:
        told = await client.event_type(plan.event_type)
        now = datetime.now(UTC)
        free = await client.free_times(plan.event_type, now, now + LOOKED_AHEAD)
    except Refused as problem:
        raise Permanent(f"{problem} Look at the number of the event type ({plan.event_type}).") from None
    except (CalendarDown, OpeningTaken) as problem:
        raise Transient(str(problem)) from None
    return " ".join((*about(told, plan), _next(min((each.start for each in free), default=None), now)))


def about(event_type: Mapping[str, Json], plan: Plan) -> tuple[str, ...]:
    """What a card should know of the event type, in sentences. Raises `Permanent`: another version answers. Pure."""
    title, length = event_type.get("title"), event_type.get("lengthInMinutes")
    if not isinstance(length, int):
        raise Permanent(
            "Cal.com's answer says nothing of the event type's length. Look at the version for event types in the "
            "connection; without one Leadline asks for the version that it was written for."
        )
    several = event_type.get("lengthInMinutesOptions")
    lengths = [str(each) for each in several] if isinstance(several, list) else []
    said = [f"Cal.com books “{title}”."]
    if lengths and plan.several_lengths:
        said.append(f"It may take {', '.join(lengths)} minutes; the length in the booking card must be one of them.")
    elif lengths:
        said.append(
            f"It takes {length} minutes, whatever the card says. It could take {', '.join(lengths)}: choose “yes” "
            "under “Several lengths” to let the card decide."
        )
    elif plan.several_lengths:
        raise Permanent(f"“{title}” has one length, {length} minutes. Choose “no” under “Several lengths”.")
    else:
        said.append(
            f"It takes {length} minutes. Length and free time around it are set there, not in the booking card."
        )
    if needs_a_yes(event_type):
        said.append(
            "A host must agree to every booking, so callers hear that the time is requested, not that it is booked."
        )
    if plan.without_email == "refuse":
        said.append("Leads without an e-mail address cannot be booked.")
    return tuple(said)


def needs_a_yes(event_type: Mapping[str, Json]) -> bool:
    """Whether a host must agree first, always or for bookings at short notice."""
    policy = event_type.get("confirmationPolicy")
    if not isinstance(policy, dict) or policy.get("disabled") is True:
        return False
    return policy.get("type") in ("always", "time")


def _next(start: datetime | None, now: datetime) -> str:
    if start is None:
        return f"It has no free time in the next {LOOKED_AHEAD.days} days."
    local = start.astimezone(ZoneInfo("UTC"))
    return f"Its next free time is {local:%A, %B} {local.day} at {local:%H:%M} UTC."


_STEPS: Final = (
    "In Cal.com, make an event type for the visits that callers are offered: how long, when, with whom, and the free "
    "time around it. All of that counts here too.",
    "While you edit it, the address ends with its number, such as `/event-types/2026302`: enter the number here.",
    "Under Settings, Developer, API keys, add a key. Cal.com shows it once: copy it into the field above.",
    "Press *test connection*. Then choose the connection for a calendar, further down on this page.",
)

CALCOM: Final = ConnectionKind(
    "calcom",
    "Cal.com",
    "keeps the calendar that appointments are booked in",
    (
        ConnectionField(
            "token",
            "API key",
            "from Cal.com: Settings, Developer, API keys; it begins with cal_",
            required=True,
            secret=True,
            example="cal_live_...",
        ),
        ConnectionField(
            "event_type",
            "Event type",
            "its number; it stands at the end of the address when you edit the event type in Cal.com",
            example="2026302",
        ),
        ConnectionField(
            "without_email",
            "Leads without an e-mail address",
            "refuse; phone (the event type must ask for a phone number instead of an e-mail address); or an address of "
            "yours that is used in its place, with {phone} for the digits of the lead's number",
            example="visits+{phone}@example.com",
        ),
        ConnectionField(
            "several_lengths",
            "Several lengths",
            "yes, if the event type may take several lengths and the booking card says which",
            choices=("no", "yes"),
            advanced=True,
        ),
        ConnectionField(
            "bookings_version",
            "Version for bookings",
            f"of Cal.com's API; without it {BOOKINGS_VERSION}",
            example="2026-02-25",
            advanced=True,
        ),
        ConnectionField(
            "slots_version", "Version for times", f"of Cal.com's API; without it {SLOTS_VERSION}", advanced=True
        ),
        ConnectionField(
            "event_types_version",
            "Version for event types",
            f"of Cal.com's API; without it {EVENT_TYPES_VERSION}; only *test connection* asks for them",
            advanced=True,
        ),
        ConnectionField(
            "endpoint",
            "Emulator",
            "address of an emulator on this machine, such as http://127.0.0.1:9005/v2",
            advanced=True,
        ),
    ),
    test=_visit,
    check=_check,
    steps=_STEPS,
)

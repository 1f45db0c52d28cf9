"""Cal.com's connection: what is told when it is tested, and when it cannot be used."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from engine.calendars.calcom_account import Account, Plan
from engine.calendars.calcom_kind import CALCOM
from engine.calendars.open_calendar import open_calendar
from engine.calendars.unusable_connection import ConnectionUnusable
from engine.sdk import BookingRules, CalendarDown, Connection, Permanent, Transient
from engine.store import Database, appointments, connections
from engine.store.appointments import CalendarSetup
from engine.store.connections import Vault
from tests.calendars.calcom_house import FREE, NOW, connection
from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.faults import Fault

VAULT = Vault(Vault.new_key())


@pytest.fixture
async def cal() -> AsyncIterator[CalComEmulator]:
    async with CalComEmulator() as emulator:
        emulator.add(EventType(10), [datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)])
        yield emulator


async def asked(given: Connection) -> str:
    assert CALCOM.test is not None
    assert CALCOM.problems(given) == ()
    return await CALCOM.test(given)


async def test_the_event_type_its_length_and_its_next_free_time_are_told(cal: CalComEmulator) -> None:
    told = await asked(connection(cal))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert "Cal.com books “Site visit”." in told
    assert "It takes 60 minutes. Length and free time around it are set there, not in the booking card." in told
    assert f"Its next free time is {tomorrow:%A, %B} {tomorrow.day} at" in told
    assert "Leads without an e-mail address cannot be booked." in told
    assert cal.store.bookings == []
    assert cal.store.reservations == {}


async def test_a_host_who_must_agree_is_told_of(cal: CalComEmulator) -> None:
    assert "A host must agree" not in await asked(connection(cal))
    cal.store.event_types[10].confirmation = True
    assert "A host must agree to every booking, so callers hear that the time is requested" in await asked(
        connection(cal)
    )


async def test_a_calendar_without_free_time_is_told_of(cal: CalComEmulator) -> None:
    cal.store.event_types[10].free = []
    assert "It has no free time in the next 14 days." in await asked(connection(cal))


async def test_lengths_that_the_card_cannot_choose_are_told_of(cal: CalComEmulator) -> None:
    with pytest.raises(Permanent, match="has one length, 60 minutes"):
        await asked(connection(cal, several_lengths="yes"))
    cal.store.event_types[10].lengths = (30, 60)
    assert "It could take 30, 60" in await asked(connection(cal))
    assert "must be one of them" in await asked(connection(cal, several_lengths="yes"))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault("refuse", error="401"), Permanent, "does not accept the API key"),
        (Fault("refuse", error="404"), Permanent, "number of the event type"),
        (Fault("refuse", error="502"), Transient, "problem of its own"),
        (Fault("corrupt"), Transient, "Something else than Cal.com answered"),
        (Fault("rate_limit", seconds=60), Transient, "too many requests"),
    ],
    ids=["wrong key", "no such event type", "server error", "web page", "too many requests"],
)
async def test_what_is_wrong_is_told(cal: CalComEmulator, fault: Fault, kind: type[Exception], words: str) -> None:
    cal.faults.set(fault)
    with pytest.raises(kind, match=words):
        await asked(connection(cal))


async def test_another_version_of_event_types_is_told_in_words(cal: CalComEmulator) -> None:
    with pytest.raises(Permanent, match="version for event types"):
        await asked(connection(cal, event_types_version="2024-04-15"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": ""}, "no usable API key"),
        ({"token": "cal live"}, "no usable API key"),
        ({"event_type": ""}, "names no event type"),
        ({"event_type": "site-visit"}, "not the number of an event type"),
        ({"endpoint": "https://evil.example.com/v2"}, "must be on this machine"),
        ({"endpoint": "http://10.0.0.7:80/v2"}, "must be on this machine"),
        ({"bookings_version": "latest"}, "no version of Cal.com's API"),
        ({"without_email": "nobody"}, "cannot be used for people without an e-mail address"),
    ],
)
def test_a_connection_that_cannot_be_used_says_what_to_enter(settings: Mapping[str, str], words: str) -> None:
    given = Connection("office", "calcom", {"token": "cal_1", "event_type": "10"} | settings)
    with pytest.raises(ConnectionUnusable, match=words):
        Account.read(given)
        Plan.read(given, {})
    assert words in " ".join(CALCOM.problems(given)) or CALCOM.problems(given) == ("API key is missing.",)


def test_the_host_is_cal_coms_and_the_token_is_never_shown() -> None:
    account = Account.read(Connection("office", "calcom", {"token": "cal_secret", "event_type": "10"}))
    assert account.host == "https://api.cal.com/v2"
    assert "cal_secret" not in repr(account)


async def set_up(database: Database, given: Connection) -> None:
    async with database.begin() as tx:
        await appointments.save_setup(tx, CalendarSetup("main", "America/Denver", connection="calcom"))
        await connections.save(tx, VAULT, given, NOW)


async def test_a_calendar_with_this_connection_is_cal_coms(database: Database, cal: CalComEmulator) -> None:
    cal.add(EventType(10), FREE)
    await set_up(database, connection(cal))
    opened = await open_calendar(database, lambda: VAULT, "main")
    assert opened.zone == "America/Denver"
    assert [each.start for each in await opened.openings(BookingRules(), NOW)] == list(FREE)


async def test_one_whose_connection_lacks_something_is_down_in_words(database: Database, cal: CalComEmulator) -> None:
    await set_up(database, connection(cal, event_type=""))
    opened = await open_calendar(database, lambda: VAULT, "main")
    with pytest.raises(CalendarDown, match="names no event type"):
        await opened.openings(BookingRules(), NOW)

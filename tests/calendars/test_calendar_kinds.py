"""Connections to calendars: entered, tested and listed in plain words, over the API and on the command line."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from engine.calendars.free_hour import in_words, next_free_hour
from engine.calendars.kinds import CALENDAR_KINDS
from engine.calendars.listing import ListedCalendar, list_calendars
from engine.cli import app
from engine.schedule.diary import BusyTime, DiaryGone
from engine.sdk import CalendarDown, Connection, Permanent, Transient
from tests.emulators.faults import Fault
from tests.emulators.gemini.tokens import EMAIL
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_calendar.server import allow
from tests.support.api import leadline
from tests.support.caldav_servers import PASSWORD, CalDavServer, spoiled

pytestmark = pytest.mark.usefixtures("patient")

LOCAL = ZoneInfo("America/Los_Angeles")
SATURDAY = datetime(2026, 10, 31, 12, 20, tzinfo=LOCAL)


async def looked_at(connection: Connection) -> str:
    kind = CALENDAR_KINDS[connection.kind]
    assert kind.test is not None
    assert kind.problems(connection) == ()
    return await kind.test(connection)


async def test_the_test_names_the_calendar_its_rights_and_a_free_hour_and_leaves_nothing(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    told = await looked_at(account)
    assert "“Sales visits” was found" in told
    assert "America/Los_Angeles" in told
    assert "may write into it" in told
    assert "The next free hour is" in told
    assert google.events() == []
    assert {each.request.split()[0] for each in google.served} == {"GET", "POST"}
    assert [each.request for each in google.asked("POST")] == ["POST /token", "POST /calendar/v3/freeBusy"]


@pytest.mark.parametrize("role", ["reader", "freeBusyReader"])
async def test_who_may_only_look_is_told_how_to_share_the_calendar(
    google: GoogleCalendarEmulator, account: Connection, role: str
) -> None:
    google.calendar.roles[EMAIL] = role
    with pytest.raises(Permanent, match="Make changes to events") as told:
        await looked_at(account)
    assert EMAIL in str(told.value)
    del google.calendar.roles[EMAIL]
    with pytest.raises(Permanent, match="not shared with"):
        await looked_at(account)


async def test_the_test_says_that_a_service_account_invites_nobody(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    told = await looked_at(Connection("s", account.kind, {**account.settings, "invite": "yes"}))
    assert "Callers are not invited by Google" in told


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [("503", Transient, "cannot be used at this moment"), ("403 accessNotConfigured", Permanent, "switched off")],
)
async def test_the_test_tells_what_passes_from_what_a_person_must_mend(
    google: GoogleCalendarEmulator, account: Connection, fault: str, kind: type[Exception], words: str
) -> None:
    google.faults.set(Fault("refuse", error=fault))
    with pytest.raises(kind, match=words):
        await looked_at(account)


async def test_a_caldav_calendar_is_tested_and_nothing_is_left(server: CalDavServer) -> None:
    calendar = server.make_calendar("<displayname>Visits</displayname>")
    told = await looked_at(server.connection(calendar))
    assert "“Visits” was found at 127.0.0.1, and Leadline may write into it; nothing was written." in told
    assert "That is in UTC" in told
    assert "That is in UTC" not in await looked_at(server.connection(calendar, zone="Europe/Rome"))
    assert server.entries(calendar) == []
    with pytest.raises(Permanent, match="There is no calendar at"):
        await looked_at(server.connection(f"{server.home}never-made/"))


async def test_a_caldav_server_that_tells_a_user_may_only_look_is_believed(server: CalDavServer) -> None:
    calendar = server.make_calendar()
    with spoiled(server) as proxy:
        plain = proxy.answer

        def reading_only(method: str, path: str, headers: dict[str, str], body: bytes) -> object:
            answer = plain(method, path, headers, body)
            if answer is not None and method == "PROPFIND" and b"privilege" in body:
                for name in (b"all", b"write", b"write-content", b"write-properties"):
                    for space in (b"", b"ns0:"):
                        answer._content = answer.content.replace(b"<" + space + name + b" />", b"")
            return answer

        proxy.answer = reading_only  # type: ignore[method-assign, assignment]
        with pytest.raises(Permanent, match="may only look at it"):
            await looked_at(server.connection(calendar, proxy.address))


async def test_calendars_of_a_person_are_listed_and_those_of_a_service_account_are_explained(
    google: GoogleCalendarEmulator, account: Connection
) -> None:
    with pytest.raises(DiaryGone, match="Enter its id by hand"):
        await list_calendars(account)
    google.add("rep@example.com", "Rep", {}, zone="Europe/Rome")
    google.calendar.roles["rep@example.com"] = "reader"
    allow(google, "rep@example.com", "calendar.calendarlist.readonly")
    delegated = Connection("s", account.kind, {**account.settings, "subject": "rep@example.com"})
    assert list(await list_calendars(delegated)) == [
        ListedCalendar("sales@example.com", "Sales visits", "America/Los_Angeles", False),
        ListedCalendar("rep@example.com", "Rep", "Europe/Rome", True, main=True),
    ]
    google.faults.set(Fault("refuse", error="503"))
    with pytest.raises(CalendarDown):
        await list_calendars(delegated)


async def test_calendars_of_a_caldav_account_are_listed(server: CalDavServer) -> None:
    calendar = server.make_calendar("<displayname>Visits of Dana</displayname>")
    listed = {each.id: each for each in await list_calendars(server.connection())}
    assert listed[calendar] == ListedCalendar(calendar, "Visits of Dana", "", True)


async def test_only_calendars_that_take_appointments_are_listed(radicale: CalDavServer) -> None:
    tasks = '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'
    todo = radicale.make_calendar("<displayname>Tasks</displayname>", tasks)
    assert todo not in {each.id for each in await list_calendars(radicale.connection())}


def test_the_next_free_hour_is_a_whole_one_in_daylight_of_the_calendars_zone() -> None:
    def busy(first: datetime, last: datetime) -> BusyTime:
        return BusyTime(first.astimezone(UTC), last.astimezone(UTC))

    now = SATURDAY.astimezone(UTC)
    assert next_free_hour([], now, LOCAL) == SATURDAY.replace(hour=13, minute=0)
    evening = busy(SATURDAY.replace(hour=13, minute=30), SATURDAY.replace(hour=17, minute=30))
    # The clock goes back in that night: the day after begins an hour later than 24 hours on.
    sunday = datetime(2026, 11, 1, 8, tzinfo=LOCAL)
    assert next_free_hour([busy(SATURDAY, SATURDAY + timedelta(hours=1)), evening], now, LOCAL) == sunday
    assert next_free_hour([busy(SATURDAY, SATURDAY + timedelta(days=30))], now, LOCAL) is None
    assert next_free_hour([], now, ZoneInfo("Asia/Kolkata")) == datetime(
        2026, 11, 1, 8, tzinfo=ZoneInfo("Asia/Kolkata")
    )
    assert in_words(sunday) == "The next free hour is Sunday 1 November, 08:00."
    assert in_words(None) == "There is no free hour in the next two weeks."


def test_every_kind_says_step_by_step_how_to_get_what_it_asks_for() -> None:
    for name in ("google_calendar", "caldav"):
        assert len(CALENDAR_KINDS[name].steps) >= 3
        assert all(each.endswith(".") for each in CALENDAR_KINDS[name].steps)


async def test_over_the_api_a_calendar_is_connected_tested_and_listed(
    tmp_path: Path, google: GoogleCalendarEmulator, account: Connection, radicale: CalDavServer
) -> None:
    calendar = radicale.make_calendar("<displayname>Visits over the API</displayname>")
    dav = radicale.connection(calendar)
    async with leadline(tmp_path) as house:
        kinds = {each["kind"]: each for each in (await house.client.get("/connections/kinds")).json()}
        assert kinds["google_calendar"]["calendars"] and kinds["caldav"]["calendars"]
        assert not kinds["webhook"]["calendars"]
        assert len(kinds["google_calendar"]["steps"]) >= 6
        for connection in (account, dav):
            body = {"kind": connection.kind, "settings": dict(connection.settings)}
            saved = await house.client.put(f"/connections/{connection.name}", json=body)
            assert saved.status_code == 200, saved.text
            told = (await house.client.post(f"/connections/{connection.name}/test")).json()
            assert told["ok"], told
        listed = await house.client.get(f"/connections/{dav.name}/calendars")
        assert {
            "id": calendar,
            "name": "Visits over the API",
            "zone": "",
            "writable": True,
            "main": False,
        } in listed.json()
        explained = await house.client.get(f"/connections/{account.name}/calendars")
        assert (explained.status_code, "Enter its id by hand" in explained.json()["detail"]) == (422, True)
        assert (await house.client.get("/connections/nobody/calendars")).status_code == 404
        assert (await house.stranger.get(f"/connections/{dav.name}/calendars")).status_code == 401
        shown = await house.client.get(f"/connections/{dav.name}")
        assert shown.json()["secrets"] == ["password"]
        assert PASSWORD not in shown.text + listed.text


async def test_over_the_api_what_cannot_be_used_is_refused_without_the_secret(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        for kind, settings, words in (
            ("google_calendar", {"key_file": PASSWORD}, "paste all of the"),
            ("caldav", {"address": "http://93.184.216.34", "user": "d", "password": PASSWORD}, "https"),
            ("caldav", {"user": "d"}, "Address is missing"),
        ):
            refused = await house.client.put("/connections/cal", json={"kind": kind, "settings": settings})
            assert refused.status_code == 422
            assert words in refused.json()["detail"]
            assert PASSWORD not in refused.text


async def test_a_kept_password_does_not_follow_to_another_address(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        settings = {"address": "https://dav.example", "user": "d", "password": PASSWORD}
        await house.client.put("/connections/cal", json={"kind": "caldav", "settings": settings})
        moved = {"kind": "caldav", "settings": {"address": "https://thief.example", "user": "d"}, "keep_secrets": True}
        refused = await house.client.put("/connections/cal", json=moved)
    assert (refused.status_code, refused.json()["code"]) == (422, "secret_needed")


def test_on_the_command_line_a_calendar_is_connected_and_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, xandikos: CalDavServer
) -> None:
    for name in [name for name in os.environ if name.startswith("LEADLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    calendar = xandikos.make_calendar("<displayname>Visits by command</displayname>")
    add = ["connect", "add", "work", "--kind", "caldav", "--set", f"address={xandikos.address}", "--set", "user=dana"]
    open_secret = CliRunner().invoke(app, [*add, "--set", f"password={PASSWORD}"])
    assert (open_secret.exit_code, PASSWORD in open_secret.output) == (2, False)
    unusable = CliRunner().invoke(app, [*add[:5], "--set", "address=ftp://x.example"])
    assert (unusable.exit_code, "looks like" in unusable.output) == (2, True)
    kept = CliRunner().invoke(
        app, [*add, "--set", f"calendar={calendar}", "--env", "password=DAV_PASSWORD"], env={"DAV_PASSWORD": PASSWORD}
    )
    assert kept.exit_code == 0, kept.output
    told = CliRunner().invoke(app, ["connect", "test", "work"])
    assert told.exit_code == 0, told.output
    assert "“Visits by command” was found" in " ".join(told.output.split())

"""How long a service is waited for: all tries together end while the caller is still there."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from datetime import UTC, datetime

import pytest

from engine.calendars import room as rooms
from engine.calendars.opening import open_diary
from engine.calendars.patience import CALLER_S, TRY_S, Patience, pause_s, retry_after_s
from engine.calendars.room import room
from engine.calendars.web import NoAnswer, ask
from engine.sdk import CalendarDown, Connection
from tests.emulators.google_calendar import GoogleCalendarEmulator

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_pauses_grow_and_stop_where_the_time_ends() -> None:
    assert [pause_s(tries, 0.5, None, 10.0) for tries in (1, 2, 3, 4)] == [0.25, 0.5, 1.0, 2.0]
    assert pause_s(1, 0.0, None, 10.0) == 0.125
    assert pause_s(4, 0.5, None, 2.1) is None
    assert pause_s(1, 0.5, 4.0, 10.0) == 4.0
    assert pause_s(1, 0.5, 30.0, 5.0) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", None), ("7", 7.0), ("1.5", 1.5), ("soon", None), ("-3", None), ("²", None),
     ("Tue, 24 Nov 2026 10:00:09 GMT", 9.0), ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_read_as_a_number_or_as_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.usefixtures("hurried")
def test_a_try_never_takes_more_than_is_left() -> None:
    now = [0.0]
    patience = Patience(clock=lambda: now[0])
    assert (patience.left_s, patience.try_s) == (2.0, 1.0)
    now[0] = 1.5
    assert patience.try_s == 0.5
    now[0] = 1.9
    assert patience.try_s is None


def test_a_caller_waits_for_six_seconds_at_most() -> None:
    assert (CALLER_S, TRY_S) == (6.0, 3.0)


@pytest.mark.usefixtures("hurried")
async def test_a_server_that_never_answers_is_given_up_while_the_caller_waits(google: GoogleCalendarEmulator) -> None:
    """Of an account whose sign-in hangs."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {"key_file": google.key_file, "calendar": "x@example.com"}
        settings["endpoint"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        diary = await open_diary(Connection("s", "google_calendar", settings), "")
        began = asyncio.get_running_loop().time()
        with pytest.raises(CalendarDown):
            await diary.busy(NOW, NOW.replace(day=25))
        # Generous: what counts is that it ends at all, long before the connection would.
        assert asyncio.get_running_loop().time() - began < 30.0


async def test_what_could_not_be_sent_is_told_from_what_may_have_been_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(NoAnswer) as silent:
            await ask("GET", address, {}, None, 0.3)
    assert (silent.value.sent, silent.value.late) == (True, True)
    with pytest.raises(NoAnswer) as closed:
        await ask("GET", address, {}, None, 5.0)
    assert closed.value.sent is False


def test_connections_are_closed_with_the_event_loop_and_nothing_of_it_is_kept() -> None:
    async def used() -> object:
        there = await room()
        assert there is await room()
        return there

    first, second = asyncio.run(used()), asyncio.run(used())
    assert first is not second
    assert isinstance(first, rooms.Room)
    assert first.near.is_closed and first.far.is_closed
    kept = weakref.ref(first)
    del first, second
    gc.collect()
    assert kept() is None
    assert not [loop for loop in rooms._rooms if loop.is_closed()]


async def test_a_cookie_of_one_account_never_reaches_another(google: GoogleCalendarEmulator) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=dana\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    heard: list[str] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for _ in range(2):
            await ask("GET", address, {}, None, 5.0)
    assert len(heard) == 2
    assert "cookie" not in heard[1].lower()


async def test_a_connection_that_was_changed_is_another_account(account: Connection) -> None:
    there = await room()
    made: list[object] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {}

    changed = Connection(account.name, account.kind, {**account.settings, "calendar": "other@example.com"})
    for each in (account, account, changed):
        there.account(each, dict, make)
    assert len(made) == 2

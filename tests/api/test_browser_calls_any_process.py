"""A call from the browser with two web servers: its socket reaches either, and one of them may be killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.api.browser_media import Code
from tests.support.browser_phone import ORIGIN, joined, open_call
from tests.support.call_fakes import voice_frame
from tests.support.servers import servers

pytestmark = pytest.mark.slow

STOP = {1: "Stop calling me and take me off your list."}


async def test_a_socket_that_reaches_the_other_process_is_carried_and_a_killed_one_is_taken_over(
    tmp_path: Path, sqlite_or_postgresql: str
) -> None:
    async with servers(tmp_path, sqlite_or_postgresql, STOP, LEADLINE_BUILDER_ORIGINS=ORIGIN) as here:
        opened = await open_call(here)
        holder = await here.holder_of(opened["call_id"])
        here.order.reverse()  # what connects from now on reaches the other one
        async with joined(opened) as first:
            await first.until_heard(30)
            assert await here.holder_of(opened["call_id"]) is holder
            assert await here.count("media_carried") == 1
            ticket = first.next_ticket
            await holder.kill()
            assert await first.closed() not in (Code.OVER, Code.GONE)
        async with joined(opened, ticket) as second:
            await second.until_heard(20)
            second.say(voice_frame(1) * 60)
            assert await second.closed() == Code.OVER
        call = await here.finished(opened["call_id"])
        kinds = [each["kind"] for each in call["journal"]]  # type: ignore[attr-defined]
        assert "taken_over" in kinds
        assert (call["disposition"], call["direction"], call["test"]) == ("do_not_call", "browser", True)

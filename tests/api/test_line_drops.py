"""The media socket drops while our process lives: the same call goes on, in the same process, on the next one."""

from __future__ import annotations

import asyncio
import io
import wave
from datetime import UTC, datetime
from pathlib import Path

from engine.simulate.network import SilentPhone
from engine.simulate.network.phone import Line
from engine.speech.audio import SILENCE
from engine.store import calls, holds, journal
from tests.support.api import PHONE, leadline


class Dropping(SilentPhone):
    """The carrier's network loses our socket a while after our first word was on the line."""

    def __init__(self) -> None:
        super().__init__()
        self._spoken_to = asyncio.Event()

    def heard(self, frame: bytes) -> None:
        if frame != SILENCE:
            self._spoken_to.set()

    async def on_call(self, line: Line) -> None:
        await self._spoken_to.wait()
        await asyncio.sleep(1.5)
        line.drop_media()
        await asyncio.sleep(3.0)
        line.hang_up()


async def test_a_line_that_drops_is_brought_back_to_the_same_talk(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, Dropping)
        await house.send_form()
        call = await house.call_in("finished", within_s=60)
        assert (call["ended_by"], call["problem"]) == ("caller", "")
        full = (await house.client.get(f"/calls/{call['id']}")).json()
        kinds = [entry["kind"] for entry in full["journal"]]
        assert kinds.count("line_opened") == 2
        assert kinds.count("call_ended") == 1
        assert kinds.count("ended") == 1
        says = [entry["facts"]["text"] for entry in full["journal"] if entry["kind"] == "agent_says"]
        assert "Sorry, the line dropped for a moment." in says
        assert full["result"]["metrics"]["resumed"] == 1
        assert full["result"]["metrics"]["line_down_s"] > 0
        assert full["result"]["call"]["duration_s"] > 4.5
        recording = await house.client.get(f"/calls/{call['id']}/recording")
        with wave.open(io.BytesIO(recording.content)) as opened:
            assert abs(opened.getnframes() / 16_000 - full["result"]["call"]["duration_s"]) < 0.1
        [carrier_call] = house.network.calls
        assert len(carrier_call.media_legs) == 2
        assert carrier_call.said == []  # the carrier's voice was not needed


async def test_a_process_that_was_only_slow_lets_its_call_go_and_neither_writes_nor_hangs_up(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, lambda: SilentPhone(hang_up_after_s=30.0))
        await house.send_form()
        call_id = str((await house.call_in("answered"))["id"])
        board, database = house.services.switchboard, house.services.database
        async with asyncio.timeout(20):
            while not any(live.session for live in board.calls):  # noqa: ASYNC110  the call tells nobody
                await asyncio.sleep(0.02)
        slow = board.live(call_id)
        async with database.begin() as tx:
            now = datetime.now(UTC)
            assert await holds.take_line(tx, call_id, "another process", 2, now, now) is not None
            written = len(await journal.read(tx, call_id))
        async with asyncio.timeout(20):
            while board.live(call_id) is slow:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        async with database.read() as tx:
            record = await calls.read(tx, call_id)
            assert record is not None
            assert record.state == "answered"  # it goes on there, and is finished there
            # The next to write is whoever takes the line that our leaving dropped.
            assert [entry.kind for entry in await journal.read(tx, call_id, after=written)][:1] in ([], ["taken_over"])
        assert not house.network.calls[0].is_over


async def test_an_event_of_a_call_that_another_process_holds_reaches_it_by_the_database(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, lambda: SilentPhone(hang_up_after_s=30.0))
        await house.send_form()
        call_id = str((await house.call_in("answered"))["id"])
        async with asyncio.timeout(20):
            while not any(live.session for live in house.services.switchboard.calls):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        async with house.services.database.begin() as tx:
            await holds.over(tx, call_id, datetime.now(UTC))
        # Our own socket is still open; the word of the carrier counts.
        assert (await house.call_in("finished", within_s=60))["problem"] == ""

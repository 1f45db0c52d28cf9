"""The media socket drops while our process lives: the same call goes on, in the same process, on the next one."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path

from engine.simulate.network import SilentPhone
from engine.simulate.network.phone import Line
from tests.support.api import PHONE, leadline


class Dropping(SilentPhone):
    """The carrier's network loses our socket, as often as `times`, a while after it was joined."""

    times = 1

    async def on_call(self, line: Line) -> None:
        for _ in range(self.times):
            await asyncio.sleep(2.0)
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

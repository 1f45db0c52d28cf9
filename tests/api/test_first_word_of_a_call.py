"""The stages of a real call on the loopback network, from the first ring to our first word; and what is kept of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from engine.simulate.network import ToneOrFilePhone
from tests.support.api import PHONE, leadline
from tests.support.call_fakes import voice_frame

HELLO = {1: "Hello?", 2: "Please don't record this."}


async def test_each_stage_of_a_call_stands_on_its_row_and_in_its_result_in_their_order(tmp_path: Path) -> None:
    async with leadline(tmp_path, HELLO) as house:
        house.network.register(
            PHONE, lambda: ToneOrFilePhone(voice_frame(1) * 20, start_after_s=0.4, hang_up_after_s=5.0)
        )
        await house.send_form()
        await house.call_in("answered")
        call_id = str((await house.call_in("finished"))["id"])
        call = (await house.client.get(f"/calls/{call_id}")).json()
        told = call["result"]["call"]
        moments = [datetime.fromisoformat(told[name]) for name in (
            "started_at", "ringing_at", "answered_at", "greeted_at", "first_word_at", "ended_at",
        )]  # fmt: skip
        assert moments == sorted(moments)
        delay = (moments[4] - moments[3]).total_seconds()
        assert told["greeting_delay_ms"] == round(1000 * delay) < 1500
        assert call["result"]["metrics"]["first_word_ms"] == told["greeting_delay_ms"]

        figures = (await house.client.get("/figures/first-words")).json()
        (counted,) = figures["campaigns"]
        assert (counted["answered"], counted["late"], counted["verdict"]) == (1, 0, "fine")
        assert counted["campaign_id"] and counted["name"]
        assert (await house.stranger.get("/figures/first-words")).status_code == 401
        assert "leadline_first_word_ms" in (await house.client.get("/metrics")).text


async def test_each_part_of_the_opening_is_evidence_that_the_carrier_has_confirmed(tmp_path: Path) -> None:
    async with leadline(tmp_path, HELLO) as house:
        house.network.register(
            PHONE, lambda: ToneOrFilePhone(voice_frame(1) * 20, start_after_s=0.4, hang_up_after_s=5.0)
        )
        await house.send_form()
        await house.call_in("answered")
        call_id = str((await house.call_in("finished"))["id"])
        told = (await house.client.get(f"/calls/{call_id}")).json()["result"]["disclosures"]
        for name in ("identity", "ai", "opt_out", "recording"):
            assert told[name]["heard"] == "whole" and told[name]["confirmed"], name
            assert told[name]["at_ms"] < told[name]["until_ms"] and told[name]["times"] == 1
        assert (
            told["ai"]["until_ms"] <= told["opt_out"]["at_ms"]
            and told["opt_out"]["until_ms"] <= told["recording"]["at_ms"]
        )
        assert told["recording"]["text"] == "This call is recorded."


async def test_who_does_not_want_to_be_recorded_is_neither_heard_nor_read_afterwards(tmp_path: Path) -> None:
    async with leadline(tmp_path, HELLO) as house:
        house.network.register(
            PHONE, lambda: ToneOrFilePhone(voice_frame(2) * 60, start_after_s=2.5, hang_up_after_s=7.0)
        )
        await house.send_form()
        await house.call_in("answered")
        call_id = str((await house.call_in("finished"))["id"])
        call = (await house.client.get(f"/calls/{call_id}")).json()
        assert call["result"]["recording"]["status"] == "declined" and call["result"]["transcript"] == []
        assert HELLO[2] not in str(call) and call["journal_intact"] is True
        assert "recording_declined" in call["result"]["outcome"]["flags"]

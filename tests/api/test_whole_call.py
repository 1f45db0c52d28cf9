"""From the form to the record, through the production path: dialer, carrier's protocol, media, session, store."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from pathlib import Path

from engine.simulate.network import BusyPhone, SilentPhone, ToneOrFilePhone
from engine.store import calls
from tests.support.api import PHONE, Leadline, leadline
from tests.support.call_fakes import voice_frame

STOP = {1: "Stop calling me and take me off your list."}


def says_stop() -> ToneOrFilePhone:
    return ToneOrFilePhone(voice_frame(1) * 60, start_after_s=2.5)


async def events_of(house: Leadline, call_id: str) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    async with asyncio.timeout(40), house.client.stream("GET", f"/calls/{call_id}/events", timeout=40) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((kind, json.loads(line.removeprefix("data: "))))
    return found


async def test_a_lead_is_called_talks_and_everything_stands_in_the_record(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP) as house:
        house.network.register(PHONE, says_stop)
        sent = await house.send_form()
        assert sent.status_code == 201
        call_id = str((await house.call_in("answered"))["id"])
        seen = await events_of(house, call_id)
        kinds = [kind for kind, _ in seen]
        assert [entry["number"] for _, entry in seen] == list(range(1, len(seen) + 1))
        assert {"requested", "agent_says", "caller_said", "moved", "latency", "closing"} <= set(kinds)
        assert kinds[-1] == "ended"
        assert await events_of(house, call_id) == seen  # a late joiner sees the same

        call = (await house.client.get(f"/calls/{call_id}")).json()
        assert (call["state"], call["disposition"]) == ("finished", "do_not_call")
        assert call["journal_intact"] is True
        assert call["result"]["opted_out"] is True
        assert call["result"]["disclosures"]["ai"]["said"] is True
        assert STOP[1] in [turn["text"] for turn in call["result"]["transcript"]]
        spoken = next(turn for turn in call["turns"] if turn["caller"] == STOP[1])
        latency = spoken["latency_ms"]
        assert abs(sum(latency[part] for part in ("wait", "stt", "mind", "voice", "queue")) - latency["total"]) < 10
        assert call["form_to_ring_ms"] is not None
        assert call["result"]["metrics"]["form_to_request_ms"] < 3000
        assert house.network.violations == []

        again = await house.send_form(id="form-2", answers={"service": "Gutters"})
        assert again.status_code == 200  # the same person: nobody new to call
        lead = (await house.client.get(f"/leads/{again.json()['lead_id']}")).json()
        assert (lead["id"], lead["state"], lead["next_call_at"]) == (sent.json()["lead_id"], "closed", None)
        assert "asked us to stop" in str(lead["reason"])
        assert len(house.network.calls) == 1

        recording = await house.client.get(f"/calls/{call_id}/recording")
        assert call["has_recording"] is True
        with wave.open(io.BytesIO(recording.content)) as opened:
            assert (opened.getnchannels(), opened.getframerate()) == (2, 16_000)
            assert abs(opened.getnframes() / 16_000 - call["duration_s"]) < 0.1
        assert (await house.stranger.get(f"/calls/{call_id}/recording")).status_code == 401
        ticket = (await house.client.post(f"/calls/{call_id}/watch-ticket")).json()["ticket"]
        proof = {"Authorization": f"Bearer {ticket}"}
        by_ticket = await house.stranger.get(f"/calls/{call_id}/recording", headers=proof)
        assert by_ticket.content == recording.content
        assert (await house.stranger.get(f"/calls/{call_id}", headers=proof)).status_code == 401
        assert (await house.stranger.get("/calls/call_of_others/recording", headers=proof)).status_code == 401


async def test_a_busy_phone_is_told_as_busy_and_the_lane_behind_the_call_knows(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, BusyPhone)
        await house.send_form()
        call = await house.call_in("failed")
        assert call["disposition"] == "busy"
        full = (await house.client.get(f"/calls/{call['id']}")).json()
        assert full["after_call"] is not None
        assert [entry["kind"] for entry in full["journal"]][-1] == "ended"
        assert house.services.switchboard.calls == ()


async def test_a_caller_who_hangs_up_leaves_a_finished_record(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, lambda: SilentPhone(hang_up_after_s=1.0))
        await house.send_form()
        call = await house.call_in("finished")
        assert (call["ended_by"], call["disposition"]) == ("caller", "no_input")


async def test_stopping_drops_none_of_ten_running_calls(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register_others(lambda: SilentPhone(hang_up_after_s=13.0))
        for number in range(10):
            await house.send_form(id=f"f{number}", phone=f"+1415555267{number}", name=f"Person {chr(65 + number)}")
        # The carrier takes three calls a second: a burst waits its turn, and nobody is forgotten.
        async with asyncio.timeout(15):
            while sum(live.talking for live in house.services.switchboard.calls) < 10:  # noqa: ASYNC110  calls do not tell
                await asyncio.sleep(0.05)
        house.server.stop()
        async with asyncio.timeout(25):
            await house.server.drained()
        async with house.services.database.read() as tx:
            records = await calls.recent(tx)
    assert [(each.state, each.ended_by, each.problem) for each in records] == [("finished", "caller", "")] * 10


async def test_stopping_lets_the_running_call_end_and_takes_no_new_one(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register_others(lambda: SilentPhone(hang_up_after_s=3.0))
        await house.send_form()
        call = await house.call_in("answered")
        house.server.stop()
        await asyncio.sleep(0.1)
        ready = await house.stranger.get("/ready")
        assert (ready.status_code, ready.json()["calls"]) == (503, "This process is being stopped.")
        await house.send_form(id="form-9", phone="(415) 555-2672", name="Other Person")
        async with asyncio.timeout(25):
            await house.server.drained()
        # The server may be gone by now: what it kept stands in the database.
        async with house.services.database.read() as tx:
            (finished,) = await calls.recent(tx)
        assert (finished.id, finished.ended_by, finished.problem) == (call["id"], "caller", "")
        assert len(house.network.calls) == 1

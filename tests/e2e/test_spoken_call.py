"""A whole call with real sound: from the form to the booking, on one machine, with nothing cut short."""

import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from engine.flow import shipped
from engine.simulate.scenario import load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.sound_call import SoundPlayer
from engine.simulate.stage import Stage
from engine.speech.stack import caller_voice

pytestmark = [pytest.mark.sound, pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.xdist_group("spoken")]

SUMMARY = {
    "qualified", "disposition", "slots", "booking", "after_call", "form_to_ring_ms", "response_ms", "turns",
    "recording", "record", "ok",
}  # fmt: skip


def test_the_demo_qualifies_books_and_syncs_a_lead_by_voice_alone() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "engine.cli", "demo", "--json"], capture_output=True, text=True, timeout=380, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = ended.stdout.strip().splitlines()
    assert len(lines) == 1, "with --json nothing else is printed"
    summary = json.loads(lines[0])
    assert summary.keys() == SUMMARY
    assert (summary["ok"], summary["qualified"], summary["disposition"]) == (True, True, "booked")
    assert summary["slots"]["zip"]["value"] == "94110"
    assert all(each["words"] and each["turn"] >= 1 for each in summary["slots"].values())
    assert summary["booking"]["start"].startswith("2026-09-16T14:00")
    assert {step["state"] for step in summary["after_call"]} <= {"done", "skipped"}
    record = json.loads(Path(summary["record"]).read_text())
    with wave.open(summary["recording"]) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 16_000)
        seconds = file.getnframes() / 16_000
    # The recording is as long as the call on the clock on the wall, to within a frame.
    assert abs(seconds - record["result"]["call"]["duration_s"]) <= 0.1


async def test_what_the_agent_knows_comes_from_the_sound(tmp_path: Path) -> None:
    """The same caller, the same phone, the same trace; only the microphone is dead. Nothing is learnt."""
    suite = load_suite(shipped_scenarios("home_services"))
    straight = suite.get("hs01")
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    async with Stage(tmp_path / "stage", text, lambda line: None, straight.clock) as stage:
        played = await SoundPlayer(stage, suite, await caller_voice(), muted=True).play(straight)
    result = played.view.result
    assert result is not None
    assert [answer.slot for answer in result.answers if answer.source == "call"] == []
    assert (result.outcome.disposition, result.appointment, played.bookings) == ("no_input", None, ())
    assert [turn for turn in result.transcript if turn.who == "caller"] == []
    assert len(played.lines) > 0, "the caller did speak, into a dead microphone"


def test_the_demo_books_a_lead_through_the_sdks_of_vonage_google_and_gemini() -> None:
    """All four are the vendors' own clients; behind their protocols stand this machine's engines."""
    command = [sys.executable, "-m", "engine.cli", "demo", "--providers", "google", "--emulate", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=380, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    summary = json.loads(ended.stdout)
    assert (summary["ok"], summary["qualified"], summary["disposition"]) == (True, True, "booked")
    assert {step["state"] for step in summary["after_call"]} <= {"done", "skipped"}
    journal = json.loads(Path(summary["record"]).read_text())["journal"]
    [served] = [each["facts"] for each in journal if each["kind"] == "providers"]
    assert served["ear"].startswith("google ")
    assert served["voice"].startswith("google ")
    assert served["mind"].startswith("gemini-")
    fallen_back = [each for each in journal if each["kind"] in ("trouble", "voice_changed", "model_note")]
    assert fallen_back == [], "what stands behind them had nothing to do"

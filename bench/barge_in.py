"""From the caller's first voiced sample to `clear` on the wire, over the loopback network with the real voice model.

    python bench/barge_in.py --interruptions 24

The production client places a call on a phone network that speaks the carrier's protocol; the agent talks on and on,
and the caller, a synthesised voice through a telephone line (8 kHz band, mu-law, noise), cuts in every few seconds.
Voice activity is the real model's; recogniser and agent's voice are scripted. Measured on one clock: the first sample
over -46 dBFS that goes into the caller's phone, and the moment at which the network takes our `clear`. Also printed:
until the caller's earpiece is silent, and how long it takes to say who picked up, over the labelled set of greetings
in `tests/call/data` (virtual time, words as fast as people speak them), and how often noise, or the agent's own echo,
silences it for nothing (virtual time too, LEADLINE_SHARED names the folder with the recorded noises). The first sample
over -46 dBFS is a fair beginning: these voices rise from there to -30 dBFS within 6 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.call.fixed_audio import FixedAudio
from engine.call.session import Session
from engine.call.session_settings import LINES
from engine.simulate.network import Line, LoopbackNetwork, SilentPhone, demo_credentials
from engine.simulate.network.playout import Playout
from engine.speech.audio import FRAME_BYTES, SILENCE
from engine.speech.pcm import to_samples
from engine.speech.ports import Expect, Hints, Revised, SpeechStack, Transcript
from engine.speech.stack import caller_voice, load_local
from engine.speech.telephone import TelephoneChannel
from engine.telephony.client import Credentials, PlaceCall, VonageClient
from engine.telephony.media import MediaSocket
from engine.telephony.webhooks import WebhookKeys
from tests.support.call_fakes import Engines, FakeConversation, FakeStt, FakeTranscriber, Notes, needs, says
from tests.support.carrier_app import FROM, CarrierApp, running
from tests.support.greetings import Pickup
from tests.support.sound import Clip, shared_audio
from tests.support.talk import DANA
from tests.support.talking_over import Sound, TalkingOver, at_level, made_noises
from tests.support.virtual_time import VirtualLoop

LEAD = "+447700900001"
ON_AND_ON = "And then there is one more thing that I would like to tell you about your roof and its gutters, " * 4
VOICED = 160  # of 32,767: -46 dBFS
EVERY_S = 4.0
WINDOWS_MEET_S = 0.16  # after 8 frames of the line, or 5 windows of the voice model, one of each begins together again
WORDS = ("Wait, what does it cost?", "No, hold on.", "Excuse me, can I say something?", "Actually, it's a house.")


class Interrupter(SilentPhone):
    """Cuts in every few seconds. `onsets`: when the first voiced sample of each line went into the phone."""

    def __init__(self, lines: list[bytes], count: int) -> None:
        super().__init__()
        self._lines, self._count = lines, count
        self._channel = TelephoneChannel(snr_db=30.0)
        self._out = b""
        self._waiting = False
        self.onsets: list[float] = []
        self.ear: list[tuple[float, bool]] = []

    def heard(self, frame: bytes) -> None:
        self.ear.append((time.monotonic(), bool(np.abs(np.frombuffer(frame, "<i2")).max() > 1000)))

    def next_frame(self) -> bytes:
        frame, self._out = self._out[:FRAME_BYTES], self._out[FRAME_BYTES:]
        if self._waiting and frame and np.abs(np.frombuffer(frame, "<i2").astype(int)).max() > VOICED:
            first = int(np.argmax(np.abs(np.frombuffer(frame, "<i2").astype(int)) > VOICED))
            # The frame is handed over when its last sample has been spoken.
            self.onsets.append(time.monotonic() - 0.02 + first / 16_000)
            self._waiting = False
        return self._channel.frame(frame.ljust(FRAME_BYTES, b"\0") if frame else SILENCE)

    async def on_call(self, line: Line) -> None:
        random = Random(0)
        await asyncio.sleep(3.0)
        for number in range(self._count):
            self._out, self._waiting = self._lines[number % len(self._lines)], True
            # Four seconds are exactly 125 windows of the voice model: without this, all would begin alike.
            await asyncio.sleep(EVERY_S + random.uniform(0.0, WINDOWS_MEET_S))
        line.hang_up()


class AnyWords(FakeTranscriber):
    """Whatever is said is the same interruption."""

    async def text(self, expect: Expect = "speech") -> Transcript:
        return Transcript("Wait, what does it cost?", True, len(self._frames) * 0.02)


class Listens(FakeStt):
    async def open(self, hints: Hints, revised: Revised | None = None) -> AnyWords:
        return AnyWords(self, revised)


def spread(values: list[float], unit: str, digits: int = 0) -> str:
    return f"p50 {percentile(values, 0.5):.{digits}f} {unit}, p95 {percentile(values, 0.95):.{digits}f} {unit}"


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


async def interrupted(folder: Path, count: int) -> None:
    voice = await caller_voice()
    lines = [b"".join([piece async for piece in voice.speak(words)]) for words in WORDS]
    stack = await load_local()
    clears: list[float] = []
    take = Playout.receive_text

    def watched(playout: Playout, text: str) -> object:
        if '"clear"' in text:
            clears.append(time.monotonic())
        return take(playout, text)

    Playout.receive_text = watched  # type: ignore[method-assign,assignment]
    notes = Notes()
    fakes = Engines(Listens({}))
    account = demo_credentials(folder)
    phone = Interrupter(lines, count)

    async def talk(media: MediaSocket) -> None:
        await media.hello()
        fixed = FixedAudio(fakes.tts)
        await fixed.prepare(LINES.values())
        ears = SpeechStack(fakes.stt, fakes.tts, stack.vad, fakes.end_of_turn)

        async def hang_up() -> None:
            return

        talk_on = FakeConversation(says(ON_AND_ON), max_call_s=3600.0)
        await Session(media, ears, talk_on, notes, hang_up, needs, fixed=fixed).run()

    app = CarrierApp(WebhookKeys(account.signature_secret, account.api_key, account.application_id), talk)
    async with (
        LoopbackNetwork(
            folder,
            application_id=account.application_id,
            api_key=account.api_key,
            signature_secret=account.signature_secret,
            public_key_pem=account.public_key_pem,
        ) as network,
        running(app),
    ):
        network.register(LEAD, lambda: phone)
        credentials = Credentials(account.application_id, account.private_key_file)
        client = VonageClient(credentials, api_host=network.api_host, ca_file=network.ca_file)
        await client.create_call(PlaceCall(LEAD, FROM, app.answer_url, app.event_url))
        call = await network.next_call()
        await call.ended()
        client.close()
    cut = [next((at for at in clears if at >= onset), None) for onset in phone.onsets]
    wire = [1000 * (at - onset) for onset, at in zip(phone.onsets, cut, strict=True) if at and at - onset < EVERY_S / 2]
    silent = []
    for onset in phone.onsets:
        after = [(at, loud) for at, loud in phone.ear if at >= onset]
        quiet = (at for n, (at, _) in enumerate(after) if not any(loud for _, loud in after[n : n + 5]))
        if after and after[0][1] and (first := next(quiet, None)) is not None:
            silent.append(1000 * (first - onset))
    print(f"interruptions: {len(phone.onsets)}, of which {len(wire)} stopped the agent while it spoke")
    print(f"  first voiced sample to `clear` on the wire: {spread(wire, 'ms')}")
    for number, words in enumerate(WORDS):
        mine = [
            1000 * (at - onset)
            for n, (onset, at) in enumerate(zip(phone.onsets, cut, strict=True))
            if n % len(WORDS) == number and at
        ]
        print(f"    {words:32} {spread(mine, 'ms')}")
    print(f"  first voiced sample to silence in the ear:  {spread(silent, 'ms')}")


def who_picked_up() -> None:
    file = Path(__file__).resolve().parent.parent / "tests" / "call" / "data" / "answerers.yaml"
    times: dict[str, list[float]] = {"machine": [], "person": []}
    right = 0
    cases = yaml.safe_load(file.read_text())

    async def decide(case: dict[str, object]) -> tuple[float, str, float]:
        carrier = case.get("carrier")
        parts = [part.strip() for part in str(case["words"]).split("|")]
        call = Pickup(parts, [tuple(carrier)] if isinstance(carrier, list) else (), replace(DANA, attempt=2))  # type: ignore[list-item]
        await call.run(for_s=12.0)
        verdicts = [(at, who) for at, who in call.decided() if who != "doubt"]
        person = case["is"] == "person"
        at = next((at for at, who in verdicts if (who == "person") == person), float("nan"))
        return at, verdicts[-1][1], call.first("opening") or float("nan")

    gates = []
    for case in cases:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            at, who, gate = runner.run(decide(case))
        times["person" if case["is"] == "person" else "machine"].append(at)
        gates.append(gate)
        right += who == case["is"]
    print(f"who picked up: {right} of {len(cases)} right; the gate opens after {max(gates):.1f} s at the latest")
    for kind, each in times.items():
        print(f"  {kind}s, from the answer to the decision: {spread(each, 's', 1)}")


async def false_pauses(minutes: float) -> None:
    """How often what is nobody's voice silences the agent, the embedded one, which talks on."""
    speech = await load_local()
    agent = to_samples(b"".join([piece async for piece in speech.tts.speak(ON_AND_ON)]))
    quiet = np.zeros(round(minutes * 60 * 16_000))
    lines: dict[str, list[tuple[Sound, tuple[float, float] | None]]] = {
        "echo at -20 dB, 120 to 300 ms late": [(quiet, (-20.0, late)) for late in (0.12, 0.2, 0.3)],
        "echo at -17 and -26 dB": [(quiet, (-17.0, 0.2)), (quiet, (-26.0, 0.2))],
        "keys": [(made_noises("keys", minutes * 60), None)],
        "breaths": [(made_noises("breaths", minutes * 60), None)],
        "coughs": [(made_noises("coughs", minutes * 60), None)],
    }
    if (audio := shared_audio()) is not None:
        noises = [Clip(file, "noise", "", "").samples() for file in sorted((audio / "noise").glob("*.wav"))]
        lines["recorded noises at -20 and -30 dBFS"] = [
            (np.resize(at_level(noise, db), len(quiet)), None) for noise in noises for db in (-20.0, -30.0)
        ]
    print("false pauses a minute, the agent talking on:")
    for kind, each in lines.items():
        pauses: list[float] = []
        began = 0
        for line, echo in each:
            call = TalkingOver(speech, agent, echo)
            call.hear(line)
            pauses += call.pauses
            began += len(call.begun)
        held = f", {max(pauses):.2f} s at the longest" if pauses else ""
        print(f"  {kind:36} {began / (len(each) * minutes):.1f} ({len(each) * minutes:.0f} min){held}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interruptions", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=3.0, help="of each noise and echo")
    arguments = parser.parse_args()
    who_picked_up()
    asyncio.run(false_pauses(arguments.minutes))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(interrupted(Path(folder), arguments.interruptions))


if __name__ == "__main__":
    main()

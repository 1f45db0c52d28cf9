"""What the adapter to Google's voices adds to the service's own delay, cold and on a warm stream, over loopback.

    python bench/google_voice.py --times 200 --delay-ms 200

Google's part is the emulator in this process, whose delay is scripted: from the arrival of the text to its first piece
of sound (as long as it really took, which on a busy machine is more than the script says). What is left is ours:
opening the stream, sending, receiving, finding the first sound, handing on. On loopback the way to Google and back is
nothing; over the internet a warm stream saves one such way more than shown here.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.call.pacer import Frame, Pacer
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.voice import GoogleVoice, VoiceService
from tests.emulators.google_voice import GoogleVoiceEmulator

LINE = "Do you own the home, or do you rent it?"
WHOLE = "en-US-Neural2-C"


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def once(emulator: GoogleVoiceEmulator, voice: GoogleVoice, warm: bool) -> tuple[float, float]:
    """Milliseconds from the text to the first sound and to the first 20 ms packet, without the emulator's own."""
    if warm:
        voice.warm()
        await asyncio.sleep(0.05)
    pacer = Pacer()
    pacer.begin(1, LINE)
    pacer.clause(1, 0, len(LINE))
    begun = time.perf_counter()
    first = packet = 0.0
    async for pcm in voice.speak(LINE):
        first = first or time.perf_counter() - begun
        pacer.add(1, pcm)
        if not packet and any(isinstance(item, Frame) for item in pacer.due(0.0)):
            packet = time.perf_counter() - begun
    log = (emulator.streams or emulator.requests)[-1]
    scripted = (log.first_sound or log.ended_at) - (log.first_text or log.opened)
    emulator.streams.clear()
    emulator.requests.clear()
    return 1000 * (first - scripted), 1000 * (packet - scripted)


async def measure(times: int, delay_ms: float) -> None:
    logging.disable(logging.WARNING)
    async with GoogleVoiceEmulator(first_sound_s=delay_ms / 1000, speed=100.0, per_minute=10**9) as emulator:
        service = VoiceService(GoogleAccess(endpoint=emulator.address))
        await GoogleVoice(service, "Kore").check()  # the channel is connected, as at a server's start
        emulator.streams.clear()
        print(f"{times} clauses each, scripted delay {delay_ms:.0f} ms; added ms p50 / p95")
        print(f"{'':16} | first sound     | first 20 ms packet")
        for name, kind, warm in (
            ("Kore", "stream, cold", False),
            ("Kore", "stream, warm", True),
            (WHOLE, "whole", False),
        ):
            voice = GoogleVoice(service, name)
            found = [await once(emulator, voice, warm) for _ in range(times)]
            columns = [[each[column] for each in found] for column in (0, 1)]
            shown = " | ".join(f"{percentile(each, 0.5):6.1f} / {percentile(each, 0.95):6.1f}" for each in columns)
            print(f"{kind:16} | {shown}", flush=True)
        await service.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--delay-ms", type=float, default=200.0)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.times, arguments.delay_ms))


if __name__ == "__main__":
    main()

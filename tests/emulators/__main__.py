"""`python -m tests.emulators`: Google speech, Google voice and Gemini, and the systems of a customer (HubSpot, Slack,
Zapier, Make, Google Sheets, Cal.com, Google Calendar, Meta, Vonage SMS), on free ports of this machine, until Ctrl-C.

Prints one line of JSON with the addresses when all serve. How to steer them: `control.py` beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from engine.dialogue.offline import OfflineModel
from engine.speech.local.moonshine import Moonshine
from engine.speech.stack import load_local, sentence_encoder
from tests.emulators.control import control
from tests.emulators.google_speech.recogniser import Recogniser
from tests.emulators.google_voice import HibariSound
from tests.emulators.systems import Everything, Systems
from tests.emulators.trio import Trio


async def serve(port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    speech = await load_local()
    model = OfflineModel(await sentence_encoder())
    assert isinstance(speech.stt, Moonshine)
    async with (
        Trio(Recogniser(speech.stt), HibariSound(speech.tts), model) as trio,
        Systems() as systems,
        control(Everything(trio, systems), port) as address,
    ):
        sys.stdout.write(json.dumps({**trio.addresses(), **systems.addresses(), "control": address}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m tests.emulators", description=__doc__)
    reader.add_argument("--control-port", type=int, default=0, help="port of the control; a free one without it")
    asyncio.run(serve(reader.parse_args().control_port))


if __name__ == "__main__":
    main()

"""How long a caller who asks for a person is left without a sound, for each way in which a transfer can end.

    python bench/transfer.py

A whole Leadline on loopback, the production client, and a phone network that speaks the carrier's protocol; the voice
and the ear are scripted, so what is measured is the handing over and not the speech models. The silence is read off
the network's own recording of the caller's earpiece, from the end of their wish until they talk with the colleague or
know that nobody is free.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.transfer import CASES, Played, play_all


def line(name: str, played: Played) -> str:
    wait_s = float(str(played.transfer["wait_s"]))
    return f"{name:24} {played.outcome:32} {wait_s:8.1f} {played.silence():18.2f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        played = asyncio.run(play_all(Path(folder), CASES))
    print(f"{'case':24} {'outcome':32} {'waited s':>8} {'longest silence s':>18}")
    for name, each in played.items():
        print(line(name, each))
    worst = max(each.silence() for each in played.values())
    print(f"\nworst: {worst:.2f} s (at most 5 is allowed)")


if __name__ == "__main__":
    main()

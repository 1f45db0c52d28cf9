"""Debian's chromium with a microphone: a file, silence, or none that may be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Playwright

Microphone = Literal["allowed", "refused", "none"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
MICROPHONE: Mapping[Microphone, tuple[str, ...]] = {
    "allowed": ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    "refused": ("--use-fake-device-for-media-stream", "--deny-permission-prompts"),
    "none": (),
}

EARS = """
// Listens to all that goes to the loudspeaker: [milliseconds, level] every 10 ms in window.ears.
window.ears = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    const ear = this.context.createAnalyser();
    ear.fftSize = 512;
    connect.call(this, ear);
    const samples = new Float32Array(512);
    setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      window.ears.push([performance.now(), Math.max(...samples.map(Math.abs))]);
    }, 10);
  }
  return connect.call(this, to, ...more);
};
"""


@contextmanager
def chromium(
    playwright: Playwright, *, sound: Path | None = None, microphone: Microphone = "allowed"
) -> Iterator[Browser]:
    """A browser of its own. `sound`: what its microphone hears, once; without it a beep a second."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium at /usr/bin/chromium: apt-get install chromium")
    heard = (f"--use-file-for-fake-audio-capture={sound}%noloop",) if sound is not None else ()
    started = playwright.chromium.launch(
        executable_path=str(CHROMIUM), args=[*ARGUMENTS, *MICROPHONE[microphone], *heard]
    )
    try:
        yield started
    finally:
        started.close()

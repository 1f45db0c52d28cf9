"""The screens as a process of their own, as `leadline up` starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.background_house import House

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


@dataclass
class Screens:
    """Streamlit as a process that can be killed and started again at the same address."""

    house: House
    log: Path
    script: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "streamlit", "run", str(ROOT / self.script), "--server.port", str(self.port),
            "--server.address", "127.0.0.1", "--server.headless", "true",
        ]  # fmt: skip
        environment = {**os.environ, "LEADLINE_API": self.house.address, "LEADLINE_API_TOKEN": self.house.token}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        _wait_for(f"{self.address}/_stcore/health", self.process, self.log)

    def kill(self) -> None:
        """As if the machine's power had failed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running_screens(
    house: House, log: Path, *, script: str = "ui/app.py", port: int | None = None
) -> Iterator[Screens]:
    """A running Streamlit that talks to `house`; stopped when the block ends."""
    started = Screens(house, log, script, port or house.builder_port)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@contextmanager
def screens(house: House, log: Path, *, script: str = "ui/app.py", port: int | None = None) -> Iterator[str]:
    """Its address."""
    with running_screens(house, log, script=script, port=port) as started:
        yield started.address


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the screens did not start: {log.read_text(errors='replace')}"
        try:
            if httpx.get(url, timeout=2.0, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the screens were not ready after {START_S:.0f} s: {log.read_text(errors='replace')}")

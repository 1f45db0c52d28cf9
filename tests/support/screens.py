"""The screens as a process of their own, as `leadline up` starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.background_house import House

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


@contextmanager
def screens(house: House, log: Path, *, script: str = "ui/app.py", port: int | None = None) -> Iterator[str]:
    """The address of a running Streamlit that talks to `house`; stopped when the block ends."""
    port = port or house.builder_port
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / script), "--server.port", str(port),
        "--server.address", "127.0.0.1", "--server.headless", "true",
    ]  # fmt: skip
    environment = {**os.environ, "LEADLINE_API": house.address, "LEADLINE_API_TOKEN": house.token}
    environment["PYTHONPATH"] = str(ROOT)
    with log.open("wb") as output:
        # In ui/, so that a page of the tests has the settings and colours of the product.
        process = subprocess.Popen(command, cwd=ROOT / "ui", env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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

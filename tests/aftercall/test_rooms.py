"""Who may import Prefect: the after-call worker, and nobody who carries live audio."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("room", ["engine.call", "engine.api", "engine.aftercall", "engine.aftercall.facts",
                                  "engine.store.outbox", "engine.aftercall.server"])  # fmt: skip
def test_prefect_stays_out_of_the_process_that_carries_the_call(room: str) -> None:
    look = (
        "import importlib, pkgutil, sys\n"
        f"room = importlib.import_module({room!r})\n"
        f"if {room!r} in ('engine.call', 'engine.api'):\n"
        "    for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "sys.exit('prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr or f"{room} imports prefect"

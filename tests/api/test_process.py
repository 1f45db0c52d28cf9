"""The process: what it says when it cannot start, and what it never imports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from engine.supervisor import free_port


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
    return subprocess.run(
        [sys.executable, "-m", "engine.api"],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=90,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_busy_port_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = last_line(start(tmp_path, LEADLINE_PORT=str(port)))
    assert f"Port {port} is in use" in said
    assert "LEADLINE_PORT" in said


def test_a_dead_database_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://leadline:s3cret-pw@127.0.0.1:{free_port()}/leadline"
    done = start(tmp_path, LEADLINE_PORT=str(free_port()), LEADLINE_DATABASE_URL=url)
    assert "does not answer" in last_line(done)
    assert "s3cret-pw" not in done.stderr + done.stdout


def test_the_process_with_live_calls_never_imports_prefect_or_streamlit() -> None:
    unwanted = ("prefect", "streamlit", "nodes")
    code = f"import sys, engine.api.__main__; print([name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"

"""The processes of one machine: started, watched, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.supervisor import ChildFailed, Program, Supervisor

SLEEPER = textwrap.dedent(
    """
    import sys, time
    open(sys.argv[1], "w").write(str(__import__("os").getpid()))
    time.sleep(60)
    """
)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    (tmp_path / "faller.py").write_text("import sys\nsys.exit('The port 8080 is used by another program.')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


async def pid_in(file: Path) -> int:
    async with asyncio.timeout(10):
        while not (file.exists() and file.read_text()):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)
    return int(file.read_text())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").read_text().split(")")[1].strip().startswith("Z")


async def gone(pid: int) -> bool:
    async with asyncio.timeout(10):
        while alive(pid):  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.02)
    return True


async def test_children_end_with_the_supervisor(modules: Path) -> None:
    async with Supervisor(modules / "logs") as supervisor:
        await supervisor.start(Program("sleeper", "sleeper", (str(modules / "pid"),)))
        pid = await pid_in(modules / "pid")
        assert alive(pid)
    assert not alive(pid)


async def test_a_child_that_falls_at_once_says_why(modules: Path) -> None:
    async with Supervisor(modules / "logs") as supervisor:
        child = await supervisor.start(Program("faller", "faller", ready_url="http://127.0.0.1:9/ready"))
        with pytest.raises(ChildFailed, match=r"port 8080 is used by another program.*log"):
            await child.ready()


async def test_a_child_that_was_killed_is_started_again(modules: Path) -> None:
    async with Supervisor(modules / "logs") as supervisor:
        child = await supervisor.start(Program("sleeper", "sleeper", (str(modules / "pid"),)))
        first = await pid_in(modules / "pid")
        keeper = asyncio.create_task(supervisor.keep_alive(child))
        (modules / "pid").unlink()
        os.kill(first, signal.SIGKILL)
        assert await pid_in(modules / "pid") != first
        keeper.cancel()


async def test_children_end_even_if_the_supervisor_is_killed(modules: Path) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from engine.supervisor import Program, Supervisor

        async def main():
            async with Supervisor(Path({str(modules / "logs")!r})) as supervisor:
                await supervisor.start(Program("sleeper", "sleeper", ({str(modules / "pid")!r},)))
                await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    pid = await pid_in(modules / "pid")
    parent.kill()
    parent.wait()
    assert await gone(pid)

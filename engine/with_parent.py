"""Runs a module as `python -m` would, and ends it when the process that started it has ended, however that ended.

    python -m engine.with_parent engine.api

The parent holds the other end of our standard input; when that closes, nobody is left to stop us.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _wait_for_its_end() -> None:
    # The bare descriptor: a buffered reader would hold a lock that the interpreter wants at its end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end_with_parent() -> None:
    """From now on this process gets SIGTERM when its standard input closes."""
    threading.Thread(target=_wait_for_its_end, name="end with parent", daemon=True).start()


def main() -> None:
    end_with_parent()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""The Prefect server of the embedded setting, as a child process: `python -m engine.aftercall.dashboard <port>`.

The same application as `prefect server start`, with two additions: it runs at low priority, so that it takes no time
from live audio, and it ends when the process that started it ends, however that ends (its standard input closes).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Final

NICE: Final = 10


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(port: int) -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))

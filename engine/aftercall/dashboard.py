"""The Prefect server of the embedded setting, as a child process: `python -m engine.aftercall.dashboard <port>`.

The same application as `prefect server start`, with two additions: it runs at low priority, so that it takes no time
from live audio, and it ends when the process that started it ends, however that ends (its standard input closes).
"""

from __future__ import annotations

import os
import sys
from typing import Final

from engine.with_parent import end_with_parent

NICE: Final = 10


def main(port: int) -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)
    end_with_parent()
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

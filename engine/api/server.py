"""The process of the web server: binds the port first, drains running calls when it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from engine.api.services import Services
from engine.settings import Settings

log = logging.getLogger(__name__)

BACKLOG: Final = 2048
PING_EVERY_S: Final = 60.0
"""Rare, to keep proxies on the way awake. No answer is waited for: whether the carrier gives one is not documented, and
that a line is dead is known by its audio (`engine.telephony.media.NoAudio`)."""


class PortBusy(Exception):
    """The port cannot be had. The message says which, and which setting to change."""


def bind(settings: Settings) -> socket.socket:
    """The listening socket; nothing is answered before the application is ready. Raises `PortBusy`."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. An answer goes out in two writes; without this the second one waits up to 40 ms for the
    # other side to confirm the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Listening is what really fails beside another server on the same port.
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        match problem.errno:
            case errno.EADDRINUSE:
                why = f"Port {settings.port} is in use by another program. Stop that one, or set LEADLINE_PORT."
            case errno.EACCES:
                why = f"This user may not open port {settings.port}. Set LEADLINE_PORT to one above 1023."
            case errno.EADDRNOTAVAIL:
                why = f"This machine has no address {settings.host}. Correct LEADLINE_HOST."
            case _:
                why = (
                    f"The address {where} cannot be opened ({problem.strerror}). Check LEADLINE_HOST and LEADLINE_PORT."
                )
        raise PortBusy(why) from None
    return listener


def keep_for_good() -> None:
    """Take everything that is loaded by now out of the garbage collector's sight.

    A full collection would look through all of it again and again, some hundred thousand objects that stay anyhow: a
    tenth of a second and more in which no call is heard. Call it once, when all is ready.
    """
    gc.collect()
    gc.freeze()


class Server(uvicorn.Server):
    """Goes on serving while running calls end (their webhooks and audio come through here), then stops.

    First signal: no new calls, readiness off, wait. Second signal: stop at once.
    """

    def __init__(
        self, app: FastAPI, drain_s: float, *, signals: bool = True, ping_every_s: float = PING_EVERY_S
    ) -> None:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_ping_interval=ping_every_s,
            ws_ping_timeout=None,
            ws_max_size=64 * 1024,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=5,
            server_header=False,
            # It would believe whoever connects from this machine; see `engine.api.visitors`.
            proxy_headers=False,
        )
        super().__init__(config)
        self._app = app
        self._drain_s = drain_s
        self._signals = signals
        self._draining: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """What the first signal does. Call it in the server's own loop."""
        if self._draining is None and not self.should_exit:
            self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def drained(self) -> None:
        """Wait until the calls that were running when `stop` was called have ended."""
        if self._draining is not None:
            await self._draining

    async def _drain(self) -> None:
        try:
            services: Services | None = getattr(self._app.state, "services", None)
            if services is not None:
                log.info("Stopping: no new calls; %d calls are under way", len(services.switchboard.calls))
                end = time.monotonic() + self._drain_s
                left = await services.switchboard.drain(self._drain_s)
                # Calls of other processes whose sound goes through this one.
                left += await services.bridges.drain(max(0.0, end - time.monotonic()))
                if left:
                    log.warning("%d calls did not end within %.0f seconds", left, self._drain_s)
        finally:
            self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._draining is not None or not self.started:
            self.should_exit = True
            return
        self.stop()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self._signals:
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

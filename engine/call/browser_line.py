"""The far end of a call that is held with a browser instead of a phone.

No carrier stands between: the browser itself says whether the call is over. A socket that it closes on purpose ends the
call; one that merely breaks leaves it open for a while, and the browser comes back on the next line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from engine.telephony.media import Closed, MarkValue, MediaEvent, MediaPeer

ON_PURPOSE: Final = frozenset({1000, 1001})
"""Close codes of somebody who hangs up, or whose page is closed."""


class BrowserLine:
    """A `MediaPeer`. `hung_up`: told when the browser ends the call, before the call's session hears of it."""

    def __init__(self, socket: MediaPeer, hung_up: Callable[[], None]) -> None:
        self._socket = socket
        self._hung_up = hung_up
        self.closed = False
        """Whether the browser has closed its side."""

    async def events(self) -> AsyncIterator[MediaEvent]:
        async for event in self._socket.events():
            if isinstance(event, Closed):
                self.closed = True
                if event.code in ON_PURPOSE:
                    self._hung_up()
            yield event

    async def send_frame(self, pcm: bytes) -> None:
        await self._socket.send_frame(pcm)

    async def notify(self, payload: Mapping[str, MarkValue]) -> None:
        await self._socket.notify(payload)

    async def clear(self, generation: int) -> None:
        await self._socket.clear(generation)

    async def close(self, code: int = 1000) -> None:
        """Nothing yet: why the socket is closed is known, and told the browser, only when the call is over."""

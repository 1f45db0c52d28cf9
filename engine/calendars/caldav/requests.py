"""Requests to a CalDAV server: signed in, tried again where that can help, never led away from the server."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.calendars.caldav.access import CalDavAccess, is_private
from engine.calendars.caldav.xml import condition
from engine.calendars.patience import Patience
from engine.calendars.web import Answer, NoAnswer, Unclear, ask, on_this_machine
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown

log = logging.getLogger(__name__)

REDIRECTS: Final = 5
AT_ONCE: Final = 4
"""Requests of one account. Small servers (Radicale takes eight connections) let more of them wait at the door, where it
looks as if nobody were at home."""
_MOVED: Final = (301, 302, 303, 307, 308)
_PASSING: Final = (408, 423, 425, 429)


class Refused(Exception):
    """The server's no, before it is known what it means here. `rule`: that was broken, such as `no-uid-conflict`."""

    def __init__(self, status: int, rule: str = "") -> None:
        super().__init__(f"answer {status} {rule}".strip())
        self.status, self.rule = status, rule


@dataclass(frozen=True, slots=True)
class Reply:
    """`url`: where the answer came from in the end."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Server:
    """Of one account, in one event loop."""

    access: CalDavAccess
    _near: bool | None = field(default=None, init=False)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), init=False, repr=False)

    async def read(
        self,
        patience: Patience,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        depth: str = "0",
        again: bool = True,
    ) -> Reply:
        """Ask; as often as there is time, or once without `again`. Raises `Refused`, `CalendarDown`, `DiaryGone`."""
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"} if body is not None else {}
        return await self._tried(patience, method, url, headers, body, again=again)

    async def write(
        self, patience: Patience, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        """Change something. Tried again only while it is certain that nothing was done. Raises `Unclear`, `Refused`,
        `CalendarDown`, `DiaryGone`."""
        return await self._tried(patience, method, url, headers, body, writes=True)

    async def _tried(
        self,
        patience: Patience,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        again: bool = True,
        writes: bool = False,
    ) -> Reply:
        await self._may_be_asked()
        sent = {"User-Agent": "Leadline", **self._signed(), **headers}
        why, hops = "there was no time left", 0
        while patience.try_s is not None:
            try:
                answer = await self._in_turn(patience, method, url, sent, body)
            except NoAnswer as silent:
                why, asked = silent.why, ""
                if writes and silent.sent:
                    raise Unclear from None
            else:
                if answer.status in _MOVED:
                    url, hops = self._followed(url, answer, hops), hops + 1
                    continue
                if 200 <= answer.status < 300:
                    return Reply(url, answer.status, answer.headers, answer.body)
                why, asked = f"it answered {answer.status}", answer.headers.get("retry-after", "")
                # 501 and 507 say what the server cannot do; they do not pass.
                if answer.status in (501, 507) or (answer.status < 500 and answer.status not in _PASSING):
                    raise self._no(answer)
                if writes and answer.status >= 500:
                    raise Unclear
            if not again or not await patience.rest(asked):
                break
        log.info("The CalDAV server of '%s' is given up for now: %s", self.access.name, why)
        raise CalendarDown(f"The calendar server {self.access.host} cannot be used at this moment: {why}.")

    async def _in_turn(
        self, patience: Patience, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Raises `NoAnswer`."""
        try:
            async with asyncio.timeout(patience.left_s):
                await self._turns.acquire()
        except TimeoutError:
            raise NoAnswer("too many calls ask it at once", sent=False) from None
        try:
            if (try_s := patience.try_s) is None:
                raise NoAnswer("too many calls ask it at once", sent=False)
            return await ask(method, url, headers, body, try_s)
        finally:
            self._turns.release()

    def _no(self, answer: Answer) -> Refused | DiaryGone:
        if answer.status == 401:
            return DiaryGone(
                f"The calendar server {self.access.host} does not accept user and password of the connection "
                f"'{self.access.name}'. Many services (Apple, Fastmail) want an app password instead of your own: make "
                "one there and enter it."
            )
        return Refused(answer.status, condition(answer.body))

    def _followed(self, url: str, answer: Answer, hops: int) -> str:
        there = self.access.joined(url, answer.headers.get("location", ""))
        if there is None or hops >= REDIRECTS:
            raise DiaryGone(
                f"The calendar server {self.access.host} sends Leadline to another place, and your password is not "
                f"sent there. Enter the server's own CalDAV address in the connection '{self.access.name}'."
            )
        return there

    def _signed(self) -> dict[str, str]:
        if not self.access.user:
            return {}
        pair = f"{self.access.user}:{self.access.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    async def _may_be_asked(self) -> None:
        """Without TLS a server must be on this machine or its own network, whatever its name."""
        if not self.access.in_the_clear or on_this_machine(self.access.host):
            return
        if self._near is None:
            try:
                async with asyncio.timeout(2.0):
                    found = await asyncio.get_running_loop().getaddrinfo(
                        self.access.host, None, type=socket.SOCK_STREAM
                    )
            except (OSError, TimeoutError, UnicodeError):
                raise CalendarDown(f"The calendar server {self.access.host} is not found in the network.") from None
            self._near = is_private([str(each[4][0]) for each in found])
        if not self._near:
            raise DiaryGone(
                f"The address of the connection '{self.access.name}' must begin with https://, or your password could "
                "be read on its way."
            )

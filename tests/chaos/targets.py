"""What the lane writes into: HubSpot, a webhook's receiver and a mail server, each with faults by a plan."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.sdk import Connection
from engine.simulate.receiver import Receiver
from engine.supervisor import free_port
from tests.emulators.faults import FaultPlan
from tests.emulators.hubspot.server import HubSpotEmulator


class Torn(Response):
    """The connection ends where the answer should begin."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The web server breaks the connection when the rest does not follow.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})


class ShakyReceiver(Receiver):
    """`refuse`, `rate_limit`: nothing is taken. `cut`, `stall`: it is taken, and the other side never learns of it."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = FaultPlan()

    async def _take(self, request: Request) -> Response:
        fault = self.faults.strike()
        if fault is not None and fault.kind == "refuse":
            return Response(status_code=503)
        if fault is not None and fault.kind == "rate_limit":
            return Response(status_code=429, headers={"retry-after": "1"})
        answer = await super()._take(request)
        if fault is not None and fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        return Torn() if fault is not None and fault.kind in ("cut", "stall") else answer


@dataclass
class Mailbox:
    """By Message-ID, how often each message came. `cut`: it is taken, and the connection ends without a word."""

    messages: Counter[str] = field(default_factory=Counter)
    faults: FaultPlan = field(default_factory=FaultPlan)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self.lock:
            fault = self.faults.strike()
        if fault is not None and fault.kind == "refuse":
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        with self.lock:
            self.messages[str(message_from_bytes(envelope.content)["Message-ID"]).strip()] += 1
        if fault is not None and fault.kind == "cut" and server.transport is not None:
            server.transport.abort()
        return "250 OK"


@dataclass
class Targets:
    hubspot: HubSpotEmulator
    hook: ShakyReceiver
    mail: Mailbox
    mail_port: int

    @property
    def connections(self) -> dict[str, Connection]:
        hook = {"url": self.hook.url, "secret": self.hook.secret}
        mail = {"host": "127.0.0.1", "port": str(self.mail_port), "security": "none", "from": "calls@example.com"}
        kept = (
            Connection("hubspot", "hubspot", {"token": self.hubspot.token, "endpoint": self.hubspot.address}),
            Connection("crm", "webhook", hook),
            Connection("mail", "smtp", mail),
        )
        return {each.name: each for each in kept}

    def calm(self) -> None:
        """Everything works again."""
        for plan in (self.hubspot.faults, self.hook.faults, self.mail.faults):
            plan.clear()


@asynccontextmanager
async def targets() -> AsyncIterator[Targets]:
    mail = Mailbox()
    # 190 requests in ten seconds: what HubSpot lets a private app of a paying account do.
    async with HubSpotEmulator(limit=190) as hubspot, ShakyReceiver() as hook:
        controller = Controller(mail, hostname="127.0.0.1", port=free_port())
        controller.start()
        try:
            yield Targets(hubspot, hook, mail, controller.port)
        finally:
            controller.stop()

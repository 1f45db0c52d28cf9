"""The loopback phone network: speaks Vonage's REST, webhook and media protocols on this machine.

The production client dials through it unchanged, so what is tested and shown is the production path. Runs in the
event loop of a test, or in a process of its own (`asyncio.run` around the context manager).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.simulate.network.call import CallOrder, LoopbackCall, Violation
from engine.simulate.network.certificate import issue_certificate
from engine.simulate.network.far_end import Jitter, MediaLeg
from engine.simulate.network.herald import Herald, Signer, WebhookFaults
from engine.simulate.network.ncco_reader import JoinSocket
from engine.simulate.network.phone import Phone, PhoneFactory
from engine.simulate.network.playout import QUEUE_LIMIT, Playout
from engine.simulate.network.rest import Party, TokenBucket, dated, rest_app
from engine.simulate.network.rest_faults import RestFaults
from engine.simulate.network.room import Rooms
from engine.simulate.network.tape import CallTape

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """Addresses of the application that the account's numbers are linked to, as in the carrier's dashboard."""

    answer_url: str
    event_url: str
    answer_method: Literal["GET", "POST"] = "GET"


class LoopbackNetwork:
    """One network with one account on it.

    `folder`: where the certificate authority's file is written. `port`: 0 takes a free one.
    `calls_per_second`: new calls and `connect` actions together, as with the carrier.
    `early_hang_up_refused_s`: how long a new call answers 400 to a hang-up.
    `marks_survive_clear`, `queue_limit`: see `Playout`. `jitter_frames`: see `Jitter`.
    `tells_of_drops`: whether a media socket that vanished without a close is told as `disconnected`; else the network
    goes on with its NCCO in silence.
    `faults` may be replaced while the network runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        application_id: str,
        api_key: str,
        signature_secret: str,
        public_key_pem: str,
        port: int = 0,
        calls_per_second: float = 3.0,
        early_hang_up_refused_s: float = 0.0,
        fallback_answer_url: str = "",
        faults: WebhookFaults | None = None,
        marks_survive_clear: bool = False,
        queue_limit: int = QUEUE_LIMIT,
        jitter_frames: int = 0,
        tells_of_drops: bool = True,
    ) -> None:
        self.application_id = application_id
        self.public_key_pem = public_key_pem
        self.early_hang_up_refused_s = early_hang_up_refused_s
        self.fallback_answer_url = fallback_answer_url
        self.rest_faults: RestFaults | None = None
        """What the REST side does wrong; may be set and changed while the network runs."""
        self.clock_ahead_s = 0.0
        """How far the carrier's clock is ahead of ours, in its judgement of tokens and in its `Date` header."""
        self.hosts_asked: list[str] = []
        self.own_numbers: frozenset[str] = frozenset()
        """Numbers of the account, E.164; calls from others are refused. Empty: any will do."""
        self.recordings_late = 0
        """How many of the next requests for a recording find that it is not there yet."""
        self.application: Application | None = None
        """Where calls that come in are sent."""
        self.swallow_answers = 0
        """How many of the next calls are placed, but their order never answered: the connection just closes."""
        self.calls: list[LoopbackCall] = []
        self.violations: list[Violation] = []
        self._folder = folder
        self._port = port
        self._signer = Signer(signature_secret, api_key, application_id)
        self._faults = faults or WebhookFaults()
        self._marks_survive_clear = marks_survive_clear
        self._queue_limit = queue_limit
        self.jitter_frames = jitter_frames
        self.tells_of_drops = tells_of_drops
        self._creates = TokenBucket(calls_per_second, calls_per_second)
        self._requests = TokenBucket(15.0, 15.0)
        self._phones: dict[str, PhoneFactory] = {}
        self._others: PhoneFactory | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals: deque[asyncio.Future[LoopbackCall]] = deque()
        self._unclaimed: deque[LoopbackCall] = deque()
        self._connections: dict[tuple[str, int], asyncio.Transport] = {}
        self._rooms = Rooms()
        self._herald: Herald | None = None
        self._server: _QuietServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._ca_file: Path | None = None

    # For tests and the simulator.

    @property
    def api_host(self) -> str:
        """Host and port for the client's setting, such as `localhost:41233`."""
        return f"localhost:{self._port}"

    @property
    def region_url(self) -> str:
        return f"https://{self.api_host}"

    @property
    def ca_file(self) -> Path:
        """The authority that a client must trust to talk to this network."""
        if self._ca_file is None:
            raise RuntimeError("The network is not running: enter it with `async with` first.")
        return self._ca_file

    @property
    def faults(self) -> WebhookFaults:
        return self.herald.faults

    @faults.setter
    def faults(self, faults: WebhookFaults) -> None:
        self.herald.faults = faults

    def allow(self, calls_per_second: float) -> None:
        """Another allowance of new calls and `connect` actions than the carrier's, from now on."""
        self._creates = TokenBucket(calls_per_second, calls_per_second)

    def register(self, number: str, phone_factory: PhoneFactory) -> None:
        """Give `number` (E.164) a telephone; a new one is made for each call. Other numbers are out of service."""
        self._phones[number.removeprefix("+")] = phone_factory

    def register_others(self, phone_factory: PhoneFactory) -> None:
        """The telephone of all numbers that have none of their own."""
        self._others = phone_factory

    async def next_call(self) -> LoopbackCall:
        """The earliest call that no one has asked for yet; waits for one to be placed."""
        if self._unclaimed:
            return self._unclaimed.popleft()
        arrival: asyncio.Future[LoopbackCall] = asyncio.get_running_loop().create_future()
        self._arrivals.append(arrival)
        return await arrival

    async def __aenter__(self) -> Self:
        files = issue_certificate(self._folder, datetime.now(UTC))
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._herald = Herald(self._signer, self._faults)
        connections = self._connections

        class TrackedProtocol(H11Protocol):
            """Remembers each connection by its peer, so that one can be closed without an answer."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own
                # Kept, because a lost connection no longer knows its peer.
                self.peer = (transport.get_extra_info("peername") or ("", 0))[:2]
                connections[self.peer] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.peer, None)
                super().connection_lost(exc)

        config = uvicorn.Config(
            dated(rest_app(self), lambda: self.clock_ahead_s),
            http=TrackedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            ssl_keyfile=files.key,
            ssl_certfile=files.certificate,
            timeout_graceful_shutdown=1,
        )
        self._server = server = _QuietServer(config)
        self._serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            if self._serving.done():
                await self._serving
                raise RuntimeError("The loopback network's server ended before it had begun.")
            await asyncio.sleep(0.005)
        self._ca_file = files.ca
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all calls, deliver their last webhooks for up to two seconds, stop the server."""
        for call in self.calls:
            call.hang_up()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=2.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for arrival in self._arrivals:
            arrival.cancel()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        await self.herald.close()

    # For the calls and the REST side of this network.

    @property
    def herald(self) -> Herald:
        if self._herald is None:
            raise RuntimeError("The network is not running: enter it with `async with` first.")
        return self._herald

    @property
    def rooms(self) -> Rooms:
        return self._rooms

    def factory_for(self, number: str) -> PhoneFactory | None:
        return self._phones.get(number, self._others)

    def take_create_slot(self) -> bool:
        return self._creates.take(time.monotonic())

    def take_connect_slot(self) -> bool:
        return self._creates.take(time.monotonic())

    def take_request_slot(self) -> bool:
        return self._requests.take(time.monotonic())

    def place(self, order: CallOrder) -> LoopbackCall:
        return self._begin(LoopbackCall(order, self))

    def _begin(self, call: LoopbackCall) -> LoopbackCall:
        self.calls.append(call)
        task = asyncio.create_task(call.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        while self._arrivals:
            arrival = self._arrivals.popleft()
            if not arrival.done():
                arrival.set_result(call)
                return call
        self._unclaimed.append(call)
        return call

    def dial_in(self, phone: Phone, *, caller: str, to: str) -> LoopbackCall:
        """Have `phone` dial the application's number `to`. `caller`: the number it shows, empty if it hides it. Both
        E.164. Needs `application`."""
        if self.application is None:
            raise RuntimeError("Nobody has said where calls that come in go: set `application` first.")
        order = CallOrder(
            to=to.removeprefix("+"),
            from_number=caller.removeprefix("+") or "anonymous",
            ncco=None,
            answer_url=self.application.answer_url,
            answer_method=self.application.answer_method,
            event_url=self.application.event_url,
            ringing_timer_s=60.0,
            length_timer_s=7200.0,
            direction="inbound",
        )
        return self._begin(LoopbackCall(order, self, phone))

    def all_calls(self) -> Sequence[LoopbackCall]:
        return self.calls

    def call(self, uuid: str) -> LoopbackCall | None:
        return next((call for call in self.calls if call.uuid == uuid), None)

    def party(self, uuid: str) -> Party | None:
        """A dialled call, or a phone that was joined to one."""
        joined = (each for call in self.calls for each in call.joined if each.uuid == uuid)
        return self.call(uuid) or next(joined, None)

    def recording(self, file_id: str) -> CallTape | None:
        for call in self.calls:
            if call.recording_id == file_id and call.tape is not None and call.ended_wall is not None:
                return call.tape
        return None

    def swallow_answer(self, peer: tuple[str, int]) -> bool:
        if self.swallow_answers < 1 or (connection := self._connections.get(peer)) is None:
            return False
        self.swallow_answers -= 1
        connection.close()
        return True

    def cut(self, peer: tuple[str, int]) -> None:
        if (connection := self._connections.get(peer)) is not None:
            connection.close()

    def new_leg(self, call: LoopbackCall, step: JoinSocket) -> MediaLeg:
        playout = Playout(limit=self._queue_limit, marks_survive_clear=self._marks_survive_clear)
        jitter = Jitter(self.jitter_frames, seed=len(self.calls))
        return MediaLeg(str(uuid.uuid4()), step, playout, self._signer.token(b""), call.report, jitter)

    def report(self, violation: Violation) -> None:
        log.warning("Call %s: %s", violation.call_uuid, violation.detail)
        self.violations.append(violation)


class _QuietServer(uvicorn.Server):
    """A guest in someone else's event loop: leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

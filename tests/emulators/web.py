"""A small web server in a thread, which hosted services over HTTP are played with, faults included.

    class Shop(WebEmulator):
        def serve(self, asked: Asked) -> Answer: ...          # raises Refused for the vendor's own no
        def refusal(self, error: str) -> Answer: ...          # of a fault `refuse`

What is asked is done before `stall`, `cut` and `corrupt` spoil the answer: who asked cannot know whether it was done.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.emulators.faults import Fault, FaultPlan

PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Asked:
    """`target`: path and query as they came. `headers`: names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class InAThread(ABC):
    """A web server on loopback for as long as `async with` lasts; no test's event loop can stop it."""

    def __init__(self, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @abstractmethod
    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """None: the connection is to be cut."""


class WebEmulator(InAThread):
    """`requests`: all that came, oldest first."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.faults = FaultPlan()
        self.requests: list[Asked] = []

    @abstractmethod
    def serve(self, asked: Asked) -> Answer: ...

    @abstractmethod
    def refusal(self, error: str) -> Answer:
        """The vendor's own refusal of that name. Raises KeyError for one that it does not have."""

    @abstractmethod
    def too_many(self) -> Answer:
        """The vendor's own word for too many requests."""

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        asked = Asked(method, target, headers, body)
        with self._lock:
            self.requests.append(asked)
            fault = self.faults.strike() or Fault("delay")
        if fault.kind == "delay":
            self._closing.wait(fault.seconds)
        if fault.kind == "refuse":
            return self.refusal(fault.error)
        if fault.kind == "rate_limit":
            return self.too_many()
        with self._lock:
            answer = self.serve(asked)
        match fault.kind:
            case "stall":
                self._closing.wait(fault.seconds or None)
                return None
            case "cut":
                return None
            case "corrupt":
                return Answer(502, PAGE, {"Content-Type": "text/html"})
            case _:
                return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """With the five of the standard library, calls that come at once wait a second for the door."""


def _handler_of(emulator: InAThread) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # one packet an answer: two would wait 40 ms for each other

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = emulator.answer(self.command, self.path, headers, body)
            if answer is None:
                self.close_connection = True
                return
            # A client that has given up is no business of ours.
            with contextlib.suppress(OSError):
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status not in (204, 304):  # these have no body
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

        do_GET = _do  # noqa: N815 - named by the standard library
        do_POST = _do  # noqa: N815
        do_PATCH = _do  # noqa: N815
        do_PUT = _do  # noqa: N815
        do_DELETE = _do  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is printed."""

    return Handler

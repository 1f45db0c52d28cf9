"""The HTTPS side: Basic sign-in, a form, an answer 200 whatever becomes of the message. In a thread, as the SDK is
synchronous."""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.simulate.network.certificate import issue_certificate
from tests.emulators.faults import FaultPlan
from tests.emulators.vonage_sms import rules


@dataclass(frozen=True, slots=True)
class Text:
    """A message that was taken. `shown`: as the telephone shows it; `parts`: what is billed."""

    to: str
    sender: str
    shown: str
    kind: str
    ref: str
    parts: int


class VonageSmsEmulator:
    """`credit`: in euros. `senders`: numbers of the account. `barred`: numbers that get nothing. `per_second`: messages
    of the account. `fails_at`: part and status at which a message of several parts breaks off. `taken`: what was sent;
    `served`: requests, as "POST /sms/json". Times in seconds."""

    def __init__(
        self,
        folder: Path,
        *,
        key: str = "abcd1234",
        secret: str = "s3cret-of-the-account",
        credit: float = 10.0,
        per_second: int = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key, self.secret, self.credit, self.per_second = key, secret, credit, per_second
        self.senders: frozenset[str] = frozenset({"14155550100"})
        self.barred: frozenset[str] = frozenset()
        self.fails_at: tuple[int, str] | None = None
        self.faults = FaultPlan()
        self.taken: list[Text] = []
        self.served: list[str] = []
        self.agents: list[str] = []
        self._clock = clock
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        files = issue_certificate(folder, datetime.now(UTC))
        self.ca_file = files.ca
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """Host and port; the SDK knows no other scheme than https."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def connection(self, **changed: str) -> dict[str, str]:
        """The settings of a connection to this account."""
        return {
            "api_key": self.key,
            "api_secret": self.secret,
            "sender": "+1 415 555 0100",
            "host": self.address,
            "ca_file": str(self.ca_file),
        } | changed

    async def __aenter__(self) -> VonageSmsEmulator:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- one request ---

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """None: the connection is to be cut."""
        path = urlsplit(target).path
        with self._lock:
            self.served.append(f"{method} {path}")
            self.agents.append(headers.get("user-agent", ""))
            fault = self.faults.strike()
        if fault is not None and fault.kind == "delay":
            self._closing.wait(fault.seconds)
        if fault is not None and fault.kind == "rate_limit":
            return Answer(429, b"{}", {"Retry-After": f"{fault.seconds or 3:g}"})
        if fault is not None and fault.kind == "refuse" and fault.error in ("401", "402", "403", "500", "503", "302"):
            moved = {"Location": f"https://{self.address}/elsewhere"} if fault.error == "302" else {}
            return Answer(int(fault.error), b'{"title":"refused"}', moved)
        with self._lock:
            answer = self._judged(
                method,
                path,
                headers,
                dict(parse_qsl(body.decode(), keep_blank_values=True)),
                fault.error if fault is not None and fault.kind == "refuse" else "",
            )
        # What breaks the answer comes after the message was taken.
        if fault is not None and fault.kind == "stall":
            self._closing.wait(fault.seconds)
            return None
        if fault is not None and fault.kind == "cut":
            return None
        if fault is not None and fault.kind == "corrupt":
            return Answer(200, fault.message.encode() or b"<!doctype html><title>Gateway</title>", {})
        return answer

    def _judged(self, method: str, path: str, headers: dict[str, str], given: dict[str, str], status: str) -> Answer:
        signed_in = headers.get("authorization") == _basic(self.key, self.secret)
        if (method, path) == ("GET", "/account/get-balance"):
            if not signed_in:
                return Answer(401, b'{"error-code":"401","error-code-label":"authentication failed"}')
            return _json({"value": self.credit, "autoReload": False})
        if (method, path) != ("POST", "/sms/json"):
            return Answer(404, b"{}")
        status = status or ("" if signed_in else "4") or rules.refusal(given, self.senders, self.barred)
        status = status or self._throttled()
        if status:
            return _json({"message-count": "1", "messages": [_refused(status)]})
        return _json(self._send(given))

    def _throttled(self) -> str:
        now = self._clock()
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.per_second:
            return "1"
        self._recent.append(now)
        return ""

    def _send(self, given: dict[str, str]) -> dict[str, Any]:
        kind = given.get("type", "text")
        count = rules.parts(given["text"], kind)
        told: list[dict[str, str]] = []
        for part in range(1, count + 1):
            if self.fails_at is not None and part >= self.fails_at[0]:
                told.append(_refused(self.fails_at[1]))
            elif self.credit < rules.PRICE:
                told.append(_refused("9"))
            else:
                self.credit -= rules.PRICE
                told.append(
                    {
                        "to": given["to"], "message-id": f"{len(self.taken):08X}{part:04X}", "status": "0",
                        "remaining-balance": f"{self.credit:.8f}", "message-price": f"{rules.PRICE:.8f}",
                        "network": "310090", "client-ref": given.get("client-ref", ""),
                    }
                )  # fmt: skip
        if any(each["status"] == "0" for each in told):
            shown = rules.delivered(given["text"], kind)
            self.taken.append(Text(given["to"], given["from"], shown, kind, given.get("client-ref", ""), count))
        return {"message-count": str(count), "messages": told}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] | None = None


def _json(document: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _refused(status: str) -> dict[str, str]:
    return {"status": status, "error-text": rules.WORDS.get(status, "Unknown")}


def _basic(key: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"


def _handler(emulator: VonageSmsEmulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

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
                for name, value in (answer.headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

        do_GET = _do  # noqa: N815 - named by the standard library
        do_POST = _do  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is printed."""

    return Handler

"""The HTTPS side: Basic sign-in, a form, an answer 200 whatever becomes of the message. In a thread, as the SDK is
synchronous."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from engine.simulate.network.certificate import issue_certificate
from tests.emulators.vonage_sms import rules
from tests.emulators.web import Answer, Asked, WebEmulator

HTTP = {"302": 302, "401": 401, "402": 402, "403": 403, "500": 500, "503": 503}
"""Refusals by an HTTP status; all others are statuses inside an answer 200."""


@dataclass(frozen=True, slots=True)
class Text:
    """A message that was taken. `shown`: as the telephone shows it; `parts`: what is billed."""

    to: str
    sender: str
    shown: str
    kind: str
    ref: str
    parts: int


class VonageSmsEmulator(WebEmulator):
    """`credit`: in euros. `senders`: numbers of the account. `barred`: numbers that get nothing. `per_second`: messages
    of the account; `retry_after_s`: what 429 asks for. `fails_at`: part and status at which a message of several parts
    breaks off. `garbled`: an answer 200 of these bytes, after the message was taken. `taken`: what was sent."""

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
        super().__init__()
        self.key, self.secret, self.credit, self.per_second = key, secret, credit, per_second
        self.retry_after_s = 3
        self.senders: frozenset[str] = frozenset({"14155550100"})
        self.barred: frozenset[str] = frozenset()
        self.fails_at: tuple[int, str] | None = None
        self.garbled: bytes | None = None
        self.taken: list[Text] = []
        self._clock = clock
        self._recent: deque[float] = deque()
        files = issue_certificate(folder, datetime.now(UTC))
        self.ca_file = files.ca
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def address(self) -> str:
        return f"https://{self.host}"

    @property
    def host(self) -> str:
        """Host and port; the SDK knows no other scheme than https."""
        return super().address.removeprefix("http://")

    @property
    def asked(self) -> list[str]:
        """Requests, as "POST /sms/json"."""
        return [f"{each.method} {each.path}" for each in self.requests]

    def connection(self, **changed: str) -> dict[str, str]:
        """The settings of a connection to this account."""
        return {
            "api_key": self.key,
            "api_secret": self.secret,
            "sender": "+1 415 555 0100",
            "host": self.host,
            "ca_file": str(self.ca_file),
        } | changed

    def serve(self, asked: Asked) -> Answer:
        signed_in = asked.headers.get("authorization") == _basic(self.key, self.secret)
        if (asked.method, asked.path) == ("GET", "/account/get-balance"):
            if not signed_in:
                return Answer(401, b'{"error-code":"401","error-code-label":"authentication failed"}')
            return _json({"value": self.credit, "autoReload": False})
        if (asked.method, asked.path) != ("POST", "/sms/json"):
            return Answer(404, b"{}")
        given = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        status = "" if signed_in else "4"
        status = status or rules.refusal(given, self.senders, self.barred) or self._throttled()
        if status:
            return self.refusal(status)
        told = _json(self._send(given))
        return told if self.garbled is None else Answer(200, self.garbled)

    def refusal(self, error: str) -> Answer:
        if error in HTTP:
            moved = {"Location": f"https://{self.host}/elsewhere"} if error == "302" else {}
            return Answer(HTTP[error], b'{"title":"refused"}', moved)
        return _json({"message-count": "1", "messages": [_refused(error)]})

    def too_many(self) -> Answer:
        return Answer(429, b"{}", {"Retry-After": str(self.retry_after_s)})

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


def _json(document: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _refused(status: str) -> dict[str, str]:
    return {"status": status, "error-text": rules.WORDS.get(status, "Unknown")}


def _basic(key: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"

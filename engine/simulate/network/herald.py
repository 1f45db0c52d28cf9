"""Tells the application what happens on its calls: signed webhooks, in order or, if wished, in disorder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import jwt

log = logging.getLogger(__name__)

Body = Mapping[str, object]

RETRY_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """What goes wrong with webhooks, by status (`answered`, `completed` …); none by default.

    `late`: those of a status overtake nothing but are overtaken: they come so many seconds after the others.

    `lost_answers`: the first answer to those of a status (`keys`: what was pressed for an NCCO) does not arrive, so the
    same delivery is sent again.

    `swap_started`: `started` comes after `ringing`. `delay_s`: before each delivery. `unsigned`: no token at all.
    """

    duplicate: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    swap_started: bool = False
    delay_s: float = 0.0
    late: Mapping[str, float] = field(default_factory=dict)
    unsigned: bool = False
    lost_answers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs as Vonage does: HS256 with the account's signature secret."""

    signature_secret: str = field(repr=False)
    api_key: str
    application_id: str

    def token(self, body: bytes) -> str:
        return jwt.encode(
            {
                "iat": int(time.time()),
                "jti": str(uuid.uuid4()),
                "iss": "Vonage",
                "payload_hash": hashlib.sha256(body).hexdigest(),
                "api_key": self.api_key,
                "application_id": self.application_id,
            },
            self.signature_secret,
            algorithm="HS256",
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a webhook answered. `ok`: a 2xx; `data`: its JSON, None if it had none."""

    ok: bool
    data: object = None
    why: str = ""


class Herald:
    """Sends webhooks. Connect within 1 s and answer within 5 s, retry once: vonage-voice.md, section 6.4."""

    def __init__(self, signer: Signer, faults: WebhookFaults, *, answer_within_s: float = 5.0) -> None:
        self.signer = signer
        self.faults = faults
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(answer_within_s, connect=1.0),
            # A connection for each: the carrier has many machines, so a load balancer spreads the webhooks of one call.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
            follow_redirects=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, url: str, body: Body, *, method: str = "POST") -> Reply:
        """One webhook, sent again once on a timeout, a broken connection or a passing failure."""
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if method == "POST" else {}
        if not self.faults.unsigned:
            headers["Authorization"] = f"Bearer {self.signer.token(raw)}"
        why = ""
        lost = ("keys" if "dtmf" in body else str(body.get("status", ""))) in self.faults.lost_answers
        for first in (True, False):
            try:
                if method == "GET":
                    query = {key: str(value) for key, value in body.items()}
                    response = await self._client.get(url, params=query, headers=headers)
                else:
                    response = await self._client.post(url, content=raw, headers=headers)
            except httpx.TransportError as err:
                why = f"no answer ({type(err).__name__})"
                continue
            if response.is_success and lost and first:
                continue
            if response.is_success:
                return Reply(ok=True, data=_json(response))
            why = f"HTTP {response.status_code}"
            if response.status_code not in RETRY_STATUSES:
                break
        return Reply(ok=False, why=why)

    async def fetch_ncco(self, url: str, body: Body, *, method: str, fallback_url: str = "") -> Reply:
        """The NCCO for an answered call, from the fallback address when the first one fails twice."""
        reply = await self.send(url, body, method=method)
        if reply.ok or not fallback_url:
            return reply
        first = {"url": url, "type": "answer"}
        return await self.send(fallback_url, {**body, "reason": reply.why, "original_request": first}, method=method)


class Courier:
    """The webhooks of one call, delivered one after the other, so that a test sees the order it asked for."""

    def __init__(self, herald: Herald, on_failure: Callable[[str], None]) -> None:
        self._herald = herald
        self._on_failure = on_failure
        self._queue: asyncio.Queue[tuple[str, Body, asyncio.Future[Reply] | None] | None] = asyncio.Queue()
        self._held: tuple[str, Body] | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._deliver())

    def tell(self, url: str, body: Body) -> None:
        """Send without waiting; `timestamp` is added."""
        body = stamped(body)
        if (late := self._herald.faults.late.get(str(body.get("status", "")))) is not None:
            task = asyncio.create_task(self._deliver_late(url, body, late))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return
        if self._herald.faults.swap_started and body.get("status") == "started":
            self._held = (url, body)
            return
        self._queue.put_nowait((url, body, None))
        if self._held is not None:
            self._queue.put_nowait((*self._held, None))
            self._held = None

    async def ask(self, url: str, body: Body) -> Reply:
        """Send and wait for what the application answers."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((url, stamped(body), answer))
        return await answer

    async def finish(self) -> None:
        """Deliver what is left, then stop."""
        self._queue.put_nowait(None)
        await self._task
        if self._late:
            await asyncio.gather(*self._late)

    async def cancel(self) -> None:
        tasks = (self._task, *self._late)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver_late(self, url: str, body: Body, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._herald.send(url, body)

    async def _deliver(self) -> None:
        faults = self._herald.faults
        while (item := await self._queue.get()) is not None:
            url, body, answer = item
            status = str(body.get("status", ""))
            reply = Reply(ok=False, why="dropped on purpose")
            if url and status not in faults.drop:
                if faults.delay_s:
                    await asyncio.sleep(faults.delay_s)
                for _ in range(2 if status in faults.duplicate else 1):
                    reply = await self._herald.send(url, body)
                if not reply.ok:
                    self._on_failure(f"The webhook {status or 'without status'} was not taken: {reply.why}.")
            if answer is not None and not answer.done():
                answer.set_result(reply)


def stamped(body: Body) -> Body:
    return body if "timestamp" in body else {**body, "timestamp": carrier_time()}


def carrier_time() -> str:
    """Now, as the carrier writes it: ISO 8601 with milliseconds and a Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _json(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None

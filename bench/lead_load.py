"""Sends website leads at a fixed rate, whatever the server does (open loop), in a process of its own:

    python -m bench.lead_load PORT SOURCE_ID RATE SECONDS FIRST

Prints one line of JSON: `took` (seconds from the moment a request was due to its whole answer), `statuses`, `late`
(seconds the generator itself was behind, at worst). Lead number n, from FIRST on, has a name and number of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import cast

import uvloop

AREAS = (415, 212, 312, 213, 206, 617, 503, 602)
CONSENT = (
    "I agree that Harborline Home Services LLC may call me at this number about my request, also with an artificial "
    "or AI voice. Consent is no condition of a purchase."
)


def body(number: int) -> bytes:
    """A form of about 700 bytes, as websites send it."""
    area = AREAS[number // 1_000_000 % len(AREAS)]
    digits = 2_000_000 + number % 1_000_000
    form = {
        "id": f"bench-{number}",
        "submitted_at": "2026-11-26T20:00:00Z",
        "name": f"Dana Reyes {chr(97 + number % 26)}{chr(97 + number // 26 % 26)}",
        "email": f"dana{number}@example.com",
        "phone": f"({area}) {digits // 10_000:03d}-{digits % 10_000:04d}",
        "country": "US",
        "consent": {"call": True, "text": CONSENT, "at": "2026-11-26T20:00:00Z"},
        "answers": {"service": "Roof repair", "zip": "94107", "message": "It leaks over the bedroom since last night."},
        "utm": {"source": "bench"},
        "page_url": "https://harborline.example/quote",
    }
    return json.dumps(form).encode()


def request(port: int, source_id: str, number: int) -> bytes:
    content = body(number)
    head = (
        f"POST /in/{source_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"User-Agent: Mozilla/5.0 (bench)\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Exchange(asyncio.Protocol):
    """One connection; one request at a time. An answer of `status`, 0 if the connection was lost."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._answer: asyncio.Future[int] | None = None

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not say that it is one

    async def send(self, data: bytes) -> int:
        assert self._transport is not None
        self._data = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if lengths and len(rest) >= int(lengths[0]):
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Connections:
    """To one server: kept open and used again, as vendors and proxies do; as many as are needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Exchange] = []

    async def send(self, data: bytes) -> int:
        """The status, 0 if the connection was lost or could not be made."""
        while self._free:
            exchange = self._free.pop()
            if exchange.open:
                break
        else:
            try:
                loop = asyncio.get_running_loop()
                _, exchange = await loop.create_connection(Exchange, "127.0.0.1", self._port)
            except OSError:
                return 0
        status = await exchange.send(data)
        if status and exchange.open:
            self._free.append(exchange)
        else:
            exchange.close()
        return status

    def close(self) -> None:
        for each in self._free:
            each.close()


async def run(port: int, source_id: str, rate: float, seconds: float, first: int) -> None:
    connections = Connections(port)
    took: list[float] = []
    statuses: Counter[int] = Counter()
    late = 0.0

    async def one(due: float, data: bytes) -> None:
        status = await connections.send(data)
        took.append(time.perf_counter() - due)
        statuses[status] += 1

    count = int(rate * seconds)
    requests: Sequence[bytes] = [request(port, source_id, first + each) for each in range(count)]
    running: set[asyncio.Task[None]] = set()
    began = time.perf_counter() + 0.2
    for number, data in enumerate(requests):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late = max(late, time.perf_counter() - due)
        task = asyncio.create_task(one(due, data))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running, timeout=60)
    connections.close()
    print(json.dumps({"took": took, "statuses": statuses, "late": late, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))

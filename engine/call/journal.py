"""Everything that happened in a call, numbered as it happened, on its way to the store and to live pages.

Noting never waits and never fails: entries are kept in memory and written in the background at most 250 ms later. While
the sink is out of order they stay and are tried again, in order, so nothing is lost while the process lives. A sink may
see an entry twice (when it wrote and then failed to say so): the number tells.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from engine.sdk import Json

FLUSH_S: Final = 0.25
RETRY_AT_MOST_S: Final = 5.0
BATCH: Final = 500
WRITE_AHEAD_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """`number`: from 1, without gaps, per call. `at`: seconds on the call's clock. `facts`: may hold personal data."""

    number: int
    kind: str
    at: float
    facts: Mapping[str, Json]


class JournalSink(Protocol):
    async def append(self, call_id: str, entries: Sequence[Entry]) -> None:
        """Store `entries`, which follow each other. Must bear one that it has already."""
        ...


class Subscription:
    """A live view of one call. `missed`: entries dropped because the reader was too slow; a journal never waits."""

    def __init__(self, size: int) -> None:
        self._waiting: deque[Entry] = deque(maxlen=size)
        self._news = asyncio.Event()
        self._closed = False
        self.missed = 0

    def put(self, entry: Entry) -> None:
        self.missed += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(entry)
        self._news.set()

    def close(self) -> None:
        self._closed = True
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[Entry]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._closed:
                return
            self._news.clear()
            await self._news.wait()


class Journal:
    """The journal of one call: a `Watcher`. Run `run()` as a task while the call lives; `close()` writes the rest."""

    def __init__(self, call_id: str, sink: JournalSink, *, flush_s: float = FLUSH_S) -> None:
        self.call_id = call_id
        self._sink = sink
        self._flush_s = flush_s
        self._unwritten: deque[Entry] = deque()
        self._subscriptions: set[Subscription] = set()
        self._number = 0
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self.sink_failures = 0

    def note(self, kind: str, at: float, **facts: Json) -> None:
        self._number += 1
        entry = Entry(self._number, kind, at, facts)
        self._unwritten.append(entry)
        self._news.set()
        for subscription in self._subscriptions:
            subscription.put(entry)

    @property
    def unwritten(self) -> int:
        """Entries that the sink has not taken yet."""
        return len(self._unwritten)

    @contextlib.contextmanager
    def subscribed(self, size: int = 1000) -> Iterator[Subscription]:
        """A live view from now on, of at most `size` entries behind."""
        subscription = Subscription(size)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def run(self) -> None:
        """Write what is noted, until cancelled; a failing sink is tried again, ever more slowly."""
        patience = self._flush_s
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(patience)
            if await self.flush():
                patience = self._flush_s
            else:
                patience = min(2 * patience, RETRY_AT_MOST_S)
                self._news.set()

    async def flush(self) -> bool:
        """Write all there is now; whether the sink took it."""
        async with self._writing:
            while self._unwritten:
                batch = [self._unwritten[i] for i in range(min(BATCH, len(self._unwritten)))]
                try:
                    await self._sink.append(self.call_id, batch)
                except Exception:  # whatever a store can throw: keep the entries, the call goes on
                    self.sink_failures += 1
                    return False
                for _ in batch:
                    self._unwritten.popleft()
        return True

    async def written(self) -> None:
        """Wait until what was noted so far is stored, but not longer than `WRITE_AHEAD_S`: a caller waits."""
        await asyncio.wait({asyncio.ensure_future(self.flush())}, timeout=WRITE_AHEAD_S)

    async def close(self, patience_s: float = 30.0) -> bool:
        """The call is over: write the rest, trying for `patience_s`. False when entries are left in `unwritten`."""
        for subscription in self._subscriptions:
            subscription.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                wait = self._flush_s
                while not await self.flush():
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, RETRY_AT_MOST_S)
        return not self._unwritten

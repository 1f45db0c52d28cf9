"""One streaming request to Speech-to-Text: sound in, results out, and the one way in which it ended.

The generator that feeds a request must never raise: grpc would cancel the reader then, which looks like a cancelled
task and slips past every `except Exception`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

import google.auth.exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.speech_v2 import SpeechAsyncClient, types

from engine.provider_problem import ProviderProblem
from engine.speech.audio import RATE
from engine.speech.google.ledger import Result
from engine.speech.google.request import CHUNK_BYTES

log = logging.getLogger(__name__)

_REFUSAL_FOLLOWS_S: Final = 0.05
"""A refusal may come with the first metadata or right after them."""

Answered = Callable[[int, list[Result]], None]
"""Number of the stream, its results (none for a voice-activity event)."""

Ended = Callable[[int, str, BaseException | None], None]
"""Number of the stream, name of the gRPC status, the error if there was one."""


class RecogniseStream:
    """`run` it as a task; `feed` from the same loop."""

    def __init__(
        self,
        client: SpeechAsyncClient,
        first: types.StreamingRecognizeRequest,
        number: int,
        answered: Answered,
        ended: Ended,
    ) -> None:
        self._client = client
        self._first = first
        self._number = number
        self._answered = answered
        self._ended = ended
        self._sound = bytearray()
        self._wake = asyncio.Event()
        self._finished = False
        self._begun = asyncio.Event()

    def feed(self, pcm: bytes) -> None:
        """Whole samples; never blocks."""
        self._sound += pcm
        self._wake.set()

    def finish(self) -> None:
        """No more sound comes (half-close)."""
        self._finished = True
        self._wake.set()

    async def wait_begun(self, within_s: float) -> None:
        """Returns when the server has taken the stream up, when it is over, or after `within_s`: Google may keep quiet
        until somebody speaks."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._begun.wait()

    async def run(self) -> None:
        """Hold the request to its end, which is told to `ended`; only cancellation goes by without a word."""
        status, failure = "OK", None
        try:
            call = await self._client.streaming_recognize(requests=self._requests())

            async def watch_beginning() -> None:
                with suppress(Exception):
                    await call.initial_metadata()
                    await asyncio.sleep(_REFUSAL_FOLLOWS_S)
                    if not call.done():
                        self._begun.set()

            began = asyncio.create_task(watch_beginning())
            try:
                async for response in call:
                    self._begun.set()
                    self._answered(self._number, results_of(response))
            finally:
                began.cancel()
                call.cancel()
                self.finish()  # lets the generator end by itself
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            status = "CANCELLED"  # grpc's word for a request that broke on our side
        except Exception as error:
            status, failure = status_of(error), error
        self._begun.set()
        self._ended(self._number, status, failure)

    async def _requests(self) -> AsyncIterator[types.StreamingRecognizeRequest]:
        try:
            yield self._first
            while True:
                while self._sound:
                    chunk = bytes(self._sound[:CHUNK_BYTES])
                    del self._sound[:CHUNK_BYTES]
                    yield types.StreamingRecognizeRequest(audio=chunk)
                if self._finished:
                    return
                self._wake.clear()
                await self._wake.wait()
        except Exception:
            log.exception("Sound could not be sent to Google; the stream is closed")


def results_of(response: types.StreamingRecognizeResponse) -> list[Result]:
    """The results of a response with offsets in samples."""
    raw = types.StreamingRecognizeResponse.pb(response)  # plain protobuf: ten times cheaper to read
    found = []
    for each in raw.results:
        text = each.alternatives[0].transcript if each.alternatives else ""
        offset = each.result_end_offset
        end = offset.seconds * RATE + round(offset.nanos * RATE / 1_000_000_000)
        found.append(Result(text, each.is_final, each.stability, end))
    return found


def status_of(error: BaseException) -> str:
    """The name of the gRPC status behind an error of Google's client."""
    if isinstance(error, GoogleAPICallError) and error.grpc_status_code is not None:
        return str(error.grpc_status_code.name)
    if isinstance(error, google.auth.exceptions.TransportError):
        return "UNAVAILABLE"
    if isinstance(error, google.auth.exceptions.GoogleAuthError):
        return "UNAUTHENTICATED"
    return "UNKNOWN"


def status_for_good(status: str, problem: ProviderProblem) -> str:
    """`status`, but what a person must put right is never called passing: a key that cannot be signed with comes as
    UNAVAILABLE."""
    limits = ("ABORTED", "OUT_OF_RANGE")
    return status if problem.passing or status in limits else "UNAUTHENTICATED"

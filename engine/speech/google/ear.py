"""Google's Speech-to-Text for all calls of a process: one channel, one streaming request a call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from google.cloud.speech_v2 import SpeechAsyncClient
from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.audio import RATE
from engine.speech.google.channel import GoogleAccess, open_channel
from engine.speech.google.problems import problem_of
from engine.speech.google.recognise_stream import RecogniseStream
from engine.speech.google.request import checked_model, first_request, recognizer
from engine.speech.google.rotation import StreamLimits
from engine.speech.google.transcriber import GoogleTranscriber
from engine.speech.ports import Hints, Revised, SpeechError

REACH_WITHIN_S: Final = 1.2
REFUSED_WITHIN_S: Final = 0.25
"""A wrong key or model is refused within a round trip or two; a good request may be answered with silence."""

CHECK_WITHIN_S: Final = 8.0


class GoogleEar:
    """Implements `SpeechToText`. `access.region` is the location of `model`.

    Make it inside the loop that will use it, before calls are taken: reading application default credentials may take a
    second. Raises `SpeechError` for a key that is none, and for a model that cannot be had at the location.
    """

    def __init__(
        self,
        access: GoogleAccess,
        model: str = "telephony",
        *,
        limits: StreamLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        checked_model(model, access.region)
        opened = open_channel(access, "speech")
        if not opened.project:
            problem = ProviderProblem(
                ProblemKind.WRONG_PROJECT,
                "Nothing names the Google Cloud project that recognition is charged to.",
                "Write the project's id into the connection.",
            )
            raise SpeechError(str(problem), problem)
        self._access = access
        self._model = model
        self._limits = limits or StreamLimits()
        self._clock = clock
        self._channel = opened.channel
        self._client = SpeechAsyncClient(transport=SpeechGrpcAsyncIOTransport(channel=opened.channel))
        self._path = recognizer(opened.project, access.region)

    @property
    def name(self) -> str:
        return f"google/{self._model}"

    def __repr__(self) -> str:
        return f"GoogleEar({self._model!r}, {self._access.region!r})"

    async def open(self, hints: Hints, revised: Revised | None = None) -> GoogleTranscriber:
        """An ear for one call; its stream is open. Raises `SpeechError` with a `ProviderProblem`."""
        await self._reach(REACH_WITHIN_S)
        first = first_request(self._path, self._model, hints)
        call = GoogleTranscriber(self._client, first, self._problem_of, revised, self._limits, self._clock)
        await call.begin(REFUSED_WITHIN_S)
        return call

    async def check(self, hints: Hints | None = None) -> ProviderProblem | None:
        """Whether a call with these hints could be heard now: opens a stream and sends half a second of silence. The
        problem if not. A refusal that is only for the words to favour is told as such."""
        hints = hints or Hints()
        problem = await self._checked(hints)
        if problem is None or problem.kind is not ProblemKind.REFUSED or not hints.phrases:
            return problem
        if await self._checked(Hints(hints.language)) is not None:
            return problem
        return ProviderProblem(
            ProblemKind.REFUSED,
            f"Google Speech-to-Text takes no words to favour (adaptation) for the model {self._model} in "
            f"{hints.language}, or not these. Calls are heard without them.",
            "Choose the model telephony if names and terms are misheard, or leave it.",
        )

    async def _checked(self, hints: Hints) -> ProviderProblem | None:
        ended: list[BaseException | None] = []
        first = first_request(self._path, self._model, hints)
        stream = RecogniseStream(
            self._client, first, 0, lambda number, results: None, lambda number, status, error: ended.append(error)
        )
        try:
            await self._reach(CHECK_WITHIN_S / 2)
            async with asyncio.timeout(CHECK_WITHIN_S / 2):
                running = asyncio.create_task(stream.run())
                try:
                    # grpc hides a refusal behind an error of its own if it is still writing when it is refused.
                    await stream.wait_begun(4 * REFUSED_WITHIN_S)
                    stream.feed(bytes(RATE))
                    stream.finish()
                    await running
                finally:
                    running.cancel()
        except SpeechError as failed:
            return failed.problem
        except TimeoutError as late:
            return self._problem_of(late)
        return self._problem_of(ended[0]) if ended and ended[0] is not None else None

    async def close(self) -> None:
        """Ends all calls' streams with it."""
        await self._channel.close(None)

    async def _reach(self, within_s: float) -> None:
        """A connection that was not used for long may have been dropped on the way: see that there is one."""
        try:
            async with asyncio.timeout(within_s):
                await self._channel.channel_ready()
        except TimeoutError:
            problem = ProviderProblem(
                ProblemKind.UNREACHABLE,
                f"Google Speech-to-Text cannot be reached{self._where()}.",
                "Check the internet connection, the firewall (port 443 to *.googleapis.com) and the region's spelling.",
            )
            raise SpeechError(str(problem), problem) from None

    def _where(self) -> str:
        region = self._access.region
        return f" in the region {region}" if region not in ("", "global") else ""

    def _problem_of(self, error: BaseException) -> ProviderProblem:
        return problem_of(error, "speech", self._access, self._model)

"""One synthesis stream to Google: opened with its config before the text is there, half-closed with the text.

    open ── config ──> (warm, up to 4 s) ── text, half-close ──> pieces of sound ... end

Google aborts a stream that gets no text for 5 s, so a warm one is thrown away before that, and none is kept from one
piece of speech to the next. Text is written by us, not pulled out of a generator by the client: an error in such a
generator would come out as a cancelled task.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final

import grpc
import grpc.aio
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import texttospeech_v1 as tts

from engine.speech.google.voice_text import Input

KEEP_S: Final = 4.0
"""Google ends a stream that gets no text for 5 s: ours ends before."""

RENEW_S: Final = 2.5
"""A hint finds a stream younger than this good enough; else a fresh one takes its place."""

LIFE_S: Final = 60.0
"""No stream of one piece of speech lasts longer: the limit that Google's client does not set by itself."""


_ENDED: Final = (asyncio.InvalidStateError, GoogleAPICallError, grpc.aio.AioRpcError)
"""What writing to a stream raises that the other side has ended. Why it ended, only reading tells."""


class Stream:
    """One remote call."""

    def __init__(self, call: grpc.aio.StreamStreamCall) -> None:
        self._call = call

    @classmethod
    async def open(cls, client: tts.TextToSpeechAsyncClient, config: tts.StreamingSynthesizeConfig) -> Stream:
        """Raises the client's own errors."""
        call = await client.streaming_synthesize(timeout=LIFE_S)
        stream = cls(call)
        try:
            with suppress(*_ENDED):
                await call.write(tts.StreamingSynthesizeRequest(streaming_config=config))
        except BaseException:
            call.cancel()
            raise
        return stream

    async def say(self, inputs: Sequence[Input]) -> AsyncGenerator[bytes, None]:
        """The sound of `inputs` as it comes, pieces of any size. Whoever stops listening ends the stream at once."""
        try:
            with suppress(*_ENDED):
                for each in inputs:
                    await self._call.write(tts.StreamingSynthesizeRequest(input=_input(each)))
                await self._call.done_writing()
            async for response in self._call:
                if response.audio_content:
                    yield response.audio_content
        finally:
            self.cancel()

    @property
    def over(self) -> bool:
        """Whether the other side has ended it already."""
        return bool(self._call.done())

    def cancel(self) -> None:
        """Nothing for a stream that is over."""
        self._call.cancel()


def _input(each: Input) -> tts.StreamingSynthesisInput:
    # A blank behind the last sign: the service may hold back what looks unfinished.
    if each.markup:
        return tts.StreamingSynthesisInput(markup=f"{each.text} ")
    return tts.StreamingSynthesisInput(text=f"{each.text} ")

"""Google's voices (Text-to-Speech): streamed where the voice can, else a piece at a time.

A stream serves one piece of speech (a clause in a call) and no more. Google's answers do not say which words a sound
belongs to, so with several clauses in one stream nobody could tell what was heard when the caller cuts in
(field-lessons R4). The price is requests: about two a sentence. Lines known beforehand come from the cache and cost
none; docs/google.md says what that means for the quota.

Opening a stream costs a way to Google and back. So the call gives a hint when a turn is about to be answered, and the
first clause finds a stream that is open already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Final

import google.auth.exceptions
import grpc
import grpc.aio
import samplerate
from google.api_core import exceptions
from google.cloud import texttospeech_v1 as tts
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcAsyncIOTransport

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.audio import RATE
from engine.speech.google.channel import GoogleAccess, open_channel
from engine.speech.google.intake import Intake
from engine.speech.google.problems import problem_of
from engine.speech.google.stream_rate import StreamRate, another_rate
from engine.speech.google.streaming import KEEP_S, RENEW_S, Stream
from engine.speech.google.voice_names import RATES, VoiceName, misplaced, read_voice
from engine.speech.google.voice_text import Input, inputs
from engine.speech.google.wav import WavDamaged, read_wav
from engine.speech.pcm import to_pcm, to_samples
from engine.speech.ports import SpeechError, TextToSpeech, VoiceChange

log = logging.getLogger(__name__)

WHOLE_WITHIN_S: Final = 5.0
"""For a piece that comes as a whole. Google's client would wait for ever."""

LIST_WITHIN_S: Final = 10.0
SILENT_AT_MOST_S: Final = 1.5
"""A voice that sends more silence than this before its first sound has failed."""

_ERRORS: Final = (
    exceptions.GoogleAPICallError,
    google.auth.exceptions.GoogleAuthError,
    grpc.aio.AioRpcError,
    TimeoutError,
)


class VoiceService:
    """The way to Google's voices, shared by all calls of a process. Made inside the loop that uses it."""

    def __init__(self, access: GoogleAccess, *, stream_rate: int = RATE) -> None:
        """`stream_rate`: one of `STREAM_RATES`, asked for and expected of streams. Raises `SpeechError` for a key or an
        endpoint that cannot be used; asks nobody yet."""
        self.stream_rate = stream_rate
        opened = open_channel(access, "texttospeech")
        self.access = GoogleAccess(opened.project, access.region, access.service_account, access.endpoint)
        self._channel = opened.channel
        self.client = tts.TextToSpeechAsyncClient(transport=TextToSpeechGrpcAsyncIOTransport(channel=opened.channel))
        self.refuse_streaming: set[str] = set()
        """Voices that Google has refused to stream, whatever their name promises."""

    async def close(self) -> None:
        """Ends all that is under way."""
        await self._channel.close()

    def problem(self, error: BaseException, voice: str) -> ProviderProblem:
        return problem_of(error, "texttospeech", self.access, voice)

    async def voices(self, language: str = "") -> list[str]:
        """Names of the voices that Google offers. Raises `SpeechError`."""
        try:
            answer = await self.client.list_voices(tts.ListVoicesRequest(language_code=language), timeout=LIST_WITHIN_S)
        except _ERRORS as error:
            raise _failed(self.problem(error, "")) from None
        return [voice.name for voice in answer.voices]


class GoogleVoice(TextToSpeech):
    """One voice at one rate. Cheap: each call has its own (`for_call`), with its own warm stream."""

    def __init__(
        self, service: VoiceService, name: str, *, rate: float = 1.0, language: str = "en-US", keep_s: float = KEEP_S
    ) -> None:
        """`name`: `en-US-Chirp3-HD-Kore`, or `Kore` alone, in `language` then. `rate`: 0.25 to 2. `keep_s`: how long a
        stream is held ready. Raises `SpeechError`."""
        read = read_voice(name, language)
        if isinstance(read, ProviderProblem):
            raise _failed(read)
        if not RATES[0] <= rate <= RATES[1]:
            raise _failed(
                ProviderProblem(
                    ProblemKind.REFUSED, f"A speaking rate of {rate:g} is not possible.", "Choose one from 0.25 to 2."
                )
            )
        self._service = service
        self._name: VoiceName = read
        self._rate = rate
        self._keep_s = keep_s
        self._warm: asyncio.Task[Stream] | None = None
        self._warmed_at = 0.0
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def voice(self) -> str:
        return f"google/{self._name.full}/{self._rate:g}"

    def for_call(self, told: Callable[[VoiceChange], None]) -> GoogleVoice:
        return GoogleVoice(self._service, self._name.full, rate=self._rate, keep_s=self._keep_s)

    def warm(self) -> None:
        """Open a stream ahead, unless one is there that will do."""
        if not self._streams:
            return
        now = asyncio.get_running_loop().time()
        if self._warm is not None and now - self._warmed_at < RENEW_S and not _spoilt(self._warm):
            return
        self._throw_away()
        self._warm, self._warmed_at = asyncio.create_task(Stream.open(self._service.client, self._config())), now
        self._expiry = asyncio.get_running_loop().call_later(self._keep_s, self._throw_away)

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        pieces = inputs(text, pauses=self._name.takes_pauses)
        if not pieces:
            return
        intake = Intake()
        if self._streams:
            try:
                async with aclosing(self._streamed(pieces, intake)) as sound:
                    async for pcm in sound:
                        yield pcm
            except _StreamingRefused:
                log.warning("Google does not stream the voice %s; it speaks a piece at a time", self._name.full)
                self._service.refuse_streaming.add(self._name.full)
            else:
                self._require_sound(intake)
                return
        async with aclosing(self._whole(pieces, intake)) as sound:
            async for pcm in sound:
                yield pcm
        self._require_sound(intake)

    async def check(self) -> ProviderProblem | None:
        """*Test connection*: is the voice there, and does it say a word? The problem if not."""
        if (problem := misplaced(self._name, self._service.access.region)) is not None:
            return problem
        try:
            if self._name.full not in await self._service.voices(self._name.language):
                return self._service.problem(exceptions.NotFound("voice not found"), self._name.full)
            async with asyncio.timeout(LIST_WITHIN_S):
                heard = sum([len(pcm) async for pcm in self.speak("Hello.")])
                if self._streams and another_rate(heard, await self._length_at_once("Hello.")):
                    return _other_rate(self._name.full)
        except SpeechError as error:
            return error.problem
        except TimeoutError as error:
            return self._service.problem(error, self._name.full)
        finally:
            self._throw_away()
        return None

    async def _length_at_once(self, text: str) -> int:
        """Bytes of `text` when it is asked for as a whole, whose header tells its rate."""
        intake = Intake()
        return sum([len(pcm) async for pcm in self._whole(inputs(text, pauses=self._name.takes_pauses), intake)])

    # --- streamed ---

    @property
    def _streams(self) -> bool:
        return self._name.streams and self._name.full not in self._service.refuse_streaming

    async def _streamed(self, pieces: Sequence[Input], intake: Intake) -> AsyncGenerator[bytes, None]:
        again, warm = True, False
        while True:
            rate = StreamRate(self._service.stream_rate)
            try:
                stream, warm = await self._open()
                async with aclosing(stream.say(pieces)) as sound:
                    async for data in sound:
                        pcm = intake.push(rate.push(data))
                        if pcm:
                            yield pcm
                        elif intake.silence > SILENT_AT_MOST_S * 2 * RATE:
                            raise _failed(_silent(self._name.full))
                    if rest := intake.push(rate.push(b"", last=True)):
                        yield rest
            except _ERRORS as error:
                # A warm stream may have gone stale; and of a stream that ends while we write, the client may lose why.
                if not intake.audible and again and (warm or _reason_lost(error)):
                    again = False
                    continue
                if not intake.audible and _refuses_streaming(error):
                    raise _StreamingRefused from None
                raise _failed(self._service.problem(error, self._name.full)) from None
            return

    async def _open(self) -> tuple[Stream, bool]:
        """A stream with its config sent, and whether it was opened ahead. Raises the client's own errors."""
        warm, self._warm = self._warm, None
        self._cancel_expiry()
        if warm is not None:
            if asyncio.get_running_loop().time() - self._warmed_at < self._keep_s:
                with suppress(*_ERRORS):
                    stream = await _without_waiting_for_ever(warm)
                    if not stream.over:
                        return stream, True
            else:
                _end(warm)
        return await Stream.open(self._service.client, self._config()), False

    def _throw_away(self) -> None:
        """Close the warm stream unused."""
        self._cancel_expiry()
        warm, self._warm = self._warm, None
        if warm is not None:
            _end(warm)

    def _cancel_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _config(self) -> tts.StreamingSynthesizeConfig:
        return tts.StreamingSynthesizeConfig(
            voice=self._selection(),
            streaming_audio_config=tts.StreamingAudioConfig(
                audio_encoding=tts.AudioEncoding.PCM,
                sample_rate_hertz=self._service.stream_rate,
                speaking_rate=self._rate,
            ),
        )

    # --- a piece at a time ---

    async def _whole(self, pieces: Sequence[Input], intake: Intake) -> AsyncGenerator[bytes, None]:
        for piece in pieces:
            request = tts.SynthesizeSpeechRequest(
                input=tts.SynthesisInput(markup=piece.text) if piece.markup else tts.SynthesisInput(text=piece.text),
                voice=self._selection(),
                audio_config=tts.AudioConfig(
                    audio_encoding=tts.AudioEncoding.LINEAR16, sample_rate_hertz=RATE, speaking_rate=self._rate
                ),
            )
            try:
                answer = await self._service.client.synthesize_speech(request, timeout=WHOLE_WITHIN_S)
                pcm = await _house_format(answer.audio_content)
            except _ERRORS as error:
                raise _failed(self._service.problem(error, self._name.full)) from None
            except WavDamaged:
                problem = ProviderProblem(
                    ProblemKind.UNREADABLE, "Google Text-to-Speech sent sound that cannot be read.", "Try again."
                )
                raise _failed(problem) from None
            if ready := intake.push(pcm):
                yield ready

    def _selection(self) -> tts.VoiceSelectionParams:
        return tts.VoiceSelectionParams(language_code=self._name.language, name=self._name.full)

    def _require_sound(self, intake: Intake) -> None:
        if not intake.audible:
            raise _failed(_silent(self._name.full))


class _StreamingRefused(Exception):
    """Google wants to be asked for the whole instead."""


async def _house_format(data: bytes) -> bytes:
    """What came, at 16 kHz whatever rate its header names."""
    wav = read_wav(data)
    if wav is None:
        return data
    if wav.rate == RATE:
        return wav.pcm
    return await asyncio.to_thread(
        lambda: to_pcm(samplerate.resample(to_samples(wav.pcm), RATE / wav.rate, "sinc_fastest"))
    )


async def _without_waiting_for_ever(warm: asyncio.Task[Stream]) -> Stream:
    """A stream that is being opened. If we are cancelled meanwhile, so is it."""
    try:
        return await warm
    except asyncio.CancelledError:
        _end(warm)
        raise


def _end(warm: asyncio.Task[Stream]) -> None:
    """Close a stream, or keep it from being opened."""
    warm.cancel()
    warm.add_done_callback(_close)


def _close(warm: asyncio.Task[Stream]) -> None:
    if not warm.cancelled() and warm.exception() is None:
        warm.result().cancel()


def _spoilt(warm: asyncio.Task[Stream]) -> bool:
    return warm.done() and (warm.cancelled() or warm.exception() is not None or warm.result().over)


def _refuses_streaming(error: BaseException) -> bool:
    if isinstance(error, exceptions.MethodNotImplemented):
        return True
    return isinstance(error, exceptions.InvalidArgument | exceptions.FailedPrecondition) and (
        "stream" in str(error.message).lower()
    )


def _reason_lost(error: BaseException) -> bool:
    return isinstance(error, exceptions.InternalServerError) and "from Core" in str(error.message)


def _silent(voice: str) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.UNREADABLE,
        f'Google\'s voice "{voice}" gave silence instead of words.',
        "Nothing has to be done if it happens once; else choose another voice.",
    )


def _other_rate(voice: str) -> ProviderProblem:
    return ProviderProblem(
        ProblemKind.UNREADABLE,
        f'Google streams the voice "{voice}" at another rate than asked for: it would speak slowly and low.',
        "Give the connection the field stream_rate=24000; Leadline converts the sound itself then.",
    )


def _failed(problem: ProviderProblem) -> SpeechError:
    return SpeechError(str(problem), problem)

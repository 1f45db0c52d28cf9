"""The local engines of one process, loaded and warmed once, in worker threads, before any port opens.

Asking again gives the same engines: their memory (about 450 MB for all) is spent once, whatever the number of calls.
"""

from __future__ import annotations

import asyncio
import threading
from functools import cache

from engine.speech.local.hibari import Hibari, HibariVoice, SimulatedCallerVoice
from engine.speech.local.minilm import SentenceEncoder
from engine.speech.local.moonshine import Moonshine
from engine.speech.local.silero import Silero
from engine.speech.local.smart_turn import SmartTurn
from engine.speech.ports import SpeechStack, TextToSpeech

_loading = threading.RLock()


async def load_local() -> SpeechStack:
    """Ear, mouth, voice activity and end of turn without account or internet. Raises `SpeechError` (`ModelMissing`)."""
    return await asyncio.to_thread(_local)


async def caller_voice() -> TextToSpeech:
    """The voice of a simulated caller, which differs from the agent's. Raises `ModelMissing`, `SpeechError`."""
    return SimulatedCallerVoice(await asyncio.to_thread(_hibari))


async def sentence_encoder() -> SentenceEncoder:
    """The sentence vectors that match questions to knowledge. Raises `ModelMissing`, `SpeechError`."""
    return await asyncio.to_thread(_encoder)


def _local() -> SpeechStack:
    with _loading:
        return SpeechStack(stt=_moonshine(), tts=HibariVoice(_hibari()), vad=_silero(), end_of_turn=_smart_turn())


def _hibari() -> Hibari:
    with _loading:
        return _load_hibari()


def _encoder() -> SentenceEncoder:
    with _loading:
        return _load_encoder()


@cache
def _load_hibari() -> Hibari:
    return Hibari()


@cache
def _load_encoder() -> SentenceEncoder:
    return SentenceEncoder()


@cache
def _moonshine() -> Moonshine:
    return Moonshine()


@cache
def _silero() -> Silero:
    return Silero()


@cache
def _smart_turn() -> SmartTurn:
    return SmartTurn()

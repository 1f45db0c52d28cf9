"""A sentence in a voice, to listen to before one chooses it. The chosen voice alone: if it fails, no other speaks for
it, or one would judge the wrong voice."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from typing import Final

from engine.call.engines import EngineSource
from engine.flow.model import Flow, ProviderChoice
from engine.flow.model import VoiceChoice as FlowVoice
from engine.providers.accounts import ConnectionInvalid, google_account
from engine.providers.choice import Defaults, choose
from engine.providers.pool import Opener, ReadConnection
from engine.sdk import ConnectionMissing
from engine.speech.ports import SpeechError, TextToSpeech

WITHIN_S: Final = 20.0
BREATHER_S: Final = 0.25
"""Between two pieces of a sample while calls are under way: they share the voice of this machine."""


class VoiceNotThere(Exception):
    """The voice cannot be heard. The message says why and what to do; `fix_elsewhere`: a connection is the reason."""

    def __init__(self, message: str, *, fix_elsewhere: bool = False) -> None:
        super().__init__(message)
        self.fix_elsewhere = fix_elsewhere


class Sampler:
    """`calls` under way make it slower, never the other way round."""

    def __init__(self, defaults: Defaults, source: EngineSource, read: ReadConnection, opener: Opener) -> None:
        self._defaults = defaults
        self._source = source
        self._read = read
        self._opener = opener

    async def speak(self, flow: Flow, wanted: FlowVoice, text: str, *, calls: int = 0) -> bytes:
        """The sound of `text` in the voice that a call of `flow` would have with the choice `wanted`: signed 16-bit
        mono PCM at 16 kHz. Raises `VoiceNotThere`."""
        asked = flow.model_copy(update={"providers": ProviderChoice(voice=wanted)})
        choice = choose(self._defaults, asked).voice
        async with AsyncExitStack() as exits:
            try:
                async with asyncio.timeout(WITHIN_S):
                    local = (await self._source.for_flow(_local(flow))).speech.tts
                    if choice.engine == "local":
                        return await _sound(local, text, BREATHER_S if calls else 0.0)
                    account = google_account((await self._read(choice.connection)).connection)
                    voice = await self._opener.voice(choice, account, local, exits)
                    return await _sound(voice.alone(), text, 0.0)
            except (ConnectionMissing, ConnectionInvalid) as problem:
                raise VoiceNotThere(str(problem), fix_elsewhere=True) from None
            except SpeechError as problem:
                raise VoiceNotThere(str(problem)) from None
            except TimeoutError:
                raise VoiceNotThere("The voice did not answer in time. Try again in a moment.") from None


def _local(flow: Flow) -> Flow:
    return flow.model_copy(update={"providers": ProviderChoice(voice=FlowVoice(use="local"))})


async def _sound(voice: TextToSpeech, text: str, breather_s: float) -> bytes:
    pieces = bytearray()
    async with aclosing(voice.speak(text)) as sound:  # type: ignore[type-var]  # every engine's is a generator
        async for pcm in sound:
            pieces += pcm
            if breather_s:
                await asyncio.sleep(breather_s)
    return bytes(pieces)

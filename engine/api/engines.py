"""The speech and dialogue engines of this process, loaded before it takes a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from engine.call.fixed_audio import FixedAudio
from engine.call.preparation import Engines
from engine.call.session import LINES
from engine.dialogue.offline import OfflineModel
from engine.settings import Settings
from engine.speech.stack import load_local, sentence_encoder

LoadEngines = Callable[[Settings], Awaitable[Engines]]


async def load_engines(settings: Settings) -> Engines:
    """Raises `SpeechError`: a missing model file says which, and how to get it."""
    speech = await load_local()
    model = OfflineModel(await sentence_encoder())
    fixed = FixedAudio(speech.tts)
    # The shell's own lines must sound even when the voice fails in the first call.
    await fixed.prepare(LINES.values())
    return Engines(speech, model, fixed, warm=model.prepare)

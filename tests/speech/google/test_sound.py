"""Synthetic callers all the way: our adapter, Google's client, gRPC, a real recogniser."""

from __future__ import annotations

import asyncio

import pytest

from engine.speech.audio import FRAME_BYTES, SILENCE
from engine.speech.google.channel import GoogleAccess
from engine.speech.google.ear import GoogleEar
from engine.speech.local.moonshine import Moonshine
from engine.speech.ports import Hints
from tests.emulators.google_speech import GoogleSpeechEmulator
from tests.emulators.google_speech.recogniser import Recogniser
from tests.support.sound import Clip, word_errors

pytestmark = pytest.mark.sound


async def test_the_words_are_those_that_the_recogniser_hears_without_google_between(
    moonshine: Moonshine, clips: list[Clip]
) -> None:
    chosen = [clip for clip in clips if clip.kind == "caller sentence"][:16:4]
    direct, through = [], []
    async with GoogleSpeechEmulator(Recogniser(moonshine)) as google:
        ear = GoogleEar(GoogleAccess("leadline-dev", endpoint=google.address))
        call = await ear.open(Hints())
        for clip in chosen:
            pcm = clip.pcm()
            pcm += bytes(-len(pcm) % FRAME_BYTES)
            direct.append(moonshine.hear_voice(clip.samples()))
            for at in range(0, len(pcm), FRAME_BYTES):
                call.push(pcm[at : at + FRAME_BYTES])
                if at % (25 * FRAME_BYTES) == 0:
                    await asyncio.sleep(0.05)  # ten times as fast as it was spoken
            for _ in range(70):
                call.push(SILENCE)
            await asyncio.sleep(0.5)
            through.append((await call.text()).text)
            call.next_turn()
        await call.close()
        await ear.close()
    print(list(zip(direct, through, strict=True)))
    assert word_errors(list(zip(direct, through, strict=True))) < 0.05

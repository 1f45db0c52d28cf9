"""The real engines, loaded once for all tests of this room, and the recordings to try them on."""

import asyncio
import os
from pathlib import Path

import pytest

from engine.speech import models, stack
from engine.speech.local.hibari import Hibari
from engine.speech.local.minilm import SentenceEncoder
from engine.speech.local.moonshine import Moonshine
from engine.speech.local.smart_turn import SmartTurn
from engine.speech.ports import SpeechStack
from tests.support.sound import Clip, read_clips, shared_audio


@pytest.fixture(scope="session")
def models_here() -> None:
    problems = models.check()
    if problems and os.environ.get("CI"):
        pytest.fail("\n".join(problem.message for problem in problems))
    if problems:
        pytest.skip("\n".join(problem.message for problem in problems))


@pytest.fixture(scope="session")
def engines(models_here: None) -> SpeechStack:
    return asyncio.run(stack.load_local())


@pytest.fixture(scope="session")
def moonshine(engines: SpeechStack) -> Moonshine:
    assert isinstance(engines.stt, Moonshine)
    return engines.stt


@pytest.fixture(scope="session")
def smart_turn(engines: SpeechStack) -> SmartTurn:
    assert isinstance(engines.end_of_turn, SmartTurn)
    return engines.end_of_turn


@pytest.fixture(scope="session")
def hibari(models_here: None) -> Hibari:
    return stack._hibari()


@pytest.fixture(scope="session")
def encoder(models_here: None) -> SentenceEncoder:
    return asyncio.run(stack.sentence_encoder())


@pytest.fixture(scope="session")
def audio_folder() -> Path:
    folder = shared_audio()
    if folder is None:
        pytest.skip("no recordings: set LEADLINE_SHARED to the shared folder, or put it beside the repository")
    return folder


@pytest.fixture(scope="session")
def clips(audio_folder: Path) -> list[Clip]:
    return read_clips(audio_folder)

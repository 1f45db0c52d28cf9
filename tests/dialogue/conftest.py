"""The sentence encoder, loaded once."""

import asyncio
import os

import pytest

from engine.dialogue.knowledge import Encoder
from engine.speech import models, stack


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    problems = "\n".join(problem.message for problem in models.check())
    if problems and os.environ.get("CI"):
        pytest.fail(problems)
    if problems:
        pytest.skip(problems)
    return asyncio.run(stack.sentence_encoder())

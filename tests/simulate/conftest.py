"""The sentence encoder, loaded once."""

import asyncio
import os

import pytest

from engine.dialogue.offline import OfflineModel
from engine.speech import models, stack


@pytest.fixture(scope="session")
def sure_model() -> OfflineModel:
    """The offline model with sentence vectors."""
    problems = "\n".join(problem.message for problem in models.check())
    if problems and os.environ.get("CI"):
        pytest.fail(problems)
    if problems:
        pytest.skip(problems)
    return OfflineModel(asyncio.run(stack.sentence_encoder()))

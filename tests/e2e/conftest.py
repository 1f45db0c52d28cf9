"""Whole calls in sound need the models; where they are missing the reason is said."""

from collections.abc import Iterator

import pytest

from engine.speech import models


@pytest.fixture(autouse=True)
def speech_models() -> Iterator[None]:
    problems = models.check()
    if problems:
        pytest.skip(f"speech models are missing: {problems[0]}")
    yield

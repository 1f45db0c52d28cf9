"""How a request to a hosted model failed, with what the ladder needs to know about it."""

from __future__ import annotations

from engine.dialogue.model import ModelError
from engine.provider_problem import ProviderProblem


class MindFailed(ModelError):
    """`problem` is always there. `retry_after_s`: what the provider said about when to come back, None if nothing."""

    problem: ProviderProblem

    def __init__(self, model: str, problem: ProviderProblem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{model}: {problem.sentence}", problem)
        self.retry_after_s = retry_after_s

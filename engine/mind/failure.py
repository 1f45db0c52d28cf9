"""How a request to a hosted model failed, with what the ladder needs to know about it."""

from __future__ import annotations

from engine.dialogue.model import ModelError
from engine.provider_problem import ProviderProblem


class MindFailed(ModelError):
    """`problem` is always there. `retry_after_s`: what the provider said about when to come back, None if nothing.
    `names_thinking`: the request was refused for what it says about thinking."""

    problem: ProviderProblem

    def __init__(
        self, model: str, problem: ProviderProblem, retry_after_s: float | None = None, *, names_thinking: bool = False
    ) -> None:
        super().__init__(f"{model}: {problem.sentence}", problem)
        self.retry_after_s = retry_after_s
        self.names_thinking = names_thinking

"""A connection that was not entered as a calendar service needs it."""

from __future__ import annotations

from collections.abc import Sequence


class ConnectionUnusable(ValueError):
    """`problems`: what is wrong, a sentence each, without any secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)

"""What must not leave the agent's mouth, whoever wrote the sentence. Fixed lines are the author's own and pass.

A tripped guard replaces the sentence by a safe one, because silence is worse; a second question is left out, for the
first one stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HUMAN = re.compile(
    r"\b(i'?m|i am|this is)\s+"
    r"(not\s+(an?\s+)?(ai|a\.i\.|robot|bot|computer|machine)|(a\s+)?(real\s+)?(human|person))\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"\b(i|we)( can| do|'ll| will)? (guarantee|promise)\b", re.IGNORECASE)
_INSTRUCTIONS = re.compile(
    r"system prompt|my instructions (are|say)|i was (told|instructed|programmed) to", re.IGNORECASE
)
_MONEY = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(?:dollars|bucks)", re.IGNORECASE)


SECOND_QUESTION = "asks a second question in one turn"


def amounts_in(text: str) -> list[float]:
    """The amounts of dollars that are written in `text`, in order."""
    return [float((first or second).replace(",", "")) for first, second in _MONEY.findall(text)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule`: the guard that tripped, empty if the sentence may be spoken."""

    rule: str = ""

    @property
    def ok(self) -> bool:
        return not self.rule


class Guard:
    """Guards one turn of the agent, sentence by sentence."""

    def __init__(self, money_allowed: Sequence[float] = (), never_say: Sequence[str] = ()) -> None:
        self._money = set(money_allowed)
        self._never = [re.compile(pattern, re.IGNORECASE) for pattern in never_say]
        self._questions = 0

    def check(self, sentence: str) -> Verdict:
        """Whether the sentence may be spoken now. Counts its question."""
        if _HUMAN.search(sentence):
            return Verdict("claims to be human")
        if _PROMISE.search(sentence):
            return Verdict("promises or guarantees")
        if _INSTRUCTIONS.search(sentence):
            return Verdict("reveals instructions")
        for amount in amounts_in(sentence):
            if amount not in self._money:
                return Verdict(f"speaks an amount that the knowledge does not hold ({amount:g})")
        if any(pattern.search(sentence) for pattern in self._never):
            return Verdict("says something that the flow forbids")
        asks = sentence.count("?")
        if self._questions and asks:
            return Verdict(SECOND_QUESTION)
        self._questions += asks
        return Verdict()

"""What must not leave the agent's mouth, whoever wrote the sentence. Fixed lines are the author's own and pass.

`Guard` holds for every sentence of a turn, also the author's. `SpeechGuard` holds for what a hosted model wrote, which
may be wrong or hostile: it names no price, time, number or address that it was not given, books nothing, asks one
thing, and keeps it short. A tripped guard replaces the sentence by a safe one, because silence is worse; a second
question is left out, for the first one stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.dialogue import claims
from engine.dialogue.figures import amounts_in, amounts_named, invented_deal, long_numbers, ways_to_reach
from engine.dialogue.meaning import repeats
from engine.dialogue.recognisers.words import plain
from engine.dialogue.times_named import times_named, unnamed

_HUMAN = re.compile(
    r"\b(i'?m|i am|this is)\s+"
    r"(not\s+(an?\s+)?(ai|a\.i\.|robot|bot|computer|machine)|(a\s+)?(real\s+)?(human|person))\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"\b(i|we)( can| do|'ll| will)? (guarantee|promise)\b", re.IGNORECASE)
_INSTRUCTIONS = re.compile(
    r"system prompt|my instructions (are|say)|i was (told|instructed|programmed) to", re.IGNORECASE
)
_MARKUP = re.compile(r"[{}\[\]<>|\\^~=_@#/`]|\w\(|^\s*[-+•]\s|\b\w+:\s?[\"']|::|\"\s*[:,]")
_OPENS_A_QUESTION = re.compile(
    r"(?:^|,|;|:|\band\b|\balso\b|\bthen\b|\bplus\b)\s*(?:and\s+|also\s+|then\s+|so\s+|plus\s+)*"
    r"(?:what|when|where|which|who|whose|how|why|do you|are you|is (?:it|this|that|there|the|your)|can you|could you"
    r"|would you|will you|have you|did you|does (?:it|the|your)|may i|can i|what's|who's|where's|tell me)\b",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*+|^\s*(?:#+|[-•])\s+")

SECOND_QUESTION: Final = "asks a second question in one turn"
TOO_LONG: Final = "says more than was due"

MOST_STATEMENTS: Final = 2
MOST_WORDS: Final = 45
_BARE_WORDS: Final = 3
"""A sentence of so few words ("Got it.") takes no breath of its own."""


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


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a hosted model may say in this turn besides words of its own.

    `told`: the texts of the brief; only their prices, deals and promises may be spoken. `known`: all texts whose days,
    times, numbers and addresses may be repeated (the brief, the knowledge, offers, the appointment, the caller's own
    words). `last_said`: the agent's turn before. `booked`: an appointment stands. `asks`: a question is due.
    `answers`: so many knowledge entries are told, each in a sentence of its own.
    """

    told: str
    known: str
    last_said: str = ""
    booked: bool = False
    asks: bool = True
    answers: int = 0


class SpeechGuard:
    """Guards one turn that a hosted model wrote. Sentences without a word never get here."""

    def __init__(self, allowed: Allowed, money: Sequence[float], never_say: Sequence[str] = ()) -> None:
        self._allowed = allowed
        self._money = set(money)
        self._own = Guard(money, never_say)
        self._told, self._known = plain(allowed.told), plain(allowed.known)
        self._times = times_named(allowed.known, loosely=True)
        self._numbers = " ".join(long_numbers(allowed.known))
        self._asked = not allowed.asks
        self._statements = 0

    def check(self, sentence: str) -> Verdict:
        """Whether the sentence may be spoken now. Counts it if so."""
        rule = self._writing(sentence) or self._claim(sentence) or self._figure(sentence) or self._measure(sentence)
        if rule:
            return Verdict(rule)
        verdict = self._own.check(sentence)
        if verdict.ok:
            self._asked = self._asked or "?" in sentence
            self._statements += "?" not in sentence and len(sentence.split()) > _BARE_WORDS
        return verdict

    def _writing(self, sentence: str) -> str:
        if _MARKUP.search(sentence):
            return "holds signs that are no speech"
        for char in sentence:
            if char.isalpha() and char not in self._known and not unicodedata.name(char, "").startswith("LATIN"):
                return "is written in another script"
            if unicodedata.category(char) in ("So", "Cn", "Co", "Cc", "Sk"):
                return "holds signs that are no speech"
        return ""

    def _claim(self, sentence: str) -> str:
        if claims.HUMAN.search(sentence):
            return "claims to be human"
        if claims.INSTRUCTIONS.search(sentence):
            return "reveals instructions"
        if self._new(claims.PROMISE.search(sentence)):
            return "promises or guarantees"
        commitment = claims.COMMITMENT.search(sentence)
        if commitment is not None and plain(commitment["does"]) not in self._told:
            return "says what will be done though nothing says so"
        if not self._allowed.booked and self._new(claims.BOOKED.search(sentence)):
            return "speaks of a booking that is not made"
        if self._new(claims.PRIVATE.search(sentence), self._known):
            return "asks for what the flow does not want to know"
        return ""

    def _figure(self, sentence: str) -> str:
        for amount in amounts_named(sentence):
            if amount not in self._money:
                return f"speaks an amount that the knowledge does not hold ({amount:g})"
        deal = invented_deal(sentence, self._allowed.told)
        if deal:
            return f"offers what the knowledge does not hold ({deal})"
        for time in sorted(unnamed(times_named(sentence), self._times)):
            return f"names a time that nobody offered ({time})"
        for number in sorted(long_numbers(sentence)):
            if number not in self._numbers:
                return f"names a number that is not known ({number})"
        for way in sorted(ways_to_reach(sentence)):
            if way not in self._known:
                return "names an address that is not known"
        return ""

    def _measure(self, sentence: str) -> str:
        if len(sentence.split()) > MOST_WORDS:
            return TOO_LONG
        if "?" in sentence:
            if self._asked or sentence.count("?") > 1 or len(_OPENS_A_QUESTION.findall(sentence)) > 1:
                return SECOND_QUESTION
        elif len(sentence.split()) > _BARE_WORDS and self._statements >= MOST_STATEMENTS + self._allowed.answers:
            return TOO_LONG
        if len(sentence.split()) > _BARE_WORDS and repeats(sentence, self._allowed.last_said):
            return "repeats what was just said"
        return ""

    def _new(self, match: re.Match[str] | None, known: str = "") -> bool:
        return match is not None and plain(match.group()) not in (known or self._told)


def speakable(sentence: str) -> str:
    """`sentence` without the emphasis marks that models like; empty if no word is left."""
    plainly = " ".join(_EMPHASIS.sub("", sentence).split())
    return plainly if any(char.isalnum() for char in plainly) else ""

"""A caller who follows a scenario: after each turn of the agent it picks what to say, by what the agent asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.simulate.scenario import CallerLine, Scenario, Suite

MAX_FALLBACKS = 3

OWN_NAMES: Mapping[str, str] = {
    "offer_times": "offers_times",
    "confirm_booking": "asks_confirm",
    "confirm_callback": "asks_confirm",
    "callback_time": "callback_time",
}
"""What the engine calls its questions, and what scenarios call them."""


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """What the agent said in one turn, and what it asked for by its own trace (empty if the trace does not say)."""

    text: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class CallerMove:
    """What the caller does: says a line, stays silent (`quiet`), or hangs up."""

    line: CallerLine | None = None
    quiet: bool = False
    hangs_up: bool = False


@dataclass
class ScriptedCaller:
    suite: Suite
    scenario: Scenario
    _used: set[int] = field(default_factory=set)
    _fallbacks: int = 0

    def pickup(self) -> CallerLine | None:
        """What is said when picking up, None for silence."""
        for index, line in enumerate(self.scenario.turns):
            if "pickup" in line.when and index not in self._used:
                self._used.add(index)
                return line
        return None

    def cuts_in(self, said: str, asked: str) -> CallerLine | None:
        """The line that is to be said while the agent speaks `said`. Each is given once."""
        for index, line in enumerate(self.scenario.turns):
            if index in self._used or "speaking" not in line.when:
                continue
            if line.on is None or self._fits(line.on, AgentTurn(said, asked)):
                self._used.add(index)
                return line
        return None

    def while_waiting(self) -> CallerLine | None:
        """What the caller says while the agent waits for a colleague's phone, if anything."""
        for index, line in enumerate(self.scenario.turns):
            if index not in self._used and "waiting" in line.when:
                self._used.add(index)
                return line
        return None

    def answers(self, turn: AgentTurn) -> CallerMove:
        """The caller's move after a whole turn of the agent."""
        for index, line in enumerate(self.scenario.turns):
            if index in self._used:
                continue
            if "quiet" in line.when:
                self._used.add(index)
                return CallerMove(quiet=True)
            if any(self._fits(when, turn) for when in line.when):
                self._used.add(index)
                return CallerMove(line)
        for asked, words in self.scenario.answers.items():
            if self._asks(asked, turn):
                return CallerMove(CallerLine(when=(f"asks:{asked}",), say=words))
        self._fallbacks += 1
        if self._fallbacks > MAX_FALLBACKS:
            return CallerMove(hangs_up=True)
        return CallerMove(CallerLine(when=("done",), say=self.scenario.fallback))

    def _fits(self, when: str, turn: AgentTurn) -> bool:
        if when == "done":
            return True
        if when.startswith("asks:"):
            return self._asks(when.removeprefix("asks:"), turn)
        if when in ("offers_times", "asks_confirm"):
            return self._asks(when, turn)
        return False

    def _asks(self, what: str, turn: AgentTurn) -> bool:
        if turn.asked and turn.asked != "stage":
            return OWN_NAMES.get(turn.asked, turn.asked) == what
        pattern = self.suite.cues.get(what)
        return pattern is not None and self.search(pattern, turn.text)

    def search(self, pattern: str, text: str) -> bool:
        named = pattern.replace("{first_name}", re.escape(self.scenario.lead.first_name))
        return re.search(named, text, re.IGNORECASE) is not None

"""Which reflex answers a behaviour: by weight of the matter, within its limit and cool-down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.dialogue.commands import Behaved
from engine.flow.model import Flow, Reflex, ReflexAction
from engine.sdk import Json

PRIORITY: tuple[str, ...] = (
    "emergency",
    "opt_out_clear",
    "call_screening",
    "voicemail_greeting",
    "child",
    "wrong_number",
    "no_recording",
    "are_you_robot",
    "wants_person",
    "abuse",
    "injection",
    "other_language",
    "bad_time",
    "third_party",
    "how_got_number",
    "opt_out_maybe",
    "reschedule",
    "upset",
    "price_push",
    "hold_on",
    "repeat_please",
    "thinking",
    "goodbye",
)
"""Triggers that the engine recognises, the weightiest first. A flow's own reflexes (`custom`) come after them."""

CUSTOM = "custom:"
"""Trigger of a reflex that goes by its examples alone: this prefix and the reflex's id."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A reflex that answers now. `words`: what set it off."""

    reflex: Reflex
    action: ReflexAction
    words: str


class ReflexDock:
    """The reflexes of one call, with what they have already done."""

    def __init__(self, flow: Flow) -> None:
        self._by_trigger: dict[str, Reflex] = {}
        for reflex in flow.reflexes:
            trigger = f"{CUSTOM}{reflex.id}" if reflex.trigger == "custom" else reflex.trigger
            self._by_trigger.setdefault(trigger, reflex)
        self._count: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def memory(self) -> dict[str, Json]:
        """How often each has answered and when last, to go on from after a restart."""
        return {id: [count, self._last[id]] for id, count in self._count.items()}

    def recall(self, memory: Mapping[str, Json]) -> None:
        self._count, self._last = {}, {}
        for id, known in memory.items():
            match known:
                case [int(count), int() | float() as last]:
                    self._count[id], self._last[id] = count, float(last)

    def fire(self, behaviours: Sequence[Behaved], now: float) -> Fired | None:
        """The reflex for what the caller did, or None. Past its limit, its second action is taken if it has one; in
        its cool-down it stays quiet."""
        ranked = sorted(behaviours, key=lambda each: (_rank(each.trigger), -each.confidence))
        for behaviour in ranked:
            reflex = self._by_trigger.get(behaviour.trigger)
            if reflex is None:
                continue
            count, last = self._count.get(reflex.id, 0), self._last.get(reflex.id)
            if last is not None and now - last < reflex.cool_down_s:
                continue
            action = reflex.do
            if reflex.limit and count >= reflex.limit:
                if reflex.past_limit is None:
                    continue
                action = reflex.past_limit
            self._count[reflex.id] = count + 1
            self._last[reflex.id] = now
            return Fired(reflex, action, behaviour.words)
        return None

    def target_of(self, trigger: str) -> str | None:
        """The card that the reflex with this trigger goes to, if it goes to one."""
        reflex = self._by_trigger.get(trigger)
        return reflex.do.go if reflex is not None and reflex.do.then == "go" else None


def _rank(trigger: str) -> int:
    return PRIORITY.index(trigger) if trigger in PRIORITY else len(PRIORITY)

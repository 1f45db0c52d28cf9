"""What the validator says about a flow: one issue a defect, with a stable code, an address, a sentence and a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
Place = Literal["flow", "node", "edge", "slot", "knowledge", "criterion", "reflex", "list", "text", "seller", "limits"]

LEVELS: Mapping[str, Level] = {
    # how cards hang together
    "duplicate_id": "error",
    "no_start": "error",
    "broken_edge": "error",
    "unknown_exit": "error",
    "dead_end": "error",
    "exit_unwired": "error",
    "failure_unwired": "error",
    "no_otherwise": "error",
    "second_otherwise": "error",
    "edge_after_end": "error",
    "edge_without_rule": "error",
    "edge_without_intent": "error",
    "intent_unheard": "error",
    "rule_ignored": "warning",
    "unreachable": "warning",
    "quiet_loop": "error",
    "never_ends": "error",
    # the lane behind the call
    "broken_after_call": "error",
    "lanes_mixed": "error",
    "after_call_cycle": "error",
    # cards and their settings
    "unknown_type": "error",
    "card_too_new": "error",
    "settings_invalid": "error",
    "unknown_placeholder": "error",
    # references and rules
    "unknown_slot": "error",
    "unknown_choice": "error",
    "unknown_list": "error",
    "unknown_criterion": "error",
    "unknown_knowledge": "error",
    "unknown_card": "error",
    "rule_unclear": "error",
    "wrong_test": "error",
    "circular_criterion": "error",
    # things to find out
    "slot_never_asked": "error",
    "no_wording": "error",
    "no_choices": "error",
    "duplicate_choice": "error",
    "same_synonym": "warning",
    "bad_pattern": "error",
    "impossible_check": "error",
    # how the call goes
    "question_before_disclosure": "error",
    "needed_slot_missing": "error",
    "reflex_missing": "error",
    "reflex_weakened": "error",
    "broken_reflex": "error",
    "reflex_without_examples": "error",
    "no_counterexamples": "warning",
    "amount_not_allowed": "error",
    # the business
    "bad_zone": "error",
    "bad_phone": "error",
    "bad_limit": "error",
    "secret_in_flow": "error",
    # the services that the flow chooses
    "unknown_provider": "error",
    "ear_model_unsuitable": "error",
    "ear_model_elsewhere": "warning",
    "voice_elsewhere": "warning",
    "voice_language": "warning",
}
"""Every code with its level. Codes are permanent: builder, API, reports and integrators' tests go by them."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an issue is: a part of the flow by permanent id, and the path of the field inside it ('settings.text')."""

    place: Place
    id: str = ""
    field: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.place, self.id, self.field) if part)


@dataclass(frozen=True, slots=True)
class Issue:
    """One defect. `sentence` says what is wrong in plain words, `fix` what to do about it."""

    code: str
    level: Level
    address: Address
    sentence: str
    fix: str


def issue(code: str, address: Address, sentence: str, fix: str) -> Issue:
    """An issue at the level that its code has. Raises KeyError for a code that is not in `LEVELS`."""
    return Issue(code, LEVELS[code], address, sentence, fix)


def errors(issues: Iterable[Issue]) -> list[Issue]:
    """The issues that forbid publishing."""
    return [each for each in issues if each.level == "error"]

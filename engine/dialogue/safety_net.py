"""What no model may overlook: wishes that the law knows. The patterns notice them, whatever the model made of them."""

from __future__ import annotations

from typing import Final

from engine.dialogue.commands import Behaved
from engine.dialogue.recognisers import reflexes
from engine.dialogue.recognisers.reflex import Reflex

NEVER_OVERLOOKED: Final = frozenset({Reflex.OPT_OUT_CLEAR, Reflex.NO_RECORDING, Reflex.ARE_YOU_ROBOT})


def never_overlooked(words: str) -> tuple[Behaved, ...]:
    """The behaviours of the caller that must be acted on, by pattern."""
    found = reflexes.detect(words)
    return tuple(
        Behaved(each.value.value, each.words, each.confidence) for each in found if each.value in NEVER_OVERLOOKED
    )

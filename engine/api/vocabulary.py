"""What the engine itself brings to every flow: its own wording, and the behaviours that it notices. The builder shows
both, so that nobody has to know names."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from engine.api.auth import NEEDS_VIEWER
from engine.dialogue.phrases import DEFAULTS
from engine.dialogue.recognisers.reflex_banks import BANKS
from engine.dialogue.reflexes import PRIORITY
from engine.dialogue.template import PLACEHOLDER
from engine.flow.checks.dialogue import REQUIRED

router = APIRouter(prefix="/vocabulary", tags=["vocabulary"], dependencies=[NEEDS_VIEWER])


class WordingOut(BaseModel):
    """A text that the engine says by itself. `standard`: what it says if the flow has no own wording under `texts`;
    several are used in turn. `fills`: placeholders that the standard uses."""

    name: str
    standard: list[str]
    fills: list[str]


class BehaviourOut(BaseModel):
    """Something that callers do, as a reflex names it under `trigger`. `examples` are noticed, `not_examples` sound
    like it and are not. `required`: a flow without a reflex for it cannot be published."""

    trigger: str
    examples: list[str]
    not_examples: list[str]
    required: bool


class VocabularyOut(BaseModel):
    """`behaviours`: the weightiest first; if several show in one sentence, the first one answers."""

    wordings: list[WordingOut]
    behaviours: list[BehaviourOut]


@router.get("")
async def vocabulary() -> VocabularyOut:
    """Names, standard wordings and examples; the same for every flow."""
    by_trigger = {bank.kind.value: bank for bank in BANKS}
    return VocabularyOut(
        wordings=[
            WordingOut(
                name=name,
                standard=list(texts),
                fills=sorted({found[1] for text in texts for found in PLACEHOLDER.finditer(text)}),
            )
            for name, texts in DEFAULTS.items()
        ],
        behaviours=[
            BehaviourOut(
                trigger=trigger,
                examples=list(bank.matches) if (bank := by_trigger.get(trigger)) else [],
                not_examples=list(bank.look_alikes) if bank else [],
                required=trigger in REQUIRED,
            )
            for trigger in PRIORITY
        ],
    )

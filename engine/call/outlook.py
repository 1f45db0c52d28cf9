"""What a dialogue model is shown of the call, what it may repeat of it, and what it has cost."""

from __future__ import annotations

from engine.call.agenda import agenda
from engine.call.scene import Scene
from engine.call.spoken_facts import repeatable, talk_so_far
from engine.call.thinking import FRUITFUL
from engine.call.walker import Walker
from engine.dialogue.brief import Ask
from engine.dialogue.model import Spent, TurnView


class Outlook:
    """One call's, on its scene and its graph."""

    def __init__(self, scene: Scene, walker: Walker) -> None:
        self._scene, self._walker = scene, walker

    def view(self, ask: Ask | None, last_said: str) -> TurnView:
        """`ask`: what the talk is about; `last_said`: the agent's last turn."""
        scene, walker = self._scene, self._walker
        return TurnView(
            flow=scene.flow,
            book=scene.book,
            lead=scene.lead,
            now=scene.moment(),
            ask=ask,
            open_edges=walker.intentions(),
            last_said=last_said,
            card=walker.at,
            agenda=agenda(scene.flow, walker.cards, walker.at, scene.book, scene.facts(), ask, scene.fill),
            history=talk_so_far(scene.outcome.transcript),
            on_spent=lambda spent: self.account(spent, spent.outcome not in FRUITFUL, scene.turn),
            on_note=lambda note: scene.note("model_note", note=note, turn=scene.turn),
        )

    def repeatable(self, open_ask: Ask | None) -> str:
        """All texts whose times and numbers a hosted model may speak."""
        scene = self._scene
        return " ".join(repeatable(scene.flow, scene.lead, scene.outcome, open_ask, scene.moment()))

    def account(self, spent: Spent, wasted: bool, turn: int) -> None:
        self._scene.note(
            "model_spent", model=spent.model, purpose=spent.purpose, prompt_tokens=spent.prompt_tokens,
            cached_tokens=spent.cached_tokens, output_tokens=spent.output_tokens, first_ms=spent.first_ms,
            total_ms=spent.total_ms, outcome=spent.outcome, wasted=wasted, turn=turn,
        )  # fmt: skip

"""What tests of hosted dialogue models need: a view of a turn, and an ear for what a model yields."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.dialogue.brief import Ask
from engine.dialogue.commands import Command
from engine.dialogue.model import DialogueModel, Offer, Spent, TurnView
from engine.dialogue.slots import SlotBook
from engine.flow import shipped
from engine.mind.failure import MindFailed
from engine.provider_problem import ProblemKind
from engine.sdk import Lead

NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
FLOW = shipped.load("home_services").flow
ZIP = Ask("What's the ZIP?", "zip", "zip", "digits")
SOON = Ask("How soon do you need it?", "timeline", "timeline")


@dataclass
class Told:
    """What a model told besides its answer."""

    spent: list[Spent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def view(self, **more: object) -> TurnView:
        """Dana is asked for her ZIP; after it comes how soon."""
        facts: dict[str, object] = {
            "flow": FLOW,
            "book": SlotBook(FLOW.slots),
            "lead": Lead("lead_1", "Dana", "Reyes", "+14155550123", source="website"),
            "now": NOW,
            "ask": ZIP,
            "agenda": (ZIP, SOON),
            "on_spent": self.spent.append,
            "on_note": self.notes.append,
        }
        return TurnView(**{**facts, **more})  # type: ignore[arg-type]


@dataclass
class Heard:
    """What a model yielded, and how it failed, if it did."""

    commands: list[Command] = field(default_factory=list)
    offer: Offer | None = None
    speech: str = ""
    failed: Exception | None = None

    @property
    def kind(self) -> ProblemKind | None:
        return self.failed.problem.kind if isinstance(self.failed, MindFailed) else None


async def hear(items: AsyncIterator[Command | Offer | str]) -> Heard:
    heard = Heard()
    try:
        async for item in items:
            if isinstance(item, str):
                heard.speech += item
            elif isinstance(item, Offer):
                heard.offer = item
            else:
                heard.commands.append(item)
    except Exception as error:
        heard.failed = error
    return heard


async def turn(model: DialogueModel, words: str = "It's 94110.", told: Told | None = None) -> Heard:
    return await hear(model.turn((told or Told()).view(), words))

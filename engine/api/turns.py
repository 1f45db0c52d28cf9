"""A call's turns with their reasons, put together from its journal. Pure.

A turn begins with what the caller said (turn 0: what the agent did before) and holds all that came of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from engine.sdk import Json
from engine.store.journal import Entry


class TurnOut(BaseModel):
    """`commands`: what the words were taken for, each with the words that say so. `moves`: cards entered and why.
    `considered`: edges looked at, with their verdicts. `guarded`: sentences that were kept back, and by which rule.
    `actions`: what was done in the world. `asked`: what the agent then asked for, a slot or a question of the card.
    `latency_ms`: parts of the answer's delay, and their total. `agent`: what was to be said (what was heard stands in
    the transcript)."""

    turn: int
    at_ms: int
    caller: str = ""
    agent: list[str] = Field(default_factory=list)
    commands: list[dict[str, Json]] = Field(default_factory=list)
    refused: list[str] = Field(default_factory=list)
    slots: list[dict[str, Json]] = Field(default_factory=list)
    considered: list[dict[str, Json]] = Field(default_factory=list)
    moves: list[dict[str, Json]] = Field(default_factory=list)
    reflexes: list[dict[str, Json]] = Field(default_factory=list)
    guarded: list[dict[str, Json]] = Field(default_factory=list)
    actions: list[dict[str, Json]] = Field(default_factory=list)
    asked: str = ""
    latency_ms: dict[str, float] = Field(default_factory=dict)


def turns_of(journal: Iterable[Entry]) -> list[TurnOut]:
    turns = [TurnOut(turn=0, at_ms=0)]
    for entry in journal:
        if entry.kind == "caller_said":
            number = entry.facts.get("turn")
            turns.append(TurnOut(turn=number if isinstance(number, int) else len(turns), at_ms=entry.at_ms))
        gather(turns[-1], entry)
    return turns


def gather(turn: TurnOut, entry: Entry) -> None:
    """Add to a turn what the entry tells of it."""
    facts = dict(entry.facts)
    match entry.kind:
        case "caller_said":
            turn.caller = " ".join(part for part in (turn.caller, str(facts.get("text", ""))) if part)
        case "agent_says":
            turn.agent.append(str(facts.get("text", "")))
        case "understood":
            turn.commands += _documents(facts.get("commands"))
            turn.refused += _texts(facts.get("refused"))
        case "slot":
            turn.slots.append(facts)
        case "edges":
            turn.considered.append(facts)
        case "moved":
            turn.moves.append(facts)
        case "reflex":
            turn.reflexes.append(facts)
        case "guarded":
            turn.guarded.append(facts)
        case "acted":
            turn.actions.append(facts)
        case "listening" | "waiting":
            turn.asked = str(facts.get("asked", ""))
        case "latency":
            turn.latency_ms = {
                name: float(value) for name, value in facts.items() if name != "turn" and isinstance(value, int | float)
            }


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _documents(value: Json) -> list[dict[str, Json]]:
    """Journals of earlier versions hold something else here: it is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

"""A call's turns with their reasons, put together from its journal. Pure.

A turn begins with what the caller said (turn 0: what the agent did before) and holds all that came of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from engine.sdk import Json
from engine.store.journal import Entry


class TurnOut(BaseModel):
    """`moves`: cards entered and why. `considered`: edges looked at, with their verdicts. `latency_ms`: parts of
    the answer's delay, and their total. `agent`: what was to be said (what was heard stands in the transcript)."""

    turn: int
    at_ms: int
    caller: str = ""
    agent: list[str] = Field(default_factory=list)
    commands: list[str] = Field(default_factory=list)
    refused: list[str] = Field(default_factory=list)
    slots: list[dict[str, Json]] = Field(default_factory=list)
    considered: list[dict[str, Json]] = Field(default_factory=list)
    moves: list[dict[str, Json]] = Field(default_factory=list)
    reflexes: list[dict[str, Json]] = Field(default_factory=list)
    latency_ms: dict[str, float] = Field(default_factory=dict)


def turns_of(journal: Iterable[Entry]) -> list[TurnOut]:
    turns = [TurnOut(turn=0, at_ms=0)]
    for entry in journal:
        facts = dict(entry.facts)
        turn = turns[-1]
        match entry.kind:
            case "caller_said":
                number = facts.get("turn")
                turns.append(
                    TurnOut(
                        turn=number if isinstance(number, int) else len(turns),
                        at_ms=entry.at_ms,
                        caller=str(facts.get("text", "")),
                    )
                )
            case "agent_says":
                turn.agent.append(str(facts.get("text", "")))
            case "understood":
                turn.commands += _texts(facts.get("commands"))
                turn.refused += _texts(facts.get("refused"))
            case "slot":
                turn.slots.append(facts)
            case "edges":
                turn.considered.append(facts)
            case "moved":
                turn.moves.append(facts)
            case "reflex":
                turn.reflexes.append(facts)
            case "latency":
                turn.latency_ms = {
                    name: float(value)
                    for name, value in facts.items()
                    if name != "turn" and isinstance(value, int | float)
                }
    return turns


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []

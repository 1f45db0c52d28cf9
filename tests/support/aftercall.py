"""Calls, flows and a lane for tests of what happens behind a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.aftercall.facts import holds_for
from engine.aftercall.lane import Lane
from engine.aftercall.plan import Plan, plan_after_call
from engine.aftercall.verdict import Terms
from engine.flow.model import Edge, Flow, NodeCard, Rule, WayOut
from engine.sdk import CallResult, Connection, Json
from engine.sdk.registry import NodeTypes
from engine.store import Database, outbox
from engine.store.base import new_id
from engine.store.outbox import NewEntry

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def result(call_id: str = "call_31", disposition: str = "booked") -> CallResult:
    return CallResult.model_validate(
        {
            "event_id": f"evt_{call_id}", "occurred_at": NOON, "flow_id": "home",
            "flow_version": 7, "flow_name": "Home",
            "lead": {
                "id": "lead_1", "first_name": "Dana", "last_name": "Reyes", "phone": "+14155550123",
                "email": "dana.reyes@example.com", "source": "website",
            },
            "call": {"id": call_id, "from": "+14155550100", "to": "+14155550123", "started_at": NOON,
                     "duration_s": 252},
            "outcome": {"disposition": disposition, "qualified": disposition == "booked", "flags": []},
            "answers": [
                {"slot": "zip", "label": "ZIP code", "value": "94107", "said": "94107, not 94017", "turn": 4,
                 "confidence": 0.9, "source": "call", "confirmed": True},
            ],
            "summary": "Dana has a roof leak at 1200 18th St and wants a visit.",
        }
    )  # fmt: skip


def card(id: str, type: str = "webhook", **settings: Json) -> NodeCard:
    return NodeCard(id=id, type=type, name=f"Card {id}", settings=settings)


def arrow(source: str, target: str, rule: Rule | None = None, exit: str = "next", label: str = "") -> Edge:
    return Edge(
        id=f"{source}-{exit}-{target}", from_=WayOut(node=source, exit=exit), to=target,
        kind="rule" if rule else "otherwise", rule=rule, label=label,
    )  # fmt: skip


def flow(first: tuple[str, ...], cards: tuple[NodeCard, ...], arrows: tuple[Edge, ...] = ()) -> Flow:
    return Flow.model_validate(
        {
            "id": "home", "version": 7, "name": "Home", "start": "hello",
            "seller": {"legal_name": "Harbor LLC", "say_as": "Harborline", "phone": "+14155550100"},
            "assistant": {"name": "Ava"}, "nodes": [{"id": "hello", "type": "start", "name": "Hello"}],
        }
    ).model_copy(update={"after_call": first, "nodes": cards, "edges": arrows})  # fmt: skip


def disposition_is(value: str) -> Rule:
    return Rule.model_validate({"call": "disposition", "is": "equals", "value": value})


def new_entry(plan: Plan, of: CallResult) -> NewEntry:
    return NewEntry(
        id=new_id("out"), call_id=of.call.id, flow_id=of.flow_id, flow_name=of.flow_name,
        disposition=of.outcome.disposition, plan=plan.document(), result=of.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


async def hang_up(database: Database, flow: Flow, of: CallResult, now: datetime) -> None:
    """What the engine does when a call has ended."""
    plan = plan_after_call(flow, holds_for(flow, of))
    async with database.begin() as tx:
        await outbox.add(tx, new_entry(plan, of), now)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass
class Book:
    """Connections by name."""

    known: dict[str, Connection] = field(default_factory=dict)

    def add(self, name: str, kind: str, settings: Mapping[str, str]) -> None:
        self.known[name] = Connection(name, kind, settings)

    async def __call__(self) -> Mapping[str, Connection]:
        return self.known


def lane(
    database: Database, types: NodeTypes, folder: Path, book: Book | None = None, clock: Clock | None = None,
    terms: Terms | None = None,
) -> Lane:  # fmt: skip
    return Lane(database, types, book or Book(), folder, clock or (lambda: datetime.now(UTC)), terms)

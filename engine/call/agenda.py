"""What the plan would ask next, in its order, each in the author's next wording: so that a model can word the question
in the same breath as it interprets. Pure: nothing is counted as asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.call.replying import Fill, ask_for
from engine.dialogue.brief import Ask
from engine.dialogue.plan import open_slots
from engine.dialogue.slots import SlotBook
from engine.flow.model import Flow
from engine.flow.rules import Facts, evaluate
from engine.sdk import Node, NodeSettings, QuietNode, TalkNode

MOST_ASKS: Final = 6
_MOST_CARDS: Final = 12


def agenda(
    flow: Flow, cards: Mapping[str, Node[NodeSettings]], at: str, book: SlotBook, facts: Facts, open_ask: Ask | None,
    fill: Fill,
) -> tuple[Ask, ...]:  # fmt: skip
    """The next questions from the card `at` on: the open one, should it stay unanswered; what the open stage still
    wants; then, along the *otherwise* edges, what the next stages want. `facts`: the call as rules see it now, for
    Decide cards on the way. Ends where a card speaks by itself, or where only its run can tell the way."""
    found: dict[str, Ask] = {}
    if open_ask is not None and (open_ask.slot is None or not book[open_ask.slot].settled):
        again = open_ask if open_ask.slot is None else ask_for(book[open_ask.slot], fill)
        found[again.about] = again
    for slot in _slots_ahead(flow, cards, at, book, facts):
        if len(found) >= MOST_ASKS:
            break
        found.setdefault(slot, ask_for(book[slot], fill))
    return tuple(found.values())[:MOST_ASKS]


def _slots_ahead(
    flow: Flow, cards: Mapping[str, Node[NodeSettings]], at: str, book: SlotBook, facts: Facts
) -> Iterator[str]:
    passed: set[str] = set()
    here: str | None = at
    while here is not None and here not in passed and len(passed) < _MOST_CARDS:
        passed.add(here)
        card = cards.get(here)
        if card is None or card.terminal:
            return
        if isinstance(card, TalkNode):
            wanted = open_slots(book, card.slots_wanted())
            yield from sorted(wanted, key=lambda slot: book[slot].slot.need != "must")
            if not card.slots_wanted() and here != at:
                return  # it speaks by itself, and nobody knows what
            here = _otherwise(flow, here)
        elif isinstance(card, QuietNode) and not card.effects.writes and not card.effects.outside:
            here = _decided(flow, here, facts)
        else:
            return


def _otherwise(flow: Flow, card: str) -> str | None:
    ways = [edge.to for edge in flow.edges_from(card) if edge.kind == "otherwise"]
    return ways[0] if len(ways) == 1 else None


def _decided(flow: Flow, card: str, facts: Facts) -> str | None:
    """The way out of a Decide card by what is known now: *otherwise* where no rule holds yet. None if the card has
    several exits, of which only its run can choose."""
    edges = flow.edges_from(card)
    if len({edge.from_.exit for edge in edges}) > 1:
        return None
    for edge in edges:
        if edge.kind == "rule" and edge.rule is not None:
            if evaluate(edge.rule, facts):
                return edge.to
        elif edge.kind == "otherwise":
            return edge.to
    return None

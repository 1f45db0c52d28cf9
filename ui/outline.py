"""A flow as a list that can be read from top to bottom: order, numbers, ways, and what may lead where. Pure.

Cards come in the order of the call: each behind the cards that lead to it, as far as the flow does not run in circles.
The lane behind the call stands apart, and so do cards that only a reflex leads to, and cards that nothing leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ui.part_names import name_of
from ui.records import Json
from ui.resources.drafts import CardView, View

GroupName = Literal["call", "reflex", "after", "unreached"]
GROUPS: Final[tuple[GroupName, ...]] = ("call", "reflex", "after", "unreached")
KINDS: Final[tuple[str, ...]] = ("rule", "intent", "otherwise")
"""Of ways, in the order in which the engine considers them."""

Thing = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a card. `edge` and `to` are empty for an exit that leads nowhere yet. `sentence`: when it is taken.
    `first`, `last`: whether it is the first or last of those that are looked at in turn."""

    edge: str
    exit: str
    label: str
    kind: str
    to: str
    sentence: str = ""
    first: bool = True
    last: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A card with its number. `ways` by exit, in the order in which they are considered."""

    number: int
    id: str
    name: str
    group: GroupName
    view: CardView
    ways: tuple[Way, ...]
    start: bool = False
    start_inbound: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """Rows by number, from 1 on."""

    rows: tuple[Row, ...]

    def row(self, id: str) -> Row | None:
        return next((row for row in self.rows if row.id == id), None)

    def group(self, name: GroupName) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.group == name)

    def called(self, id: str) -> str:
        """`4. Offer times`, for the card with this id; the id when there is no such card."""
        row = self.row(id)
        return f"{row.number}. {row.name}" if row is not None else id

    def targets(self, id: str) -> tuple[Row, ...]:
        """Where ways of a card may lead: to cards that run at the same time, during the call or after it."""
        row = self.row(id)
        after = row is not None and _after_call(row)
        return tuple(each for each in self.rows if _after_call(each) == after)

    def coming(self, id: str) -> tuple[tuple[Row, Way], ...]:
        """The ways that lead to a card, with the cards they leave."""
        return tuple((row, way) for row in self.rows for way in row.ways if way.to == id)

    def found(self, words: str) -> tuple[Row, ...]:
        """Rows in which every one of `words` stands: number, name, kind, summary, things to find out."""
        asked = words.casefold().split()
        return tuple(row for row in self.rows if all(word in _searched(row) for word in asked))


def outline(document: Thing, view: View) -> Outline:
    """The list of a flow. Whatever is broken in it stays visible: a way that leads to no card keeps its target's id."""
    cards = {str(card["id"]): card for card in things(document, "nodes")}
    edges = list(things(document, "edges"))
    out: dict[str, list[Thing]] = {id: [] for id in cards}
    for edge in edges:
        out.setdefault(source(edge)[0], []).append(edge)
    order = {id: [str(edge.get("to")) for edge in sorted(found, key=_considered)] for id, found in out.items()}
    start, inbound = str(document.get("start") or ""), str(document.get("start_inbound") or "")
    taken: dict[str, GroupName] = {}

    def take(group: GroupName, roots: Iterable[str]) -> None:
        reached = reading_order(roots, order, set(taken))
        taken.update((id, group) for id in reached if id in cards)

    take("call", (start, inbound))
    take("reflex", _reflex_targets(document))
    take("after", strings(document.get("after_call")))
    left = [id for id in cards if id not in taken]
    led_to = {to for id in left for to in order[id] if to != id}
    take("unreached", [id for id in left if id not in led_to])
    take("unreached", left)  # those that lead to each other in a circle
    rows = []
    for number, (id, group) in enumerate(taken.items(), 1):
        about = view.cards.get(id) or CardView()
        ways = _ways(out[id], about, view)
        rows.append(Row(number, id, name_of(cards[id]), group, about, ways, id == start, id == inbound))
    return Outline(tuple(rows))


def reading_order(roots: Iterable[str], ways: Mapping[str, Sequence[str]], seen: set[str]) -> list[str]:
    """Ids reached from `roots`, each behind those that lead to it unless the way runs in a circle. `seen` are left out.

    The first way of a card is read first. Without recursion: flows may be long.
    """
    order: list[str] = []
    for root in reversed([root for root in dict.fromkeys(roots) if root]):
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(reversed(ways.get(root, ()))))]
        while stack:
            here, rest = stack[-1]
            following = next((id for id in rest if id not in seen), None)
            if following is None:
                order.append(here)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(reversed(ways.get(following, ())))))
    return order[::-1]


def things(document: Thing, name: str) -> Iterator[Thing]:
    """The things of a list that have an id."""
    found = document.get(name)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            yield each


def source(edge: Thing) -> tuple[str, str]:
    """Card and exit that an edge leaves."""
    way_out = edge.get("from")
    if not isinstance(way_out, dict):
        return "", "next"
    return str(way_out.get("node", "")), str(way_out.get("exit") or "next")


def strings(value: Json) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _ways(edges: Sequence[Thing], card: CardView, view: View) -> tuple[Way, ...]:
    labels = {exit.name: exit.label for exit in card.exits}
    names = [*labels, *dict.fromkeys(source(edge)[1] for edge in edges if source(edge)[1] not in labels)]
    return tuple(way for name in names for way in _of_exit(name, labels.get(name) or name, edges, view))


def _of_exit(exit: str, label: str, edges: Sequence[Thing], view: View) -> Iterator[Way]:
    found = sorted((edge for edge in edges if source(edge)[1] == exit), key=_considered)
    if not found:
        yield Way("", exit, label, "otherwise", "")
    kinds = [_kind(edge) for edge in found]
    for place, edge in enumerate(found):
        said = view.edges.get(str(edge["id"]))
        yield Way(
            str(edge["id"]), exit, label, kinds[place], str(edge.get("to") or ""),
            said.sentence if said is not None else "",
            first=place == 0 or kinds[place - 1] != kinds[place],
            last=place == len(found) - 1 or kinds[place + 1] != kinds[place],
        )  # fmt: skip


def _kind(edge: Thing) -> str:
    return str(edge.get("kind") or "otherwise")


def _considered(edge: Thing) -> int:
    kind = _kind(edge)
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _reflex_targets(document: Thing) -> Iterator[str]:
    for reflex in things(document, "reflexes"):
        for name in ("do", "past_limit"):
            action = reflex.get(name)
            if isinstance(action, dict) and isinstance(action.get("go"), str):
                yield str(action["go"])


def _after_call(row: Row) -> bool:
    return row.view.kind == "after_call" or row.group == "after"


def _searched(row: Row) -> str:
    view = row.view
    chips = " ".join(chip.label for chip in view.chips)
    return f"{row.number} {row.name} {view.type_title} {view.summary} {chips} {row.id}".casefold()

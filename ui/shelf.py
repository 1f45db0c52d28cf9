"""The flows on the shelf: how each stands, which ones are asked for, in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from ui.records import FlowLine

State = Literal["live", "changed", "draft", "problems", "archived"]
Order = Literal["edited", "name", "calls"]

FILTERS: Final[tuple[State, ...]] = ("live", "changed", "draft", "problems", "archived")
ORDERS: Final[tuple[Order, ...]] = ("edited", "name", "calls")


def states(line: FlowLine) -> frozenset[State]:
    """A flow can be live, have changes that are not, and problems, all at once; one that was put away is only that."""
    if line.archived_at is not None:
        return frozenset({"archived"})
    found: set[State] = {"live"} if line.latest else {"draft"}
    if line.unpublished:
        found.add("changed")
    if line.errors:
        found.add("problems")
    return frozenset(found)


def counts(lines: Iterable[FlowLine]) -> dict[State, int]:
    """How many flows stand in each state; states that no flow is in are left out."""
    found = [state for line in lines for state in states(line)]
    return {state: found.count(state) for state in FILTERS if state in found}


def chosen(lines: Iterable[FlowLine], words: str, state: State | None, order: Order) -> list[FlowLine]:
    """Those in `state` whose name, business or description has all of `words`. Without a state: all that were not put
    away."""
    wanted = words.casefold().split()
    found = [
        line
        for line in lines
        if (state in states(line) if state else line.archived_at is None)
        and all(word in f"{line.name} {line.seller} {line.description}".casefold() for word in wanted)
    ]
    return _sorted(found, order)


def _sorted(lines: Sequence[FlowLine], order: Order) -> list[FlowLine]:
    by_name = sorted(lines, key=lambda line: (line.name.casefold(), line.id))
    if order == "calls":
        return sorted(by_name, key=lambda line: -line.calls_week)
    if order == "edited":
        return sorted(by_name, key=lambda line: line.edited_at, reverse=True)
    return by_name


def free_name(wanted: str, lines: Iterable[FlowLine]) -> str:
    """`wanted`, or with the first number behind it that no flow has yet."""
    taken = {line.name.casefold() for line in lines}
    if wanted.casefold() not in taken:
        return wanted
    number = 2
    while f"{wanted} {number}".casefold() in taken:
        number += 1
    return f"{wanted} {number}"

"""Milliseconds that the validator takes for flows of 50 and 500 cards. Figures to beat: 2.4 and 29."""

import statistics
import sys
import time

from engine.flow.check import check
from engine.flow.model import Flow
from engine.sdk.registry import discover


def chain(cards: int) -> Flow:
    """A flow of `cards` cards: an opening, then stages and forks in turn, and an end."""
    nodes = [
        {
            "id": "n0",
            "type": "fixed_line",
            "name": "Opening",
            "settings": {"text": "Hi {first_name}.", "then": "listen", "discloses": ["ai", "recording", "opt_out"]},
        }
    ]
    edges = []
    for i in range(1, cards - 1):
        stage = {"id": f"n{i}", "type": "stage", "name": f"Stage {i}", "settings": {"goal": "Ask", "slots": ["zip"]}}
        fork = {"id": f"n{i}", "type": "decide", "name": f"Fork {i}", "settings": {}}
        nodes.append(stage if i % 2 else fork)
    nodes.append({"id": f"n{cards - 1}", "type": "end", "name": "End", "settings": {"disposition": "booked"}})
    for i in range(cards - 1):
        edges.append({"id": f"e{i}", "from": {"node": f"n{i}"}, "to": f"n{i + 1}"})
        if i and i % 2 == 0:
            rule = {"slot": "zip", "is": "known"}
            target = f"n{min(i + 7, cards - 1)}"
            edges.append({"id": f"r{i}", "from": {"node": f"n{i}"}, "to": target, "kind": "rule", "rule": rule})
    reflexes = [
        {"id": "a", "label": "A", "trigger": "are_you_robot", "not_examples": ["x"], "do": {"say": ["Yes, an AI."]}},
        {
            "id": "b",
            "label": "B",
            "trigger": "opt_out_clear",
            "not_examples": ["x"],
            "do": {"then": "end", "disposition": "do_not_call"},
        },
        {
            "id": "c",
            "label": "C",
            "trigger": "wants_person",
            "not_examples": ["x"],
            "do": {"then": "go", "go": f"n{cards - 1}"},
        },
    ]
    return Flow.model_validate(
        {
            "id": "bench",
            "name": "Bench",
            "start": "n0",
            "seller": {"legal_name": "L", "say_as": "L", "phone": "+14155550100"},
            "assistant": {"name": "R"},
            "slots": [{"id": "zip", "label": "ZIP", "type": "zip", "ask": ["What's the ZIP?"]}],
            "reflexes": reflexes,
            "nodes": nodes,
            "edges": edges,
        }
    )


def main() -> int:
    types = discover()
    for cards, best in ((50, 2.4), (500, 29.0)):
        flow = chain(cards)
        if found := check(flow, types):
            print("the bench flow is not sound:", found[0].sentence)
            return 1
        times = []
        for _ in range(30):
            began = time.perf_counter()
            check(flow, types)
            times.append((time.perf_counter() - began) * 1000)
        median = statistics.median(times)
        print(f"{cards} cards: {median:.2f} ms (figure to beat: {best} ms)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

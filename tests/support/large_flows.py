"""A flow of any size that is valid and has no issues, for measurements and for tests of large flows."""

from __future__ import annotations

import copy
from typing import Any, Final

from engine.flow import shipped

COLUMN: Final = 12
"""Cards in a column of the layout."""


def large_flow(cards: int) -> dict[str, Any]:
    """A document with `cards` cards (at least 6): an opening, then groups of a stage, a fork, a fixed line and an end,
    each with rules and things to find out of its own."""
    base: dict[str, Any] = copy.deepcopy(shipped.load_template("blank").data)
    nodes: list[dict[str, Any]] = [copy.deepcopy(each) for each in base["nodes"]]
    edges = [copy.deepcopy(each) for each in base["edges"] if each["from"]["node"] != "find_out"]
    slots: list[dict[str, Any]] = list(base["slots"])
    last, number = "find_out", 0
    while len(nodes) < cards:
        made, ways, slot = _group(number, last)
        left = cards - len(nodes)
        if left >= len(made):
            nodes += made
            edges += ways
            slots.append(slot)
            last = made[0]["id"]
            number += 1
            continue
        for place in range(left):
            line = _line(f"line_{number}_{place}", f"Line {number}.{place}")
            nodes.append(line)
            edges.append(_way(last, line["id"]))
            last = line["id"]
    edges.append(_way(last, "call_back"))
    layout = {
        each["id"]: {"x": 320 * (place // COLUMN), "y": 180 * (place % COLUMN)} for place, each in enumerate(nodes)
    }
    return {
        **base, "id": f"large_{cards}", "name": f"A flow with {cards} cards", "nodes": nodes, "edges": edges,
        "slots": slots, "layout": {"nodes": layout},
    }  # fmt: skip


def _group(number: int, last: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    slot = {
        "id": f"answer_{number}", "label": f"Answer {number}", "type": "number", "need": "must",
        "ask": [f"How many parts does building {number} have?", f"What about building {number}: how many parts?"],
        "check": {"min": 0, "max": 1000},
    }  # fmt: skip
    stage = {
        "id": f"stage_{number}", "type": "stage", "v": 1, "name": f"Building {number}",
        "settings": {"goal": f"Learn how large building {number} is.", "slots": [slot["id"]]},
    }  # fmt: skip
    fork = {"id": f"fork_{number}", "type": "decide", "v": 1, "name": f"Large building {number}?", "settings": {}}
    line = _line(f"line_{number}", f"Explain building {number}")
    end = {
        "id": f"end_{number}", "type": "end", "v": 1, "name": f"Goodbye {number}",
        "settings": {"disposition": "unqualified", "say": "Thanks for your time. Goodbye."},
    }  # fmt: skip
    rule = {"all": [{"slot": slot["id"], "is": "known"}, {"slot": slot["id"], "is": "at_least", "value": 100}]}
    ways = [
        _way(last, stage["id"]),
        {**_way(stage["id"], fork["id"]), "kind": "rule", "rule": rule},
        _way(fork["id"], line["id"]),
        _way(line["id"], end["id"]),
    ]
    return [stage, fork, line, end], ways, slot


def _line(id: str, name: str) -> dict[str, Any]:
    text = f"That was {name.lower()}. We note it down for the estimator, who knows more about it."
    return {"id": id, "type": "fixed_line", "v": 1, "name": name, "settings": {"text": text}}


def _way(source: str, target: str) -> dict[str, Any]:
    return {"id": f"{source}_to_{target}", "from": {"node": source, "exit": "next"}, "to": target, "kind": "otherwise"}

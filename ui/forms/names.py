"""Names of things to pick. Streamlit finds what was picked by its words, so no two may read the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def distinct(names: Mapping[K, str]) -> dict[K, str]:
    """The second thing of a name is told apart by a number: “Goodbye”, “Goodbye (2)”."""
    found: dict[K, str] = {}
    taken: set[str] = set()
    for thing, name in names.items():
        word, count = name, 1
        while word in taken:
            count += 1
            word = f"{name} ({count})"
        taken.add(word)
        found[thing] = word
    return found

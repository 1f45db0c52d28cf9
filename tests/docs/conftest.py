"""Reading the pages of docs/."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```json (\w+)\n(.*?)^```$(?:\n+Reads: \*(.+?)\*$)?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A marked block of a page. `reads`: the sentence the page says it reads as, if it does."""

    kind: str
    text: str
    reads: str
    line: int


def examples(page: str) -> list[Example]:
    text = (DOCS / page).read_text()
    return [
        Example(found[1], found[2], found[3] or "", text[: found.start()].count("\n") + 1)
        for found in _FENCE.finditer(text)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "example" in metafunc.fixturenames:
        found = examples("flows.md")
        metafunc.parametrize("example", found, ids=[f"{each.kind}_line_{each.line}" for each in found])

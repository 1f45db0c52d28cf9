"""All words stand in one table: none is missing, none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.dialogue.reflexes import PRIORITY
from engine.store.calls import UNDER_WAY as ENGINE_UNDER_WAY
from ui.records import UNDER_WAY
from ui.texts import ENGLISH, t
from ui.texts.en import TABLES

UI = Path(__file__).resolve().parents[2] / "ui"
SOURCES = "\n".join(file.read_text(encoding="utf-8") for file in UI.rglob("*.py") if "texts" not in file.parts)
# Names made of parts, such as f"call.times.{part}"; outcomes and reasons are looked up by their codes.
MADE = [
    re.compile(re.sub(r"\\\{.*?\\\}", "[a-z_]+", re.escape(name)) + "$")
    for _, name in re.findall(r"""f(["'])([a-z_]+\.[a-z_.]*\{[^"'\n]*?)\1""", SOURCES)
]
# Tables that TypeScript shows, by the beginning of their names, with the source that asks for the rest of each name.
BROWSER = {
    prefix: "\n".join(file.read_text(encoding="utf-8") for file in (UI / "frontend" / "src" / entry).rglob("*.ts*"))
    for prefix, entry in {"canvas": "canvas", "testcall": "call"}.items()
}
CODES = re.compile(r"(outcome|reason)\.[a-z_]+$")


def test_no_name_stands_in_two_tables() -> None:
    assert sum(len(table) for table in TABLES) == len(ENGLISH)


def test_every_text_that_a_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'\bt\(\s*"([a-z_.]+)"', SOURCES))
    assert asked - set(ENGLISH) == set()


def test_no_text_is_left_over() -> None:
    named = {name for name in ENGLISH if f'"{name}"' in SOURCES or f"'{name}'" in SOURCES}
    made = {name for name in ENGLISH if CODES.match(name) or any(pattern.match(name) for pattern in MADE)}
    assert set(ENGLISH) - named - made - {name for name in ENGLISH if shown_by_browser(name)} == set()


def shown_by_browser(name: str) -> bool:
    """Whether TypeScript asks for it: by its name, or by one made of parts such as words(`group_${group}`)."""
    prefix, _, rest = name.partition(".")
    source = BROWSER.get(prefix, "")
    made = [re.sub(r"\\\$\\\{.*?\\\}", "[a-z_]+", re.escape(each)) for each in re.findall(r"words\(`([^`]+)`", source)]
    return f'"{rest}"' in source or any(re.fullmatch(each, rest) for each in made)


@pytest.mark.parametrize("prefix", sorted(BROWSER))
def test_every_text_that_the_browsers_part_asks_for_is_there(prefix: str) -> None:
    asked = set(re.findall(r'\bwords\(\s*"([a-z_]+)"', BROWSER[prefix]))
    assert asked
    assert {f"{prefix}.{name}" for name in asked} - set(ENGLISH) == set()


def test_a_text_with_facts_and_one_that_is_unknown() -> None:
    assert t("minutes_ago", count=3) == "3 min ago"
    assert t("outcome.of_the_future", otherwise="Of the future") == "Of the future"
    with pytest.raises(KeyError):
        t("no.such.text")


def test_states_of_a_running_call_are_those_of_the_engine() -> None:
    assert UNDER_WAY == ENGINE_UNDER_WAY
    assert all(t(f"live.state.{state}") for state in UNDER_WAY)
    assert PRIORITY  # the engine is importable here, the screens never import it
    assert not re.search(r"^\s*(from|import) (engine|nodes)\b", SOURCES, re.MULTILINE)

"""docs/proof.md names tests and benchmarks that exist: a promise whose test is gone must not stay on the page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "proof.md").read_text()


def claims() -> list[tuple[str, str]]:
    """File and test of each claim; the file stands before the tests it holds."""
    found: list[tuple[str, str]] = []
    for line in PAGE.splitlines():
        file = ""
        for word in re.findall(r"`(tests/[\w/]+\.py|test_\w+)`", line):
            if word.startswith("tests/"):
                file = word
            else:
                found.append((file, word))
    return found


@pytest.mark.parametrize(("file", "name"), claims(), ids=lambda each: each.rpartition("/")[2])
def test_a_test_that_is_named_exists_where_the_page_says(file: str, name: str):
    assert re.search(rf"^(?:async )?def {name}\b", (ROOT / file).read_text(), re.MULTILINE), f"{file}: {name}"


def test_every_benchmark_that_is_named_exists():
    for script in re.findall(r"`python (bench/\w+\.py)", PAGE):
        assert (ROOT / script).is_file(), script
    for module in re.findall(r"`python -m (bench\.\w+)", PAGE):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module


def test_every_benchmark_has_its_figures():
    for script in (ROOT / "bench").glob("*.py"):
        if script.stem != "__init__":
            assert f"bench/{script.name}" in PAGE or f"bench.{script.stem}" in PAGE, script.name

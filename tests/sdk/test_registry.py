"""How node types are found, and that no package of strangers brings the engine down."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine.sdk.registry import GROUP, discover

GOOD = """
from engine.sdk import NodeSettings, QuietContext, QuietNode, TalkNode

class Good(QuietNode[NodeSettings]):
    type = "acme.good"
    title = "Good"

    async def run(self, ctx: QuietContext) -> str:
        return "next"

class Unfinished(TalkNode[NodeSettings]):
    type = "acme.unfinished"
    title = "Unfinished"
"""

Package = Callable[[str, str], EntryPoint]


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    """Writes a module to disk and gives the entry point that names it."""
    written: list[str] = []

    def write(name: str, source: str) -> EntryPoint:
        (tmp_path / f"{name}.py").write_text(source)
        written.append(name)
        return EntryPoint(name, name, GROUP)

    sys.path.insert(0, str(tmp_path))
    yield write
    sys.path.remove(str(tmp_path))
    for name in written:
        sys.modules.pop(name, None)


def test_our_own_types_are_found_and_none_is_broken():
    types = discover()
    assert types.broken == ()
    assert {"start", "fixed_line", "stage", "book", "callback", "decide", "look_up", "set_slot", "end"} <= {
        *types.by_type
    }
    assert types.package["book"] == "leadline"


def test_a_module_brings_the_classes_that_it_defines_and_not_what_it_imports(package: Package):
    types = discover([package("acme_good", GOOD)])
    assert [*types.by_type] == ["acme.good"] and types.package == {"acme.good": "acme_good"}
    assert types.broken == ()


def test_an_entry_point_may_name_one_class(package: Package):
    package("acme_one", GOOD)
    assert [*discover([EntryPoint("one", "acme_one:Good", GROUP)]).by_type] == ["acme.good"]


def test_a_package_may_list_its_types_in_all(package: Package):
    package("acme_inner", GOOD)
    assert [*discover([package("acme_outer", "from acme_inner import Good\n__all__ = ['Good']")]).by_type] == [
        "acme.good"
    ]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("class ]", "SyntaxError"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("__all__ = ['Missing']", "AttributeError"),
        ("x = 1", "it brings no node type"),
        (GOOD.replace('    type = "acme.good"\n', ""), "the class Good has no type"),
        (GOOD.replace('    title = "Good"\n', ""), "the class Good has no title"),
    ],
)
def test_a_broken_package_is_reported_and_the_others_work(package: Package, source: str, problem: str):
    types = discover([package("acme_broken", source), package("acme_good", GOOD.replace("acme.", "other."))])
    assert [*types.by_type] == ["other.good"]
    assert [broken.name for broken in types.broken] == ["acme_broken"]
    assert problem in types.broken[0].problem


def test_a_type_brought_by_two_packages_is_reported_and_the_first_one_stays(package: Package):
    types = discover([package("acme_b", GOOD), package("acme_a", GOOD)])
    assert types.get("acme.good").__module__ == "acme_a"
    assert [(broken.name, broken.problem) for broken in types.broken] == [
        ("acme_b", "the type 'acme.good' is brought by two packages")
    ]


def test_nobody_replaces_a_type_of_ours(package: Package):
    from importlib.metadata import entry_points

    stranger = package("aaa_first", GOOD.replace("acme.good", "book"))
    types = discover([stranger, *entry_points(group=GROUP)])
    assert types.get("book").__module__ == "nodes.schedule.book"
    assert "aaa_first" in [broken.name for broken in types.broken]
